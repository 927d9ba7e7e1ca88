"""A model's arrays as JSON: every bit comes back, and whatever is no model is refused in words."""

import json
import struct
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data_contracts.errors import Refused
from model import arrays, bundle
from model.additive import AdditiveModel

ANY_FLOAT = st.integers(0, 2**64 - 1).map(lambda bits: struct.unpack("<d", struct.pack("<Q", bits))[0])
NARROW = st.integers(0, 2**32 - 1)


@st.composite
def models(draw: st.DrawFn) -> dict[str, Any]:
    """The arrays of any model, infinities and every NaN included."""
    sizes = draw(st.lists(st.integers(1, 5), min_size=1, max_size=4))
    axes, shapes = [], []
    for number, cells in enumerate(sizes):
        cuts = draw(st.sets(st.floats(-1e300, 1e300), min_size=cells - 1, max_size=cells - 1))
        bits = draw(st.lists(NARROW, min_size=cells, max_size=cells))
        axes.append(
            {
                "name": f"é indicator {number}",
                "cuts": np.array(sorted(cuts), dtype=np.float64),
                "values": np.array(bits, dtype=np.uint32).view(np.float32),
                "rows": np.array(draw(st.lists(st.integers(-(2**63), 2**63 - 1), min_size=cells + 1,
                                               max_size=cells + 1)), dtype=np.int64),
                "cap": draw(st.none() | st.integers(0, 99) | ANY_FLOAT),
            }
        )  # fmt: skip
        shapes.append(np.array(draw(st.lists(ANY_FLOAT, min_size=cells + 1, max_size=cells + 1))))
    means = draw(st.lists(ANY_FLOAT, min_size=len(sizes), max_size=len(sizes)))
    return {
        "axes": axes, "shapes": shapes, "means": np.array(means, dtype=np.float64),
        **{part: draw(ANY_FLOAT) for part in ("intercept", "slope", "shift")},
        "offsets": draw(st.dictionaries(st.text(max_size=6), ANY_FLOAT, max_size=3)),
        "window_days": draw(st.none() | ANY_FLOAT), "seasons": {"autumn": draw(ANY_FLOAT)},
    }  # fmt: skip


@settings(deadline=None, max_examples=150)
@given(models())
def test_every_bit_comes_back(known: dict[str, Any]) -> None:
    data = arrays.to_json(known)
    again = arrays.from_json(data)
    assert arrays.same(known, again)
    assert arrays.to_json(again) == data


@settings(deadline=None, max_examples=60)
@given(models())
def test_the_joblib_file_holds_the_same_bits(known: dict[str, Any]) -> None:
    model = AdditiveModel.from_arrays(known)
    data = bundle.dump_joblib(model)
    bundle.check_joblib(data, model)
    with pytest.raises(Refused, match="does not hold the arrays"):
        bundle.check_joblib(data, model.with_offsets({"another": 1.5}))


def plain() -> dict[str, Any]:
    axis = {
        "name": "absence", "cuts": np.array([1.5]), "values": np.array([1, 2], dtype=np.float32),
        "rows": np.array([10, 20, 0]), "cap": 40.0,
    }  # fmt: skip
    return {
        "axes": [axis], "shapes": [np.array([0.1, float("nan"), -0.0])], "means": np.array([0.2]),
        "intercept": -2.5, "slope": 1.0, "shift": 0.0, "offsets": {"999001": 0.25}, "window_days": None,
        "seasons": {},
    }  # fmt: skip


def changed(**change: Any) -> bytes:
    return json.dumps({**json.loads(arrays.to_json(plain())), **change}).encode()


LISTED = {"dtype": "float64", "shape": [1], "values": [0.5]}


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"\x80\x04.", "no JSON"),
        (b"[" * 100_000, "no JSON"),
        (b"[]", "the parts of a model"),
        (changed(format=3), "reads format 2"),
        (changed(extra=1), "the parts of a model"),
        (changed(means={**LISTED, "values": [0.5, 1.5]}), "are announced"),
        (changed(means={**LISTED, "shape": [2], "values": [0.5, 1.5]}), "where 1 belong"),
        (changed(means={**LISTED, "dtype": "object"}), "unknown kind"),
        (changed(means={**LISTED, "dtype": "int64"}), "no whole number"),
        (changed(means={**LISTED, "dtype": "float32", "values": [0.1]}), "a number that float32 can't"),
        (changed(means={**LISTED, "values": [True]}), "no number"),
        (changed(means={**LISTED, "values": ["NaN 0x3ff0000000000000"]}), "no number"),
        (changed(means={**LISTED, "values": ["0.5"]}), "no number"),
        (changed(intercept=None), "intercept is no number"),
        (changed(window_days="long"), "window_days"),
        (changed(offsets=[1]), "offsets"),
        (changed(shapes=[]), "1 axes and 0 shapes"),
        (changed(axes=[{}]), "the parts of an axis"),
        (b'{"slope": NaN}', "no JSON"),
        (b'{"format": 2, "format": 2}', "no JSON"),
    ],
)  # fmt: skip
def test_what_is_no_model_is_refused_in_words(data: bytes, says: str) -> None:
    with pytest.raises(Refused, match=says):
        arrays.from_json(data)


@pytest.mark.parametrize(
    ("part", "value", "says"),
    [
        ("cuts", np.array([]), "where 1 belong"),
        ("cuts", np.array([float("nan")]), "do not ascend"),
        ("rows", np.array([1.0, 2.0, 3.0]), "kind they have to be"),
        ("rows", np.array([1, 2]), "where 3 belong"),
        ("values", np.array([[1.0]], dtype=np.float32), "cells"),
        ("values", np.array([], dtype=np.float32), "cells"),
        ("cap", True, "cap"),
        ("name", 1, "parts of an axis"),
    ],
)
def test_parts_that_do_not_belong_together_are_refused(part: str, value: Any, says: str) -> None:
    given = plain()
    given["axes"][0][part] = value
    with pytest.raises(Refused, match=says):
        arrays.to_json(given)


def test_an_indicator_stands_in_a_model_once() -> None:
    given = plain()
    given["axes"], given["shapes"] = given["axes"] * 2, given["shapes"] * 2
    given["means"] = np.array([0.1, 0.2])
    with pytest.raises(Refused, match="twice"):
        arrays.check(given)
