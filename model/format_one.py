"""Models of the first release, read without running anything: pickles of plain arrays, and of nothing else.

Format 1 kept its arrays in a joblib file, and unpickling such a file runs whatever its writer wanted. This reader
knows numbers, text, lists, dicts and numeric arrays; any other name in the file ends the reading. Of numpy and
joblib it calls nothing: what the file calls by their names are the four plain stand-ins below.
"""

import io
import math
import pickle
from typing import Any, ClassVar, NoReturn

import numpy as np

from data_contracts.errors import Refused
from model import arrays
from model.arrays import KINDS, MOST_BYTES

CODES = {np.dtype(name).str[1:]: np.dtype(name) for name in KINDS}


class _Forbidden(Exception):
    """The file names something that is no plain array."""


class _Kind:
    """Stands for numpy.dtype: one of four kinds of number, of little-endian bytes."""

    def __init__(self, code: Any, *rest: Any) -> None:
        del rest
        if not isinstance(code, str) or code not in CODES:
            raise _Forbidden("an array of another kind")
        self.dtype = CODES[code].newbyteorder("<")


class _Array:
    """Stands for numpy.ndarray, which joblib names but does not call."""

    def __init__(self, *_given: Any) -> None:
        raise _Forbidden("an array within the pickle")


class _Wrapped:
    """Stands for joblib's NumpyArrayWrapper: kind and size of an array whose bytes follow in the file."""

    def read(self, state: Any, file: io.BytesIO) -> np.ndarray[Any, Any]:
        if not isinstance(state, dict) or state.get("subclass") is not _Array:
            raise _Forbidden("an array of another class")
        shape, kind = state.get("shape"), state.get("dtype")
        if not isinstance(kind, _Kind) or not isinstance(shape, tuple) or len(shape) != 1:
            raise _Forbidden("an array of another form")
        if type(shape[0]) is not int or not 0 <= shape[0] <= MOST_BYTES:
            raise _Forbidden("an array without a size")
        if "numpy_array_alignment_bytes" in state:
            file.read(file.read(1)[0])
        wanted = math.prod(shape) * kind.dtype.itemsize
        data = file.read(wanted)
        if len(data) != wanted:
            raise _Forbidden("an array that is cut off")
        return np.frombuffer(data, dtype=kind.dtype).astype(kind.dtype.newbyteorder("="))


def _scalar(kind: Any, data: Any) -> Any:
    """Stands for numpy's scalar: one number."""
    if not isinstance(kind, _Kind) or not isinstance(data, bytes) or len(data) != kind.dtype.itemsize:
        raise _Forbidden("a number of another form")
    return np.frombuffer(data, dtype=kind.dtype)[0].item()


ALLOWED = {
    ("joblib.numpy_pickle", "NumpyArrayWrapper"): _Wrapped,
    ("numpy", "ndarray"): _Array,
    ("numpy", "dtype"): _Kind,
    ("numpy.core.multiarray", "scalar"): _scalar,
    ("numpy._core.multiarray", "scalar"): _scalar,
}


PYTHONS_OWN: Any = pickle._Unpickler
"""The unpickler written in Python, whose steps can be taken away one by one."""


class _Reader(PYTHONS_OWN):
    """Python's own unpickler, with every way out closed but the names allowed above."""

    dispatch: ClassVar[dict[int, Any]] = dict(PYTHONS_OWN.dispatch)

    def __init__(self, file: io.BytesIO) -> None:
        super().__init__(file)
        self.file = file

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in ALLOWED:
            raise _Forbidden(f"{module}.{name}"[:80])
        return ALLOWED[module, name]

    def persistent_load(self, given: Any) -> NoReturn:
        del given
        raise _Forbidden("a reference out of the file")

    def get_extension(self, code: int) -> NoReturn:
        raise _Forbidden(f"extension {code}")

    def load_build(self) -> None:
        """Only an array's wrapper and a kind of number have a state; nobody's own method is called with it."""
        state = self.stack.pop()
        target = self.stack[-1]
        if isinstance(target, _Wrapped):
            self.stack[-1] = target.read(state, self.file)
        elif (
            not isinstance(target, _Kind)
            or not isinstance(state, tuple)
            or state[1:2] not in (("<",), ("|",))
        ):
            raise _Forbidden("an object with a state")

    dispatch[pickle.BUILD[0]] = load_build


def read(data: bytes) -> dict[str, Any]:
    """The arrays in a model file of format 1. Raises Refused, and runs nothing, for any other pickle."""
    if len(data) > MOST_BYTES:
        raise _refused(f"it has {len(data)} bytes, more than any model")
    file = io.BytesIO(data)
    try:
        found = _Reader(file).load()
    except _Forbidden as problem:
        raise _refused(f"it holds {problem}, which is not a numeric array") from None
    except Exception as problem:  # noqa: BLE001  # a broken pickle can fail in any way; none of them is a model
        raise _refused(f"it can't be read ({type(problem).__name__})") from None
    if file.read(1):
        raise _refused("something follows after its end")
    arrays.check(found)
    return {"seasons": {}, **found}


def _refused(why: str) -> Refused:
    return Refused(
        f"The old model file was not opened: {why}.",
        hint="It is not as Belong wrote it. Save a copy for your data protection officer, and restore the "
        "model's folder from a backup.",
    )
