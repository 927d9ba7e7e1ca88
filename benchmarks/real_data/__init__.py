"""The additive model against black boxes on real data sets, by `python -m benchmarks.real_data --data DIR`.

A data set is one small TOML file, in this folder or in DIR itself (all `*.toml` there are read), over one or
more CSV files below DIR:

    files = ["folder/one.csv", "folder/two.csv"]   # stacked; must be given, as must the target
    target = "column"
    name = "What is predicted, for whom"           # otherwise the TOML's own name
    separator = ","                                # otherwise what parts the first line: , ; tab or |
    encoding = "utf-8"                             # otherwise UTF-8, or else Windows-1252
    positive = ["1"]                               # the values that count as yes; by default 1, true, yes
    negative = ["0"]                               # optional: only these count as no, other rows are left out
    group = "school"                               # optional: folds are made of whole groups
    split = { column = "year", train = ["2013"], test = ["2014"] }   # optional: instead of folds
    folds = 5                                      # the default
    drop = ["id"]                                  # not used
    categorical = ["region"]                       # one yes-or-no column for each common value
    numeric = ["score"]                            # optional: if given, columns named nowhere are dropped
    missing = ["", "NA", "-9"]                     # cells that mean "not known"; -9 is also -9.0
    prepare = "oulad"                              # optional: rows are first drawn from several tables

    [signs]                                        # optional: +1 or −1 where the direction is certain
    score = -1

A column named under neither `categorical` nor `numeric` is read as numbers where most of its known cells are
numbers, and as categorical otherwise; 45%, £1,200, 3,5 and 2026-01-31 are numbers too where a column is written so.
Values may be written as text, numbers or true and false, one alone or in a list. Columns that are empty, the same
in every row, a repetition of another or texts of which none is common (below 20 rows) are left out and named. Rows
without a target are left out; rows without a group make one group. Files may be packed (.gz, .zip).
"""
