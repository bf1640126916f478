"""Notice a release whose rows have moved: each record would be revised into what its neighbour said before.

It can happen if ids come from the numbers of rows. A row that is put on top moves all others.
"""

from typing import Any

from api.change_log.canonical_json import dump_canonical
from schemas.sentences import count_noun

Document = dict[str, Any]


class MovedRowsError(Exception):
    """A release whose records say what others said before. The message says how rows can be identified."""


class MovedRows:
    """What the revised events, and claims without an event, say now and said before. It keeps a number for each."""

    def __init__(self) -> None:
        self.before, self.now = set[int](), set[int]()

    def note_revision(self, record_type: str, before: Document, now: Document) -> None:
        if record_type == "events" or record_type == "claims" and now["event"] is None:
            self.before.add(_hash_content(before))
            self.now.add(_hash_content(now))

    def refuse_moved(self, release: str) -> None:
        """Raise `MovedRowsError` if at least half of the revised records say what another one said before."""
        moved = len(self.now & self.before)
        if not moved or moved * 2 < len(self.now):
            return
        raise MovedRowsError(
            f"The rows of {release} have moved: {count_noun(moved, 'revised record')} of {len(self.now):,} would say "
            "what another record said before. Their ids come from the numbers of the rows.\nIdentify rows by what they "
            "are about: with `key` in the mapping, or --set id=COLUMN,COLUMN for a file with HXL hashtags. The records "
            "with the old ids are then withdrawn; the message gives their number for --vanished."
        )


def _hash_content(document: Document) -> int:
    return hash(dump_canonical({name: value for name, value in document.items() if name != "id"}))
