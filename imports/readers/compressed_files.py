"""Open files on the disk, in a gzip, xz or zip, or in a folder. A file can be opened several times, and counts once."""

import gzip
import io
import lzma
import pathlib
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import IO, Any, NamedTuple

from imports.readers.tables import UnreadableFileError

CHUNK = 1 << 20
Step = Callable[[int], object]  # takes the number of bytes that were read
MAGIC = {b"\x1f\x8b": "gzip", b"\xfd7zXZ\x00": "xz", b"PK\x03\x04": "zip", b"PK\x05\x06": "zip"}
DAMAGED = (
    EOFError, gzip.BadGzipFile, lzma.LZMAError, zlib.error, zipfile.BadZipFile, RuntimeError, NotImplementedError
)  # fmt: skip


class File(NamedTuple):
    """A file to read, with its name for messages."""

    name: str
    opener: Callable[[Step], Any]  # a context manager
    step: Step

    @contextmanager
    def open(self, counted: bool = True) -> Iterator[IO[bytes]]:
        """Open the content. Raise `UnreadableFileError` if it is damaged, also during the reading."""
        try:
            with self.opener(self.step if counted else _ignore_count) as binary:
                yield binary
        except DAMAGED as error:
            raise UnreadableFileError(f"{self.name} is damaged or cut short: {error}.") from None
        except OSError as error:
            raise UnreadableFileError(f"{self.name} cannot be read: {error.strerror or error}.") from None


def _ignore_count(_: int) -> None:
    """Count nothing, for a first look at a file that is read again later."""


class CountedFile(io.RawIOBase):
    """A file that reports the number of bytes read."""

    def __init__(self, path: pathlib.Path, step: Step) -> None:
        self.file, self.step = open(path, "rb", buffering=0), step

    def readinto(self, buffer: Any) -> int:
        count = self.file.readinto(buffer) or 0
        self.step(count)
        return count

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = 0) -> int:
        return self.file.seek(offset, whence)

    def tell(self) -> int:
        return self.file.tell()

    def close(self) -> None:
        self.file.close()
        super().close()


def detect_compression(path: pathlib.Path) -> str:
    """Return gzip, xz, zip or plain, by the first bytes of the file. Raise `UnreadableFileError`."""
    try:
        with open(path, "rb") as file:
            start = file.read(6)
    except OSError as error:
        raise UnreadableFileError(f"{path.name} cannot be read: {error.strerror}.") from None
    return next((name for magic, name in MAGIC.items() if start.startswith(magic)), "plain")


def single_file(path: pathlib.Path, step: Step) -> File:
    """Return a single file, plain or in gzip or xz. Its name lacks the suffix of the compression."""
    compression = {"gzip": gzip.open, "xz": lzma.open}.get(detect_compression(path))

    @contextmanager
    def opener(step: Step) -> Iterator[IO[bytes]]:
        with io.BufferedReader(CountedFile(path, step), CHUNK) as raw:
            if compression is None:
                yield raw
            else:
                with compression(raw) as inner:  # type: ignore[operator]
                    yield inner

    return File(path.stem if compression and path.suffix in (".gz", ".xz") else path.name, opener, step)


class Folder(NamedTuple):
    """The files in a folder or a zip, by their paths."""

    name: str
    files: dict[str, File]


def list_zip(path: pathlib.Path, step: Step) -> Folder:
    """Return the files in a zip. Raise `UnreadableFileError`."""

    def member_file(name: str) -> File:
        @contextmanager
        def opener(step: Step) -> Iterator[IO[bytes]]:
            with io.BufferedReader(CountedFile(path, step), CHUNK) as raw, zipfile.ZipFile(raw) as whole:
                with whole.open(name) as inner:
                    yield inner

        return File(name.rpartition("/")[2], opener, step)

    try:
        with zipfile.ZipFile(path) as whole:
            names = [entry.filename for entry in whole.infolist() if not entry.is_dir()]
    except DAMAGED as error:
        raise UnreadableFileError(f"{path.name} is damaged or cut short: {error}.") from None
    return Folder(path.name, {name: member_file(name) for name in names if not _is_hidden(name)})


def list_folder(path: pathlib.Path, step: Step) -> Folder:
    paths = sorted(inner for inner in path.rglob("*") if inner.is_file())
    names = {inner.relative_to(path).as_posix(): inner for inner in paths}
    return Folder(path.name, {name: single_file(inner, step) for name, inner in names.items() if not _is_hidden(name)})


def _is_hidden(name: str) -> bool:
    return any(part.startswith((".", "__MACOSX")) for part in name.split("/"))
