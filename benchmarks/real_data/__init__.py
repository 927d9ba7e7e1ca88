"""The additive model against black boxes on real data sets, by `python -m benchmarks.real_data --data DIR`.

A data set is one small TOML file, in this folder or in DIR itself (all `*.toml` there are read), over one or
more CSV files below DIR:

    name = "What is predicted, for whom"
    files = ["folder/one.csv", "folder/two.csv"]   # stacked
    separator = ","                                # the default
    target = "column"
    positive = ["1"]                               # the values that count as yes; default 1, true, yes
    group = "school"                               # optional: folds are made of whole groups
    split = { column = "year", train = ["2013"], test = ["2014"] }   # optional: instead of folds
    folds = 5                                      # the default
    drop = ["id"]                                  # not used
    categorical = ["region"]                       # one yes-or-no column per value; all others are numbers
    numeric = ["score"]                            # optional: if given, columns named nowhere are dropped
    missing = ["", "NA", "-9"]                     # cells that mean "not known"
    prepare = "oulad"                              # optional: rows are first drawn from several tables

    [signs]                                        # optional: +1 or −1 where the direction is certain
    score = -1
"""
