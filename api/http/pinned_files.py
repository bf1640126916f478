"""Answers of pinned revisions as files on disk: they never change, so they have a length and can be resumed.

A file appears when all of it is written. The least recently used files make room for new ones. A redaction removes
all files, because they may have the erased text; so does the first use of a folder of another machine after it
(docs/developers/adr/0025-pinned-answers-are-files.md).
"""

import contextlib
import hashlib
import json
import logging
import os
import pathlib
import secrets
import shutil
from collections.abc import Iterable, Iterator, Mapping
from typing import IO, Any, NamedTuple

from api.config import Settings, folder_beside_database

logger = logging.getLogger(__name__)
PART = 65_536  # bytes
BODY, HEAD = "", ".head.json"  # endings of the file of the bytes, and of that of its header fields
UNFINISHED = ".unfinished"
MOST_CHECKED = 10_000


class PinnedFile(NamedTuple):
    """An answer on disk, open for reading."""

    file: IO[bytes]
    size: int
    sha256: str
    headers: Mapping[str, str]

    def read_parts(self) -> Iterator[bytes]:
        with self.file:
            yield from iter(lambda: self.file.read(PART), b"")


class Overflow(NamedTuple):
    """The parts of an answer that cannot be stored: it is too large, or the disk is full."""

    parts: Iterator[bytes]


class PinnedFiles:
    """The files of one database, of at most `bound` bytes together. Processes may share the folder."""

    def __init__(self, folder: pathlib.Path, bound: int) -> None:
        self.folder, self.bound = folder, bound
        self.checked: set[tuple[pathlib.Path, int]] = set()  # path and inode of each file whose bytes were compared

    def open_file(self, redaction: int, tag: str) -> PinnedFile | None:
        """Return the answer with this ETag, if it is stored. `redaction`: number of the newest one in the database."""
        path = self._path_of(redaction, tag)
        try:
            self._remove_before(redaction)
            head = json.loads(path.with_name(path.name + HEAD).read_text())
            file = open(path, "rb")
        except (OSError, ValueError):
            return None
        if not self._has_bytes(path, file, head):
            file.close()
            logger.warning("a pinned answer is damaged and is computed again: %s", path)
            path.unlink(missing_ok=True)
            return None
        with contextlib.suppress(OSError):
            os.utime(path)  # used now
        return PinnedFile(file, head["size"], head["sha256"], head["headers"])

    def store(
        self, redaction: int, tag: str, headers: Mapping[str, str], parts: Iterable[bytes]
    ) -> PinnedFile | Overflow:
        """Write an answer and return it, or what was read so far and the rest where it cannot be stored."""
        path, waiting = self._path_of(redaction, tag), iter(parts)
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._remove_before(redaction)
            # Unbuffered: on a full disk each part is either written or not, however small.
            unfinished = open(path.with_name(f"{tag}.{secrets.token_hex(4)}{UNFINISHED}"), "w+b", buffering=0)
        except OSError as error:
            logger.warning("a pinned answer cannot be stored: %s", error)
            return Overflow(waiting)
        return self._write(path, unfinished, headers, waiting)

    def clear(self) -> None:
        """Remove all files. They are written again when somebody asks for them."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _write(
        self, path: pathlib.Path, unfinished: IO[bytes], headers: Mapping[str, str], waiting: Iterator[bytes]
    ) -> PinnedFile | Overflow:
        digest, size = hashlib.sha256(), 0
        temporary = pathlib.Path(unfinished.name)
        try:
            for part in waiting:
                if not self._can_write(unfinished, part, size):
                    temporary.unlink()
                    return Overflow(_read_back(unfinished, size, part, waiting))
                digest.update(part)
                size += len(part)
        except BaseException:
            unfinished.close()
            temporary.unlink(missing_ok=True)
            raise
        stored = PinnedFile(unfinished, size, digest.hexdigest(), headers)
        head = {"size": size, "sha256": stored.sha256, "headers": dict(headers)}
        unfinished.seek(0)
        try:
            path.with_name(path.name + HEAD).write_text(json.dumps(head))
            temporary.rename(path)
        except OSError as error:  # the file is whole, only its name is missing
            logger.warning("a pinned answer cannot be stored: %s", error)
            temporary.unlink(missing_ok=True)
        self._make_room()
        return stored

    def _can_write(self, file: IO[bytes], part: bytes, size: int) -> bool:
        if size + len(part) > self.bound:
            return False
        rest = memoryview(part)
        try:
            while rest:
                rest = rest[file.write(rest) :]
            return True
        except OSError as error:
            logger.warning("a pinned answer cannot be stored: %s", error)
            return False

    def _has_bytes(self, path: pathlib.Path, file: IO[bytes], head: Mapping[str, Any]) -> bool:
        """Return whether a file has the bytes that were stored. They are compared once in the life of this process.

        A file is not written through to the disk, so a power cut can leave it shorter or full of zeros.
        """
        status = os.fstat(file.fileno())
        if status.st_size != head["size"]:
            return False
        if (path, status.st_ino) not in self.checked:
            digest = hashlib.sha256()
            for part in iter(lambda: file.read(PART), b""):
                digest.update(part)
            file.seek(0)
            if digest.hexdigest() != head["sha256"]:
                return False
            if len(self.checked) >= MOST_CHECKED:
                self.checked.clear()
            self.checked.add((path, status.st_ino))
        return True

    def _path_of(self, redaction: int, tag: str) -> pathlib.Path:
        return self.folder / str(redaction) / tag

    def _remove_before(self, redaction: int) -> None:
        """Remove the files from before the newest redaction."""
        for older in self.folder.iterdir():
            if older.name.isdigit() and int(older.name) < redaction:
                shutil.rmtree(older, ignore_errors=True)

    def _make_room(self) -> None:
        """Remove the least recently used files until the rest is within the bound."""
        used: list[tuple[float, int, pathlib.Path]] = []
        for path in self.folder.glob("*/*"):
            with contextlib.suppress(OSError):
                if not path.name.endswith(HEAD):
                    status = path.stat()
                    used.append((status.st_mtime, status.st_size, path))
        size = sum(bytes_used for _, bytes_used, _ in used)
        for _, bytes_used, path in sorted(used):
            if size <= self.bound:
                return
            with contextlib.suppress(OSError):
                path.unlink()
                path.with_name(path.name + HEAD).unlink(missing_ok=True)
            size -= bytes_used


def _read_back(file: IO[bytes], size: int, part: bytes, waiting: Iterator[bytes]) -> Iterator[bytes]:
    """Yield what was written, the part that was not, and the rest."""
    with file:
        file.seek(0)
        left = size
        while left and (written := file.read(min(PART, left))):
            left -= len(written)
            yield written
    yield part
    yield from waiting


def open_files(settings: Settings) -> PinnedFiles | None:
    """Return the store of the settings; None: pinned answers are streamed and not stored."""
    folder = folder_beside_database(settings, settings.bulk_folder, "answers")
    return PinnedFiles(folder, settings.bulk_megabytes * 1_048_576) if settings.bulk_megabytes else None
