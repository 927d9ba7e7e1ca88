"""The arrays of a model as JSON and back, every bit as it was; what can't be a model is refused in words.

Floats are written by their shortest form that reads back as the same number; what JSON has no number for
(infinities, NaN) stands as text. Reading builds arrays of four plain kinds and runs nothing.
"""

import json
import re
import struct
from collections.abc import Mapping, Sequence
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from data_contracts.errors import Refused

FORMAT = 2
KINDS = ("float64", "float32", "int64", "int32")
MOST_BYTES = 64 * 1024 * 1024
MOST_AXES, MOST_CELLS, MOST_SCHOOLS = 2_000, 10_000, 100_000
PARTS = ("axes", "shapes", "means", "intercept", "slope", "shift", "offsets", "window_days", "seasons")
AXIS = ("name", "cuts", "values", "rows", "cap")
HINT = "Restore the model's folder from a backup, or roll back to an earlier model."
NAN = re.compile(r"NaN(?: 0x([0-9a-f]+))?")
TEXTS = {"Infinity": float("inf"), "-Infinity": float("-inf")}

Array = NDArray[Any]


def to_json(arrays: Mapping[str, Any]) -> bytes:
    """The arrays (`AdditiveModel.to_arrays`) as the bytes of `model.json`; the same arrays give the same bytes.

    Raises Refused where they are not the arrays of a model.
    """
    check(arrays)
    body = {
        "format": FORMAT,
        "axes": [
            {
                "name": axis["name"],
                "cap": _told(axis["cap"]),
                **{part: _listed(axis[part]) for part in ("cuts", "values", "rows")},
            }
            for axis in arrays["axes"]
        ],
        "shapes": [_listed(shape) for shape in arrays["shapes"]],
        "means": _listed(arrays["means"]),
        **{part: _told(arrays[part]) for part in ("intercept", "slope", "shift", "window_days")},
        **{part: {k: _told(v) for k, v in arrays[part].items()} for part in ("offsets", "seasons")},
    }
    text = json.dumps(body, indent=1, sort_keys=True, ensure_ascii=False, allow_nan=False)
    return (text + "\n").encode("utf-8")


