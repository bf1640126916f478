"""Schemas of the OpenAPI document as tables of fields, word lists, formats and problems."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from api.web.api_docs.describe_types import MOST_WORDS, Piece, describe_type, list_words, name_words
from api.web.api_docs.operations import JSON, SHORT_NAMES, list_operations
from schemas.problems import PROBLEMS

Record = dict[str, Any]


class Field(NamedTuple):
    """A field of a schema in words."""

    name: str
    pieces: list[Piece]
    description: str
    absent: str


class FieldTable(NamedTuple):
    """A schema with its fields. Those that `base` has too are not repeated."""

    name: str
    fields: list[Field]
    base: str | None
    is_patch: bool


class WordList(NamedTuple):
    """A closed list of words with their meanings."""

    name: str
    description: str
    words: list[tuple[str, str]]


def list_tables(document: Record) -> list[FieldTable]:
    """Return the schemas with fields, by name."""
    schemas = document["components"]["schemas"]
    return [_build_table(name, schemas) for name in sorted(schemas) if "enum" not in schemas[name]]


def _build_table(name: str, schemas: Record) -> FieldTable:
    fields, base = _describe_fields(schemas[name]), _find_base(name, schemas)
    if base:
        repeated = _describe_fields(schemas[base])
        fields = [field for field in fields if field not in repeated]
    return FieldTable(name, fields, base, name.endswith("Patch"))


def _describe_fields(schema: Record) -> list[Field]:
    required = schema.get("required", ())
    return [
        Field(
            name,
            describe_type(field),
            field.get("description", ""),
            field.get("x-absent", "") if name not in required else "",
        )
        for name, field in schema.get("properties", {}).items()
    ]


def _find_base(name: str, schemas: Record) -> str | None:
    """Return the schema that a merge patch corrects, or that an answer about one record extends."""
    stem = name.removesuffix("Patch").removesuffix("OneOut")
    endings = ("Post", "In") if name.endswith("Patch") else ("Out",) if name.endswith("OneOut") else ()
    for base in (stem + ending for ending in endings):
        if base in schemas and set(schemas[base]["properties"]) & set(schemas[name]["properties"]):
            return base
    return None


def list_word_lists(document: Record) -> list[WordList]:
    """Return the closed lists that fields and parameters share, by name."""
    schemas = document["components"]["schemas"]
    return [_build_word_list(name, schemas[name]) for name in sorted(schemas) if "enum" in schemas[name]]


def _build_word_list(name: str, schema: Record) -> WordList:
    words = [str(word) for word in schema["enum"]]
    meanings = schema.get("x-enum-descriptions", [""] * len(words))
    return WordList(name, schema.get("description", ""), list(zip(words, meanings, strict=True)))


def list_long_lists(document: Record) -> list[tuple[Piece, list[str]]]:
    """Return the long lists of words without meanings, each once, in the order of the document."""
    found = {}
    for schema in _find_schemas(document):
        words = list_words(schema)
        if len(words) > MOST_WORDS and "x-enum-descriptions" not in schema:
            found[name_words(words)] = words
    return list(found.items())


def _find_schemas(node: Any) -> Iterator[Record]:
    """Yield every object with a closed list inside of a part of the document."""
    if isinstance(node, dict):
        if isinstance(node.get("enum"), list):
            yield node
        node = node.values()
    elif not isinstance(node, list):
        return
    for part in node:
        yield from _find_schemas(part)


def list_formats(document: Record) -> list[tuple[str, str, str]]:
    """Return the short names, media types and descriptions of answers that are not JSON of our own."""
    found: dict[str, str] = {}
    for _, _, _, operation in list_operations(document):
        for response in operation["responses"].values():
            for media_type, content in response.get("content", {}).items():
                if (description := content["schema"].get("description")) and media_type != JSON:
                    found.setdefault(media_type, description)
    return sorted((SHORT_NAMES.get(media_type, media_type), media_type, found[media_type]) for media_type in found)


def list_problems() -> list[tuple[int, list[tuple[str, str]]]]:
    """Return the slugs and titles of problems by status."""
    statuses = sorted({problem.status for problem in PROBLEMS.values()})
    return [
        (status, [(slug, problem.title) for slug, problem in PROBLEMS.items() if problem.status == status])
        for status in statuses
    ]
