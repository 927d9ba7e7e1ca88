"""Files of the first release's format are read without running anything, or not at all."""

import io
import os
import pickle
import struct
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data_contracts.errors import Refused
from model import arrays, format_one
from tests.model.test_arrays import plain


class Runs:
    """A real malicious pickle: reading it by the usual way runs a command of the shell."""

    def __init__(self, proof: Path) -> None:
        self.proof = proof

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[str]]:
        return os.system, (f"touch {self.proof}",)


def written(content: Any, protocol: int = 4) -> bytes:
    buffer = io.BytesIO()
    joblib.dump(content, buffer, protocol=protocol)
    return buffer.getvalue()


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
def test_what_the_first_release_wrote_comes_back_to_the_bit(protocol: int) -> None:
    assert arrays.same(format_one.read(written(plain(), protocol)), plain())


def test_a_single_number_of_numpys_kind_comes_back() -> None:
    given = {**plain(), "window_days": np.float64(60.25)}
    assert format_one.read(written(given))["window_days"] == 60.25


@pytest.mark.parametrize("place", ["whole", "beside", "in an array", "as a name", "in a list"])
@pytest.mark.parametrize("protocol", [0, 2, 4, 5])
def test_a_malicious_file_runs_nothing(tmp_path: Path, place: str, protocol: int) -> None:
    proof = tmp_path / "proof"
    bomb = Runs(proof)
    content: Any = {
        "whole": bomb,
        "beside": {**plain(), "more": bomb},
        "in an array": {**plain(), "means": np.array([bomb], dtype=object)},
        "as a name": {**plain(), "offsets": {bomb: 0.5}},
        "in a list": {**plain(), "shapes": [bomb]},
    }[place]
    data = written(content, protocol)
    with pytest.raises(Refused, match="was not opened"):
        format_one.read(data)
    assert not proof.exists()
    with suppress(TypeError):  # what the command gives back is no fit name
        joblib.load(io.BytesIO(data))
    assert proof.exists()  # so the file is a real one: the usual way runs its command


def by_hand(*code: bytes) -> bytes:
    return b"".join(code) + b"."


@pytest.mark.parametrize(
    "code",
    [
        by_hand(b"cbuiltins\neval\n", b"(V1\n", b"tR"),
        by_hand(b"cposix\nsystem\n", b"(Vtrue\n", b"tR"),
        by_hand(b"(Vtrue\niposix\nsystem\n"),
        by_hand(b"(cposix\nsystem\nVtrue\no"),
        by_hand(b"cnumpy\nload\n"),
        by_hand(b"cjoblib\nload\n"),
        by_hand(b"cnumpy.core.multiarray\n_reconstruct\n"),
        by_hand(b"cjoblib.numpy_pickle\nNumpyArrayWrapper.read.__globals__\n"),
        by_hand(b"\x80\x04\x8c\x14joblib.numpy_pickle\x8c\x1fNumpyArrayWrapper.read_mmap.abc1\x93"),
        by_hand(b"\x82\x01"),
        by_hand(b"Pout\n"),
        by_hand(b"cnumpy\ndtype\n(VO8\nI00\nI01\ntR"),
        by_hand(b"cnumpy\nndarray\n(I3\ntR"),
        by_hand(b"}(Va\nI1\nu}b"),
        by_hand(b"\x8e" + struct.pack("<Q", 2**62)),
        by_hand(b"\x96" + struct.pack("<Q", 2**62)),
        b"",
        b"no pickle",
    ],
)
def test_pickles_written_by_hand_are_refused(code: bytes) -> None:
    with pytest.raises(Refused, match=r"was not opened|can't be used"):
        format_one.read(code)


def test_something_after_the_end_is_refused() -> None:
    with pytest.raises(Refused, match="after its end"):
        format_one.read(written(plain()) + b"x")


def test_an_array_that_is_cut_off_is_refused() -> None:
    data = written(plain())
    for size in range(0, len(data), 7):
        with pytest.raises(Refused, match="was not opened"):
            format_one.read(data[:size])


@settings(deadline=None, max_examples=300)
@given(at=st.integers(0, 10**6), value=st.integers(0, 255))
def test_a_changed_byte_gives_other_arrays_or_a_refusal(at: int, value: int) -> None:
    data = bytearray(written(plain()))
    data[at % len(data)] = value
    with suppress(Refused):
        arrays.check(format_one.read(bytes(data)))


def test_python_itself_would_have_run_it(tmp_path: Path) -> None:
    proof = tmp_path / "proof"
    pickle.loads(pickle.dumps(Runs(proof)))
    assert proof.exists()
