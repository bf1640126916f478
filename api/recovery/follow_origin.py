"""A mirror: follow another server by the tiles of its log, and write its records again from the entries.

Each revision is one transaction with its entries, so a mirror that is killed goes on where it stopped. Nothing is
written before the whole new part of the log leads from our tree to a checkpoint that the origin signed: an origin that
shows another history is refused. The log has no texts, releases and datasets; docs/operators/mirror.md says which of
them are proved.
"""

import json
from collections.abc import Iterator
from hashlib import sha256
from itertools import chain, groupby, islice
from typing import Any, NamedTuple

from api.change_log import append, stored_tree
from api.change_log import entries as log_entries
from api.change_log.append import NO_PREVIOUS_HASH, Opening, Row, commitment_of, entry_json
from api.change_log.canonical_json import dump_canonical
from api.change_log.checkpoint import Checkpoint, open_checkpoint
from api.change_log.entries import AFTER, BEFORE, COMMITMENT, REDACTED, LoggedEntry
from api.change_log.merkle import leaf_hash
from api.change_log.mirrored_origin import MirroredOrigin, MirrorError, read_origin, store_origin
from api.change_log.outside_requests import OutsideError
from api.change_log.tiles import list_tiles
from api.change_log.unlogged_facts import write_datasets, write_owners, write_releases
from api.database import bulk
from api.database.models import Change, ChangeText, Revision
from api.database.writing import writing
from api.records.record_types import RECORD_TYPES
from api.recovery.origin_reader import OriginReader, ReadEntry
from api.recovery.rebuild_from_log import ReplayedTransaction, write_entries
from api.writes.redact import empty_write_ahead_log, erase_from_rows

CHUNK = 500
Place = tuple[str, str, str]  # record type, record, field


class StoredEntry(NamedTuple):
    """An entry as both tables of the log have it."""

    row: Row
    hash: str
    texts: list[Opening]
    dataset: str | None  # of the record that it creates
    missing: list[str]  # fields with a commitment whose text the origin no longer has


class Progress(NamedTuple):
    """How far a mirror has come. `size`: entries of the log."""

    size: int
    revision: int


def begin_mirror(reader: OriginReader, verifier: str | None) -> MirroredOrigin:
    """Return the origin of this mirror. In an empty database, begin one; without `verifier`, trust the key it shows.

    Nothing is stored before the origin has shown a checkpoint that fits: a wrong address or key can be corrected.

    Raise `MirrorError` for a database with records of its own or of another log.
    """
    origin = read_origin()
    if origin is None:
        _refuse_own_records()
        origin = MirroredOrigin(reader.url, verifier or reader.read_key(), "")
    elif verifier not in (None, origin.verifier):
        raise MirrorError(f"This is a mirror of the log with the key {origin.verifier}.")
    return origin._replace(url=reader.url)


def follow_origin(reader: OriginReader, origin: MirroredOrigin) -> Iterator[Progress]:
    """Write what the origin has and this mirror lacks. Yield after each revision.

    Raise `MirrorError`, `CheckpointError` or `OutsideError`, also where the origin shows less than it did; what was
    written until then is right.
    """
    note = reader.read_checkpoint()
    checkpoint = open_checkpoint(note, origin.verifier)
    tip = stored_tree.read_tip()
    leaves = _read_leaves(reader, tip, checkpoint)
    _keep_origin(origin)
    missing: dict[Place, int] = {}
    facts = reader.read_unlogged()
    write_datasets(facts)
    if leaves:
        contents = reader.read_entries(list_tiles(0, tip.seq, checkpoint.size))
        checked = _check_entries((entry for entry in contents if entry.leaf_index >= tip.seq), tip, leaves)
        for _, revision in groupby(checked, lambda entry: entry.row.revision):
            yield _write_revision(revision, missing)
    write_releases(facts)
    if checkpoint.size < tip.seq:
        raise OutsideError(
            f"{reader.url} shows {checkpoint.size} entries, and {tip.seq} were copied from it: a cache or replica of "
            "it is behind, or it lost entries, for example by an older backup"
        )
    store_origin(origin._replace(checkpoint=note))
    for (record_type, record, field), seq in missing.items():
        raise MirrorError(
            f"The origin lacks the text of {field} of {record_type}/{record} in entry {seq}, and no entry says that it "
            "was redacted. If it is being redacted now, the next run finds the entry."
        )


def _keep_origin(origin: MirroredOrigin) -> None:
    """Make this database a mirror of `origin`, if it is none yet or was one at another address."""
    stored = read_origin()
    if stored is None:
        _refuse_own_records()  # they may have come while the origin did not answer
    if stored is None or stored.url != origin.url:
        store_origin(origin._replace(checkpoint=stored.checkpoint if stored else ""))


def _refuse_own_records() -> None:
    if Revision.select().exists():
        raise MirrorError("The database has records of its own. A mirror begins with an empty database.")


def _read_leaves(reader: OriginReader, tip: stored_tree.Tip, checkpoint: Checkpoint) -> list[bytes]:
    """Return the hashes of the new entries, which lead from our tree to the checkpoint. Raise `MirrorError`."""
    forked = MirrorError(
        f"{reader.url} shows another history: its checkpoint of {checkpoint.size} entries does not fit the {tip.seq} "
        "entries that were copied. Nothing was written. Ask its operator, and keep this database as evidence."
    )
    if checkpoint.size <= tip.seq:  # a cache may have sent an older one
        if stored_tree.root_at(checkpoint.size) != checkpoint.root:
            raise forked
        return []
    frontier, leaves = list(tip.frontier), []
    for tile in list_tiles(0, tip.seq, checkpoint.size):
        for index, digest in enumerate(reader.read_hashes(tile), tile.first):
            if index >= tip.seq:
                stored_tree.add_leaf(frontier, digest)
                leaves.append(digest)
    if stored_tree.root_of(frontier) != checkpoint.root:
        raise forked
    return leaves


