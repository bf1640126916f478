"""`flask docs`: write the parts of docs/ that repeat what the code knows, between their markers."""

import dataclasses
import inspect
import pathlib
from collections.abc import Callable, Iterable
from typing import Any

import click
import orjson
from flask import Flask, current_app
from marshmallow import Schema, fields

from api.codebook import codebook
from api.config import Settings, variable
from schemas.expressions import Case, Comparison, Expression, Figure, NumberFormat
from schemas.mappings import Dataset, File, Gather, Ignore, IgnoredRows, Loop, Making, MappingIn
from schemas.problems import PROBLEMS

MAPPING_FORMS: tuple[type[Schema], ...] = (
    MappingIn, Dataset, File, Gather, Ignore, IgnoredRows, Making, Loop, Expression, Case, Comparison, Figure,
    NumberFormat,
)  # fmt: skip
DOCS = pathlib.Path(__file__).parents[2] / "docs"


def addresses(app: Flask) -> str:
    """Every documented address: what it is for, its parameters with their meaning."""
    document = app.extensions["counterclaim-openapi"].spec.to_dict()
    parts = []
    for path, item in document["paths"].items():
        for method in METHODS:
            if method in item:
                told = item[method]
                at = path if method == "get" else f"{method.upper()} {path}"
                parts.append(f"### `{at}`\n\n{told['summary']} {told.get('description', '')}".strip())
                if "{suffix}" not in path:
                    parts.append(_table(("parameter", "meaning"), _parameters(told.get("parameters", []))))
    return "\n\n".join(part for part in parts if part)


METHODS = ("get", "post", "patch", "delete")


def _parameters(found: list[dict[str, Any]]) -> Iterable[tuple[str, str]]:
    inside = {"query": "", "header": " (header)"}
    return ((f"`{told['name']}`{inside[told['in']]}", told["description"]) for told in found if told["in"] in inside)


def problems(_: Flask) -> str:
    rows = ((f"`{slug}`", str(told.status), told.title, told.explanation) for slug, told in PROBLEMS.items())
    return _table(("type", "status", "title", "what it means"), rows)


def nouns_and_lists(_: Flask) -> str:
    """Every field of every noun, then every closed list."""
    told = codebook()
    parts = []
    for noun in told["nouns"]:
        fields = _table(("field", "meaning", "words or origin"), [_field(found) for found in noun["fields"]])
        parts.append(f"### {noun['noun']}\n\n{fields}")
    for found in told["lists"]:
        words = _table(("word", "meaning"), [(f"`{word['word']}`", word["meaning"]) for word in found["words"]])
        parts.append(f"### list `{found['list']}`\n\n{found['about']} Origin: {found['origin']}.\n\n{words}")
    return "\n\n".join(parts)


def _field(told: dict[str, Any]) -> tuple[str, ...]:
    return f"`{told['field']}`", told["meaning"], f"list `{told['list']}`" if told["list"] else told["origin"]


def settings(_: Flask) -> str:
    rows = (
        (f"`{variable(field.name)}`", f"`{field.default}`" if field.default != "" else "empty", field.metadata["help"])
        for field in dataclasses.fields(Settings)
    )
    return _table(("variable", "default", "what it does"), rows)


def _table(header: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [[cell.replace("|", "\\|") for cell in row] for row in rows]
    if not lines:
        return ""
    return "\n".join("| " + " | ".join(cells) + " |" for cells in [header, ["---"] * len(header), *lines])


def mapping_language(_: Flask) -> str:
    """Every word of the language of mappings, form by form."""
    parts = []
    for schema in MAPPING_FORMS:
        rows = (
            (f"`{field.data_key or name}`", _meaning(field), _example(field)) for name, field in schema().fields.items()
        )
        about = inspect.getdoc(schema) or ""
        parts.append(
            f"### {schema.__name__.removesuffix('In')}\n\n{about}\n\n{_table(('word', 'meaning', 'such as'), rows)}"
        )
    return "\n\n".join(parts)


def _meaning(field: fields.Field[Any]) -> str:
    return f"{field.metadata['description']}{' Needed.' if field.required else ''}"


def _example(field: fields.Field[Any]) -> str:
    return ", ".join(f"`{orjson.dumps(example).decode()}`" for example in field.metadata.get("examples", ()))


PARTS: dict[str, dict[str, Callable[[Flask], str]]] = {
    "api.md": {"addresses": addresses, "problems": problems},
    "data.md": {"codebook": nouns_and_lists},
    "mappings.md": {"language": mapping_language},
    "running.md": {"settings": settings},
}


def written(app: Flask, name: str) -> str:
    """The text of a page with its marked parts made anew."""
    text = (DOCS / name).read_text()
    for part, make in PARTS[name].items():
        before, start, rest = text.partition(f"<!-- {part} -->\n")
        _, end, after = rest.partition(f"<!-- end of {part} -->")
        text = f"{before}{start}\n{make(app)}\n\n{end}{after}"
    return text


@click.command("docs")
def docs() -> None:
    """Write the marked parts of docs/ anew; a test fails while they lag behind the code."""
    for name in PARTS:
        app = current_app._get_current_object()  # type: ignore[attr-defined]
        (DOCS / name).write_text(written(app, name))
        click.echo(f"docs/{name}")
