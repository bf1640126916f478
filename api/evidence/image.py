"""The columnar image: one Parquet file of all claims at one revision, in a folder next to the database.

A file is never replaced. Its name has the revision, the last redaction, the code and a digest of its bytes; a file that
does not match its name is not read. Readers hold a shared lock on the file while they answer a question.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import pathlib
import re
import secrets
import shutil
import tempfile
import time
import weakref
from collections.abc import Callable, Iterator
from io import BufferedReader
from typing import TYPE_CHECKING, Any, NamedTuple

from api.database.connection import database, is_postgres
from api.database.snapshot import is_pinned
from api.evidence.changes import last_redaction, newest_revision, tip_of_log
from api.evidence.columns import code_digest
from api.evidence.engine import SPILL_PREFIX, Options, open_duckdb
from api.evidence.free_memory import return_free_memory
from api.evidence.ordered_lines import copy_lines, write_claims, write_deciding, write_lines, write_places
from api.evidence.reading import count_claims, read_pieces
from api.evidence.row_pieces import Pieces
from api.history.revisions import current_revision
from api.reconciling.paused_collection import pause_collecting

if TYPE_CHECKING:
    import duckdb

Progress = Callable[[int, int], object]  # claims read, claims in all

FILE_NAME = re.compile(r"claims-(\d{10})-(\d+)-([0-9a-f]{12})-([0-9a-f]{24})\.parquet")
UNFINISHED = ".unfinished"
METADATA_KEY = "counterclaim"
RETAINED_IMAGES = 2  # the newest, and the previous one for readers of an older snapshot
OLD_CODE_SECONDS = 3600  # after this time images of another version of the code are removed
SPILL_SECONDS = 86_400
ERASED_PATIENCE = 10  # seconds that readers may still use an image with an erased text
CHUNK = 500  # claims that Python reads at once: they stay in the caches of the processor
# Of memory, for each step of writing: DuckDB takes nearly as much as it may, and spills what does not fit.
CSV_MEGABYTES, SORT_MEGABYTES, JOIN_MEGABYTES = 30, 80, 50
# A writer holds a row group and its dictionaries in memory: with the defaults of both it needs several times as much.
FORMAT = "COMPRESSION zstd, ROW_GROUP_SIZE 30720, DICTIONARY_SIZE_LIMIT 2000"


class BusyError(Exception):
    """Another process writes an image."""


class Identity(NamedTuple):
    """What identifies the content of an image."""

    revision: int
    redactions: int  # the newest log entry that redacts a claim or an event
    code: str
    tip: str  # of the change log at the revision

    @classmethod
    def of_snapshot(cls) -> Identity:
        """Return the identity of the open snapshot."""
        revision = current_revision()
        return cls(revision, last_redaction(), code_digest(), tip_of_log(revision))


class Image:
    """An open image file that was verified."""

    def __init__(self, path: pathlib.Path, identity: Identity, file: BufferedReader, claims: int) -> None:
        self.path, self.identity, self.claims = path, identity, claims
        self._file, self._readers = file, 0
        weakref.finalize(self, file.close)

    @property
    def revision(self) -> int:
        return self.identity.revision

    def lock(self) -> bool:
        """Keep the file from being removed; return False if it is gone. Call it under the lock of the process."""
        if not self._readers:
            fcntl.flock(self._file, fcntl.LOCK_SH)
            if not os.fstat(self._file.fileno()).st_nlink:
                fcntl.flock(self._file, fcntl.LOCK_UN)
                return False
        self._readers += 1
        return True

    def unlock(self) -> None:
        self._readers -= 1
        if not self._readers:
            fcntl.flock(self._file, fcntl.LOCK_UN)


def folder_of_images(options: Options) -> pathlib.Path:
    """Return the folder of the images of the current database; it may not exist."""
    name = str(database.obj.database)
    if not is_postgres():
        name = os.path.abspath(name)
    if options.folder:
        return pathlib.Path(options.folder).absolute() / _digest_of_name(name)
    return _cache_folder() / _digest_of_name(name) if is_postgres() else pathlib.Path(f"{name}.image")


def _digest_of_name(name: str) -> str:
    """Return a digest for the folder: the name of a PostgreSQL database may hold a password."""
    return hashlib.sha256(name.encode()).hexdigest()[:24]


def _cache_folder() -> pathlib.Path:
    """Return the user's cache folder, or one below the temporary folder that no other user can write to."""
    for base in (os.environ.get("XDG_CACHE_HOME"), os.path.expanduser("~/.cache")):
        if base and os.path.isabs(base) and os.access(os.path.dirname(base), os.W_OK):
            return pathlib.Path(base) / "counterclaim"
    return pathlib.Path(tempfile.gettempdir()) / f"counterclaim-{os.getuid()}"


