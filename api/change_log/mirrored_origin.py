"""The log that this database mirrors, if it does. Nothing else writes to a mirror."""

from typing import NamedTuple

from api.change_log.checkpoint import parse_checkpoint, split_note
from api.change_log.cosigned_checkpoints import SizedNote
from api.database.clock import utc_now
from api.database.models import Origin
from api.database.snapshot import read_once
from api.database.statements import fetch_tuples, select_rows
from api.database.writing import writing


class MirrorError(Exception):
    """A mirror is not written to, and does not sign. The message names the server that does."""


class MirroredOrigin(NamedTuple):
    url: str
    verifier: str
    checkpoint: str  # with its signatures; empty: none yet

    @property
    def newest(self) -> SizedNote | None:
        """Return the newest checkpoint of which all entries are here. None: the first copy has not ended."""
        if not self.checkpoint:
            return None
        text, _ = split_note(self.checkpoint)
        return SizedNote(parse_checkpoint(text).size, self.checkpoint)


class Following(NamedTuple):
    """How a mirror follows its origin. `checked_at`: when all that the origin had was here."""

    url: str
    is_complete: bool  # the first copy has ended
    checked_at: str
    failure: str  # of the last attempt; empty: none


def read_following() -> Following | None:
    """Return how this database follows another one. None: it is a database of its own."""
    columns = (Origin.url, Origin.checkpoint != "", Origin.checked_at, Origin.failure)
    rows = fetch_tuples(Origin.select(*columns))
    return Following(rows[0][0], bool(rows[0][1]), *rows[0][2:]) if rows else None


def note_failure(failure: str) -> None:
    """Note why the origin could not be followed, for `/readyz`. The next success removes the note."""
    following = read_following()
    if following is not None and following.failure != failure:
        with writing():
            Origin.update(failure=failure).execute()


def read_origin() -> MirroredOrigin | None:
    """Return what this database mirrors. None: it is a database of its own."""
    sql = "SELECT url, verifier, checkpoint FROM origin"  # as text, because every write asks
    rows = read_once("mirrored origin", lambda: select_rows(sql))
    return MirroredOrigin._make(rows[0]) if rows else None


def store_origin(origin: MirroredOrigin) -> None:
    """Store what this database mirrors, and that all of it is here now."""
    with writing():
        Origin.delete().execute()
        Origin.insert(**origin._asdict(), checked_at=utc_now()).execute()


def refuse_mirror() -> None:
    """Raise `MirrorError` if this database is a mirror."""
    origin = read_origin()
    if origin is not None:
        raise MirrorError(f"This is a mirror of {origin.url}, and can only be read. Write there.")
