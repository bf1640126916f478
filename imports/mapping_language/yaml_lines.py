"""Read YAML with the line of every part. Only plain data is allowed: no tags, no anchors, no repeated key.

Keys are text. So are `no`, `on` and `2020-01-01`, because the authors of mappings mean them as text.
"""

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

import yaml

Path = tuple[str | int, ...]
NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?")
WORDS: dict[str, Any] = {"null": None, "~": None, "": None, "true": True, "false": False}
#: The most frequent causes of the parser's messages.
HINTS = {
    "expected ',' or": 'Inside {…} and […], put a text with {columns} or a colon in quotes: {source: "desk-{No}"}.',
    "mapping values are not": "Put a text with a colon and a space in quotes.",
    "found character '\\t'": "Indent lines with spaces, not tabs.",
}


class UnreadableYamlError(Exception):
    """Text that is not YAML, or uses YAML that mappings do not allow. The message names the line."""


class MarkedYaml(NamedTuple):
    """The content, and the line of every part by its path."""

    content: Any
    lines: dict[Path, int]

    def line_of(self, path: Path) -> int:
        """Return the line of the part at this path, or of the nearest existing part above it."""
        nearest: Path = ()
        for step in path:
            if (*nearest, step) in self.lines:
                nearest = (*nearest, step)
        return self.lines[nearest]


def read(text: str) -> MarkedYaml:
    """Return the content of a YAML text with its lines. Raise `UnreadableYamlError`."""
    try:
        events = list(yaml.parse(text, Loader=yaml.SafeLoader))
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f"line {mark.line + 1}: " if mark else ""
        problem = error.problem or error.context or ""
        hint = next((f" {hint}" for start, hint in HINTS.items() if problem.startswith(start)), "")
        raise UnreadableYamlError(f"{where}{problem}.{hint}") from None
    except yaml.YAMLError as error:  # characters that YAML does not allow
        raise UnreadableYamlError(f"{error}.") from None
    except RecursionError:
        raise UnreadableYamlError("Its lists and keys are too deep within each other.") from None
    for event in events:
        if getattr(event, "anchor", None) or getattr(event, "tag", None):
            line = event.start_mark.line + 1 if event.start_mark else 1
            raise UnreadableYamlError(f"line {line}: anchors, aliases and tags are not allowed in a mapping.")
    lines: dict[Path, int] = {(): 1}
    return MarkedYaml(None if node is None else _build_content(node, (), lines), lines)


def _build_content(node: yaml.Node, path: Path, lines: dict[Path, int]) -> Any:
    lines.setdefault(path, node.start_mark.line + 1)
    if isinstance(node, yaml.ScalarNode):
        return _read_scalar(node)
    if isinstance(node, yaml.SequenceNode):
        return [_build_content(inner, (*path, place), lines) for place, inner in enumerate(node.value)]
    assert isinstance(node, yaml.MappingNode)
    content: dict[str, Any] = {}
    for key, inner in node.value:
        line = key.start_mark.line + 1
        if not isinstance(key, yaml.ScalarNode):
            raise UnreadableYamlError(f"line {line}: a key must be a word.")
        if key.value in content:
            raise UnreadableYamlError(
                f"line {line}: {key.value} appears a second time, after line {lines[*path, key.value]}."
            )
        lines[*path, key.value] = line
        content[key.value] = _build_content(inner, (*path, key.value), lines)
    return content


def _read_scalar(node: yaml.ScalarNode) -> Any:
    text: str = node.value
    if node.style is not None:
        return text
    if text in WORDS:
        return WORDS[text]
    if number := NUMBER.fullmatch(text):
        return float(text) if number[2] else int(text)
    return text


def walk_leaves(content: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Return the path and value of everything that is not a list or an object."""
    if isinstance(content, dict | list):
        for step, inner in content.items() if isinstance(content, dict) else enumerate(content):
            yield from walk_leaves(inner, (*path, step))
    elif path:
        yield path, content
