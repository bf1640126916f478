"""Rows of a statistic at a revision, stored on disk: all processes of a server read each of them once.

They are in the folder of flat answers of a revision (docs/developers/adr/0025-pinned-answers-are-files.md). After a
write the answer from before it is there already, so that the feed reads only the newest answer.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import orjson
from flask import current_app

from api.history.revisions import newest_redaction, read_moment
from api.http.formats import compute_etag
from api.http.pinned_files import PinnedFile, PinnedFiles
from api.v1.feeds.statistic_rows import Row
from api.v1.shared.addresses import feed_identity
from api.v1.shared.pinned_answers import PINNED_FILES

#: Columns that no entry states or compares.
OMITTED = frozenset({"links", "url", "explain", "statements", "evidence"})


def read_stored_rows(revision: int, read_rows: Callable[[], Sequence[Row]]) -> Sequence[Row]:
    """Return the rows of the question of a feed at a revision. `read_rows` works them out if nobody has."""
    import zstandard  # commands never need it

    files: PinnedFiles | None = current_app.extensions[PINNED_FILES]
    if files is None:
        return read_rows()
    redaction, tag = newest_redaction(), _tag_rows(revision)
    if stored := files.open_file(redaction, tag):
        with stored.file as file:
            found: list[Row] = orjson.loads(zstandard.decompress(file.read()))
            return found
    rows = [_drop_omitted(row) for row in read_rows()]
    written = files.store(redaction, tag, {}, [zstandard.compress(orjson.dumps(rows))])
    if isinstance(written, PinnedFile):
        written.file.close()
    return rows


def _tag_rows(revision: int) -> str:
    """Return the name of the rows: it changes with the question, the database, and the code that works them out."""
    return compute_etag("rows of a feed", feed_identity(), revision, read_moment(revision), current_app.config["CODE"])


def _drop_omitted(row: Row) -> Row:
    return {name: _drop_inner(value) for name, value in row.items() if name not in OMITTED}


def _drop_inner(value: Any) -> Any:
    if isinstance(value, Mapping):
        return _drop_omitted(value)
    return [_drop_inner(inner) for inner in value] if isinstance(value, (list, tuple)) else value
