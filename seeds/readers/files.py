"""Files that lie on the disk, in a gzip, xz or zip, or in a folder: opened as often as needed, counted once."""

import gzip
import io
import lzma
import pathlib
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import IO, Any, NamedTuple

from seeds.readers.tables import Unreadable

CHUNK = 1 << 20
Step = Callable[[int], object]  # told how many bytes were read
MAGIC = {b"\x1f\x8b": "gzip", b"\xfd7zXZ\x00": "xz", b"PK\x03\x04": "zip", b"PK\x05\x06": "zip"}
DAMAGED = (
    EOFError, gzip.BadGzipFile, lzma.LZMAError, zlib.error, zipfile.BadZipFile, RuntimeError, NotImplementedError
)  # fmt: skip


class File(NamedTuple):
    """A file to read, by the name that messages give it."""

    name: str
    opener: Callable[[Step], Any]  # a context manager
    step: Step

    @contextmanager
    def open(self, counted: bool = True) -> Iterator[IO[bytes]]:
        """Its content; raises `Unreadable` where it is damaged, also while it is read."""
        try:
            with self.opener(self.step if counted else _uncounted) as binary:
                yield binary
        except DAMAGED as error:
            raise Unreadable(f"{self.name} is damaged or cut short: {error}.") from None
        except OSError as error:
            raise Unreadable(f"{self.name} cannot be read: {error.strerror or error}.") from None


def _uncounted(_: int) -> None:
    """What is read to find something out is read again."""


class Counted(io.RawIOBase):
    """A file that tells how many of its bytes were read."""

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


def kind(path: pathlib.Path) -> str:
    """gzip, xz, zip, or plain, by how the file begins. Raises `Unreadable`."""
    try:
        with open(path, "rb") as file:
            start = file.read(6)
    except OSError as error:
        raise Unreadable(f"{path.name} cannot be read: {error.strerror}.") from None
    return next((name for magic, name in MAGIC.items() if start.startswith(magic)), "plain")


def single(path: pathlib.Path, step: Step) -> File:
    """A file of its own, in gzip or xz or in neither; its name is that without the compression's suffix."""
    compression = {"gzip": gzip.open, "xz": lzma.open}.get(kind(path))

    @contextmanager
    def opener(step: Step) -> Iterator[IO[bytes]]:
        with io.BufferedReader(Counted(path, step), CHUNK) as raw:
            if compression is None:
                yield raw
            else:
                with compression(raw) as inner:  # type: ignore[operator]
                    yield inner

    return File(path.stem if compression and path.suffix in (".gz", ".xz") else path.name, opener, step)


class Folder(NamedTuple):
    """A folder, or a zip, by the names of what is in it."""

    name: str
    files: dict[str, File]


def unzipped(path: pathlib.Path, step: Step) -> Folder:
    """Raises `Unreadable`."""

    def member(name: str) -> File:
        @contextmanager
        def opener(step: Step) -> Iterator[IO[bytes]]:
            with io.BufferedReader(Counted(path, step), CHUNK) as raw, zipfile.ZipFile(raw) as whole:
                with whole.open(name) as inner:
                    yield inner

        return File(name.rpartition("/")[2], opener, step)

    try:
        with zipfile.ZipFile(path) as whole:
            names = [entry.filename for entry in whole.infolist() if not entry.is_dir()]
    except DAMAGED as error:
        raise Unreadable(f"{path.name} is damaged or cut short: {error}.") from None
    return Folder(path.name, {name: member(name) for name in names if not _hidden(name)})


def folder(path: pathlib.Path, step: Step) -> Folder:
    found = sorted(inner for inner in path.rglob("*") if inner.is_file())
    names = {inner.relative_to(path).as_posix(): inner for inner in found}
    return Folder(path.name, {name: single(inner, step) for name, inner in names.items() if not _hidden(name)})


def _hidden(name: str) -> bool:
    return any(part.startswith((".", "__MACOSX")) for part in name.split("/"))
