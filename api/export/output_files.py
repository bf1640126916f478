"""Exports on disk: a file or folder appears when all of it is written, or not at all."""

import contextlib
import hashlib
import os
import pathlib
import secrets
import shutil
from collections.abc import Iterable, Iterator

from api.export.data_package import Members


@contextlib.contextmanager
def open_unfinished(target: pathlib.Path) -> Iterator[pathlib.Path]:
    """Yield a path beside `target`, and rename it to `target` at the end. Raise `FileExistsError` before and after."""
    unfinished = target.with_name(f".{target.name}.{secrets.token_hex(4)}.unfinished")
    _refuse_existing(target)
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        yield unfinished
        _refuse_existing(target)
        os.rename(unfinished, target)
        _sync_folder(target.parent)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
        with contextlib.suppress(FileNotFoundError, NotADirectoryError):
            unfinished.unlink()


def _refuse_existing(target: pathlib.Path) -> None:
    if target.exists():
        raise FileExistsError(f"{target} exists already.")


def write_folder(folder: pathlib.Path, members: Members) -> None:
    """Write a package as a folder."""
    with open_unfinished(folder) as unfinished:
        unfinished.mkdir()
        for name, parts in members:
            write_through(unfinished / name, parts)
        _sync_folder(unfinished)


def write_file(path: pathlib.Path, parts: Iterable[bytes]) -> None:
    with open_unfinished(path) as unfinished:
        write_through(unfinished, parts)


def has_members(folder: pathlib.Path, members: Members) -> bool:
    """Return whether the folder has all files of a package, with the same bytes."""
    return all(_hash_parts(parts) == _hash_parts(_read_parts(folder / name)) for name, parts in members)


def _read_parts(path: pathlib.Path) -> Iterator[bytes]:
    if path.is_file():
        with open(path, "rb") as file:
            yield from iter(lambda: file.read(65_536), b"")


def _hash_parts(parts: Iterable[bytes]) -> bytes:
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part)
    return digest.digest()


def write_through(path: pathlib.Path, parts: Iterable[bytes]) -> None:
    """Write a file, and return when it is on the disk."""
    with open(path, "wb") as file:
        for part in parts:
            file.write(part)
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(folder: pathlib.Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
