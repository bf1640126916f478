"""Which server answers a request: the replica, or the primary (docs/developers/adr/0029-reads-go-to-a-replica.md)."""

import contextlib
import logging
from collections.abc import Iterator
from typing import Any

import peewee

from api.database.connection import is_postgres
from api.database.kept_connections import open_kept, release_kept
from api.database.snapshot import end_snapshot

logger = logging.getLogger(__name__)
PRIMARY, REPLICA = "primary", "replica"


def open_primary(handle: Any) -> None:
    """Open the connection of a request to the primary."""
    if is_postgres():
        handle.use(PRIMARY)
    open_kept(handle)


def open_for_reading(handle: Any) -> None:
    """Open the connection of a request to the replica; to the primary, if there is none or it cannot be reached."""
    if not is_postgres():
        open_kept(handle)
        return
    handle.use(handle.find_reader())
    try:
        open_kept(handle)
    except peewee.OperationalError as error:
        if handle.server == PRIMARY:
            raise
        leave_replica(handle, error)


def leave_replica(handle: Any, error: peewee.OperationalError) -> None:
    """Go on at the primary after an error of the replica. If its connection is lost, it is not used for a while."""
    logger.warning("the replica is left: %s", error)
    if handle.is_closed() or handle.connection().closed:
        handle.note_failure()
    turn_to_primary(handle)


def turn_to_primary(handle: Any) -> None:
    """Let the primary answer the rest of the request."""
    with contextlib.suppress(peewee.PeeweeException):
        end_snapshot()
    open_primary(handle)


def has_replica(handle: Any) -> bool:
    """Return whether there is a replica, in whatever state."""
    return is_postgres() and bool(handle.url_of(REPLICA))


@contextlib.contextmanager
def use_replica(handle: Any) -> Iterator[bool]:
    """Read from the replica inside, and from the primary afterwards. Yield whether the replica can be reached."""
    end_snapshot()
    open_for_reading(handle)
    try:
        yield reads_from_replica(handle)
    finally:
        turn_to_primary(handle)


def release_connection(handle: Any, has_failed: bool, server: str) -> None:
    """End the request's use of its connection. Go on at `server`: a request within another one leaves it unchanged."""
    release_kept(handle, has_failed)
    if is_postgres():
        handle.use(server)


def find_server(handle: Any) -> str:
    """Return the server that this thread uses."""
    return str(handle.server) if is_postgres() else PRIMARY


def reads_from_replica(handle: Any) -> bool:
    """Return whether this thread uses the replica."""
    return find_server(handle) != PRIMARY
