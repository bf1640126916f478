"""Names and prose use one language: docs/developers/glossary.md."""

import itertools
import re

import pytest

from tests.support.names import ROOT, count_names, find_modules, has_one_word, read_all_names

MOST_BANNED = 0.01  # of all names
MOST_OF_ONE_WORD = 0.1  # of the functions
SHORTEST_STEM, LONGEST_ENDING = 5, 3
#: Old words, and what to write instead. A word in quotation marks is allowed.
OLD_WORDS = {
    "anew": "again", "besides": "also", "lest": "so that … not", "whoever": "everybody who",
    "unless told": "default: …", "as it stands": "unchanged",
}  # fmt: skip
PAGES = [
    *ROOT.glob("*.md"),
    *(page for folder in ("docs", "api", "findings") for page in (ROOT / folder).rglob("*.md")),
]


def test_names_say_what_they_name() -> None:
    names = read_all_names()
    banned = [f"{name.path}:{name.line} {name.word}" for name in names if name.is_banned]
    assert len(banned) <= MOST_BANNED * len(names), "\n".join([*count_names(names), *banned])


def test_functions_are_called_by_verb_and_noun() -> None:
    names = [name for name in read_all_names() if name.kind == "function"]
    short = [f"{name.path}:{name.line} {name.word}" for name in names if has_one_word(name)]
    assert len(short) <= MOST_OF_ONE_WORD * len(names), "\n".join(short)


def test_no_two_modules_differ_by_an_ending() -> None:
    """`change` and `changes`, `upgrade` and `upgraded`: readers confuse them."""
    stems = sorted({path.stem for path in find_modules()})
    assert [pair for pair in itertools.combinations(stems, 2) if differ_by_ending(*pair)] == []


def differ_by_ending(first: str, second: str) -> bool:
    common = next(
        (n for n, (a, b) in enumerate(zip(first, second, strict=False)) if a != b), min(len(first), len(second))
    )
    return common >= SHORTEST_STEM and max(len(first), len(second)) - common <= LONGEST_ENDING


@pytest.mark.parametrize(("first", "second", "expected"), [
    ("change", "changes", True), ("upgrade", "upgraded", True),
    ("claims", "claimants", False), ("proofs", "problems", False), ("stance_matrix", "time_series", False),
])  # fmt: skip
def test_what_differs_by_an_ending(first: str, second: str, expected: bool) -> None:
    assert differ_by_ending(first, second) is expected


@pytest.mark.parametrize("word", OLD_WORDS)
def test_old_words_are_gone(word: str) -> None:
    """No module and no page has them, except the glossary and this test."""
    files = [path for path in (*find_modules(), *PAGES) if path.name != "glossary.md"]
    pattern = re.compile(rf"(?<![`\"'“])\b{word}\b(?![`\"'”])", re.IGNORECASE)
    found = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()[:100]}"
        for path in files
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if pattern.search(line)
    ]
    assert found == [], f"write “{OLD_WORDS[word]}”"
