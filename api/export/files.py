"""Exports on disk: whole, or not at all."""

import contextlib
import hashlib
import os
import pathlib
import secrets
import shutil
from collections.abc import Iterable, Iterator

from api.export.package import Members


@contextlib.contextmanager
def becoming(target: pathlib.Path) -> Iterator[pathlib.Path]:
    """A path beside `target` that becomes it, once all is written. Raises `FileExistsError`, before and after."""
    unfinished = target.with_name(f".{target.name}.{secrets.token_hex(4)}.unfinished")
    _refuse_existing(target)
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        yield unfinished
        _refuse_existing(target)
        os.rename(unfinished, target)
        _sync(target.parent)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
        with contextlib.suppress(FileNotFoundError, NotADirectoryError):
            unfinished.unlink()


def _refuse_existing(target: pathlib.Path) -> None:
    if target.exists():
        raise FileExistsError(f"{target} is there already.")


def write_folder(folder: pathlib.Path, members: Members) -> None:
    """A package as a folder."""
    with becoming(folder) as unfinished:
        unfinished.mkdir()
        for name, parts in members:
            write_through(unfinished / name, parts)
        _sync(unfinished)


def write_file(path: pathlib.Path, parts: Iterable[bytes]) -> None:
    with becoming(path) as unfinished:
        write_through(unfinished, parts)


def holds(folder: pathlib.Path, members: Members) -> bool:
    """Whether the folder holds this very package."""
    return all(_digest(parts) == _digest(_read(folder / name)) for name, parts in members)


def _read(path: pathlib.Path) -> Iterator[bytes]:
    if path.is_file():
        with open(path, "rb") as file:
            yield from iter(lambda: file.read(65_536), b"")


def _digest(parts: Iterable[bytes]) -> bytes:
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part)
    return digest.digest()


def write_through(path: pathlib.Path, parts: Iterable[bytes]) -> None:
    """Written and on the disk before anything says that it is."""
    with open(path, "wb") as file:
        for part in parts:
            file.write(part)
        file.flush()
        os.fsync(file.fileno())


def _sync(folder: pathlib.Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
