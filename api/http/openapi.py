"""Schemas and URL map → the OpenAPI 3.1 document, which describes exactly what is served."""

import re
import threading
from collections.abc import Callable, Iterable, Mapping
from typing import Any
from urllib.parse import parse_qsl

from apispec.ext.marshmallow.field_converter import FieldConverterMixin
from apispec.ext.marshmallow.openapi import OpenAPIConverter
from flask import Flask
from flask_smorest import Api, Blueprint
from flask_smorest.utils import prepare_response
from marshmallow import Schema, fields, missing, validate
from werkzeug.routing import BaseConverter, Map

from api.http.formats import ARRAY, MEDIA_TYPES
from api.http.problems import MEDIA_TYPE
from api.http.typed_clients import (
    NameOperation,
    describe_arrays,
    describe_revision,
    name_operations,
    remove_unused_answers,
    require_answer_fields,
    share_word_lists,
)
from schemas.feeds import JsonFeedOut
from schemas.fields import SLUG, SLUG_LENGTH, Box, Csv, Slug, split_comma_list
from schemas.problems import PROBLEMS, ProblemOut
from schemas.responses import FEED_FORMATS, OneOrMore, RefIn, Switch, named_entry
from schemas.vocabularies import Vocabulary

TITLE = "Counterclaim"
DESCRIPTION = """Who says how many: casualty claims side by side, each with its claimant, its source and its side.

Reading needs no key. Try `/v1/claims?subject_side=azerbaijan&harm=killed`. Lists answer as JSON, CSV, TSV, NDJSON, XLSX
and Parquet, those with a place also as GeoJSON: write the suffix, as in `/v1/claims.csv`. Every error is
`application/problem+json`, and its `type` is an address that explains it."""


KEY_DESCRIPTION = "A key from `flask keys create`. Reading needs no key."
BY_KEY: dict[str, Any] = {"security": [{"key": []}]}  # documents an address that needs a key


class SlugConverter(BaseConverter):
    """An id in a path."""

    regex = SLUG.strip("^$")
    part_isolating = True


class Document(Api):
    """flask-smorest's Api with the schema and media type of our errors, and without its own error handlers."""

    ERROR_SCHEMA = ProblemOut
    DEFAULT_ERROR_RESPONSE_NAME = None  # each address names its errors

    def __init__(self) -> None:
        super().__init__()
        self._blueprints: list[Blueprint] = []

    def _register_error_handlers(self) -> None:
        """Register none: `api.http.problems` has the handlers."""

    def _register_responses(self) -> None:
        for status in sorted({problem.status for problem in PROBLEMS.values()}):
            slugs = [slug for slug, problem in PROBLEMS.items() if problem.status == status]
            response: dict[str, Any] = {"description": ", ".join(slugs), "schema": ProblemOut}
            prepare_response(response, self.spec, MEDIA_TYPE)
            self.spec.components.response(f"Problem{status}", response)
            if status in PAGE_PROBLEMS:
                as_page = {**response, "content": {**response["content"], HTML: {"schema": PAGE}}}
                self.spec.components.response(f"PageProblem{status}", as_page)

    def _register_pagination_header(self) -> None:
        """Register none: pages have cursors."""

    def register_blueprint(self, blueprint: Blueprint, **options: Any) -> None:
        """Serve the addresses of a blueprint. `to_dict` describes them."""
        self._app.extensions["flask-smorest"]["blp_name_to_api"][blueprint.name] = self
        self._app.register_blueprint(blueprint, **options)
        self._blueprints.append(blueprint)

    def describe_with(self, list_examples: Callable[[], Iterable[str]], name_operation: NameOperation) -> None:
        """Set where `to_dict` takes the examples of parameters and the names of operations from."""
        self._list_examples, self._name_operation = list_examples, name_operation

    def to_dict(self) -> dict[str, Any]:
        """Return the whole document.

        The addresses are described when first asked for, once for all applications of the process: that takes longer
        than everything else at the start, and commands never need it.
        """
        with _described_lock:
            if not _described:
                _described.update(self._describe_addresses())
        own = self.spec.to_dict()
        return {**_described, "info": own["info"], "servers": own["servers"]}

    def _describe_addresses(self) -> dict[str, Any]:
        for blueprint in self._blueprints:
            blueprint.register_views_in_doc(self, self._app, self.spec, name=blueprint.name, parameters=None)
            self.spec.tag({"name": blueprint.name, "description": blueprint.description})
        document: dict[str, Any] = self.spec.to_dict()
        _show_examples(document["paths"], self._app.url_map, self._list_examples())
        name_operations(document["paths"], self._name_operation)
        describe_revision(document)
        require_answer_fields(document)
        describe_arrays(document)
        remove_unused_answers(document)
        share_word_lists(document)
        return document


_described: dict[str, Any] = {}
_described_lock = threading.Lock()


