"""The site as each role walks it: from the first page along every link, two of each kind of address."""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urldefrag, urljoin, urlsplit

from testbed.inspector import seen

KIND = re.compile(r"p[0-9a-f]{20}|[0-9]{6}|[0-9]{4}-(?:autumn|spring|summer)|[a-z]{1,3}[0-9a-f]{16}")
OF_EACH_KIND = 2
MOST = 60


ROLES = ("inclusion_lead", "pastoral", "head", "governor", "trust_lead", "data_team")

Account = dict[str, Any]


def account(demo: dict[str, Any], role: str) -> Account:
    """The first demo account with a role."""
    found: Account = next(one for one in demo["accounts"] if one["role"] == role)
    return found


@dataclass(frozen=True)
class Answer:
    """What an address answered."""

    path: str
    status: int
    html: str
    kind: str


def kind_of(path: str) -> str:
    """An address with its ids taken out, so that two pupils' cards are one kind of page."""
    return KIND.sub("{}", urlsplit(path).path)


def walk(get: Callable[[str], Answer], start: str = "/") -> Iterator[Answer]:
    """Every page reachable by links from `start`, at most two of each kind."""
    waiting, met, kinds = [start], {start}, Counter[str]()
    while waiting and len(met) < 2000 and sum(kinds.values()) < MOST:
        path = waiting.pop(0)
        if kinds[kind_of(path)] >= OF_EACH_KIND:
            continue
        kinds[kind_of(path)] += 1
        answer = get(path)
        yield answer
        for link in links(answer):
            if link not in met:
                met.add(link)
                waiting.append(link)


def links(answer: Answer) -> list[str]:
    """The addresses inside the site that a page leads to; downloads are not pages."""
    if not answer.html:
        return []
    absolute = [urldefrag(urljoin(answer.path, link))[0] for link in seen(answer.html).links]
    return [
        one
        for one in absolute
        if one.startswith("/") and not urlsplit(one).path.endswith((".csv", ".json", ".parquet", ".xlsx"))
    ]
