"""A census return through the whole load: pupils, totals of sessions, suspensions where they fell, SEN."""

from pathlib import Path

from service.app.journeys import load_folder
from tests.data_contracts.returns import census_xml, write_collect
from tests.uploads.conftest import URN, School


def test_returns_that_overlap_make_one_suspension_in_the_term_it_fell_in(
    school: School, tmp_path: Path
) -> None:
    home = school.deployment.home.path
    write_collect(tmp_path / "collect")
    outcome = load_folder(home, tmp_path / "collect", URN)
    assert outcome["terms"] == ["2025-spring"]
    kept = {row["table"]: row["kept"] for row in outcome["tables"]}
    assert kept == {"pupils": 3, "attendance_summary": 6, "suspensions": 1, "sen": 3}
    assert list(school.lake("suspensions")["term"]) == ["2024-autumn"]
    assert set(school.lake("attendance_summary")["term"]) == {"2025-spring"}
    (tmp_path / "xml").mkdir()
    (tmp_path / "xml" / "return.xml").write_text(census_xml(), "utf-8")
    load_folder(home, tmp_path / "xml", URN, term="2025-spring", approved=True)
    suspensions = school.lake("suspensions")
    assert len(suspensions) == 1
    assert int(suspensions["sessions"].iloc[0]) == 4
