"""What a check may know besides the rows: the day, the school, the term, who is on roll, the other tables."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

import pandas as pd
from pandas.api.types import pandas_dtype

from data_contracts.calendar import Term
from data_contracts.contract import Contract
from data_contracts.schools import School

_KINDS = {
    "string": "str",
    "date": "datetime64[us]",
    "boolean": "boolean",
    "number": "float64",
    "integer": "float64",
}


@dataclass(frozen=True)
class Context:
    """`roll`: checked pupils (None: unknown, then nothing can be said about being on roll); `tables`: the
    other tables of the same set, with `upn` resolved; `term` None: no term was named, dates may be any;
    `reference`: a day in the school year the pupils are of, where the files name one."""

    today: date
    school: School | None = None
    term: Term | None = None
    roll: pd.DataFrame | None = None
    reference: date | None = None
    tables: Mapping[str, pd.DataFrame] = field(default_factory=dict)


def complete(frame: pd.DataFrame, contract: Contract) -> pd.DataFrame:
    """`frame` with every column of the contract in its own type; what the file doesn't give is missing."""
    for entry in contract.fields:
        if entry.reading_only:
            continue
        kind = _KINDS[entry.logical_type]
        if entry.name not in frame:
            frame[entry.name] = pd.Series(None, index=frame.index, dtype=kind)
        elif str(frame[entry.name].dtype) != kind:
            frame[entry.name] = frame[entry.name].astype(pandas_dtype(kind))
    return frame
