"""Names that nobody could tell apart: a claimant or a publisher that looks like another in other letters is refused.

Two names look alike when they are the same once compatible forms are unfolded (full width, mathematical), marks that
cannot be seen are left out, and letters are replaced by the Latin ones that they look like (Unicode UTS 39, of the
scripts that the sources recorded here are written in). Digits and case stay: they can be seen.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from api.db import tuples
from api.records.faults import Fault, Refused
from api.records.keyset import batches
from api.records.nouns import Noun

#: The field whose words must not be mistaken for another's. Many sources have one publisher, spelt in one way.
NAMES = {"claimants": "name", "sources": "publisher"}
LOOKS: dict[str, str] = {
    # Cyrillic
    "АВЕЅІЈКМНОРСТУХԌԚԜҮ": "ABESIJKMHOPCTYXGQWY",
    "асеорѕіјухһԁԛԝӏ": "aceopsijyxhdqwl",
    # Greek
    "ΑΒΕΖΗΙΚΜΝΟΡΤΥΧ": "ABEZHIKMNOPTYX",
    "αγινορυ": "ayivopu",
    # Armenian
    "ՕՏԼՍ": "OSLU",
    "օսոհցզյա": "ounhgqjw",
}
LATIN = str.maketrans(
    {letter: latin for letters in LOOKS for letter, latin in zip(letters, LOOKS[letters], strict=True)}
)
#: Selectors of a variant: they can be written behind any character.
UNSEEN = re.compile("[\u034f\u180b-\u180f\ufe00-\ufe0f\U000e0100-\U000e01ef]")


class Confusable(Refused):
    """Names that readers could not tell from those of other records."""


def skeleton(name: str) -> str:
    """What a reader sees of a name."""
    unfolded = unicodedata.normalize("NFKD", UNSEEN.sub("", name))
    return " ".join(unfolded.translate(LATIN).split())


def renamed(noun: Noun, old: dict[str, Any], new: dict[str, Any]) -> bool:
    """Whether a record gets another of the names that are looked at."""
    field = NAMES.get(noun.name)
    return field is not None and old[field] != new[field]


def refuse_look_alikes(noun: Noun, documents: Sequence[dict[str, Any]], own: str = "") -> None:
    """Raise `Confusable` for each name that looks like another, of a standing record or of one of these documents.

    `own` is the id of the record that is corrected: its old name is in nobody's way. A document without the field has
    another fault there.
    """
    field = NAMES.get(noun.name)
    if field is None:
        return
    column = getattr(noun.model, field)
    given = {document[field] for document in documents if field in document}
    new = given - _there(column, sorted(given), own)
    seen: dict[str, set[str]] = defaultdict(set)
    for (name,) in tuples(column.model.select(column).distinct()) if new else ():
        seen[skeleton(name)].add(name)
    faults = []
    for position, document in enumerate(documents):
        name = document.get(field, "")
        if name in new:
            others = seen[skeleton(name)]
            if alike := _there(column, sorted(others - given), own) | (others & given) - {name}:
                faults.append(Fault(noun.name, position, field, ALIKE.format(min(alike))))
            others.add(name)
    if faults:
        raise Confusable(faults)


ALIKE = "looks like {!r}, which is there in other letters. Write it in the same, or so that it can be told apart."


def _there(column: Any, names: list[str], own: str) -> set[str]:
    """Which of these names a standing record besides `own` has."""
    found: set[str] = set()
    for batch in batches(names):
        standing = column.model.select(column).where(
            column.in_(batch), column.model.status == "active", column.model.slug != own
        )
        found |= {name for (name,) in tuples(standing.distinct())}
    return found
