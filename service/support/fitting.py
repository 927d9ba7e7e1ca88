"""Which offers of the menu fit a pupil: by the themes told and the pupil's own records, never by anyone else's."""

from collections import Counter
from collections.abc import Iterable, Sequence

from pipelines.explanation import Account, Records, Said
from pipelines.explanation.rows import Incident
from pipelines.explanation.stories import within
from pipelines.explanation.weeks import counted_incidents, whole_suspensions
from service.support.offered import Offer

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
SESSIONS_OF_A_WEEK = 10
HALF = 0.5
OF_TYPE = {
    "fighting": PEERS, "assault": PEERS, "bullying": PEERS, "verbal_abuse": PEERS, "discrimination": PEERS,
    "disrespect": ADULTS, "defiance": ADULTS,
    "substances": SAFETY, "weapon": SAFETY, "sexual": SAFETY, "theft": SAFETY,
    "lateness": LATE, "truancy": ABSENCE,
}  # fmt: skip
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

    A special educational need that waits for something comes first, then a week or more lost to suspension;
    then the themes told, in their order. Behaviour is told apart by where it clusters and by its types.
    """
    found: list[str] = []
    sen = records.standing_sen()
    if sen is not None and sen.provision in ("K", "E") and _waits(account):
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
    if sen is not None and sen.provision in ("K", "E"):
        found.append(SEN)
    return list(dict.fromkeys(found))


def _waits(account: Account) -> bool:
    """Whether the SEN theme is a reason or something about it is due."""
    stories = [one.story for one in account.reasons] + list(account.others)
    sen = next((story for story in stories if story.theme == "sen"), None)
    told = any(one.theme == "sen" for one in account.reasons)
    return told or (sen is not None and any(one.code in ("sen_no_review", "sen_no_need") for one in sen.said))


def _about_behaviour(said: Iterable[Said], records: Records) -> list[str]:
    """Where the incidents cluster, then what half or more of them are, then the rest."""
    found = []
    if any(one.code == "cluster" and one.arguments["kind"] in ("lesson", "hour", "location") for one in said):
        found.append(SETTING)
    kinds = Counter(OF_TYPE.get(str(one.type), REPEATED) for one in _this_year(records))
    total = sum(kinds.values())
    for kind, count in kinds.most_common():
        if count >= HALF * total:
            found.append(kind)
    if kinds[SAFETY]:
        found.append(SAFETY)
    found += [kind for kind, _ in kinds.most_common(2)]
    return list(dict.fromkeys(found)) or [REPEATED]


def _this_year(records: Records) -> list[Incident]:
    inside = within(records, "year")
    return [one for one in counted_incidents(records) if inside(one.on)]


def fitting(menu: Sequence[Offer], account: Account, records: Records) -> list[Offer]:
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
