"""The rules are stated once, in docs/developers/reconciling.md. Code and tests cite them, and only rules that exist."""

import ast
import pathlib
import re
from collections.abc import Iterable

import pytest

from schemas.statistics.casualties import POLICIES, REASONS
from tests.test_docs import PAGES, ROOT

PAGE = ROOT / "docs" / "developers" / "reconciling.md"
RULES = range(1, 21)
PLACE = "docs/developers/reconciling.md#rule-"
CODE = sorted(path for folder in ("api", "schemas") for path in (ROOT / folder).rglob("*.py"))
TESTS = sorted(path for folder in ("reconciling", "statistics") for path in (ROOT / "tests" / folder).glob("*.py"))
CITING = [path for path in CODE if path.parent in (ROOT / "api" / "reconciling", ROOT / "api" / "statistics")]
NUMBERS = re.compile(r"\b[Rr]ules? (\d+)((?:(?:, | and | to )\d+)*)")
SHORTEST = 7  # words; two pages do not share a sentence of this length by chance


def find_rules(text: str) -> set[int]:
    """Return the numbers of the rules that a text names: "rules 6, 10 to 12 and 14" names five."""
    found = set()
    for first, more in NUMBERS.findall(text):
        last = int(first)
        found.add(last)
        for word, number in re.findall(r"(, | and | to )(\d+)", more):
            found |= set(range(last, int(number) + 1)) if word == " to " else {int(number)}
            last = int(number)
    return found


def find_anchors(path: pathlib.Path) -> set[int]:
    """Return the numbers of the rules whose anchors a module's docstring gives."""
    docstring = ast.get_docstring(ast.parse(path.read_text())) or ""
    return set(map(int, re.findall(r"#rule-(\d+)", docstring))) if PLACE in docstring else set()


def split_sentences(text: str) -> Iterable[str]:
    """Yield the sentences of a page or a docstring as bare words."""
    prose = re.sub(r"```.*?```|<[^>]+>|\]\([^)]*\)|^\|.*$", " ", text, flags=re.DOTALL | re.MULTILINE)
    for block in re.split(r"\n\s*\n|\n\s*(?:[-#]|\d+\.) ", prose):
        for sentence in re.split(r"(?<=[.:;!?])\s+", " ".join(block.split())):
            words = re.findall(r"[\w'-]+", sentence.lower())
            if len(words) >= SHORTEST:
                yield " ".join(words)


def name_path(path: pathlib.Path) -> str:
    return str(path.relative_to(ROOT))


def test_numbers_in_a_range_are_all_named() -> None:
    assert find_rules("Rules 6, 10 to 12 and 14; as rule 3 says") == {3, 6, 10, 11, 12, 14}


def test_the_page_has_twenty_rules_each_with_an_anchor_and_an_example() -> None:
    sections = re.split(r'^<a id="rule-(\d+)"></a>$', PAGE.read_text(), flags=re.MULTILINE)[1:]
    numbers, texts = sections[::2], sections[1::2]
    assert [int(number) for number in numbers] == list(RULES)
    for number, text in zip(numbers, texts, strict=True):
        assert re.match(rf"\n### Rule {number}\. \S", text), number
        assert len(re.findall(r"^Example: ", text, re.MULTILINE)) == 1, number


@pytest.mark.parametrize("path", CITING, ids=name_path)
def test_a_module_gives_the_anchors_of_the_rules_that_it_cites(path: pathlib.Path) -> None:
    assert find_rules(path.read_text()) <= find_anchors(path)


@pytest.mark.parametrize("path", [*CODE, *TESTS], ids=name_path)
def test_every_rule_that_is_cited_exists(path: pathlib.Path) -> None:
    if path != pathlib.Path(__file__):
        assert find_rules(path.read_text()) | find_anchors(path) <= set(RULES)


def test_every_rule_is_cited_by_code_and_by_a_test() -> None:
    in_code = set().union(*(find_anchors(path) for path in CODE))
    in_tests = set().union(*(find_rules(path.read_text()) for path in TESTS if path != pathlib.Path(__file__)))
    assert set(RULES) - in_code == set()
    assert set(RULES) - in_tests == set()


def test_the_rules_are_stated_on_no_other_page() -> None:
    sentences = set(split_sentences(PAGE.read_text()))
    assert len(sentences) > 100
    repeated = {
        name_path(page): sorted(sentences.intersection(split_sentences(page.read_text())))
        for page in [*PAGES, *CODE]
        if page != PAGE
    }
    assert {page: shared for page, shared in repeated.items() if shared} == {}


@pytest.mark.parametrize("word", [*POLICIES, *REASONS])
def test_the_page_has_every_policy_and_reason(word: str) -> None:
    assert f"`{word}`" in PAGE.read_text()
