"""The parts of a drafted mapping for files of another shape: a list of persons, a wide table, a JSON tree."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from imports.mapping_language.compile import FILL_IN
from imports.mapping_language.slugs import make_slug
from imports.pipeline.column_guesses import HARMS, ColumnGuess

SEX_WORDS = {
    "f": "woman", "female": "woman", "w": "woman", "woman": "woman", "m": "man", "male": "man", "man": "man",
    "mujer": "woman", "femenino": "woman", "hombre": "man", "masculino": "man", "femme": "woman", "homme": "man",
    "mulher": "woman", "homem": "man", "ж": "woman", "жінка": "woman", "женщина": "woman", "женский": "woman",
    "жіноча": "woman", "м": "man", "ч": "man", "чоловік": "man", "мужчина": "man", "мужской": "man", "чоловіча": "man",
    "أنثى": "woman", "انثى": "woman", "ذكر": "man", "زن": "woman", "مرد": "man",
}  # fmt: skip
#: Words of the names of columns, and the people of whom such a column has the number.
GROUP_WORDS: Mapping[str, dict[str, str]] = {
    "women": {"victim_sex": "woman", "victim_age": "adult"}, "men": {"victim_sex": "man", "victim_age": "adult"},
    "female": {"victim_sex": "woman"}, "females": {"victim_sex": "woman"}, "f": {"victim_sex": "woman"},
    "male": {"victim_sex": "man"}, "males": {"victim_sex": "man"}, "m": {"victim_sex": "man"},
    "children": {"victim_age": "child"}, "child": {"victim_age": "child"}, "minors": {"victim_age": "child"},
    "boys": {"victim_sex": "man", "victim_age": "child"}, "girls": {"victim_sex": "woman", "victim_age": "child"},
    "adults": {"victim_age": "adult"}, "civilians": {"victim_status": "civilian"},
    "civilian": {"victim_status": "civilian"}, "civ": {"victim_status": "civilian"},
    "soldiers": {"victim_status": "member_of_armed_forces"}, "military": {"victim_status": "member_of_armed_forces"},
}  # fmt: skip
#: Words of the names and hashtags of columns that have a bound of a figure.
BOUND_WORDS: Mapping[str, str] = {
    "min": "low", "minimum": "low", "low": "low", "lower": "low", "lowest": "low", "best": "best", "likely": "best",
    "max": "high", "maximum": "high", "high": "high", "upper": "high", "highest": "high",
}  # fmt: skip
WHOLE_WORDS = frozenset({"total", "all", "sum"})
#: The field of a loop over columns whose names are groups, such as countries.
NAMED_BY_KEY = (
    "# Whom does the name of a column name? A side is subject_side, days are covers, others are a part.",
    f"part: {FILL_IN} {{item.key}}",
)
LEAST_WIDE = 3  # columns of one harm that are drafted as a loop


def has_persons(guesses: Sequence[ColumnGuess]) -> bool:
    """Return whether each row seems to be a person: it has a name, an age or a sex, and no number of people."""
    roles = {guess.role for guess in guesses}
    return "person" in roles and bool(roles & {"age", "sex"}) and not roles & {*HARMS, "victims"}


def write_counting(
    guesses: Sequence[ColumnGuess], groups: Sequence[ColumnGuess], id: ColumnGuess | None
) -> Iterator[str]:
    """Yield `count` of a list of persons. `groups`: the columns that rows of a group share."""
    yield ""
    yield "# Each row seems to be a person, so rows are counted, and nothing of a person is kept. What forms the groups"
    yield "# becomes public: choose groups that are so large that nobody can be recognised."
    yield "count:"
    yield f"  by: [{', '.join(_quote(guess.name) for guess in groups) or FILL_IN}]"
    yield f"  person: {_quote(id.name)}" if id else "  # person: the column that identifies a person, if there is one"
    sex, age = (next((guess for guess in guesses if guess.role == role), None) for role in ("sex", "age"))
    yield "  parts:"
    if sex:
        meanings = (f"{_quote(word)}: {SEX_WORDS.get(word.casefold(), FILL_IN)}" for word in sex.words)
        table = ", ".join([*meanings, '"": null'])
        yield f"    sex: {{column: {_quote(sex.name)}, table: {{{table}}}}}"
    if age and age.kind == "number":
        column = f"column: {_quote(age.name)}"
        yield "    age:"
        yield "      cases:"
        yield f"        - {{when: {{{column}, below: 18}}, then: child}}"
        yield f"        - {{when: {{{column}, at_least: 18}}, then: adult}}"


def write_counted_claims(stem: str, key: str, lines: Sequence[str], guesses: Sequence[ColumnGuess]) -> Iterator[str]:
    """Yield the claims of a group of persons: all of them, and each part."""
    yield "  - claim:"
    yield f"      id: {_quote(f'{stem}-{key}')}"
    yield from (f"      {line}" for line in lines)
    yield '      figure: {number: "{count}"}'
    roles = {guess.role: guess.kind for guess in guesses}
    parts = [name for name, kinds in (("sex", ("text", "number")), ("age", ("number",))) if roles.get(name) in kinds]
    for part in parts:
        yield f"  - for: {{column: {part}}}"
        yield "    claim:"
        yield f"      id: {_quote(f'{stem}-{key}-{{item.key}}')}"
        yield f'      victim_{part}: "{{item.key}}"'
        yield from (f"      {line}" for line in lines)
        yield '      figure: {number: "{item.value}"}'


def find_wide(figures: Sequence[ColumnGuess]) -> dict[str, list[ColumnGuess]]:
    """Return the columns that a pattern with one `*` matches, if they are many: `killed_2020`, `killed_2021` …"""
    patterns: dict[str, list[ColumnGuess]] = {}
    for figure in figures:
        for mark in ("_", " ", "-"):
            first, _, rest = figure.name.partition(mark)
            if rest and mark not in rest:
                for pattern in (f"*{mark}{rest}", f"{first}{mark}*"):
                    patterns.setdefault(pattern, []).append(figure)
    return {pattern: columns for pattern, columns in patterns.items() if len(columns) >= LEAST_WIDE}


def find_bounds(figures: Sequence[ColumnGuess]) -> dict[str, dict[str, str]]:
    """Return the columns that are the bounds of one figure, by the name of the first.

    `Killed min` and `Killed max` → `Killed min`: low: Killed min, high: Killed max.
    """
    figure_columns: dict[tuple[str, ...], dict[str, str]] = {}
    for figure in figures:
        words = split_words(f"{figure.name} {figure.tag}")
        bounds = {BOUND_WORDS[word] for word in words if word in BOUND_WORDS}
        if figure.kind == "number" and len(bounds) == 1:
            subject = tuple(word for word in words if word not in BOUND_WORDS)
            figure_columns.setdefault(subject, {}).setdefault(bounds.pop(), figure.name)
    return {next(iter(columns.values())): columns for columns in figure_columns.values() if len(columns) > 1}


def split_words(text: str) -> list[str]:
    return re.findall("[a-z]+", text.casefold())


def list_numbers(guesses: Sequence[ColumnGuess]) -> list[ColumnGuess]:
    """Return the columns of numbers without a role, if they are many: countries, groups or years."""
    numbers = [guess for guess in guesses if guess.kind == "number" and not guess.role]
    return numbers if len(numbers) >= LEAST_WIDE else []


def find_group(texts: Iterable[str]) -> dict[str, str]:
    """Return the victim group that the name and hashtag of a column state: `killed_children` → victim_age: child."""
    words = [word for text in texts for word in split_words(text)]
    return {name: value for word in words for name, value in GROUP_WORDS.get(word, {}).items()}


def write_item_group(pattern: str, columns: Sequence[ColumnGuess]) -> Iterator[str]:
    """Yield the field that tells the columns of a loop apart: without it, each would count all people of the harm.

    Sex, age and status are looked up if the name of any column states them; otherwise a person decides.
    """
    before, _, after = pattern.partition("*")
    items = [column.name[len(before) : len(column.name) - len(after)] for column in columns]
    groups = {item: find_group([item]) for item in items}
    fields = dict.fromkeys(field for group in groups.values() for field in group)
    for field in fields:
        meanings = (f"{_quote(item)}: {groups[item].get(field, 'null')}" for item in items)
        yield f"{field}: {{column: item.1, table: {{{', '.join(meanings)}}}}}"
    if unclear := [item for item in items if not groups[item] and item.casefold() not in WHOLE_WORDS]:
        yield f"# Whom does * name ({', '.join(unclear)})? A side is subject_side, days are covers, others are a part."
        yield f"part: {FILL_IN} {{item.1}}"


def find_branches(tree: Mapping[str, Any]) -> dict[str, list[str]]:
    """Return the objects and arrays of a JSON file that is read as one row, each with the fields of its entries."""
    branches = {}
    for name, content in tree.items():
        entries = list(content.values()) if isinstance(content, dict) else content if isinstance(content, list) else []
        if fields := list(dict.fromkeys(key for entry in entries if isinstance(entry, dict) for key in entry)):
            branches[name] = fields
    return branches


def write_branch(stem: str, name: str, fields: Sequence[str], date: ColumnGuess | None) -> Iterator[str]:
    """Yield one claim for each entry of an object or array."""
    items = ", ".join(f"{{item.{field}}}" for field in ("key", *fields))
    yield f"  - for: {{column: {_quote(name)}}}     # {items}"
    yield "    claim:"
    yield f"      id: {_quote(f'{stem}-{make_slug(name)}-{{item.key}}')}     # of an array: item.number"
    for field in ("conflict", "measure", "claimant", "harm", "figure"):
        yield f"      {field}: {FILL_IN}"
    yield from (f"      {line.replace('the name of a column', 'an entry')}" for line in NAMED_BY_KEY)
    if date:
        yield f"      covers_to: {_quote(f'{{{date.name}}}')}"
    yield f"      reports: {{source: {stem}}}"


def _quote(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
