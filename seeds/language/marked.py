"""YAML that remembers on which line everything stands. Plain data only: no tags, no anchors, no key twice.

Keys are text, and so are `no`, `on` and `2020-01-01`, as which a reader of this language means them.
"""

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

import yaml

Path = tuple[str | int, ...]
NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?")
WORDS: dict[str, Any] = {"null": None, "~": None, "": None, "true": True, "false": False}
#: What most often lies behind what the parser says.
HINTS = {
    "expected ',' or": 'Within {…} and […] a text with {columns} or a colon stands in quotes: {source: "desk-{No}"}.',
    "mapping values are not": "A text with a colon and a blank in it stands in quotes.",
    "found character '\\t'": "Lines are indented by blanks, not by tabs.",
}


class Unreadable(Exception):
    """No YAML, or more of it than this language has. The message names the line."""


class Marked(NamedTuple):
    """The content, and the line of every part of it by its path."""

    content: Any
    lines: dict[Path, int]

    def line(self, path: Path) -> int:
        """The line of what is at the path, or of the nearest thing above it that is there."""
        found: Path = ()
        for step in path:
            if (*found, step) in self.lines:
                found = (*found, step)
        return self.lines[found]


def read(text: str) -> Marked:
    """Raises `Unreadable`."""
    try:
        events = list(yaml.parse(text, Loader=yaml.SafeLoader))
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f"line {mark.line + 1}: " if mark else ""
        problem = error.problem or error.context or ""
        hint = next((f" {hint}" for start, hint in HINTS.items() if problem.startswith(start)), "")
        raise Unreadable(f"{where}{problem}.{hint}") from None
    except yaml.YAMLError as error:  # characters that no YAML may have
        raise Unreadable(f"{error}.") from None
    for event in events:
        if getattr(event, "anchor", None) or getattr(event, "tag", None):
            line = event.start_mark.line + 1 if event.start_mark else 1
            raise Unreadable(f"line {line}: anchors, aliases and tags are not of this language.")
    lines: dict[Path, int] = {(): 1}
    return Marked(None if node is None else _content(node, (), lines), lines)


def _content(node: yaml.Node, path: Path, lines: dict[Path, int]) -> Any:
    lines.setdefault(path, node.start_mark.line + 1)
    if isinstance(node, yaml.ScalarNode):
        return _scalar(node)
    if isinstance(node, yaml.SequenceNode):
        return [_content(inner, (*path, place), lines) for place, inner in enumerate(node.value)]
    assert isinstance(node, yaml.MappingNode)
    made: dict[str, Any] = {}
    for key, inner in node.value:
        line = key.start_mark.line + 1
        if not isinstance(key, yaml.ScalarNode):
            raise Unreadable(f"line {line}: a key must be a word.")
        if key.value in made:
            raise Unreadable(
                f"line {line}: {key.value} stands here a second time, after line {lines[*path, key.value]}."
            )
        lines[*path, key.value] = line
        made[key.value] = _content(inner, (*path, key.value), lines)
    return made


def _scalar(node: yaml.ScalarNode) -> Any:
    text: str = node.value
    if node.style is not None:
        return text
    if text in WORDS:
        return WORDS[text]
    if number := NUMBER.fullmatch(text):
        return float(text) if number[2] else int(text)
    return text


def leaves(content: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """All that is no list and no object, with where it stands."""
    if isinstance(content, dict | list):
        for step, inner in content.items() if isinstance(content, dict) else enumerate(content):
            yield from leaves(inner, (*path, step))
    elif path:
        yield path, content
