"""The static files of the pages: strong ETags, compressed once, and cached for a year at a versioned address."""

import functools
import gzip
import hashlib
import pathlib

from flask import Response, request

from api.http.problems import ApiProblem

FOLDER = pathlib.Path(__file__).parent / "static"
MEDIA_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".svg": "image/svg+xml",
    ".woff2": "font/woff2",
    ".ico": "image/x-icon",
    "": "text/plain; charset=utf-8",
}
FOR_GOOD = "public, max-age=31536000, immutable"
ASK_AGAIN = "no-cache"


@functools.cache
def list_files() -> dict[str, pathlib.Path]:
    """Return every file by its name. No other file is ever sent, so no path can leave the folder."""
    return {path.relative_to(FOLDER).as_posix(): path for path in sorted(FOLDER.rglob("*")) if path.is_file()}


@functools.cache
def compute_version() -> str:
    """Return the version that all files share: modules import each other by relative address.

    It changes with any of the files.
    """
    return hashlib.sha256(b"".join(_compute_tag(name).encode() for name in list_files())).hexdigest()[:12]


def list_modules() -> list[str]:
    """Return the modules of the explorer. The page loads them all at once."""
    return [path.name for name, path in list_files().items() if name.startswith("explorer/") and path.suffix == ".js"]


def versioned_address(name: str) -> str:
    """Return the versioned address of a file, which always has the same bytes."""
    return f"/static/{compute_version()}/{name}"


def answer_file(name: str) -> Response:
    """Return the file `name`, which may begin with the version: `icon.svg`, `1f3a…/icon.svg`.

    Raises the problem not-found.
    """
    before, _, rest = name.partition("/")
    versioned = before == compute_version()
    file_name = rest if versioned else name
    if file_name not in list_files():
        raise ApiProblem("not-found", "There is no such file. It may belong to an older version of this page.")
    packed = request.accept_encodings.quality("gzip") > 0
    response = Response(_compress_file(file_name) if packed else list_files()[file_name].read_bytes())
    response.content_type = MEDIA_TYPES.get(list_files()[file_name].suffix, MEDIA_TYPES[""])
    if packed:
        response.headers["Content-Encoding"] = "gzip"
    response.set_etag(_compute_tag(file_name) + ("-gzip" if packed else ""))
    response.headers["Cache-Control"] = FOR_GOOD if versioned else ASK_AGAIN
    response.headers["Vary"] = "Accept-Encoding"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.make_conditional(request)
    return response


@functools.cache
def _compute_tag(name: str) -> str:
    return hashlib.sha256(list_files()[name].read_bytes()).hexdigest()[:32]


@functools.cache
def _compress_file(name: str) -> bytes:
    return gzip.compress(list_files()[name].read_bytes(), mtime=0)
