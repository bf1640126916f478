"""Sentences in the language of the reader: `translate("en", "figure.about", number=60)` → `about 60`.

The sentences are in `languages/<language>.yaml`. Placeholders have names, so that a language may order them.
"""

from collections.abc import Mapping
from typing import Any

from schemas.language_files import load_language
from schemas.regional_formats import find_category, format_number


def translate(language: str, key: str, **values: Any) -> str:
    """Return a sentence with its values. Whole numbers are written as the language writes them.

    A sentence with forms by plural category has the form of the value `count`. Raises KeyError for an unknown key.
    """
    return choose_message(language, key, values).format(**write_values(language, values))


def choose_message(language: str, key: str, values: Mapping[str, Any]) -> str:
    """Return a sentence before it is filled in."""
    message = load_language(language).messages[key]
    return message[find_category(language, values["count"])] if isinstance(message, dict) else message


def write_values(language: str, values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: format_number(value, language) if isinstance(value, int) else value for name, value in values.items()}
