"""Sentences in the language of the reader: `translate("en", "figure.about", number=60)` → `about 60`.

The sentences are in `languages/<language>.yaml`. Placeholders have names, so that a language may order them.
"""

import re
import string
from collections.abc import Mapping
from typing import Any

from schemas.language_files import load_language
from schemas.regional_formats import find_category, format_number

FORMATTER = string.Formatter()
#: The end of a text that has its full stop, also within a link.
STOPPED = re.compile(r"\.(</\w+>)*$")


def translate(language: str, key: str, **values: Any) -> str:
    """Return a sentence with its values. Whole numbers are written as the language writes them.

    A sentence with forms by plural category has the form of the value `count`. Raises KeyError for an unknown key.
    """
    return fill_message(choose_message(language, key, values), write_values(language, values))


def fill_message(message: str, values: Mapping[str, Any]) -> str:
    """Return the message with its values. A value that ends in a full stop ends the sentence: `8 мая 2024 г.`."""
    text = message.format(**values)
    if ".." not in text:
        return text
    kind = type(message)  # text of HTML stays so, and escapes its values
    filled = kind()
    for literal, name, form, _ in FORMATTER.parse(message):
        filled += kind(literal.removeprefix(".") if STOPPED.search(filled) else literal)
        filled += kind(f"{{0:{form}}}" if form else "{0}").format(values[name]) if name else kind()
    return filled


def choose_message(language: str, key: str, values: Mapping[str, Any]) -> str:
    """Return a sentence before it is filled in."""
    message = load_language(language).messages[key]
    return message[find_category(language, values["count"])] if isinstance(message, dict) else message


def write_values(language: str, values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: format_number(value, language) if isinstance(value, int) else value for name, value in values.items()}