# Checking ---------------------------------------------------------------------------------------------------------


def _check_entries(entries: Iterator[ReadEntry], tip: stored_tree.Tip, leaves: list[bytes]) -> Iterator[StoredEntry]:
    """Yield entries that hash to the leaves and are chained, with texts that open their commitments."""
    prev = tip.hash or NO_PREVIOUS_HASH
    for entry, leaf in zip(entries, leaves, strict=True):
        if leaf_hash(entry.content) != leaf:
            raise MirrorError(f"Entry {entry.leaf_index + 1} is not the one of the tree. Nothing of it was written.")
        row = _parse_row(entry.content)
        if row is None or (row.seq, row.prev) != (entry.leaf_index + 1, prev):
            raise MirrorError(f"Entry {entry.leaf_index + 1} cannot be read, or does not follow the one before it.")
        prev = sha256(entry.content).hexdigest()
        yield StoredEntry(row, prev, entry.texts, entry.dataset, _find_missing_texts(row, entry.texts))


def _parse_row(content: bytes) -> Row | None:
    """Return the columns of an entry. None: they would not make the same bytes again."""
    try:
        document = json.loads(content)
        before, after = (
            None if document[side] is None else dump_canonical(document[side]).decode() for side in (BEFORE, AFTER)
        )
        names = {"record_type": "noun", **{name: name for name in Row._fields if name != "record_type"}}
        row = Row(**{**{name: document[key] for name, key in names.items()}, BEFORE: before, AFTER: after})
        return row if entry_json(row) == content and row.record_type in RECORD_TYPES else None
    except (ValueError, KeyError, TypeError):
        return None


def _find_missing_texts(row: Row, texts: list[Opening]) -> list[str]:
    """Return the fields whose text is gone. Raise `MirrorError` for a text that does not open its commitment."""
    commitments: dict[tuple[str, str], str] = {}
    for side, text in ((BEFORE, row.before), (AFTER, row.after)):
        for field, value in json.loads(text or "{}").items():
            if type(value) is dict and COMMITMENT in value:
                commitments[side, field] = value[COMMITMENT]
    for opening in texts:
        committed = commitments.pop((opening.side, opening.field), None)
        try:
            fits = opening.seq == row.seq and commitment_of(opening.salt, opening.value) == committed
        except ValueError:  # the salt is not hexadecimal
            fits = False
        if not fits:
            place = f"{opening.side}/{opening.field}"
            raise MirrorError(f"The text of {place} of entry {row.seq} is not the one that it commits to.")
    return [field for _, field in commitments]


# Writing ----------------------------------------------------------------------------------------------------------


def _write_revision(entries: Iterator[StoredEntry], missing: dict[Place, int]) -> Progress:
    """Write the entries of a revision and its records in one transaction. Note texts that are gone in `missing`."""
    first = next(entries)
    erased: list[Row] = []
    with writing():
        if stored_tree.log_size() != first.row.seq - 1:
            raise MirrorError("Another process follows the origin in this database. Run one such process.")
        transaction = ReplayedTransaction(first.row.revision, first.row.made_at, first.row.reason, first.row.who)
        write_entries(transaction, _store_entries(chain([first], entries), erased, missing))
        for row in erased:
            _erase_texts(row, missing)
        transaction.finish()
        size = stored_tree.log_size()
    if erased:
        empty_write_ahead_log()
    return Progress(size, first.row.revision)


def _store_entries(
    entries: Iterator[StoredEntry], erased: list[Row], missing: dict[Place, int]
) -> Iterator[LoggedEntry]:
    """Write the entries into the log, and yield them with their texts. Add redactions to `erased`."""
    while chunk := list(islice(entries, CHUNK)):
        frontier, rows = stored_tree.read_tip().frontier, []
        for entry in chunk:
            nodes = stored_tree.add_leaf(frontier, leaf_hash(entry_json(entry.row))).hex()
            rows.append((*entry.row, entry.hash, nodes))
            for field in entry.missing:
                missing.setdefault((entry.row.record_type, entry.row.record, field), entry.row.seq)
            if entry.row.operation == "redact":
                erased.append(entry.row)
        bulk.insert_rows(Change, rows)
        bulk.insert_rows(ChangeText, [text for entry in chunk for text in entry.texts])
        write_owners(
            (entry.row.record_type, entry.row.record, entry.dataset)
            for entry in chunk
            if entry.dataset is not None and entry.row.operation == "create"
        )
        yield from log_entries.load_entries([entry.row.seq for entry in chunk])


def _erase_texts(row: Row, missing: dict[Place, int]) -> None:
    """Erase the texts that a redaction names, from rows, old versions, search and the log."""
    before: dict[str, Any] = json.loads(row.before or "{}")
    fields = [field for field, value in before.items() if type(value) is dict and value.get(REDACTED)]
    erase_from_rows(row.record_type, row.record, fields)
    append.erase_logged_texts(row.record_type, row.record, fields, row.seq)
    for field in fields:
        missing.pop((row.record_type, row.record, field), None)
