"""A package as one zip, streamed: never in memory or on disk as a whole, and the same bytes for the same records."""

import zipfile
from collections.abc import Iterator

from api.export.drain import Drain
from api.export.package import Members

#: Of every member, so that the same records make the same bytes. The earliest that a zip can tell.
DAY = (1980, 1, 1, 0, 0, 0)


def zipped(members: Members) -> Iterator[bytes]:
    """The zip in parts. Sizes stand behind each member (and in the directory at the end), as none is known before."""
    drain = Drain()
    with zipfile.ZipFile(drain, "w") as archive:
        for name, parts in members:
            with archive.open(_member(name), "w", force_zip64=True) as member:
                for part in parts:
                    member.write(part)
                    yield from drain.parts()
    yield from drain.parts()


def _member(name: str) -> zipfile.ZipInfo:
    made = zipfile.ZipInfo(name, DAY)
    made.compress_type = zipfile.ZIP_DEFLATED
    made.external_attr = 0o644 << 16
    return made
