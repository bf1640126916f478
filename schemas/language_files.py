"""The words that people read, one file per language: `languages/<language>.yaml`, read once.

To add a language, add a file. Each has:

- The name of the file is the tag of the language (BCP 47). CLDR has its numbers, its days and its plural categories.
- `name`: the language in its own words; `direction`: `ltr` or `rtl`.
- `labels`: by vocabulary and word, what people read in place of the word. A plain text is the label and the plural.
  `label` stands alone: in a cell, a heading or a list. `plural` is the heading of several.
  `counted` has the form after a number, by plural category of CLDR (one, few, many, other): default the label for one,
  the plural for all others.
  `said` is the form within a sentence, after the people: default the label.
  `short` stands where room is small, as beside a mark of a picture: default the label.
- `meanings`, in other languages than English: by vocabulary and word, what the word means, where pages explain it.
  English meanings are those of the vocabularies.
- `parts`, in other languages than English: labels of parts of the victims that seeds and mappings write in English.
  They are free texts: a part without an entry is shown as it is recorded.
- `messages`: sentences by key, with `{placeholders}`; or, by plural category, the sentences for a number.
  A word takes the form that its placeholder names: `{people:plural}`, `{harm:said}`; without a name, the counted one.
"""

import collections
import functools
import pathlib
from collections.abc import Mapping
from typing import Any, NamedTuple

import yaml

FOLDER = pathlib.Path(__file__).parent / "languages"
DEFAULT_LANGUAGE = "en"
#: The languages of which there is a file, English first.
LANGUAGES = tuple(sorted((path.stem for path in FOLDER.glob("*.yaml")), key=lambda name: (name != "en", name)))
#: libyaml reads a file ten times as fast, where PyYAML was built with it.
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class Label(NamedTuple):
    """The forms of one word. `counted`: by plural category."""

    label: str
    plural: str
    counted: Mapping[str, str]
    said: str
    short: str


class Language(NamedTuple):
    name: str
    direction: str
    labels: dict[str, dict[str, Label]]
    messages: dict[str, str | dict[str, str]]
    meanings: dict[str, dict[str, str]]
    parts: dict[str, str]


@functools.cache
def load_language(language: str) -> Language:
    """Return the file of a language. Raises KeyError for a language without a file."""
    if language not in LANGUAGES:
        raise KeyError(language)
    content = yaml.load((FOLDER / f"{language}.yaml").read_text(encoding="utf-8"), Loader=LOADER)
    labels = {
        vocabulary: {word: read_label(entry) for word, entry in words.items()}
        for vocabulary, words in content["labels"].items()
    }
    meanings, parts = content.get("meanings", {}), content.get("parts", {})
    return Language(content["name"], content["direction"], labels, content["messages"], meanings, parts)


def read_label(entry: str | dict[str, Any]) -> Label:
    """Return the forms of an entry: `killed`, or `{label: civilian, plural: civilians}`."""
    if isinstance(entry, str):
        entry = {"label": entry}
    label = entry["label"]
    plural = entry.get("plural", label)
    counted = collections.defaultdict(lambda: plural, {"one": label, "other": plural} | entry.get("counted", {}))
    return Label(label, plural, counted, entry.get("said", label), entry.get("short", label))