def _show_examples(paths: dict[str, Any], routes: Map, addresses: Iterable[str]) -> None:
    """Set the examples of parameters to their values in `addresses`, so that a reader can send them unchanged."""
    for address in addresses:
        path, _, query = address.partition("?")
        rule, path_values = routes.bind("").match(path, return_rule=True)
        name = re.sub(r"<(?:[^:<>]+:)?([^<>]+)>", r"{\1}", rule.rule)
        values = {"suffix": "csv", **dict(parse_qsl(query)), **path_values}
        for path_item in (paths.get(name, {}), paths.get(name + ".{suffix}", {})):
            for parameter in [*path_item.get("parameters", ()), *path_item.get("get", {}).get("parameters", ())]:
                _set_example(parameter, values)


def describe_formats(names: Iterable[str]) -> dict[str, Any]:
    """Return the documentation of the media types of a list, except JSON."""
    content = {MEDIA_TYPES[name]: {"schema": _FLAT[name]} for name in names if name != "json"}
    return {"responses": {200: {"content": content}}}


def describe_ranges(names: Iterable[str]) -> dict[str, Any]:
    """Return the documentation of a part of a flat answer to a question with `revision` or `release`.

    Of JSON only the bare array is flat.
    """
    kinds = [ARRAY if name == "json" else MEDIA_TYPES[name] for name in names if name not in FEED_FORMATS]
    content = {kind: {"schema": {"type": "string", "format": "binary"}} for kind in kinds}
    description = "To a pinned question with `Range`: the range of the flat answer."
    return {"responses": {206: {"description": description, "content": content, "headers": RANGE_HEADERS}}}


RANGE_HEADERS = {
    "Content-Range": {"description": "The range, and the length of the whole.", "schema": {"type": "string"}},
}


TEXT = {"type": "string"}  # the schema of an answer that is not JSON


_FLAT: dict[str, Any] = {
    "csv": {"type": "string", "description": "RFC 4180; null is an empty cell."},
    "tsv": {"type": "string", "description": "As CSV, with tabs between the cells."},
    "parquet": {"type": "string", "format": "binary", "description": "Apache Parquet with typed columns and nulls."},
    "ndjson": {"type": "string", "description": "One JSON record on each line."},
    "geojson": {
        "type": "object",
        "description": "A FeatureCollection (RFC 7946). A record without a place has a null geometry.",
    },
    "xlsx": {"type": "string", "format": "binary", "description": "A sheet of records and a sheet about them."},
    **dict.fromkeys(
        ("csv-metadata.json", "tsv-metadata.json"),
        {"type": "object", "description": "CSV on the Web: title, licence, citation, caveats, columns and units."},
    ),
    "atom": {"type": "string", "description": "Atom (RFC 4287): what changed in the answer, newest first."},
    "jsonfeed": JsonFeedOut,
}


HTML = "text/html"
PAGE = {"type": "string", "description": "A page for people, sent to a client that prefers HTML."}
PAGE_PROBLEMS = (400, 404, 422, 503)  # statuses of the errors that a page can have


def describe_page() -> dict[str, Any]:
    """Return the documentation of an address that answers with a record or its page, and with errors in both forms."""
    refs = {status: {"$ref": f"#/components/responses/PageProblem{status}"} for status in PAGE_PROBLEMS}
    return merge_docs(describe_problems(), {"responses": {200: {"content": {HTML: {"schema": PAGE}}}, **refs}})


def patch_of(kind: type[Schema]) -> type[Schema]:
    """Return the schema of a merge patch (RFC 7396) to `kind`: no field is required or gets a default."""

    class Patch(kind):  # type: ignore[valid-type,misc]
        def __init__(self, **kwargs: Any) -> None:
            super().__init__(**{**kwargs, "partial": True})
            for field in self.fields.values():
                field.load_default = missing

    Patch.__name__ = kind.__name__.removesuffix("In") + "Patch"
    return Patch


def describe_problems(*statuses: int) -> dict[str, Any]:
    """Return the documentation of the errors of an address. Every address can answer 414, 429 and 431."""
    all_statuses = (*statuses, 414, 429, 431)
    return {"responses": {status: {"$ref": f"#/components/responses/Problem{status}"} for status in all_statuses}}


def merge_docs(*docs: dict[str, Any]) -> dict[str, Any]:
    """Merge the documentation of responses; a later piece replaces an earlier one of the same status."""
    return {"responses": {status: response for doc in docs for status, response in doc["responses"].items()}}


def _list_schema(self: FieldConverterMixin, field: fields.Field[Any], ret: dict[str, Any], **_: Any) -> dict[str, Any]:
    if isinstance(field, Csv):
        return {"type": "array", "items": self.field2property(field.inner), "minItems": 1, "maxItems": field.most}
    if isinstance(field, Switch):
        return {"type": "string"}
    if isinstance(field, Box):
        number = r"-?\d{1,3}(\.\d+)?"
        return {"type": "string", "pattern": f"^(none|{number},{number},{number},{number})$"}
    return {}


