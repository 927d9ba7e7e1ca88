"""Which offers of the menu fit a pupil: by the themes told and the pupil's own records, never by anyone else's."""

from collections import Counter
from collections.abc import Iterable, Sequence

from pipelines.explanation import Account, Records, Said
from pipelines.explanation.rows import Incident
from pipelines.explanation.stories import within
from pipelines.explanation.weeks import counted_incidents, whole_suspensions
from service.support.menu import Offer

SEN = "SEN support unreviewed, need unclear"
AFTER = "after a suspension"
REMOVED = "off-site, part-time, repeated removal"
ABSENCE = "rising absence"
LATE = "lateness, hunger, money"
ARRIVAL = "Y6→7, arrival in mid-year"
SETTING = "one lesson, time or teacher (setting first)"
PEERS = "conflict with peers"
ADULTS = "adult-pupil conflict"
REPEATED = "repeated low-level disruption"
SAFETY = "safety, exploitation, drugs"
READING = "reading far behind"
UPSET = "trauma, loss, dysregulation"
SESSIONS_OF_A_WEEK = 10
MARKED = 0.25
"""A kind of incident is marked where it makes a quarter of the pupil's own."""
OF_TYPE = {
    "fighting": PEERS, "assault": PEERS, "bullying": PEERS, "verbal_abuse": PEERS, "discrimination": PEERS,
    "disrespect": ADULTS, "defiance": ADULTS, "damage": UPSET, "homework": READING,
    "substances": SAFETY, "weapon": SAFETY, "sexual": SAFETY, "theft": SAFETY,
    "lateness": LATE, "uniform": LATE, "truancy": ABSENCE,
}  # fmt: skip
"""What an incident's type points to, beside repeated low-level disruption."""
OF_THEME = {
    "attendance": ABSENCE,
    "lateness": LATE,
    "time_out": REMOVED,
    "suspensions": AFTER,
    "sen": SEN,
    "moves": ARRIVAL,
}


def abouts(account: Account, records: Records) -> list[str]:
    """What support should be about, the most fitting first.

    SEN support or a plan comes first, then a week or more lost to suspension; then the themes told, in their
    order. Behaviour is told apart by where it clusters and by its types. Only the pupil's own records count.
    """
    found: list[str] = []
    sen = records.standing_sen()
    if sen is not None and sen.provision in ("K", "E"):
        found.append(SEN)
    inside = within(records, "year")
    lost = sum(one.sessions or 0 for one in whole_suspensions(records) if inside(one.on))
    if lost > SESSIONS_OF_A_WEEK:
        found.append(AFTER)
    for reason in account.reasons:
        if reason.theme == "behaviour":
            found += _about_behaviour(reason.story.said, records)
        elif reason.theme in OF_THEME:
            found.append(OF_THEME[reason.theme])
    return list(dict.fromkeys(found))


def _about_behaviour(said: Iterable[Said], records: Records) -> list[str]:
    """Where the incidents cluster; then kinds that make a quarter of them or more, the most first; then the rest."""
    found = []
    if any(one.code == "cluster" and one.arguments["kind"] in ("lesson", "hour", "location") for one in said):
        found.append(SETTING)
    kinds = Counter(OF_TYPE.get(str(one.type), REPEATED) for one in _this_year(records))
    total = sum(kinds.values())
    found += [kind for kind, n in kinds.most_common() if kind != REPEATED and n >= MARKED * total]
    found.append(REPEATED)
    found += [kind for kind, _ in kinds.most_common(3)]
    return list(dict.fromkeys(found))


def _this_year(records: Records) -> list[Incident]:
    inside = within(records, "year")
    return [one for one in counted_incidents(records) if inside(one.on)]


def offers_that_fit(menu: Sequence[Offer], account: Account, records: Records) -> list[Offer]:
    """The menu's lines that fit, one for each thing support is about before a second for any; full ones left out."""
    wanted = abouts(account, records)
    found = [one for one in menu if one.about in wanted and one.left != 0]
    return _spread(sorted(found, key=lambda one: wanted.index(one.about)))


def _spread(offers: list[Offer]) -> list[Offer]:
    turns: Counter[str] = Counter()
    placed = []
    for one in offers:
        turns[one.about] += 1
        placed.append((turns[one.about], one))
    return [one for _, one in sorted(placed, key=lambda pair: pair[0])]
