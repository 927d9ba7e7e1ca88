"""Texts as people see them: without characters that can't be seen, and alike where they look alike.

For reading and matching only: a name is kept as the school wrote it.
"""

import re
import unicodedata
from functools import lru_cache

# soft hyphens, joiners, marks of direction and order, fillers: what a copy from a web page or an e-mail brings
_UNSEEN = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0]"
)
_ALIKE = str.maketrans(
    "АВЕКМНОРСТУХІЈЅԚԜаеорсухіјѕԁһԛԝкΑΒΕΖΗΙΚΜΝΟΡΤΥΧοανι",
    "ABEKMHOPCTYXIJSQWaeopcyxijsdhqwkABEZHIKMNOPTYXoavi",
)
_SPELT = str.maketrans({
    "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "ħ": "h", "ŋ": "n", "ŧ": "t",
})  # fmt: skip


_WIDE = {0xFF01 + place: 0x21 + place for place in range(0x5E)}
_SPACES = dict.fromkeys(map(ord, "\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f"
                              "\u205f\u3000"), " ")  # fmt: skip


@lru_cache(maxsize=65_536)
def seen(text: str) -> str:
    """`text` without characters that nobody can see, with full-width forms as usual ones and plain spaces."""
    return text if text.isascii() else _UNSEEN.sub("", text).translate(_WIDE).translate(_SPACES)


def as_latin(text: str) -> str:
    """Letters of other alphabets as the Latin ones they look like, where that makes all of them Latin; a name
    that is really written in another alphabet stays as it is."""
    if text.isascii():
        return text
    turned = text.translate(_ALIKE)
    return turned if all(unicodedata.name(c, "").startswith("LATIN") for c in turned if c.isalpha()) else text


@lru_cache(maxsize=65_536)
def folded(text: str) -> str:
    """A name's letters and digits alone: case, accents, apostrophes, spaces and look-alike letters don't count."""
    if not text.isascii():
        bare = unicodedata.normalize("NFKD", _UNSEEN.sub("", text))
        text = as_latin("".join(c for c in bare if not unicodedata.combining(c)))
    return "".join(c for c in text.casefold().translate(_SPELT) if c.isalnum())
