"""Make ids from the words of a file: lower-case ASCII, and different ids for different words."""

import functools
import hashlib
import re

from api.records.slugs import ascii_words
from schemas.fields import SLUG_LENGTH

MARK_LENGTH = 8
CAPITAL_IN_ADDRESS = re.compile(r"[Hh][Tt][Tt][Pp][Ss]?://[^/\s?#]+[/?#]\S*[A-Z]")
HOST = re.compile(r"https?://[^/\s?#]+", re.IGNORECASE)  # it has no case
REMEMBERED = 10_000  # ids: a row names the same record several times


@functools.lru_cache(maxsize=REMEMBERED)
def make_slug(text: str) -> str:
    """Return an id for a text: `Ağdərə, 2020` → `agdere-2020`.

    If letters have no ASCII form, or the id would be too long, it ends in a short hash of the text. So two names never
    become the same id. An ASCII text without letters and digits gives the empty text.

    Addresses such as bit.ly/aBc and bit.ly/AbC are different documents. A capital letter after the host adds the hash.
    """
    words, is_whole = ascii_words(text)
    has_capital = CAPITAL_IN_ADDRESS.search(text) is not None
    if is_whole and not has_capital and len(words) <= SLUG_LENGTH:
        return words
    hashed = HOST.sub(lambda host: host[0].lower(), text) if has_capital else text
    mark = hashlib.sha256(hashed.encode()).hexdigest()[:MARK_LENGTH]
    return f"{words[: SLUG_LENGTH - MARK_LENGTH - 1]}".strip("-") + f"-{mark}" if words else mark
