"""Copies of the log off the machine: a folder of checkpoints and leaf hashes, or one file with the newest checkpoint.

The folder suits a git checkout or a mount: files are only added or grow, and each is written whole or not at all.
Nothing is published that contradicts earlier checkpoints there.
"""

import os
import pathlib
import re
import tempfile
from collections.abc import Iterable, Iterator, Mapping

from api.change_log import stored_tree
from api.change_log.audit import OutsideCopy
from api.change_log.checkpoint import Checkpoint, CheckpointError, Signer, open_checkpoint
from api.change_log.cosigned_checkpoints import SizedNote, note_of_size, read_cosigned_notes
from api.change_log.merkle import LENGTH
from api.change_log.trust_policy import Policy
from api.database.models import Change
from api.database.snapshot import open_snapshot
from api.database.statements import fetch_tuples
from schemas.sentences import count_noun

LEAVES_IN_FILE = 100_000
CHECKPOINT = "checkpoint-{size:012d}.txt"
LEAVES = "leaves-{number:06d}.txt"
LEAF = re.compile(r"[0-9a-f]{64}")


class ContradictionError(Exception):
    """An earlier published checkpoint is not of a beginning of this log."""


def newest_checkpoint(signer: Signer) -> SizedNote:
    """Return the newest signed checkpoint with its cosignatures, and its size."""
    return note_of_size(signer, stored_tree.log_size())


def publish_checkpoint(signer: Signer, target: pathlib.Path) -> int:
    """Write the newest checkpoint to a folder or a file. Return its size.

    Raise `ContradictionError`, `CheckpointError` or `OSError`.
    """
    with open_snapshot(None):
        return publish_within(signer, target)


def publish_within(signer: Signer, target: pathlib.Path) -> int:
    """Do the work of `publish_checkpoint` inside an open transaction."""
    size, note = newest_checkpoint(signer)
    paths = _list_checkpoints(target) if target.is_dir() else [target] if target.exists() else []
    _refuse_contradiction(_open_checkpoints(paths, signer.verifier), size)
    if target.is_dir():
        _publish_leaves(target, size)
        target /= CHECKPOINT.format(size=size)
    _write_file(target, note)
    return size


def _refuse_contradiction(before: Mapping[str, Checkpoint], size: int) -> None:
    for name, checkpoint in before.items():
        if checkpoint.size > size:
            raise ContradictionError(
                f"{name} has {count_noun(checkpoint.size, 'entry', 'entries')}, the log only {size}"
            )
        if checkpoint.root != stored_tree.root_at(checkpoint.size):
            raise ContradictionError(
                f"the log differs from {name} in its first {count_noun(checkpoint.size, 'entry', 'entries')}"
            )


def load_outside_copy(paths: Iterable[pathlib.Path], verifier: str, policy: Policy | None = None) -> OutsideCopy:
    """Load checkpoints from files, and checkpoints and leaves from folders.

    With a policy its logs must have signed them, and its quorum one of them. Raise `CheckpointError`, which names the
    file.
    """
    checkpoints: dict[str, Checkpoint] = {}
    leaves: list[bytes] = []
    witnessed = 0
    for path in paths:
        if path.is_dir():
            leaves = max(leaves, list(_read_leaves(path)), key=len)
        files = _list_checkpoints(path) if path.is_dir() else [path]
        if not files:
            raise CheckpointError(f"{path}: it has no checkpoint")
        checkpoints |= _open_checkpoints(files, verifier, policy)
        if policy:
            witnessed = max([
                witnessed, *(checkpoints[str(file)].size for file in files if policy.is_cosigned(file.read_text()))
            ])  # fmt: skip
    if policy and not witnessed:
        raise CheckpointError(f"the quorum {policy.quorum} of the policy cosigned no checkpoint")
    return OutsideCopy(checkpoints, leaves, witnessed)


def load_own_cosigned(signer: Signer, policy: Policy) -> OutsideCopy:
    """Load the newest checkpoint of this database that the quorum of a policy cosigned. Raise `CheckpointError`."""
    for size, note in read_cosigned_notes(signer):
        if policy.is_cosigned(note):
            checkpoint = policy.open_checkpoint(note, signer.verifier)
            return OutsideCopy({f"the cosigned checkpoint of size {size}": checkpoint}, (), size)
    raise CheckpointError(
        f"the quorum {policy.quorum} of the policy cosigned no checkpoint of this database. Run `flask log witness`"
    )


def _list_checkpoints(folder: pathlib.Path) -> list[pathlib.Path]:
    return sorted(folder.glob("checkpoint-*.txt"))


def _open_checkpoints(
    paths: Iterable[pathlib.Path], verifier: str, policy: Policy | None = None
) -> dict[str, Checkpoint]:
    checkpoints = {}
    for path in paths:
        try:
            note = path.read_text()
            checkpoints[str(path)] = (
                policy.open_uncosigned(note, verifier) if policy else open_checkpoint(note, verifier)
            )
        except (CheckpointError, UnicodeDecodeError) as error:
            raise CheckpointError(f"{path}: {error}") from None
    return checkpoints


def _read_leaves(folder: pathlib.Path) -> Iterator[bytes]:
    for path in sorted(folder.glob("leaves-*.txt")):
        for line in path.read_text().splitlines():
            if not LEAF.fullmatch(line):
                raise CheckpointError(f"{path}: {line[:80]!r} is no leaf hash")
            yield bytes.fromhex(line)


def _publish_leaves(folder: pathlib.Path, size: int) -> None:
    """Write the leaves that the folder lacks. Rewrite its last file, which may have grown."""
    files = sorted(folder.glob("leaves-*.txt"))
    first = max(len(files) - 1, 0)
    for start in range(first * LEAVES_IN_FILE, size, LEAVES_IN_FILE):
        end = min(start + LEAVES_IN_FILE, size)
        query = Change.select(Change.nodes).where((Change.seq > start) & (Change.seq <= end)).order_by(Change.seq)
        lines = [nodes[: 2 * LENGTH] for (nodes,) in fetch_tuples(query)]
        _write_file(folder / LEAVES.format(number=start // LEAVES_IN_FILE + 1), "\n".join(lines) + "\n")


def _write_file(file: pathlib.Path, text: str) -> None:
    """Write the whole file or nothing: it is on the disk before it gets its name."""
    handle, name = tempfile.mkstemp(dir=file.absolute().parent, prefix=f".{file.name}.")
    try:
        with os.fdopen(handle, "w") as stream:
            os.fchmod(handle, 0o644)
            stream.write(text)
            stream.flush()
            os.fsync(handle)
        os.replace(name, file)
    except BaseException:
        os.unlink(name)
        raise
