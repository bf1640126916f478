"""The files into which the processes of a server count. Each process has the files of one slot.

A process locks its slot, and the kernel frees the lock when the process ends, however it ends. The next process takes
the slot and goes on counting where the last one stopped: so counters never go back while the server runs, and there
are never more files than processes ran at the same time. Files named after process ids would pile up.
"""

import contextlib
import fcntl
import itertools
import os
import pathlib
from collections.abc import Iterator
from typing import IO

_folder: pathlib.Path | None = None
_slot: tuple[int, IO[str]] | None = None  # the number, and the locked file


def open_folder(folder: pathlib.Path) -> None:
    """Make the folder and let this process count in it. Raises `OSError` if it cannot be written."""
    global _folder
    if folder != _folder:
        forget_slot()
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for path in (folder, folder.parent):
        if path.stat().st_uid not in (os.getuid(), 0):  # anybody can make a folder in /dev/shm
            raise PermissionError(f"{path} belongs to another user.")
    _folder = folder
    find_slot()


def find_slot() -> int:
    """Return the number of the slot of this process, and take one first if it has none."""
    global _slot
    if _slot is None:
        assert _folder
        _slot = _take_slot(_folder)
    return _slot[0]


def _take_slot(folder: pathlib.Path) -> tuple[int, IO[str]]:
    for number in itertools.count(1):
        if file := _lock_slot(folder, number):
            _remove_levels(folder, number)
            return number, file
    raise AssertionError


def _lock_slot(folder: pathlib.Path, number: int) -> IO[str] | None:
    """Return the locked file of a slot; None if a process has it."""
    file = open(folder / f"slot-{number}.lock", "w")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        return None
    return file


def forget_slot() -> None:
    """Forget the slot of the parent, in a forked process. The parent keeps its lock."""
    global _slot
    _slot = None


def _ended_slots(folder: pathlib.Path) -> Iterator[int]:
    """Yield the slots that no process has. Each is locked until the next one is asked for."""
    for path in folder.glob("slot-*.lock"):
        number = int(path.stem.removeprefix("slot-"))
        if file := _lock_slot(folder, number):
            with file:
                yield number


def remove_ended(folder: pathlib.Path) -> None:
    """Remove what processes that have ended show as their state, such as answers that they were computing."""
    for number in _ended_slots(folder):
        _remove_levels(folder, number)


def empty_folder(folder: pathlib.Path) -> None:
    """Remove all counts of processes that have ended, before a server starts."""
    if _folder is None:  # it cannot be written, and `start_metrics` has said so
        return
    for number in _ended_slots(folder):
        for path in folder.glob(f"*_{number}.db"):
            path.unlink(missing_ok=True)


def _remove_levels(folder: pathlib.Path, number: int) -> None:
    for path in folder.glob(f"gauge_*_{number}.db"):
        with contextlib.suppress(FileNotFoundError):
            path.unlink()


os.register_at_fork(after_in_child=forget_slot)
