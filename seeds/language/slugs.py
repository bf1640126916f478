"""Ids from the words of a file: lower-case ASCII, and different wherever the words were."""

import hashlib

from api.records.minting import ascii_words
from schemas.fields import SLUG_LENGTH

MARK = 8


def slug(text: str) -> str:
    """`Ağdərə, 2020` → `agdere-2020`.

    Where letters had to go that ASCII has not, or the id would be too long, a short hash of the text stands at its
    end, so that two names never become one id. Empty where no letter or digit is left.
    """
    made, whole = ascii_words(text)
    if whole and len(made) <= SLUG_LENGTH:
        return made
    mark = hashlib.sha256(text.encode()).hexdigest()[:MARK]
    return f"{made[: SLUG_LENGTH - MARK - 1]}".strip("-") + f"-{mark}" if made else mark
