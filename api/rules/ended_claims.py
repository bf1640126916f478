"""A new report or relation needs claims that count, today or as of some day: not one that was retracted or withdrawn.

A claim that the same transaction writes may have ended: packages are imported as they were exported.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from api.records.faults import Fault
from api.records.reference_cache import ACTIVE, Register
from api.rules.reports_share_ending import Keys, load_endings

Document = Mapping[str, Any]
#: The claims that records of each type refer to.
ENDS = {"reports": ("claim",), "relations": ("claim", "target")}
FALLEN = "{} is {}. New {} cannot refer to it. Make the claim active first, or send another."


def find_ended(
    record_type: str, changes: Sequence[tuple[Document, Document]], register: Register, written: Keys = ()
) -> Iterator[Fault]:
    """Yield a fault for each claim that no longer counts and that a change newly refers to.

    A new record has an empty document before. A report may come back before its claim does. `written` are the keys of
    claims that the transaction wrote.
    """
    judged = {
        (place, field): new[field]
        for place, (old, new) in enumerate(changes)
        for field in ENDS.get(record_type, ())
        if new.get(field) and new.get("status") == ACTIVE and _is_new(record_type, field, old, new)
    }
    endings = load_endings(set(judged.values()), register, written) if judged else {}
    for (place, field), slug in judged.items():
        if slug in endings:
            yield Fault(record_type, place, field, FALLEN.format(slug, endings[slug][0], record_type))


def _is_new(record_type: str, field: str, old: Document, new: Document) -> bool:
    return not old or old[field] != new[field] or (record_type == "relations" and old["status"] != ACTIVE)
