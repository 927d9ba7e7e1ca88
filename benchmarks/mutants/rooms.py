"""Which source is tried in which room, and which tests must notice: the nearest first, since the first failure ends a
trial. None of them needs a demo home, a browser or PostgreSQL."""

from dataclasses import dataclass
from pathlib import Path

from benchmarks.mutants.faults import Fault, faults


@dataclass(frozen=True, slots=True)
class Room:
    """A rule of the house: where it is written (globs; `!` leaves out), and the tests that hold it."""

    name: str
    sources: tuple[str, ...]
    tests: tuple[str, ...]

    def files(self, root: Path) -> list[Path]:
        """The source files, without those left out."""
        out = {path for glob in self.sources if glob[0] == "!" for path in root.glob(glob[1:])}
        found = {path for glob in self.sources if glob[0] != "!" for path in root.glob(glob)}
        return sorted(path for path in found - out if path.name != "__init__.py")

    def faults(self, root: Path) -> list[Fault]:
        """Every fault these files could have."""
        return [
            fault
            for path in self.files(root)
            for fault in faults(str(path.relative_to(root)), path.read_bytes())
        ]


ROOMS = (
    Room(
        "permissions",
        ("service/core/permissions.py", "service/shell/access.py"),
        (
            "tests/service/test_permissions.py", "tests/service/test_api.py",
            "tests/service/test_persons_only.py", "tests/service/test_accounts.py",
        ),
    ),
    Room(
        "scope",
        ("service/*/*_store.py", "!service/core/job_store.py", "!service/operations/*.py"),
        (
            "tests/service/test_scope_lint.py", "tests/service/test_api.py",
            "tests/service/test_kept.py", "tests/support", "tests/life/test_erasing.py",
            "tests/life/test_retention.py", "tests/life/test_marking.py", "tests/setting/test_loaded.py",
        ),
    ),
    Room(
        "small numbers",
        ("service/setting/small_numbers.py",),
        ("tests/setting/test_sight.py", "tests/setting/test_summary.py"),
    ),
    Room("told", ("pipelines/explanation/told.py",), ("tests/explanation/test_told.py",)),
    Room(
        "windows",
        (
            "pipelines/indicators/*.py", "data_contracts/known_on.py", "!pipelines/indicators/batch.py",
            "!pipelines/indicators/manual.py",
        ),
        (
            "tests/data_contracts/test_known_on.py", "tests/indicators/test_reference.py",
            "tests/indicators/test_recount.py", "tests/indicators/test_sentences.py",
        ),
    ),
    Room(
        "evidence",
        ("pipelines/explanation/*.py", "!pipelines/explanation/told.py"),
        (
            "tests/explanation/test_words.py", "tests/explanation/test_clusters.py",
            "tests/explanation/test_stories.py", "tests/explanation/test_evidence.py",
            "tests/explanation/test_events_said.py",
        ),
    ),
    Room(
        "places",
        ("service/support/menu.py", "pipelines/rule_list.py", "pipelines/score.py"),
        (
            "tests/training/test_gates.py", "tests/training/test_score.py", "tests/support/test_places.py",
            "tests/support/test_menu.py",
        ),
    ),
    Room(
        "gates",
        ("pipelines/train/gates.py", "pipelines/train/leaks.py", "pipelines/evaluate.py", "model/measures.py",
         "model/groups.py"),
        ("tests/model/test_measures.py", "tests/model/test_audits.py", "tests/training/test_gates.py",
         "tests/training/test_train.py"),
    ),
    Room(
        "erasure",
        (
            "service/rights/erasing.py", "service/rights/lake_rewrite.py", "service/rights/retention.py",
            "service/rights/sweeping.py",
        ),
        ("tests/life/test_erasing.py", "tests/life/test_retention.py", "tests/life/test_sweeping.py",
         "tests/life/test_marking.py", "tests/life/test_clock.py"),
    ),
    Room(
        "bad input",
        ("data_contracts/reading/*.py", "data_contracts/facts/*.py"),
        (
            "tests/data_contracts/test_readers.py", "tests/data_contracts/test_rules.py",
            "tests/data_contracts/test_awkward.py", "tests/data_contracts/test_adversary.py",
            "tests/data_contracts/test_returns.py", "tests/data_contracts/test_people_decide.py",
            "tests/data_contracts/test_hostile.py", "tests/data_contracts/test_check.py",
        ),
    ),
    Room(
        "crash protocol",
        ("service/app/steps.py", "service/uploads/commits.py", "service/core/job_store.py"),
        ("tests/service/test_jobs.py", "tests/uploads/test_merging_journey.py", "tests/uploads/test_people_journey.py",
         "tests/uploads/test_crashes.py"),
    ),
)  # fmt: skip
