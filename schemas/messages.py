"""Sentences in the language of the reader: `translate("en", "figure.about", number=60)` → `about 60`.

The sentences are in `languages/<language>.yaml`. Placeholders have names, so that a language may order them.
"""

from typing import Any

from schemas.language_files import load_language
from schemas.regional_formats import find_category, format_number


def translate(language: str, key: str, **values: Any) -> str:
    """Return a sentence with its values. Whole numbers are written as the language writes them.

    A sentence with forms by plural category has the form of the value `count`. Raises KeyError for an unknown key.
    """
    message = load_language(language).messages[key]
    if isinstance(message, dict):
        message = message[find_category(language, values["count"])]
    return message.format(**{name: _write_value(language, value) for name, value in values.items()})


def _write_value(language: str, value: Any) -> Any:
    return format_number(value, language) if isinstance(value, int) else value
