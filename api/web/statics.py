"""The files that pages are made of: strong tags, compressed once, and under a versioned address kept for good."""

import functools
import gzip
import hashlib
import pathlib

from flask import Response, request

from api.problems import ApiProblem

FOLDER = pathlib.Path(__file__).parent / "static"
MEDIA_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".svg": "image/svg+xml",
    "": "text/plain; charset=utf-8",
}
FOR_GOOD = "public, max-age=31536000, immutable"
ASK_AGAIN = "no-cache"


@functools.cache
def files() -> dict[str, pathlib.Path]:
    """Every file by its name: what is not here cannot be asked for, whatever the path says."""
    return {path.relative_to(FOLDER).as_posix(): path for path in sorted(FOLDER.rglob("*")) if path.is_file()}


@functools.cache
def version() -> str:
    """Changes with any of the files. Modules import each other by relative address, so they all share it."""
    return hashlib.sha256(b"".join(_tag(name).encode() for name in files())).hexdigest()[:12]


def modules() -> list[str]:
    """The modules of the explorer, for the page to ask for at once."""
    return [path.name for name, path in files().items() if name.startswith("explorer/") and path.suffix == ".js"]


def address(name: str) -> str:
    """The address of a file that never stands for other bytes."""
    return f"/static/{version()}/{name}"


def answer(name: str) -> Response:
    """The file of that name, with or without the version before it. Raises the problem not-found."""
    before, _, rest = name.partition("/")
    versioned = before == version()
    wanted = rest if versioned else name
    if wanted not in files():
        raise ApiProblem("not-found", "There is no such file; it may be of an older version of this page.")
    packed = request.accept_encodings.quality("gzip") > 0
    told = Response(_packed(wanted) if packed else files()[wanted].read_bytes())
    told.content_type = MEDIA_TYPES.get(files()[wanted].suffix, MEDIA_TYPES[""])
    if packed:
        told.headers["Content-Encoding"] = "gzip"
    told.set_etag(_tag(wanted) + ("-gzip" if packed else ""))
    told.headers["Cache-Control"] = FOR_GOOD if versioned else ASK_AGAIN
    told.headers["Vary"] = "Accept-Encoding"
    told.headers["X-Content-Type-Options"] = "nosniff"
    told.make_conditional(request)
    return told


@functools.cache
def _tag(name: str) -> str:
    return hashlib.sha256(files()[name].read_bytes()).hexdigest()[:32]


@functools.cache
def _packed(name: str) -> bytes:
    return gzip.compress(files()[name].read_bytes(), mtime=0)
