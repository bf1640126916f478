"""What a release no longer has, before it is withdrawn: a file that was cut off looks like a release without much.

Releases of official data lack some records of the one before (UCDP's of 2021 for Ukraine 94 of 1,168). A file that
was cut off lacks its tail, however long; one of several files lacks most (docs/adr/0009).
"""

from collections.abc import Mapping
from typing import NamedTuple

TENTH, FEW = 10, 10


class Doubtful(Exception):
    """A release that lacks more than is to be believed, or otherwise than was announced; the message says what."""


class Lacking(NamedTuple):
    """Of the records of one noun that the dataset brought and that stand."""

    gone: int
    held: int

    @property
    def is_doubtful(self) -> bool:
        """More than half of them, or more than a tenth where these are more than a few."""
        return self.gone * 2 > self.held or self.gone > max(FEW, self.held / TENTH)


def refuse_doubtful(release: str, found: Mapping[str, Lacking], announced: int | None) -> None:
    """Raises `Doubtful`, unless just so many records were `announced` to be lacking."""
    gone = sum(one.gone for one in found.values())
    if gone == announced or announced is None and not any(one.is_doubtful for one in found.values()):
        return
    if not gone:
        raise Doubtful(f"Nothing lacks in {release}: leave --vanished out.")
    told = "\n".join(f"  {one.gone} of {one.held} {noun}" for noun, one in found.items() if one.gone)
    raise Doubtful(
        f"What stands and lacks in {release} would be withdrawn:\n{told}\n"
        f"Was the file cut off, or is it one of several? If all of them are to go: --vanished {gone}\n"
        "The mapping of files that hold only what is new has `vanished: keep`."
    )
