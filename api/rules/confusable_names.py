"""Names that readers cannot distinguish: a claimant or publisher that looks like another in other letters is refused.

Two names look alike if they are equal after three steps. Compatible forms are unfolded (full width, mathematical),
invisible marks are removed, and letters are replaced by Latin letters of the same look. The letters are those of
Unicode UTS 39, from the scripts of the recorded sources. Digits and case are visible, so they stay.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from api.database.key_sets import split_batches
from api.database.statements import fetch_tuples
from api.records.faults import Fault, RefusedError
from api.records.record_types import RecordType

#: The field that must not look like that of another record. Many sources have one publisher, spelt in one way.
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
#: Variant selectors: they can follow any character.
UNSEEN = re.compile("[\u034f\u180b-\u180f\ufe00-\ufe0f\U000e0100-\U000e01ef]")


class ConfusableNameError(RefusedError):
    """Names that readers cannot distinguish from those of other records."""


def build_skeleton(name: str) -> str:
    """Return a name in the letters that a reader sees."""
    unfolded = unicodedata.normalize("NFKD", UNSEEN.sub("", name))
    return " ".join(unfolded.translate(LATIN).split())


def is_renamed(record_type: RecordType, old: dict[str, Any], new: dict[str, Any]) -> bool:
    """Return whether a change gives a record another name in the field that `NAMES` lists."""
    field = NAMES.get(record_type.name)
    return field is not None and old[field] != new[field]


def refuse_look_alikes(record_type: RecordType, documents: Sequence[dict[str, Any]], except_slug: str = "") -> None:
    """Raise `ConfusableNameError` for each name that looks like one of an active record or of another document.

    `except_slug` is the id of the corrected record, whose old name does not count. A document without the field has
    another fault there.
    """
    field = NAMES.get(record_type.name)
    if field is None:
        return
    column = getattr(record_type.model, field)
    names = {document[field] for document in documents if field in document}
    new = names - _find_existing(column, sorted(names), except_slug)
    seen: dict[str, set[str]] = defaultdict(set)
    for (name,) in fetch_tuples(column.model.select(column).distinct()) if new else ():
        seen[build_skeleton(name)].add(name)
    faults = []
    for position, document in enumerate(documents):
        name = document.get(field, "")
        if name in new:
            others = seen[build_skeleton(name)]
            if alike := _find_existing(column, sorted(others - names), except_slug) | (others & names) - {name}:
                faults.append(Fault(record_type.name, position, field, ALIKE.format(min(alike))))
            others.add(name)
    if faults:
        raise ConfusableNameError(faults)


ALIKE = (
    "Looks like {!r}, an existing name in other letters. Use the same letters, or a name that readers can tell apart."
)


def _find_existing(column: Any, names: list[str], except_slug: str) -> set[str]:
    """Return those of the names that an active record has, except the record `except_slug`."""
    existing: set[str] = set()
    for batch in split_batches(names):
        standing = column.model.select(column).where(
            column.in_(batch), column.model.status == "active", column.model.slug != except_slug
        )
        existing |= {name for (name,) in fetch_tuples(standing.distinct())}
    return existing
