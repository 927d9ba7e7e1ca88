"""From checked frames to lake rows: pupil_id for identifiers, known_on for every row, nothing unnamed."""

import pandas as pd
import pyarrow as pa

from pipelines.indicators import days
from pipelines.indicators.relations import SCHEMAS
from pipelines.lake import AUDIT_TABLE

EVENT_DATE = {"attendance": "date", "behaviour": "date", "suspensions": "start_date", "sen": "start_date",
              "pupils": "entry_date"}  # fmt: skip
ASSUMED_LAG = {"attendance": 5, "behaviour": 2, "suspensions": 1, "sen": 20, "pupils": 0}  # school days
LAKE_TABLES = ("attendance", "behaviour", "suspensions", "sen", "pupils")


def with_known_on(frame: pd.DataFrame, table: str) -> pd.DataFrame:
    """Add known_on and known_assumed: the recorded day where there is one, else the event's day and a lag.

    A record made before its event (a review planned ahead, a leave agreed) is known on the recorded day.
    """
    event = pd.to_datetime(frame[EVENT_DATE[table]])
    recorded = (
        pd.to_datetime(frame["recorded_on"]) if "recorded_on" in frame else pd.Series(pd.NaT, frame.index)
    )
    recorded = recorded.dt.normalize()
    assumed = recorded.isna()
    known = recorded.where(~assumed, days.lagged(event, ASSUMED_LAG[table]))
    return frame.assign(known_on=known.fillna(pd.Timestamp(days.FIRST_DAY)), known_assumed=assumed)


def lake_rows(frame: pd.DataFrame, table: str, school: str, terms: pd.Series) -> pa.Table:
    """A table's rows as the lake keeps them, without the version columns; `frame` has pupil_id."""
    schema = SCHEMAS[table]
    said = [field for field in schema if field.name not in ("known_until", "loaded_on")]
    given = frame.assign(school=school, term=terms.to_numpy())
    columns = [_column(given, field) for field in said]
    return pa.table(columns, schema=pa.schema(said))


def _column(frame: pd.DataFrame, field: pa.Field) -> pa.Array:
    """One column in the lake's type; a column the extract lacks is missing throughout."""
    if field.name not in frame:
        return pa.nulls(len(frame), field.type)
    values = frame[field.name]
    if field.type == pa.date32():
        return pa.array(pd.to_datetime(values).dt.date, pa.date32(), from_pandas=True)
    if field.type == pa.string():
        return pa.array(values.astype(object).where(values.notna(), None), pa.string())
    if pa.types.is_integer(field.type):
        return pa.array(pd.to_numeric(values).astype("Int64"), field.type, from_pandas=True)
    if pa.types.is_boolean(field.type):
        return pa.array(values.astype("boolean"), field.type, from_pandas=True)
    return pa.array(pd.to_numeric(values).astype(float), field.type, from_pandas=True)


def term_of_rows(frame: pd.DataFrame, table: str, term: str | None, latest: str) -> pd.Series:
    """The term each row is filed under: the load's own, or for dated events the term they fell in.

    Snapshots (pupils, SEN) are filed under the load's term.
    """
    if term is not None or table in ("pupils", "sen", AUDIT_TABLE):
        return pd.Series(term or latest, index=frame.index, dtype=object)
    known = {day: days.term_at(day.date()) for day in pd.to_datetime(frame[EVENT_DATE[table]]).unique()}
    return pd.to_datetime(frame[EVENT_DATE[table]]).map(known)


def latest_term(good: dict[str, pd.DataFrame]) -> str | None:
    """The last term any dated event of a load lies in; None where there is no dated event."""
    last = [
        pd.to_datetime(good[table][EVENT_DATE[table]]).max()
        for table in ("attendance", "behaviour", "suspensions")
        if table in good and len(good[table])
    ]
    return days.term_at(max(last).date()) if last else None
