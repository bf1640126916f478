"""Shorten the notes of a file that are too long for a record. The record shows it, and the run names the row."""

import unicodedata
from collections.abc import Callable
from typing import Any

from marshmallow import fields

from imports.mapping_language.cells import cell_text
from imports.mapping_language.values import Compiler
from schemas.fields import Text

NOTES = frozenset({"note", "place_note"})
CUT_MARK = " […]"


def build_shortener(name: str, field: fields.Field[Any], compiler: Compiler) -> Callable[[Any], str]:
    """Return a function from a cell to the text of a note, which notes an oddity of the row if it cuts the text."""
    assert isinstance(field, Text)
    longest = field.longest

    def shorten(value: Any) -> str:
        text = unicodedata.normalize("NFC", cell_text(value))
        if len(text) <= longest:
            return text
        compiler.oddities.append(f"a {name} of more than {longest:,} characters was cut, and ends in{CUT_MARK}")
        return cut_at_word(text, longest - len(CUT_MARK)) + CUT_MARK

    return shorten


def cut_at_word(text: str, length: int) -> str:
    """Return the beginning of a text, which has at most `length` characters and ends with a whole word."""
    start, space, _ = text[: length + 1].rpartition(" ")
    return start.rstrip() if space and len(start) > length // 2 else text[:length]
