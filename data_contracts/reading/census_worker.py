"""Worker process: a School Census return (XML) on stdin, its pupils as plain values on stdout (JSON).

Tolerant of case, namespaces and nesting; only the elements named here are ever read, so addresses and the
like never leave this process. Declarations of entities and document types are refused.
"""

import io
import json
import sys
from xml.sax.handler import ContentHandler, feature_external_ges
from xml.sax.xmlreader import Locator

from defusedxml import DefusedXmlException
from defusedxml.sax import make_parser

_LEAVES = {
    "upn", "formerupn", "surname", "forename", "dob", "sex", "gender", "ethnicity", "language", "enrolstatus",
    "entrydate", "leavingdate", "ncyearactual", "ncyearleaving", "senprovision", "sessionspossible", "preferredsurname",
    "preferredforename", "senunitindicator", "resourcedprovisionindicator",
}  # fmt: skip
_GROUPS = {
    "senneed": {"sentype", "sentyperank"},
    "termlyexclusion": {
        "category", "reason", "reason1", "reason2", "reason3", "startdate", "actualnumberofsessions", "sessions",
        "senprovision", "schooldays", "enddate", "starttime",
    },
    "sessiondetail": {"attendancereason", "sessions", "absencesessions"},
    "fsmperiod": {"fsmstartdate", "fsmenddate"},
}  # fmt: skip
_HEADER = {"term", "year", "referencedate", "collection", "urn"}
_PUPIL = {"pupilonroll", "pupilnolongeronroll", "student"}
_SAME = {
    "exclusion": "termlyexclusion",
    "suspension": "termlyexclusion",
    "termlysuspension": "termlyexclusion",
}
_MAX_DEPTH = 40


def _tag(name: str) -> str:
    """An element's name without namespace and case; other systems' names for a suspension are the census' own."""
    tag = name.rsplit(":", 1)[-1].lower()
    return _SAME.get(tag, tag)


class Census(ContentHandler):
    """Collects pupils as dictionaries while the return streams by."""

    def __init__(self) -> None:
        super().__init__()
        self.header: dict[str, str] = {}
        self.pupils: list[dict] = []
        self.path: list[str] = []
        self.text: list[str] = []
        self.group: dict | None = None
        self.root = ""
        self.unread: dict[str, int] = {}  # elements about pupils that are not read, and how often they stand
        self.loose = 0  # suspensions outside any pupil

    def setDocumentLocator(self, locator: Locator) -> None:  # noqa: N802 - the name is SAX's
        self.locator = locator

    def startElement(self, name: str, attrs: object) -> None:  # noqa: N802, ARG002
        tag = _tag(name)
        self.root = self.root or tag
        self.path.append(tag)
        if len(self.path) > _MAX_DEPTH:
            raise ValueError("too deep")
        self.text = []
        line = self.locator.getLineNumber()
        if tag == "termlyexclusion" and not self._inside():
            self.loose += 1
        if tag in _PUPIL:
            self.pupils.append({"line": line, "on_roll": tag == "pupilonroll", "values": {}, "groups": []})
        elif self._inside() and tag in _GROUPS:
            half = any(part.startswith("summerhalfterm2") for part in self.path)
            self.group = {"kind": tag, "line": line, "second_half": half, "values": {}}

    def _inside(self) -> bool:
        return any(part in _PUPIL for part in self.path)

    def characters(self, content: str) -> None:
        self.text.append(content)

    def endElement(self, name: str) -> None:  # noqa: N802
        tag, text = self.path.pop(), " ".join("".join(self.text).split())
        self.text = []
        inside = self._inside()
        if self.group is not None and tag == self.group["kind"]:
            self.pupils[-1]["groups"].append(self.group)
            self.group = None
        elif self.group is not None and text:
            self._group_leaf(tag, text, name)
        elif inside and tag in _LEAVES and text:
            half = any(part.startswith("summerhalfterm2") for part in self.path)
            self.pupils[-1]["values"].setdefault(
                "possible2" if half and tag == "sessionspossible" else tag, text
            )
        elif inside and text:
            self._not_read(name)
        elif not self.pupils and tag in _HEADER and text:
            self.header.setdefault(tag, text)

    def _not_read(self, name: str) -> None:
        short = name.rsplit(":", 1)[-1][:60]
        if short in self.unread or len(self.unread) < 200:
            self.unread[short] = self.unread.get(short, 0) + 1

    def _group_leaf(self, tag: str, text: str, name: str) -> None:
        group = self.group or {}
        if tag not in _GROUPS[group["kind"]]:
            self._not_read(name)
            return
        if tag == "reason":
            taken = sum(1 for name in group["values"] if name.startswith("reason"))
            tag = f"reason{taken + 1}"
        group["values"].setdefault(tag, text)


def answer(data: bytes) -> dict:
    """What is read of a return, or why it is not."""
    handler = Census()
    parser = make_parser()
    parser.forbid_dtd = True
    parser.setFeature(feature_external_ges, False)
    parser.setContentHandler(handler)
    try:
        parser.parse(io.BytesIO(data))
    except DefusedXmlException:
        return {"failed": "entities"}
    except Exception as error:  # noqa: BLE001 - a hostile file may raise anything; it is only named here
        return {"failed": "broken", "kind": type(error).__name__}
    return {name: getattr(handler, name) for name in ("root", "header", "pupils", "unread", "loose")}


def main() -> None:
    json.dump(answer(sys.stdin.buffer.read()), sys.stdout)


if __name__ == "__main__":
    main()
