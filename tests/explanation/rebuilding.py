"""A value counted again from its evidence as JSON, in plain Python: no engine, no code of the evidence."""

from datetime import date
from typing import Any

from data_contracts import calendar

Evidence = dict[str, Any]
Value = float | None


def school_days(first: str, last: str) -> int:
    """School days after the first day up to and with the last."""
    start = calendar.TERMS[0].start
    return sum(
        1 for day in calendar.school_days(start, date.fromisoformat(last)) if day > date.fromisoformat(first)
    )


def value_of(told: Evidence) -> Value:
    """What the evidence's rows add up to; None where it says that they were not kept."""
    return None if told["kept"] == "none" else REBUILT[told["form"]](told)


def _per_cent(rows: int, told: Evidence, least: int) -> Value:
    return 100.0 * rows / told["of"] if told["of"] >= least else None


def _change(told: Evidence) -> Value:
    before = told["before"]
    if told["of"] is None:
        return float(len(told["records"]) - len(before["records"]))
    now, then = _per_cent(len(told["records"]), told, 1), _per_cent(len(before["records"]), before, 1)
    return None if now is None or then is None else now - then


def _extreme(told: Evidence) -> Value:
    rows, name = told["records"], told["indicator"]
    if name == "longest_run_term":
        return float(len(rows))
    if name == "most_serious_year":
        return float(max((1 if r["severity"] is None else r["severity"] for r in rows), default=0))
    dated = "review" if name == "sen_review_overdue" else "date"
    ago = [school_days(row[dated], told["as_of"]) for row in rows]
    assert ago == [row["school_days_ago"] for row in rows]
    return float(max(ago)) if ago else 0.0 if name == "sen_review_overdue" else None


def _spread(told: Evidence) -> Value:
    names = [row["group"] for row in told["records"]]
    if told["groups"]:
        return float(sum(100 * names.count(g) >= told["least"] * of for g, of in told["groups"].items()))
    if told["of"] is not None:
        return _per_cent(max(map(names.count, names), default=0), told, told["least"])
    return float(len(set(names)))


def _state(told: Evidence) -> Value:
    rows, name = told["records"], told["indicator"]
    provisions = {row.get("provision") for row in rows}
    year_began = min(t.start for t in calendar.TERMS if t.year == _year(told["as_of"]))
    if name == "sen_support":
        return float("K" in provisions and "E" not in provisions)
    if name == "sen_plan":
        return float("E" in provisions)
    if name == "sen_changed_year":
        return float(bool(rows))
    if name == "sen_need_not_assessed":
        return float("K" in provisions and not any(row["assessed"] for row in rows))
    if name == "first_incident_this_term":
        return float(bool(rows) and not told["before"]["records"])
    if name == "year_group":
        return float(rows[0]["nc_year"])
    if name == "school_days_since_joining":
        return float(school_days(rows[0]["entry"], told["as_of"]))
    assert name == "joined_in_year"
    entry = rows[0]["entry"]
    return float(entry >= year_began.isoformat() and school_days(year_began.isoformat(), entry) > 20)


def _year(day: str) -> str:
    return max((t for t in calendar.TERMS if t.start.isoformat() <= day), key=lambda t: t.start).year


def _norm(told: Evidence) -> Value:
    if told["indicator"] == "incidents_rank_term":
        return float(told["of"])
    return len(told["records"]) - float(told["of"])


REBUILT = {
    "count": lambda told: float(len(told["records"])),
    "sum": lambda told: float(sum(row["amount"] for row in told["records"])),
    "share": lambda told: _per_cent(len(told["records"]), told, told["least"]),
    "change": _change,
    "extreme": _extreme,
    "spread": _spread,
    "state": _state,
    "norm": _norm,
}
