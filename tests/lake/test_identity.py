"""Who is who: one id for life, however the identifiers change."""

from datetime import date

import pandas as pd
import pytest

from data_contracts.errors import Refused
from pipelines.identity import MemoryAliases, alias_hash, match, resolve

KEY = b"k" * 32


def roll(*rows: dict[str, str]) -> pd.DataFrame:
    return pd.DataFrame(list(rows))


def test_a_temporary_upn_that_becomes_permanent_keeps_the_id() -> None:
    aliases = MemoryAliases()
    first = resolve(roll({"upn": "T99900000012A", "admission_number": "000101"}), "999001", KEY, aliases)
    aliases.add(first.new)
    second = resolve(roll({"upn": "A999000000123", "admission_number": "000101"}), "999001", KEY, aliases)
    assert second.pupil_ids == first.pupil_ids
    assert [alias.kind for alias in second.new] == ["upn"]


def test_a_former_upn_leads_to_the_same_id_at_another_school() -> None:
    aliases = MemoryAliases()
    first = resolve(roll({"upn": "T99900000012A", "admission_number": "1"}), "999001", KEY, aliases)
    aliases.add(first.new)
    row = {"upn": "A999000000123", "former_upn": "T99900000012A", "admission_number": "77"}
    assert resolve(roll(row), "999002", KEY, aliases).pupil_ids == first.pupil_ids


def test_admission_numbers_belong_to_a_school() -> None:
    rows = roll({"admission_number": "000101"})
    here = resolve(rows, "999001", KEY, MemoryAliases())
    there = resolve(rows, "999002", KEY, MemoryAliases())
    assert here.pupil_ids != there.pupil_ids


def test_the_key_decides_the_id_and_spaces_and_case_do_not() -> None:
    assert alias_hash(KEY, "upn", "1", " a999 0000 00123") == alias_hash(KEY, "upn", "2", "A999000000123")
    one = resolve(roll({"upn": "A999000000123"}), "999001", KEY, MemoryAliases())
    two = resolve(roll({"upn": "A999000000123"}), "999001", b"z" * 32, MemoryAliases())
    assert one.pupil_ids != two.pupil_ids
    assert one.pupil_ids[0].startswith("p")
    assert len(one.pupil_ids[0]) == 21


def test_other_tables_find_the_pupil_by_any_identifier_they_have() -> None:
    who = resolve(roll({"upn": "A999000000123", "mis_id": "17"}), "999001", KEY, MemoryAliases())
    rows = pd.DataFrame({"upn": [None, "A999000000123", None], "mis_id": ["17", None, "18"]})
    found = match(rows, "999001", KEY, MemoryAliases(), who.new)
    assert found.iloc[0] == found.iloc[1] == who.pupil_ids[0]
    assert pd.isna(found.iloc[2])


def test_a_pupil_without_any_identifier_is_refused() -> None:
    with pytest.raises(Refused):
        resolve(pd.DataFrame({"upn": [None], "surname": ["Someone"]}), "999001", KEY, MemoryAliases())


def test_a_number_that_was_another_pupils_is_not_taken_for_that_pupil() -> None:
    aliases = MemoryAliases()
    first = resolve(
        roll({"upn": "A999000000123", "mis_id": "17", "dob": "2009-05-01"}), "999001", KEY, aliases
    )
    aliases.add(first.new)
    aliases.born["999001", first.pupil_ids[0]] = date(2009, 5, 1)
    rows = roll(
        {
            "upn": "B999000000456",
            "mis_id": "17",
            "dob": "2013-11-20",
        },  # a new MIS counts from the start again
        {"mis_id": "17", "dob": "2013-11-21"},
        {
            "upn": "C999000000789",
            "mis_id": "17",
            "dob": "2009-05-01",
        },  # the same child, whose UPN was replaced
    )
    after = resolve(rows, "999001", KEY, aliases)
    assert len({*after.pupil_ids, *first.pupil_ids}) == 3
    assert after.pupil_ids[2] == first.pupil_ids[0]
    assert resolve(rows, "999001", KEY, aliases).pupil_ids == after.pupil_ids
    assert after.two == ()


def test_a_former_upn_of_another_pupil_is_named() -> None:
    aliases = MemoryAliases()
    old = resolve(roll({"upn": "A999000000123"}), "999001", KEY, aliases)
    new = resolve(roll({"upn": "B999000000456"}), "999002", KEY, aliases)
    aliases.add([*old.new, *new.new])
    after = resolve(roll({"upn": "B999000000456", "former_upn": "A999000000123"}), "999002", KEY, aliases)
    assert after.pupil_ids == new.pupil_ids
    assert after.two == (0,)