# Reading ---------------------------------------------------------------------------------------------------------


def find_image(
    folder: pathlib.Path, connection: duckdb.DuckDBPyConnection, opened: dict[str, Image | None]
) -> Image | None:
    """Return the newest image that the open snapshot can use, or None. It may be newer than a pinned revision.

    `opened` has the images of this process by name (None: not usable). Names without a file are removed from it.
    """
    names = sorted((name_match.group() for name_match in _images_in(folder)), reverse=True)
    for name in opened.keys() - set(names):
        del opened[name]
    newest = newest_revision()
    for name in names:
        revision, _, code, _ = _name_parts(name)
        if int(revision) > newest or code != code_digest():
            continue
        if name not in opened:
            opened[name] = _open_image(folder / name, connection)
        image = opened[name]
        if image and image.identity.tip == tip_of_log(image.revision):
            return image
    return None


def _images_in(folder: pathlib.Path) -> list[re.Match[str]]:
    try:
        return [name_match for name in os.listdir(folder) if (name_match := FILE_NAME.fullmatch(name))]
    except OSError:
        return []


def _name_parts(name: str) -> tuple[Any, ...]:
    name_match = FILE_NAME.fullmatch(name)
    assert name_match
    return name_match.groups()


def _open_image(path: pathlib.Path, connection: duckdb.DuckDBPyConnection) -> Image | None:
    """Return the image, or None for a file that is missing, damaged, foreign, or owned by another user."""
    import duckdb

    try:
        with contextlib.ExitStack() as on_refusal:
            file = on_refusal.enter_context(open(path, "rb"))
            identity, claims = _verify_image(path, file, connection)
            on_refusal.pop_all()
            return Image(path, identity, file, claims)
    except (OSError, ValueError, TypeError, LookupError, duckdb.Error):
        return None


def _verify_image(
    path: pathlib.Path, file: BufferedReader, connection: duckdb.DuckDBPyConnection
) -> tuple[Identity, int]:
    """Return the identity of the image and its number of claims. Raises `ValueError` if its name does not match."""
    revision, redactions, code, checksum = _name_parts(path.name)
    if os.fstat(file.fileno()).st_uid not in (os.getuid(), 0) or _checksum_of(file) != checksum:
        raise ValueError("The content is another.")
    metadata = _read_metadata(path, connection)
    identity = Identity(*metadata["identity"])
    if (identity.revision, identity.redactions, identity.code) != (int(revision), int(redactions), code):
        raise ValueError("The image is of another name.")
    return identity, int(metadata["claims"])


def _checksum_of(file: BufferedReader) -> str:
    return hashlib.file_digest(file, "sha256").hexdigest()[:24]


def _read_metadata(path: pathlib.Path, connection: duckdb.DuckDBPyConnection) -> dict[str, Any]:
    """Return the metadata of the file. Raises `LookupError` if its number of rows is another."""
    cursor = connection.cursor()
    values = cursor.execute(
        "SELECT value FROM parquet_kv_metadata(?) WHERE decode(key) = ?", [str(path), METADATA_KEY]
    ).fetchall()
    rows = cursor.execute("SELECT num_rows FROM parquet_file_metadata(?)", [str(path)]).fetchall()
    metadata: dict[str, Any] = json.loads(bytes(values[0][0]))
    if metadata["claims"] != rows[0][0]:
        raise LookupError("The number of rows is another.")
    return metadata


