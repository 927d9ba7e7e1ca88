"""The columns of the lake's tables, from the contracts that declare them: names and order, and a type for each.

The key and the versions of a row are the lake's own, and so is the phase of the school a pupil is at.
"""

import pyarrow as pa

from data_contracts.contract import TABLES, Field, load_contract
from pipelines.lake.files import AUDIT_TABLE

TYPES = {
    "string": pa.string(),
    "date": pa.date32(),
    "boolean": pa.bool_(),
    "integer": pa.int32(),
    "number": pa.float64(),
}
KEY = [("pupil_id", pa.string()), ("school", pa.string()), ("term", pa.string())]
KNOWN = [("known_on", pa.date32()), ("known_assumed", pa.bool_())]
VERSIONS = [("known_until", pa.date32()), ("loaded_on", pa.date32())]
VERSION_COLUMNS = tuple(name for name, _ in VERSIONS)
OWN = {"pupils": [("phase", pa.string())]}


def _schema(fields: tuple[Field, ...], own: list[tuple[str, pa.DataType]] | None = None) -> pa.Schema:
    declared = [(field.name, TYPES[field.logical_type]) for field in fields]
    return pa.schema([*KEY, *declared, *(own or []), *KNOWN, *VERSIONS])


SCHEMAS: dict[str, pa.Schema] = {
    **{table: _schema(load_contract(table).kept("lake"), OWN.get(table)) for table in TABLES},
    AUDIT_TABLE: _schema(load_contract("pupils").kept("audit")),
}
