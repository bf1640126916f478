"""Checkpoints with the cosignatures that the database has. A line counts only for the tree that it was given for."""

import itertools
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from peewee import fn

from api.change_log import stored_tree
from api.change_log.checkpoint import Signer, Verifier, sign_checkpoint, split_note
from api.database.models import Cosignature
from api.database.statements import fetch_tuples
from api.database.writing import writing


class SizedNote(NamedTuple):
    """A signed checkpoint and its size."""

    size: int
    note: str


def note_of_size(signer: Signer, size: int) -> SizedNote:
    """Return the checkpoint of a size with all its cosignatures. Raise `NoSuchSizeError`."""
    root = stored_tree.root_at(size)
    of_tree = Cosignature.select(Cosignature.line).where(Cosignature.size == size, Cosignature.root == root.hex())
    lines = [line for (line,) in fetch_tuples(of_tree.order_by(Cosignature.cosigner))]
    return SizedNote(size, "".join([sign_checkpoint(signer, size, root), *lines]))


def newest_cosigned(signer: Signer) -> SizedNote | None:
    """Return the newest checkpoint that a witness cosigned and the log still leads to; None: there is none."""
    sizes = Cosignature.select(fn.MAX(Cosignature.size)).where(Cosignature.size <= stored_tree.log_size())
    ((size,),) = fetch_tuples(sizes)
    newest = None if size is None else note_of_size(signer, size)
    return newest if newest and has_cosignature(newest.note) else None


def has_cosignature(note: str) -> bool:
    """Return whether a checkpoint has a line of its log and further ones. Nobody has checked them."""
    return len([line for line in split_note(note)[1] if line]) > 1


def read_cosigned_notes(signer: Signer) -> Iterator[SizedNote]:
    """Yield every checkpoint that was cosigned, the newest first: also those that the log no longer leads to."""
    rows = fetch_tuples(
        Cosignature.select(Cosignature.size, Cosignature.root, Cosignature.line).order_by(
            Cosignature.size.desc(), Cosignature.root, Cosignature.cosigner
        )
    )
    for (size, root), lines in itertools.groupby(rows, lambda row: row[:2]):
        note = sign_checkpoint(signer, size, bytes.fromhex(root))
        yield SizedNote(size, "".join([note, *(line for _, _, line in lines)]))


def last_cosigned_size(key: Verifier) -> int:
    """Return the size of the newest checkpoint that a witness cosigned; 0: none."""
    of_witness = Cosignature.select(fn.COALESCE(fn.MAX(Cosignature.size), 0)).where(Cosignature.cosigner == key.label)
    return int(fetch_tuples(of_witness)[0][0])


def store_cosignatures(size: int, root: bytes, lines: Iterable[tuple[Verifier, str]]) -> None:
    """Store the lines of witnesses. A newer line of the same witness replaces the older one."""
    rows = [{"size": size, "cosigner": key.label, "root": root.hex(), "line": line} for key, line in lines]
    with writing():
        for row in rows:
            Cosignature.delete().where(Cosignature.size == size, Cosignature.cosigner == row["cosigner"]).execute()
            Cosignature.insert(row).execute()
