"""What of the log is kept off the machine: a folder of checkpoints and leaf hashes, or one file of the newest head.

The folder is made for a git checkout or a mount: files are only added or grow, each is written whole or not at all,
and nothing is published that what stands there already would not lead to.
"""

import os
import pathlib
import re
import tempfile
from collections.abc import Iterable, Iterator, Mapping

from api.db import snapshot, tuples
from api.models import Change
from api.records import tree
from api.records.audit import Kept
from api.records.checkpoint import Checkpoint, Signer, Untrue, opened, signed
from api.records.merkle import LENGTH

LEAVES_IN_FILE = 100_000
CHECKPOINT = "checkpoint-{size:012d}.txt"
LEAVES = "leaves-{number:06d}.txt"
LEAF = re.compile(r"[0-9a-f]{64}")


class Contradicted(Exception):
    """What was published before is no beginning of this log."""


def newest(signer: Signer) -> tuple[int, str]:
    """The size of the log, and its signed checkpoint."""
    size = tree.size()
    return size, signed(signer, size, tree.root(size))


def publish(signer: Signer, target: pathlib.Path) -> int:
    """Write the newest checkpoint to a folder or a file; its size. Raises `Contradicted`, `Untrue`, `OSError`."""
    with snapshot(None):
        return publish_within(signer, target)


def publish_within(signer: Signer, target: pathlib.Path) -> int:
    """Inside a transaction, what `publish` does."""
    size, note = newest(signer)
    paths = _checkpoints(target) if target.is_dir() else [target] if target.exists() else []
    _refuse_contradiction(_opened(paths, signer.verifier), size)
    if target.is_dir():
        _publish_leaves(target, size)
        target /= CHECKPOINT.format(size=size)
    _write(target, note)
    return size


def _refuse_contradiction(before: Mapping[str, Checkpoint], size: int) -> None:
    for name, found in before.items():
        if found.size > size:
            raise Contradicted(f"{name} has {found.size} entries, the log only {size}")
        if found.root != tree.root(found.size):
            raise Contradicted(f"the first {found.size} entries of the log are not those of {name}")


def kept(paths: Iterable[pathlib.Path], verifier: str) -> Kept:
    """Checkpoints from files, and checkpoints and leaves from folders. Raises `Untrue`, naming the file."""
    checkpoints: dict[str, Checkpoint] = {}
    leaves: list[bytes] = []
    for path in paths:
        if path.is_dir():
            leaves = max(leaves, list(_leaves(path)), key=len)
        files = _checkpoints(path) if path.is_dir() else [path]
        if not files:
            raise Untrue(f"{path}: it holds no checkpoint")
        checkpoints |= _opened(files, verifier)
    return Kept(checkpoints, leaves)


def _checkpoints(folder: pathlib.Path) -> list[pathlib.Path]:
    return sorted(folder.glob("checkpoint-*.txt"))


def _opened(paths: Iterable[pathlib.Path], verifier: str) -> dict[str, Checkpoint]:
    found = {}
    for path in paths:
        try:
            found[str(path)] = opened(path.read_text(), verifier)
        except (Untrue, UnicodeDecodeError) as error:
            raise Untrue(f"{path}: {error}") from None
    return found


def _leaves(folder: pathlib.Path) -> Iterator[bytes]:
    for path in sorted(folder.glob("leaves-*.txt")):
        for line in path.read_text().splitlines():
            if not LEAF.fullmatch(line):
                raise Untrue(f"{path}: {line[:80]!r} is no leaf hash")
            yield bytes.fromhex(line)


def _publish_leaves(folder: pathlib.Path, size: int) -> None:
    """Those that are not there yet; the file that holds the last of them is written anew."""
    files = sorted(folder.glob("leaves-*.txt"))
    first = max(len(files) - 1, 0)
    for start in range(first * LEAVES_IN_FILE, size, LEAVES_IN_FILE):
        end = min(start + LEAVES_IN_FILE, size)
        query = Change.select(Change.nodes).where((Change.seq > start) & (Change.seq <= end)).order_by(Change.seq)
        lines = [nodes[: 2 * LENGTH] for (nodes,) in tuples(query)]
        _write(folder / LEAVES.format(number=start // LEAVES_IN_FILE + 1), "\n".join(lines) + "\n")


def _write(file: pathlib.Path, text: str) -> None:
    """The whole file or none, on the disk before it has its name."""
    handle, name = tempfile.mkstemp(dir=file.absolute().parent, prefix=f".{file.name}.")
    try:
        with os.fdopen(handle, "w") as made:
            os.fchmod(handle, 0o644)
            made.write(text)
            made.flush()
            os.fsync(handle)
        os.replace(name, file)
    except BaseException:
        os.unlink(name)
        raise
