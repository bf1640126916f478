"""The words of one language by which figures are stated and hedged: `wordings/<language>.yaml`, read once.

Another language is another file. Words are kept folded, so that case, marks and spelling of digits do not matter.
"""

import functools
import pathlib
from collections import defaultdict
from collections.abc import Iterator
from fractions import Fraction
from typing import Any, NamedTuple

import yaml

from seeds.numerals import fold, tokens

FOLDER = pathlib.Path(__file__).parent / "wordings"
UNDETERMINED = "und"
SAME = {"cnr": "sr", "hr": "sr", "bs": "sr", "sh": "sr", "arb": "ar", "pes": "fa", "prs": "fa", "iw": "he"}

#: Adjectives that say how many without a number, what they say, and the nouns at which they may stand.
ADJECTIVES = {
    "absent": ("none", ("losses", "victims")),
    "many": ("unquantified", ("losses", "victims")),
    "heavy": ("unquantified", ("losses",)),
}
#: What a word is to a figure, and the amount that it stands for, if any.
Roles = dict[str, Fraction | None]


class Wording(NamedTuple):
    script: str  # the script of its letters, as Unicode names it; none: no letters are understood
    entries: dict[tuple[str, ...], Roles]  # the tokens of a wording and its roles
    longest: int

    def at(self, texts: list[str]) -> tuple[Roles, int]:
        """The roles of the longest wording with which `texts` begin, and how many tokens it takes; 0: none."""
        for length in range(min(self.longest, len(texts)), 0, -1):
            if roles := self.entries.get(tuple(texts[:length])):
                return roles, length
        return {}, 0


@functools.cache
def wording(language: str) -> Wording:
    """The wording of a BCP 47 language; of one without a file: the signs that all languages share."""
    name = language.lower().split("-")[0]
    name = SAME.get(name, name)
    known = {path.stem for path in FOLDER.glob("*.yaml")}
    own = _file(name) if name in known else {}
    entries: dict[tuple[str, ...], Roles] = defaultdict(dict)
    for source in (_file(UNDETERMINED), own):
        for text, role, amount in _wordings(source):
            entries[tuple(token.text for token in tokens(fold(text)))][role] = amount
    return Wording(own.get("script", ""), dict(entries), max(map(len, entries)))


def _file(name: str) -> dict[str, Any]:
    read: dict[str, Any] = yaml.safe_load((FOLDER / f"{name}.yaml").read_text(encoding="utf-8"))
    return read


def _wordings(source: dict[str, Any]) -> Iterator[tuple[str, str, Fraction | None]]:
    """Each wording of a file with its role and amount: `about: some, circa` or `unit: {1: one, 2: two}`."""
    for role, given in source.items():
        if isinstance(given, dict):
            for amount, text in given.items():
                yield from ((word, role, Fraction(amount)) for word in _split(text))
        elif role not in ("script", *ADJECTIVES):
            yield from ((word, role, None) for word in _split(given))
    for key, (role, nouns) in ADJECTIVES.items():
        for adjective in _split(source.get(key, "")):
            for noun in [noun for name in nouns for noun in _split(source.get(name, ""))]:
                yield from ((text, role, None) for text in _both(adjective, noun))


def _both(adjective: str, noun: str) -> tuple[str, str]:
    """Adjectives stand before the noun or behind it: heavy losses, pérdidas graves."""
    return f"{adjective} {noun}", f"{noun} {adjective}"


def _split(text: str) -> list[str]:
    return [word.strip() for word in text.split("|") if word.strip()]
