"""Proofs of one entry as a file that programs for any log read (C2SP tlog-proof): `entry-17.tlog-proof`.

Its line `extra` has the entry itself, so that the file alone can be checked.
"""

import base64
import json
import re
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from api.change_log.checkpoint import Checkpoint
from api.change_log.merkle import LENGTH, leaf_hash, proves_inclusion

HEADER = "c2sp.org/tlog-proof@v1"
INDEX = re.compile(r"index (0|[1-9][0-9]{0,18})")
EXTRA = "extra "


class TlogProofError(Exception):
    """A text is no proof, or it proves nothing. The message says what is wrong."""


class TlogProof(NamedTuple):
    leaf_index: int
    hashes: Sequence[bytes]
    note: str  # the checkpoint with its signatures
    extra: bytes | None


class ProvedEntry(NamedTuple):
    """An entry that the log has, and the checkpoint that shows it."""

    content: dict[str, Any]
    checkpoint: Checkpoint


def write_tlog_proof(proof: TlogProof) -> str:
    lines = [HEADER]
    if proof.extra is not None:
        lines.append(EXTRA + base64.b64encode(proof.extra).decode())
    lines.append(f"index {proof.leaf_index}")
    lines += [base64.b64encode(digest).decode() for digest in proof.hashes]
    return "\n".join([*lines, "", proof.note])


def parse_tlog_proof(text: str) -> TlogProof:
    """Return the proof in a text. Raise `TlogProofError`."""
    head, gap, note = text.partition("\n\n")
    first, *lines = head.split("\n")
    if first != HEADER:
        raise TlogProofError(f"its first line is not {HEADER}")
    if not gap:
        raise TlogProofError("it ends before its checkpoint")
    extra = None
    if lines and lines[0].startswith(EXTRA):
        extra = _decode_line(lines.pop(0).removeprefix(EXTRA))
    match = INDEX.fullmatch(lines[0]) if lines else None
    if not match:
        raise TlogProofError("it has no line `index`")
    hashes = list(map(_decode_line, lines[1:]))
    if any(len(digest) != LENGTH for digest in hashes):
        raise TlogProofError("one of its hashes is not 32 bytes long")
    return TlogProof(int(match[1]), hashes, note, extra)


def _decode_line(text: str) -> bytes:
    try:
        data = base64.b64decode(text, validate=True)
        if base64.b64encode(data).decode() == text:
            return data
    except ValueError:
        pass
    raise TlogProofError(f"{text[:80]!r} is not base64")


def verify_tlog_proof(proof: TlogProof, open_note: Callable[[str], Checkpoint], entry: bytes | None) -> ProvedEntry:
    """Check a proof, with the entry in it or with another. Raise `TlogProofError` or `CheckpointError`."""
    content = proof.extra if entry is None else entry
    if content is None:
        raise TlogProofError("it has no line `extra` with the entry. Give the file of the entry, too")
    checkpoint = open_note(proof.note)
    if not proves_inclusion(proof.leaf_index, checkpoint.size, leaf_hash(content), proof.hashes, checkpoint.root):
        raise TlogProofError("its hashes do not lead from the entry to the root of the checkpoint")
    try:
        document = json.loads(content)
        if document["seq"] != proof.leaf_index + 1:
            raise TlogProofError(f"its entry has the number {document['seq']}, and its index is {proof.leaf_index}")
    except (ValueError, KeyError, TypeError):
        raise TlogProofError("what it proves is no entry of a change log of Counterclaim") from None
    return ProvedEntry(document, checkpoint)