def _comma_separated(self: FieldConverterMixin, field: fields.Field[Any], **_: Any) -> dict[str, Any]:
    return {"explode": False, "style": "form"} if isinstance(field, Csv) else {}


def _add_example(self: FieldConverterMixin, field: fields.Field[Any], **_: Any) -> dict[str, Any]:
    """Give a field its example in its own type, from its metadata, its inner fields or its closed list."""
    example = _find_example(field)
    return {} if example is None else {"examples": [_read_example(field, example)]}


def _describe_either(self: OpenAPIConverter, field: fields.Field[Any], ret: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Document what has two shapes: a reference may be sent as answers have it (`api.records.named_references`)."""
    if isinstance(field, Slug) and field.named:
        plain = {name: ret.pop(name) for name in ("type", "pattern", "minLength", "maxLength") if name in ret}
        return {"anyOf": [plain, _refer_to(self, RefIn)]}
    if isinstance(field, OneOrMore):
        reference = _refer_to(self, field.schema)
        return {"anyOf": [reference, {"type": "array", "items": reference}]}
    if isinstance(field, fields.Nested):
        side = field.schema.fields.get("side")
        if isinstance(side, Slug) and side.named:
            return {"anyOf": [{"$ref": ret.pop("$ref")}, _refer_to(self, named_entry(type(field.schema)))]}
    return {}


def _refer_to(converter: OpenAPIConverter, schema: type[Schema]) -> Any:
    return converter.resolve_nested_schema(schema)  # type: ignore[no-untyped-call]


def _read_example(field: fields.Field[Any], example: Any) -> Any:
    """Return an example that is written as in a query string in the type of its field: `"5"` → 5."""
    if not isinstance(example, str):
        return example
    if isinstance(field, Csv):
        return [_read_example(field.inner, word) for word in split_comma_list(example)]
    return int(example) if isinstance(field, fields.Integer) else example


SWITCH = Vocabulary("switch", "Yes or no.", "Counterclaim", {"1": "yes", "true": "yes", "0": "no", "false": "no"})


def _describe_words(self: FieldConverterMixin, field: fields.Field[Any], **_: Any) -> dict[str, Any]:
    """Add the closed list of a field, with its meanings, for `share_word_lists`."""
    words = SWITCH if isinstance(field, Switch) else getattr(field, "vocabulary", None)
    if words is None:
        return {}
    return {"x-words": {"name": words.name, "description": words.description, "words": dict(words)}}


def _find_example(field: fields.Field[Any]) -> Any:
    if "examples" in field.metadata:
        return field.metadata["examples"][0]
    if isinstance(field, fields.Nested):
        inner = field.schema.fields
        record = {
            part.data_key or name: inner_example
            for name, part in inner.items()
            if (inner_example := _find_example(part)) is not None
        }
        return [record] if field.many else record
    if isinstance(field, fields.List):
        inner_example = _find_example(field.inner)
        return [] if inner_example is None else [inner_example]
    return next((next(iter(v.choices)) for v in field.validators if isinstance(v, validate.OneOf)), None)


def _set_example(parameter: dict[str, Any], values: Mapping[str, Any]) -> None:
    if parameter.get("name") in values:
        value = values[parameter["name"]]
        readers: dict[Any, Callable[[str], Any]] = {"array": split_comma_list, "integer": int}
        parameter["example"] = readers.get(parameter["schema"].get("type"), str)(value)


def _slug_schema(converter: BaseConverter) -> dict[str, Any]:
    return {"type": "string", "pattern": SLUG, "maxLength": SLUG_LENGTH}


def init_app(app: Flask) -> Document:
    """Return the document. Blueprints are registered with it."""
    app.url_map.converters["slug"] = SlugConverter
    app.config.update(API_TITLE=TITLE, API_VERSION="v1", OPENAPI_VERSION="3.1.0", OPENAPI_URL_PREFIX=None)
    document = Document()
    document.register_converter(SlugConverter, _slug_schema)
    document.init_app(
        app,
        spec_kwargs={
            "info": {
                "description": DESCRIPTION,
                "license": {"name": app.config["LICENCE"], "identifier": "CC-BY-4.0"},
                "contact": {"url": app.config["PUBLIC_URL"]},
            },
            "servers": [{"url": app.config["PUBLIC_URL"]}],
            "security": [],  # reading needs no key
        },
    )
    document.spec.components.security_scheme(
        "key", {"type": "http", "scheme": "bearer", "description": KEY_DESCRIPTION}
    )
    converter = document.ma_plugin.converter
    converter.map_to_openapi_type(fields.Url, "string", "uri")
    converter.add_attribute_function(_list_schema)
    converter.add_attribute_function(_add_example)
    converter.add_attribute_function(_describe_words)
    converter.add_attribute_function(_describe_either)
    converter.add_parameter_attribute_function(_comma_separated)
    return document
