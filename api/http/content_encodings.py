"""Content encodings (RFC 9110, 8.4): the one that a client prefers, and bytes compressed in it, whole or in parts."""

import functools
import zlib
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from werkzeug.datastructures import Accept
from werkzeug.http import parse_accept_header

NO_ENCODING = ""
LEAST_BYTES = 500  # below, the headers of an encoding cost as much as it saves


def _compress_zstd(content: bytes) -> bytes:
    import zstandard  # the libraries are loaded by the first answer: commands never use them

    return zstandard.ZstdCompressor(level=3).compress(content)


def _compress_brotli(content: bytes) -> bytes:
    import brotli

    compressed: bytes = brotli.compress(content, quality=4)
    return compressed


def _compress_gzip(content: bytes) -> bytes:
    import gzip

    return gzip.compress(content, compresslevel=5, mtime=0)


#: By their names in headers; of encodings that a client likes equally, the first is sent.
COMPRESSORS: dict[str, Callable[[bytes], bytes]] = {
    "zstd": _compress_zstd,
    "br": _compress_brotli,
    "gzip": _compress_gzip,
}


@functools.lru_cache(maxsize=64)
def choose_encoding(accept_encoding: str) -> str:
    """Return the encoding that `Accept-Encoding` prefers, or `NO_ENCODING`.

    `*` counts for nothing: programs send it that cannot read every encoding.
    """
    qualities = dict(parse_accept_header(accept_encoding.lower(), Accept))
    best = max(COMPRESSORS, key=lambda name: qualities.get(name, 0))
    quality = qualities.get(best, 0)
    return best if quality and quality >= qualities.get("identity", 0) else NO_ENCODING


def compress(content: bytes, encoding: str) -> bytes | None:
    """Return the content in the encoding. Return None if there is none, or if it does not make the content smaller."""
    if encoding == NO_ENCODING or len(content) < LEAST_BYTES:
        return None
    compressed = COMPRESSORS[encoding](content)
    return compressed if len(compressed) < len(content) else None


# Streams ---------------------------------------------------------------------------------------------------------


class Stream(NamedTuple):
    """The functions of a compressor: `flush` returns what it has kept back, and `finish` also ends the format."""

    compress: Callable[[bytes], bytes]
    flush: Callable[[], bytes]
    finish: Callable[[], bytes]


def _open_zstd() -> Stream:
    import zstandard

    stream = zstandard.ZstdCompressor(level=3).compressobj()
    return Stream(stream.compress, lambda: stream.flush(zstandard.COMPRESSOBJ_FLUSH_BLOCK), stream.flush)


def _open_brotli() -> Stream:
    import brotli

    stream = brotli.Compressor(quality=4)
    return Stream(stream.process, stream.flush, stream.finish)


def _open_gzip() -> Stream:
    stream = zlib.compressobj(5, zlib.DEFLATED, 16 + zlib.MAX_WBITS)  # with the header of gzip, without a time
    return Stream(stream.compress, lambda: stream.flush(zlib.Z_SYNC_FLUSH), stream.flush)


STREAMS: dict[str, Callable[[], Stream]] = {"zstd": _open_zstd, "br": _open_brotli, "gzip": _open_gzip}


def is_compressible(content_type: str) -> bool:
    """Return whether an answer is text. Parquet, XLSX and zip are compressed already."""
    media_type = content_type.partition(";")[0].strip()
    return media_type.startswith("text/") or media_type.endswith(("json", "+xml"))


def compress_parts(parts: Iterable[bytes], encoding: str) -> Iterator[bytes]:
    """Yield the parts in an encoding, as soon as it has bytes to send. An answer of any size takes the same memory.

    After a failure the parts so far are sent, and the format is not ended.
    """
    stream = STREAMS[encoding]()
    try:
        for part in parts:
            if compressed := stream.compress(part):
                yield compressed
    except Exception:
        yield stream.flush()
        raise
    yield stream.finish()