# Writing ---------------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def lock_folder(folder: pathlib.Path) -> Iterator[None]:
    """Create the folder, and let only this process write to it. Raises `BusyError` and `OSError`."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if folder.parent.stat().st_uid not in (os.getuid(), 0) or folder.stat().st_uid not in (os.getuid(), 0):
        raise PermissionError(f"{folder} belongs to another user.")
    with open(folder / "writer.lock", "w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise BusyError from None
        for path in folder.glob(f"*{UNFINISHED}"):  # of a writer that was killed
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        for path in folder.glob(f"{SPILL_PREFIX}*"):  # of a killed process: live ones still write to theirs
            if _age_of(path) > SPILL_SECONDS:
                shutil.rmtree(path, ignore_errors=True)
        yield


def write_image(folder: pathlib.Path, progress: Progress) -> pathlib.Path:
    """Write the image of the open snapshot from the tables, and return its path. Call it inside `lock_folder`.

    Raises `ValueError` if it would have another number of claims than the tables.
    """
    assert not is_pinned()
    identity, claims = Identity.of_snapshot(), count_claims()
    metadata = json.dumps({"identity": identity, "claims": claims, "written": secrets.token_hex(8)})
    options = f"{FORMAT}, KV_METADATA {{{METADATA_KEY}: '{metadata}'}}"
    with _work_folder(folder) as work_folder:
        unfinished = work_folder / "image.parquet"
        return_free_memory()
        written = _write_claims(work_folder, unfinished, options, progress)
        if written != claims:
            raise ValueError(f"The image would have {written} of {claims} claims.")
        with open(unfinished, "rb") as file:
            os.fsync(file.fileno())
            checksum = _checksum_of(file)
        path = folder / f"claims-{identity.revision:010}-{identity.redactions}-{identity.code}-{checksum}.parquet"
        os.rename(unfinished, path)
    _sync_folder(folder)
    remove_older_images(folder, path.name)
    return path


def _write_claims(work_folder: pathlib.Path, path: pathlib.Path, options: str, progress: Progress) -> int:
    """Write all claims in the order of the image, with these options of Parquet; return how many."""
    names = "claims.csv", "deciding.parquet", "places.parquet", "ordered.csv"
    lines, deciding, places, ordered = (work_folder / name for name in names)
    with pause_collecting():
        starts = write_lines(_read_claims(progress), lines)
    with contextlib.closing(_open_writer(work_folder, CSV_MEGABYTES)) as writer:
        write_deciding(writer, lines, deciding)
    with contextlib.closing(_open_writer(work_folder, SORT_MEGABYTES)) as writer:
        write_places(writer, deciding, places)
        copy_lines(lines, starts, writer.execute(f"SELECT line FROM read_parquet('{places}')"), ordered)
    with contextlib.closing(_open_writer(work_folder, JOIN_MEGABYTES)) as writer:
        return write_claims(writer, ordered, places, path, options)


def _read_claims(progress: Progress) -> Iterator[list[Pieces]]:
    """Yield the pieces of all rows, in chunks."""
    total, done = count_claims(), 0
    progress(0, total)
    for chunk in read_pieces(CHUNK):
        yield chunk
        done += len(chunk)
        progress(done, total)


@contextlib.contextmanager
def _work_folder(folder: pathlib.Path) -> Iterator[pathlib.Path]:
    """Yield a new folder for unfinished files. `lock_folder` removes that of a writer that was killed."""
    path = folder / f"{secrets.token_hex(8)}{UNFINISHED}"
    path.mkdir()
    try:
        yield path
    finally:
        shutil.rmtree(path)


def _open_writer(work_folder: pathlib.Path, megabytes: int) -> duckdb.DuckDBPyConnection:
    return open_duckdb(Options(megabytes=megabytes, threads=1), str(work_folder))


def _sync_folder(folder: pathlib.Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def remove_older_images(folder: pathlib.Path, newest: str) -> None:
    """Remove the images that `newest` replaces, except the previous one. Always remove images with an erased text.

    An image that is being read stays until the next call.
    """
    _, redactions, code, _ = _name_parts(newest)
    names = sorted(
        (name_match.group() for name_match in _images_in(folder) if name_match.group(3) == code), reverse=True
    )
    retained = {name for name in names if _name_parts(name)[0] > _name_parts(newest)[0]}  # of a newer snapshot
    retained |= {newest, *[name for name in names if name < newest][: RETAINED_IMAGES - 1]}
    for name in (found.group() for found in _images_in(folder)):
        has_erased_text = int(_name_parts(name)[1]) < int(redactions)
        is_too_new = _name_parts(name)[2] != code and _age_of(folder / name) < OLD_CODE_SECONDS
        if name != newest and (has_erased_text or not (name in retained or is_too_new)):
            _remove_unless_read(folder / name, ERASED_PATIENCE if has_erased_text else 0)


def _age_of(path: pathlib.Path) -> float:
    try:
        return time.time() - path.stat().st_mtime
    except OSError:
        return 0


def _remove_unless_read(path: pathlib.Path, patience: float) -> None:
    """Remove a file unless it is being read. After `patience` seconds (0: never) remove it anyway."""
    until = time.monotonic() + patience
    try:
        with open(path, "rb") as file:
            while not (is_free := _try_lock(file)) and time.monotonic() < until:
                time.sleep(0.05)
            if is_free or patience:
                path.unlink()
    except FileNotFoundError:
        pass


def _try_lock(file: BufferedReader) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