def from_json(data: bytes) -> dict[str, Any]:
    """The arrays that `to_json` wrote. Raises Refused, saying what is wrong, for anything else."""
    if len(data) > MOST_BYTES:
        _no(f"it has {len(data)} bytes, more than any model")
    try:
        body = json.loads(data, object_pairs_hook=_once, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        _no("it is no JSON")
    if not isinstance(body, dict) or set(body) != {"format", *PARTS}:
        _no("it does not have the parts of a model")
    if body["format"] != FORMAT:
        _no(f"it has format {body['format']!r}, and this version reads format {FORMAT}")
    arrays = {
        "axes": [_axis(one) for one in _list(body["axes"], "axes", MOST_AXES)],
        "shapes": [_array(one, "a shape") for one in _list(body["shapes"], "shapes", MOST_AXES)],
        "means": _array(body["means"], "the means"),
        **{part: _number(body[part], part) for part in ("intercept", "slope", "shift", "window_days")},
        **{part: _numbers(body[part], part) for part in ("offsets", "seasons")},
    }
    check(arrays)
    return arrays


def check(arrays: Any) -> None:
    """Raises Refused where these are not the arrays of a model, or their sizes do not belong together."""
    if not isinstance(arrays, Mapping) or not set(PARTS) - {"seasons"} <= set(arrays) <= set(PARTS):
        _no("it does not have the parts of a model")
    axes, shapes = arrays["axes"], arrays["shapes"]
    if not isinstance(axes, list) or not isinstance(shapes, list) or len(axes) > MOST_AXES:
        _no("axes and shapes are no lists of a model's size")
    _check_array(arrays["means"], "the means", len(axes), "f")
    if len(shapes) != len(axes):
        _no(f"it has {len(axes)} axes and {len(shapes)} shapes")
    for axis, shape in zip(axes, shapes, strict=True):
        _check_axis(axis, shape)
    if len({axis["name"] for axis in axes}) != len(axes):
        _no("an indicator appears in it twice")
    for part in ("intercept", "slope", "shift"):
        if not isinstance(arrays[part], float):
            _no(f"{part} is no number")
    _check_optional(arrays["window_days"], "window_days")
    for part in ("offsets", "seasons"):
        _check_named(arrays.get(part, {}), part)


def same(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """True where two sets of arrays are equal to the bit, in values, kinds and sizes."""
    return _bits(one) == _bits(other)


def _bits(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return ("array", value.dtype.name, value.shape, np.ascontiguousarray(value).tobytes())
    if isinstance(value, float):
        return ("float", struct.pack("<d", value))
    if isinstance(value, Mapping):
        return {key: _bits(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_bits(one) for one in value]
    return (type(value).__name__, value)


def _no(what: str) -> NoReturn:
    raise Refused(f"The model file can't be used: {what}.", hint=HINT)


def _no_constant(text: str) -> NoReturn:
    raise ValueError(text)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    known = dict(pairs)
    if len(known) != len(pairs):
        raise ValueError("a name appears twice")
    return known


def _check_axis(axis: Any, shape: Any) -> None:
    if not isinstance(axis, Mapping) or set(axis) != set(AXIS) or not isinstance(axis["name"], str):
        _no("an axis does not have the parts of an axis")
    name, values = axis["name"], axis["values"]
    if not isinstance(values, np.ndarray) or values.ndim != 1 or not 1 <= len(values) <= MOST_CELLS:
        _no(f"the cells of {name!r} are not between 1 and {MOST_CELLS}")
    cells = len(values)
    _check_array(values, f"the values of {name!r}", cells, "f")
    _check_array(axis["cuts"], f"the cuts of {name!r}", cells - 1, "f")
    _check_array(axis["rows"], f"the rows of {name!r}", cells + 1, "i")
    _check_array(shape, f"the shape of {name!r}", cells + 1, "f")
    if not (np.diff(axis["cuts"]) > 0).all() or np.isnan(axis["cuts"]).any():
        _no(f"the cuts of {name!r} do not ascend")
    _check_optional(axis["cap"], f"the cap of {name!r}")


def _check_array(array: Any, what: str, size: int, kind: str) -> None:
    if not isinstance(array, np.ndarray) or array.dtype.name not in KINDS or array.dtype.kind != kind:
        _no(f"{what} are no numbers of the kind they have to be")
    if array.shape != (size,):
        _no(f"{what} have {array.shape} entries where {size} belong")


def _check_optional(value: Any, what: str) -> None:
    if value is not None and (isinstance(value, bool) or not isinstance(value, int | float)):
        _no(f"{what} is no number")


def _check_named(values: Any, what: str) -> None:
    if not isinstance(values, Mapping) or len(values) > MOST_SCHOOLS:
        _no(f"{what} are no list of names with numbers")
    if not all(isinstance(key, str) and isinstance(one, float) for key, one in values.items()):
        _no(f"{what} are no names with numbers")


def _listed(array: Array) -> dict[str, Any]:
    """An array with its kind and size. A float32 is widened, which changes no bit of its value."""
    if array.dtype.kind == "i":
        values: list[Any] = array.tolist()
    else:
        values = [_told_float(value, bits) for value, bits in zip(array, _raw(array), strict=True)]
    return {"dtype": array.dtype.name, "shape": list(array.shape), "values": values}


def _raw(array: Array) -> list[int]:
    unsigned = np.ascontiguousarray(array).view(f"u{array.dtype.itemsize}")
    return [int(value) for value in unsigned]


def _told(value: Any) -> Any:
    if value is None or isinstance(value, int):
        return value
    return _told_float(value, struct.unpack("<Q", struct.pack("<d", value))[0])


def _told_float(value: Any, bits: int) -> float | str:
    value = float(value)
    if value != value:
        return f"NaN 0x{bits:x}"
    if value in (float("inf"), float("-inf")):
        return "Infinity" if value > 0 else "-Infinity"
    return value


def _list(value: Any, what: str, most: int) -> list[Any]:
    if not isinstance(value, list) or len(value) > most:
        _no(f"{what} are no list of at most {most}")
    return value


def _axis(body: Any) -> dict[str, Any]:
    if not isinstance(body, dict) or set(body) != set(AXIS):
        _no("an axis does not have the parts of an axis")
    arrays = {part: _array(body[part], f"the {part} of an axis") for part in ("cuts", "values", "rows")}
    return {"name": body["name"], **arrays, "cap": _number(body["cap"], "a cap")}


def _array(body: Any, what: str) -> Array:
    if not isinstance(body, dict) or set(body) != {"dtype", "shape", "values"}:
        _no(f"{what} are no numbers with kind and size")
    if body["dtype"] not in KINDS:
        _no(f"{what} are of the unknown kind {body['dtype']!r}")
    kind = np.dtype(body["dtype"])
    values = _list(body["values"], what, MOST_CELLS + 1)
    if body["shape"] != [len(values)]:
        _no(f"{what} have {len(values)} entries where {body['shape']} are announced")
    if kind.kind == "i":
        return _integers(values, kind, what)
    return _floats(values, kind, what)


def _integers(values: Sequence[Any], kind: np.dtype[Any], what: str) -> Array:
    bounds = np.iinfo(kind)
    if not all(type(one) is int and bounds.min <= one <= bounds.max for one in values):
        _no(f"{what} hold something that is no whole number of {kind.name}")
    return np.array(values, dtype=kind)


def _floats(values: Sequence[Any], kind: np.dtype[Any], what: str) -> Array:
    unsigned = np.dtype(f"u{kind.itemsize}")
    bits = np.array([_bits_of(one, kind, what) for one in values], dtype=unsigned)
    return bits.view(kind)


def _bits_of(value: Any, kind: np.dtype[Any], what: str) -> int:
    """The bits of one number as JSON holds it, by its kind."""
    nan = NAN.fullmatch(value) if isinstance(value, str) else None
    if nan is not None:
        bits = int(nan[1], 16) if nan[1] else 0
        if bits < 1 << (8 * kind.itemsize) and np.isnan(_of_bits(bits, kind)):
            return bits
    number = TEXTS.get(value) if isinstance(value, str) else value
    if type(number) is not float:
        _no(f"{what} hold something that is no number")
    with np.errstate(over="ignore"):
        stored = np.array([number], dtype=kind)
    if float(stored[0]) != number:
        _no(f"{what} hold a number that {kind.name} can't")
    return int(stored.view(f"u{kind.itemsize}")[0])


def _of_bits(bits: int, kind: np.dtype[Any]) -> Any:
    return np.array([bits], dtype=f"u{kind.itemsize}").view(kind)[0]


def _number(value: Any, what: str) -> Any:
    """A number that stands alone; None where there is none."""
    if value is None or type(value) is int:
        return value
    kind = np.dtype("float64")
    return float(_of_bits(_bits_of(value, kind, what), kind))


def _numbers(body: Any, what: str) -> dict[str, Any]:
    if not isinstance(body, dict) or len(body) > MOST_SCHOOLS:
        _no(f"{what} are no list of names with numbers")
    return {name: _number(value, what) for name, value in body.items()}
