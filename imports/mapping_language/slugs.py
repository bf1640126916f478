"""Make ids from the words of a file: lower-case ASCII, and different ids for different words."""

import functools
import hashlib

from api.records.slugs import ascii_words
from schemas.fields import SLUG_LENGTH

MARK_LENGTH = 8
REMEMBERED = 10_000  # ids: a row names the same record several times


@functools.lru_cache(maxsize=REMEMBERED)
def make_slug(text: str) -> str:
    """Return an id for a text: `Ağdərə, 2020` → `agdere-2020`.

    If letters have no ASCII form, or the id would be too long, it ends in a short hash of the text. So two names never
    become the same id. An ASCII text without letters and digits gives the empty text.
    """
    words, is_whole = ascii_words(text)
    if is_whole and len(words) <= SLUG_LENGTH:
        return words
    mark = hashlib.sha256(text.encode()).hexdigest()[:MARK_LENGTH]
    return f"{words[: SLUG_LENGTH - MARK_LENGTH - 1]}".strip("-") + f"-{mark}" if words else mark
