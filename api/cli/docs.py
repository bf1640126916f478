"""`flask docs`: write the parts of docs/ that are generated from the code, between their markers."""

import dataclasses
import inspect
import pathlib
from collections.abc import Callable, Iterable
from typing import Any

import click
import orjson
from flask import Flask, current_app
from marshmallow import Schema, fields

from api.codebook import build_codebook
from api.config import Settings, variable_of
from api.monitoring import metrics
from schemas.imports.expressions import Case, Comparison, Expression, Figure, NumberFormat
from schemas.imports.mappings import Counting, Dataset, File, Gather, Ignore, IgnoredRows, Loop, Making, MappingIn
from schemas.language_files import DEFAULT_LANGUAGE
from schemas.problems import PROBLEMS

MAPPING_FORMS: tuple[type[Schema], ...] = (
    MappingIn, Dataset, File, Gather, Counting, Ignore, IgnoredRows, Making, Loop, Expression, Case, Comparison, Figure,
    NumberFormat,
)  # fmt: skip
DOCS = pathlib.Path(__file__).parents[2] / "docs"


def list_addresses(app: Flask) -> str:
    """Return a section for each documented address: its purpose, and its parameters with their meaning."""
    document = app.extensions["counterclaim-openapi"].to_dict()
    parts = []
    for path, item in document["paths"].items():
        for method in METHODS:
            if method in item:
                operation = item[method]
                at = path if method == "get" else f"{method.upper()} {path}"
                parts.append(f"### `{at}`\n\n{operation['summary']} {operation.get('description', '')}".strip())
                if "{suffix}" not in path:
                    parts.append(
                        _format_table(("parameter", "meaning"), _parameter_rows(operation.get("parameters", [])))
                    )
    return "\n\n".join(part for part in parts if part)


METHODS = ("get", "post", "patch", "delete")


def _parameter_rows(parameters: list[dict[str, Any]]) -> Iterable[tuple[str, str]]:
    inside = {"query": "", "header": " (header)"}
    return (
        (f"`{parameter['name']}`{inside[parameter['in']]}", parameter["description"])
        for parameter in parameters
        if parameter["in"] in inside
    )


def list_problems(_: Flask) -> str:
    rows = (
        (f"`{slug}`", str(problem.status), problem.title, problem.explanation) for slug, problem in PROBLEMS.items()
    )
    return _format_table(("type", "status", "title", "what it means"), rows)


def format_codebook(_: Flask) -> str:
    """Return a section for each record type with its fields, then one for each closed list."""
    book = build_codebook(DEFAULT_LANGUAGE)
    parts = []
    for record_type in book["nouns"]:
        fields = _format_table(
            ("field", "meaning", "words or origin"), [_field_row(entry) for entry in record_type["fields"]]
        )
        parts.append(f"### {record_type['noun']}\n\n{fields}")
    for entry in book["lists"]:
        words = _format_table(("word", "label", "plural", "meaning"), map(_word_row, entry["words"]))
        parts.append(f"### list `{entry['list']}`\n\n{entry['about']} Origin: {entry['origin']}.\n\n{words}")
    return "\n\n".join(parts)


def _word_row(word: dict[str, str]) -> tuple[str, ...]:
    return f"`{word['word']}`", word["label"], word["plural"], word["meaning"]


def _field_row(field: dict[str, Any]) -> tuple[str, ...]:
    return f"`{field['field']}`", field["meaning"], f"list `{field['list']}`" if field["list"] else field["origin"]


def list_settings(_: Flask) -> str:
    rows = (
        (
            f"`{variable_of(field.name)}`",
            f"`{field.default}`" if field.default != "" else "empty",
            field.metadata["help"],
        )
        for field in dataclasses.fields(Settings)
    )
    return _format_table(("variable", "default", "what it does"), rows)


def list_metrics(_: Flask) -> str:
    rows = (
        (
            f"`{metrics.public_name(name)}`",
            metric.kind,
            ", ".join(f"`{label}`" for label in metric.labels),
            metric.meaning,
        )
        for name, metric in metrics.METRICS.items()
    )
    return _format_table(("metric", "kind", "labels", "meaning"), rows)


def _format_table(header: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [[cell.replace("|", "\\|") for cell in row] for row in rows]
    if not lines:
        return ""
    return "\n".join("| " + " | ".join(cells) + " |" for cells in [header, ["---"] * len(header), *lines])


def mapping_language(_: Flask) -> str:
    """Return a section for each form of the mapping language, with its words."""
    parts = []
    for schema in MAPPING_FORMS:
        rows = (
            (f"`{field.data_key or name}`", _describe_field(field), _list_examples(field))
            for name, field in schema().fields.items()
        )
        table = _format_table(("word", "meaning", "such as"), rows)
        parts.append(f"### {schema.__name__.removesuffix('In')}\n\n{inspect.getdoc(schema) or ''}\n\n{table}")
    return "\n\n".join(parts)


def _describe_field(field: fields.Field[Any]) -> str:
    return f"{field.metadata['description']}{' Required.' if field.required else ''}"


def _list_examples(field: fields.Field[Any]) -> str:
    return ", ".join(f"`{orjson.dumps(example).decode()}`" for example in field.metadata.get("examples", ()))


PARTS: dict[str, dict[str, Callable[[Flask], str]]] = {
    "readers/api.md": {"addresses": list_addresses, "problems": list_problems},
    "readers/data.md": {"codebook": format_codebook},
    "editors/mappings.md": {"language": mapping_language},
    "operators/running.md": {"settings": list_settings},
    "operators/monitoring.md": {"metrics": list_metrics},
}


def rewrite_page(app: Flask, name: str) -> str:
    """Return the text of a page with its marked parts written again."""
    text = (DOCS / name).read_text()
    for part, make in PARTS[name].items():
        before, start, rest = text.partition(f"<!-- {part} -->\n")
        _, end, after = rest.partition(f"<!-- end of {part} -->")
        text = f"{before}{start}\n{make(app)}\n\n{end}{after}"
    return text


@click.command("docs")
def write_docs() -> None:
    """Write the marked parts of docs/ from the code; a test fails while they are out of date."""
    for name in PARTS:
        app = current_app._get_current_object()  # type: ignore[attr-defined]
        (DOCS / name).write_text(rewrite_page(app, name))
        click.echo(f"docs/{name}")
