"""The words of a language that state and hedge figures: `wordings/<language>.yaml`, read once.

To add a language, add a file. Words are folded, so that case, accents and the script of digits do not matter.
"""

import functools
import pathlib
import re
from collections import defaultdict
from collections.abc import Iterator
from fractions import Fraction
from typing import Any, NamedTuple

import yaml

from schemas.phrases.numerals import Token, fold_text, split_tokens

FOLDER = pathlib.Path(__file__).parent / "wordings"
UNDETERMINED = "und"
SAME_LANGUAGE = {"cnr": "sr", "hr": "sr", "bs": "sr", "sh": "sr", "arb": "ar", "pes": "fa", "prs": "fa", "iw": "he"}

#: Adjectives that state a quantity without a number: their role, and the nouns that they may qualify.
ADJECTIVES = {
    "absent": ("none", ("losses", "victims")),
    "many": ("unquantified", ("losses", "victims")),
    "heavy": ("unquantified", ("losses",)),
}
#: The roles of a word in a figure, with the amount that it stands for, if any.
Roles = dict[str, Fraction | None]


#: Keys of a file that are not wordings.
TRAITS = ("script", "adjectives", "attributive", "joins_tens", "elisions")


class Wording(NamedTuple):
    script: str  # the script of its letters, as Unicode names it; empty: no letters are read
    entries: dict[tuple[str, ...], Roles]  # the tokens of a wording and its roles
    longest: int
    #: Endings of adjectives before nouns. Empty: the language has none. `*`: any word, because English has no endings.
    adjectives: tuple[str, ...] = ()
    attributive: bool = False  # a noun for people may describe the noun after it: "5 əsgər məzarı" are 5 graves
    joins_tens: bool = False  # "and" joins tens and units: treinta y cinco
    elisions: str = ""  # "d|qu": d'une → de une

    def split_text(self, text: str) -> list[Token]:
        """Return the tokens of a folded text, with the short forms of words before vowels written out."""
        return split_tokens(re.sub(rf"\b({self.elisions})'(?=\w)", r"\1e ", text) if self.elisions else text)

    def may_describe(self, word: str) -> bool:
        """Return whether an unknown word between the number and a noun for people may be an adjective.

        In English it may not end in s, because it may be a plural: "5 photos soldiers sent".
        """
        if "*" in self.adjectives:
            return not word.endswith("s")
        return bool(self.adjectives) and word.endswith(self.adjectives)

    def find_longest(self, texts: list[str]) -> tuple[Roles, int]:
        """Return the roles of the longest wording at the start of `texts`, and its number of tokens; 0: none."""
        for length in range(min(self.longest, len(texts)), 0, -1):
            if roles := self.entries.get(tuple(texts[:length])):
                return roles, length
        return {}, 0


def list_languages() -> list[str]:
    """Return the languages whose words are known."""
    return sorted(path.stem for path in FOLDER.glob("*.yaml") if path.stem != UNDETERMINED)


@functools.cache
def load_wording(language: str) -> Wording:
    """Return the wording of a BCP 47 language. Without a file, it has only the signs that all languages share."""
    name = language.lower().split("-")[0]
    name = SAME_LANGUAGE.get(name, name)
    languages = {path.stem for path in FOLDER.glob("*.yaml")}
    language_file = _read_file(name) if name in languages else {}
    traits = Wording(
        language_file.get("script", ""),
        {},
        0,
        tuple(fold_text(ending) for ending in _split_words(language_file.get("adjectives", ""))),
        language_file.get("attributive", False),
        language_file.get("joins_tens", False),
        language_file.get("elisions", ""),
    )
    entries: dict[tuple[str, ...], Roles] = defaultdict(dict)
    for source in (_read_file(UNDETERMINED), language_file):
        for text, role, amount in _list_wordings(source):
            entries[tuple(token.text for token in traits.split_text(fold_text(text)))][role] = amount
    return traits._replace(entries=dict(entries), longest=max(map(len, entries)))


def _read_file(name: str) -> dict[str, Any]:
    read: dict[str, Any] = yaml.safe_load((FOLDER / f"{name}.yaml").read_text(encoding="utf-8"))
    return read


def _list_wordings(source: dict[str, Any]) -> Iterator[tuple[str, str, Fraction | None]]:
    """Yield each wording of a file with its role and amount: `about: some | circa` or `unit: {1: one, 2: two}`."""
    for role, content in source.items():
        if isinstance(content, dict):
            for amount, text in content.items():
                yield from ((word, role, Fraction(amount)) for word in _split_words(text))
        elif role not in (*TRAITS, *ADJECTIVES):
            yield from ((word, role, None) for word in _split_words(content))
    yield from ((word, "many", None) for word in _split_words(source.get("many", "")))
    for key, (role, nouns) in ADJECTIVES.items():
        for adjective in _split_words(source.get(key, "")):
            for noun in [noun for name in nouns for noun in _split_words(source.get(name, ""))]:
                yield from ((text, role, None) for text in _both_orders(adjective, noun))


def _both_orders(adjective: str, noun: str) -> tuple[str, str]:
    """Return the adjective before the noun and after it: heavy losses, pérdidas graves."""
    return f"{adjective} {noun}", f"{noun} {adjective}"


def _split_words(text: str) -> list[str]:
    return [word.strip() for word in text.split("|") if word.strip()]
