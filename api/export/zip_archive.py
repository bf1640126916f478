"""A package as one streamed zip: never whole in memory or on disk, and the same bytes for the same records."""

import zipfile
from collections.abc import Iterator

from api.export.data_package import Members
from api.export.stream import Drain

#: The time of every member, so that the same records make the same bytes. A zip can have no earlier one.
DAY = (1980, 1, 1, 0, 0, 0)


def zip_members(members: Members) -> Iterator[bytes]:
    """Yield the zip in parts. Sizes follow each member (and are in the directory at the end): none is known before."""
    drain = Drain()
    with zipfile.ZipFile(drain, "w") as archive:
        for name, parts in members:
            with archive.open(_describe_member(name), "w", force_zip64=True) as member:
                for part in parts:
                    member.write(part)
                    yield from drain.take_parts()
    yield from drain.take_parts()


def _describe_member(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, DAY)
    info.compress_type = zipfile.ZIP_DEFLATED
    info.external_attr = 0o644 << 16
    return info
