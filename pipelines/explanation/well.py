"""The *Going well* part of an account, looked for as hard as what isn't. Never the list's own definition, and
nothing not known."""

from collections.abc import Collection, Mapping
from typing import Any

from pipelines.explanation.rows import Records
from pipelines.explanation.stories import Said, Story, within
from pipelines.explanation.told import Kind
from pipelines.explanation.weeks import Week, praise, whole_suspensions

FEWER_IN = ("behaviour", "lateness", "suspensions", "time_out")
LEAST_FALL = 2
LEAST_RATIO = 0.8
MORE_AT_SCHOOL = 0.03
GOOD_ATTENDANCE = 0.95
LAST_WEEKS = 6
FEWEST_FULL_WEEKS = 3
QUIET_DAYS = 60


def going_well(
    records: Records, told: Mapping[str, Story], reasons: Collection[str] = (), on_list: str | None = None
) -> tuple[Said, ...]:
    """Statements of what is going well, from a pupil's records and stories.

    `reasons` are the themes that stand as reasons beside it: attendance that is a reason is not praised, only a
    rise is told. `on_list` names the list: not having been suspended is no news on a list of those who haven't.
    """
    said = [
        *_praised(records),
        *_fewer(told),
        *_at_school(told.get("attendance"), "attendance" in reasons),
    ]
    if on_list != "not_suspended":
        said += _quiet(records)
    return tuple(said)


def _praised(records: Records) -> list[Said]:
    inside = within(records, "term")
    good = sorted((one for one in praise(records) if inside(one.on)), key=lambda one: one.on)
    if not good:
        return []
    last = good[-1]
    arguments: dict[str, Any] = {"now": len(good), "on": last.on, "lesson": last.lesson}
    return [Said(Kind.well, "praised", arguments)]


def _fewer(told: Mapping[str, Story]) -> list[Said]:
    found = []
    for theme in FEWER_IN:
        if theme not in told:
            continue
        now, before = told[theme].values.now, told[theme].values.last_term
        if now is None or before is None or before - now < (1 if theme == "suspensions" else LEAST_FALL):
            continue
        ratio = told[theme].values.ratio
        if ratio is None or ratio > LEAST_RATIO:  # fewer only because this term was shorter is no news
            continue
        found.append(Said(Kind.well, "fewer", {"theme": theme, "now": now, "last_term": before}))
    return found


def _at_school(story: Story | None, is_reason: bool) -> list[Said]:
    if story is None or story.values.now is None:
        return []
    now, before = story.values.now, story.values.last_term
    if now == 1:
        return [Said(Kind.well, "every_session")]
    said = []
    if before is not None and now - before >= MORE_AT_SCHOOL:
        said.append(Said(Kind.well, "attends_more", {"now": now, "last_term": before}))
    elif now >= GOOD_ATTENDANCE and not is_reason:
        said.append(Said(Kind.well, "attends", {"now": now}))
    full, of = _full_weeks(story.weeks)
    if full >= FEWEST_FULL_WEEKS:
        said.append(Said(Kind.well, "full_weeks", {"weeks": full, "of": of}))
    return said


def _full_weeks(weeks: Collection[Week]) -> tuple[int, int]:
    """(weeks without a session missed, of how many): the last six in which marks are held."""
    held = [week for week in weeks if week.possible][-LAST_WEEKS:]
    if len(held) < LAST_WEEKS:
        return 0, len(held)
    return sum(week.missed == 0 for week in held), len(held)


def _quiet(records: Records) -> list[Said]:
    """A suspension some time ago and none since: not this term, and not so long ago that it is no news."""
    begun = [one.on for one in whole_suspensions(records)]
    inside = within(records, "term")
    if not begun or inside(max(begun)) or not QUIET_DAYS <= (records.as_of - max(begun)).days <= 365:
        return []
    return [Said(Kind.well, "since_suspended", {"on": max(begun)})]
