"""Refuse a date: a spreadsheet turns the range 3-4 into 4-Mar."""

import re

from schemas.phrases.numerals import PhraseError, Token
from schemas.phrases.wording import Wording

DATE_HINT = "A spreadsheet may have turned a range such as 3-4 into a date. If so, write “3 to 4”."
#: 12/03/2021, 2021-03-12, 2021-03-12 00:00:00
DATE = re.compile(r"\d{1,4}([-/.])\d{1,2}\1\d{1,4}(?:[ t]\d\d?:\d\d(?::\d\d)?(?:\.\d+)?)?")


def refuse_dates(text: str, tokens: list[Token], words: Wording) -> None:
    """Raise `PhraseError` for a folded text that is a date, and for a month joined to a number."""
    if DATE.fullmatch(text.strip()) and not _is_grouped(text.strip()):
        raise PhraseError(f"{text.strip()} is a date, not a number of people. {DATE_HINT}")
    for first, dash, last in zip(tokens, tokens[1:], tokens[2:], strict=False):
        month, number = (first, last) if first.kind == "word" else (last, first)
        is_month = "month" in words.entries.get((month.text,), {})
        if is_month and dash.text in ("-", "/") and number.kind == "digits":
            raise PhraseError(f"“{month.text}” next to {number.text} is a date. {DATE_HINT}")


def _is_grouped(text: str) -> bool:
    """Return whether the points are those of a number such as 1.234.567."""
    _, *groups = text.split(".")
    return bool(groups) and all(len(group) == 3 for group in groups)
