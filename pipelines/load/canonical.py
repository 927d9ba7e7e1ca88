"""From checked frames to lake rows: pupil_id for identifiers, known_on for every row, nothing unnamed."""

import pandas as pd
import pyarrow as pa

from data_contracts import known_on
from data_contracts.contract import load_contract
from pipelines.indicators import days
from pipelines.lake.schemas import SCHEMAS, VERSION_COLUMNS


def with_known_on(frame: pd.DataFrame, table: str) -> pd.DataFrame:
    """Add known_on and known_assumed as the contract declares them; a row without any day is known from the start.

    A record made before its event (a review planned ahead, a leave agreed) is known on the recorded day.
    """
    rule = load_contract(table).known_on
    missing = [name for name in (rule.recorded, rule.event) if name and name not in frame]
    frame = frame.assign(**{name: pd.Series(pd.NaT, frame.index, dtype="datetime64[us]") for name in missing})
    known = known_on.with_known_on(table, frame)
    first = known["known_on"].fillna(pd.Timestamp(days.FIRST_DAY)).dt.normalize()
    return known.assign(known_on=first)


def lake_rows(frame: pd.DataFrame, table: str, school: str, terms: pd.Series) -> pa.Table:
    """A table's rows as the lake keeps them, without the version columns; `frame` has pupil_id."""
    schema = SCHEMAS[table]
    said = [field for field in schema if field.name not in VERSION_COLUMNS]
    given = frame.assign(school=school, term=terms.to_numpy())
    columns = [_column(given, field) for field in said]
    return pa.table(columns, schema=pa.schema(said))


def _column(frame: pd.DataFrame, field: pa.Field) -> pa.Array:
    """One column in the lake's type; a column the extract lacks is missing throughout."""
    if field.name not in frame:
        return pa.nulls(len(frame), field.type)
    values = frame[field.name]
    if field.type == pa.date32():
        moments = pd.to_datetime(values).astype("datetime64[us]")
        return pa.array(moments.to_numpy(), pa.timestamp("us"), from_pandas=True).cast(
            pa.date32(), safe=False
        )
    if field.type == pa.string():
        return pa.array(values, pa.string(), from_pandas=True)
    if pa.types.is_integer(field.type):
        return pa.array(pd.to_numeric(values).astype("Int64"), field.type, from_pandas=True)
    if pa.types.is_boolean(field.type):
        return pa.array(values.astype("boolean"), field.type, from_pandas=True)
    return pa.array(pd.to_numeric(values).astype(float), field.type, from_pandas=True)


def term_of_rows(
    frame: pd.DataFrame, table: str, term: str | None, latest: str, *, returned: bool = False
) -> pd.Series:
    """The term each row is filed under: the load's own, or for dated events the term they fell in.

    Snapshots (pupils, SEN, totals) are filed under the load's term. The suspensions of a census return fell
    in the terms before it.
    """
    day = load_contract(table).event_day
    if day is None or (term is not None and not (returned and table == "suspensions")):
        return pd.Series(term or latest, index=frame.index, dtype=object)
    moments = pd.to_datetime(frame[day])
    known = {day: days.term_at(day.date()) for day in moments.unique()}
    return moments.map(known).astype(object)


def latest_term(good: dict[str, pd.DataFrame]) -> str | None:
    """The last term any dated event of a load lies in; None where there is no dated event."""
    last = [
        pd.to_datetime(good[table][load_contract(table).event_day]).max()
        for table in ("attendance", "behaviour", "suspensions")
        if table in good and len(good[table])
    ]
    return days.term_at(max(last).date()) if last else None
