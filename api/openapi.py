"""Schemas, URL map and docstrings → the OpenAPI 3.1 document, which describes exactly what is served."""

import re
from collections.abc import Iterable, Mapping
from typing import Any, cast
from urllib.parse import parse_qsl

from apispec.ext.marshmallow.field_converter import FieldConverterMixin
from flask import Flask
from flask_smorest import Api
from flask_smorest.utils import prepare_response
from marshmallow import Schema, fields, missing, validate
from werkzeug.routing import BaseConverter, Map

from api.problems import MEDIA_TYPE
from api.render import MEDIA_TYPES
from schemas.envelopes import Switch
from schemas.fields import SLUG, SLUG_LENGTH, Box, Csv
from schemas.problems import PROBLEMS, ProblemOut

TITLE = "Counterclaim"
DESCRIPTION = """Who says how many: casualty claims side by side, each with its claimant, its source and its side.

Reading needs no key. Try `/v1/claims?side=azerbaijan&harm=killed`. Lists answer as JSON, CSV, NDJSON and XLSX, those
with a place also as GeoJSON: write the suffix, as in `/v1/claims.csv`. Every error is `application/problem+json`, and
its `type` is an address that explains it."""


KEY = "A key of `flask keys create`. Reading needs none."
BY_KEY: dict[str, Any] = {"security": [{"key": []}]}  # documentation of what needs one


class SlugConverter(BaseConverter):
    """An id in a path."""

    regex = SLUG.strip("^$")
    part_isolating = True


class Document(Api):
    """flask-smorest's Api, with our errors: their schema, their media type, and no handlers of its own."""

    ERROR_SCHEMA = ProblemOut
    DEFAULT_ERROR_RESPONSE_NAME = None  # every error that can come is named

    def _register_error_handlers(self) -> None:
        """`api.problems` has them."""

    def _register_responses(self) -> None:
        for status in sorted({problem.status for problem in PROBLEMS.values()}):
            slugs = [slug for slug, problem in PROBLEMS.items() if problem.status == status]
            response = {"description": ", ".join(slugs), "schema": ProblemOut}
            prepare_response(response, self.spec, MEDIA_TYPE)
            self.spec.components.response(f"Problem{status}", response)

    def _register_pagination_header(self) -> None:
        """Ours are cursors."""

    def show(self, routes: Map, addresses: Iterable[str]) -> None:
        """Parameters show the values that they have in these addresses, so that what is tried as it stands answers."""
        paths = self.spec.to_dict()["paths"]
        for address in addresses:
            path, _, query = address.partition("?")
            rule, given = routes.bind("").match(path, return_rule=True)
            name = re.sub(r"<(?:[^:<>]+:)?([^<>]+)>", r"{\1}", rule.rule)
            values = {**dict(parse_qsl(query)), **given, "suffix": "csv"}
            for told in (paths.get(name, {}), paths.get(name + ".{suffix}", {})):
                for parameter in [*told.get("parameters", ()), *told.get("get", {}).get("parameters", ())]:
                    _show(parameter, values)


def formats(names: list[str]) -> dict[str, Any]:
    """Documentation of the media types besides JSON in which a list is answered."""
    content = {MEDIA_TYPES[name]: {"schema": _FLAT[name]} for name in names if name != "json"}
    return {"responses": {200: {"content": content}}}


TEXT = {"type": "string"}  # the schema of an answer that is no JSON


_FLAT: dict[str, dict[str, Any]] = {
    "csv": {"type": "string", "description": "RFC 4180; null is an empty cell."},
    "ndjson": {"type": "string", "description": "One JSON record on each line."},
    "geojson": {"type": "object", "description": "A FeatureCollection (RFC 7946) of the records with a place."},
    "xlsx": {"type": "string", "format": "binary", "description": "A sheet of records and one about them."},
}


def either_shape(envelope: type[Schema]) -> dict[str, Any]:
    """A list in its envelope, or with `shape=array` its bare records."""
    records = cast("fields.List[Any]", envelope().fields["data"]).inner
    return {"anyOf": [envelope, {"type": "array", "items": type(cast(fields.Nested, records).schema)}]}


def patch_of(kind: type[Schema]) -> type[Schema]:
    """The schema of a merge patch (RFC 7396) to what `kind` validates: any of its fields, none filled in."""

    class Patch(kind):  # type: ignore[valid-type,misc]
        def __init__(self, **kwargs: Any) -> None:
            super().__init__(**{**kwargs, "partial": True})
            for field in self.fields.values():
                field.load_default = missing

    Patch.__name__ = kind.__name__.removesuffix("In") + "Patch"
    return Patch


def problems(*statuses: int) -> dict[str, Any]:
    """Documentation of the errors that an address can answer; the last three come to any address."""
    every = (*statuses, 414, 429, 431)
    return {"responses": {status: {"$ref": f"#/components/responses/Problem{status}"} for status in every}}


def merged(*docs: dict[str, Any]) -> dict[str, Any]:
    """Several pieces of documentation of responses as one."""
    return {"responses": {status: told for doc in docs for status, told in doc["responses"].items()}}


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


def _exemplified(self: FieldConverterMixin, field: fields.Field[Any], **_: Any) -> dict[str, Any]:
    """What is made of other fields has an example made of theirs."""
    if "examples" in field.metadata or (example := _example(field)) is None:
        return {}
    return {"examples": [example]}


def _example(field: fields.Field[Any]) -> Any:
    if "examples" in field.metadata:
        return field.metadata["examples"][0]
    if isinstance(field, fields.Nested):
        inner = field.schema.fields
        one = {name: found for name, part in inner.items() if (found := _example(part)) is not None}
        return [one] if field.many else one
    if isinstance(field, fields.List):
        found = _example(field.inner)
        return [] if found is None else [found]
    return next((next(iter(v.choices)) for v in field.validators if isinstance(v, validate.OneOf)), None)


def _show(parameter: dict[str, Any], given: Mapping[str, Any]) -> None:
    if parameter.get("name") in given:
        value = given[parameter["name"]]
        parameter["example"] = value.split(",") if parameter["schema"].get("type") == "array" else value


def _slug_schema(converter: BaseConverter) -> dict[str, Any]:
    return {"type": "string", "pattern": SLUG, "maxLength": SLUG_LENGTH}


def init_app(app: Flask) -> Document:
    """The document's holder, to which blueprints are registered."""
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
        },
    )
    document.spec.components.security_scheme("key", {"type": "http", "scheme": "bearer", "description": KEY})
    converter = document.ma_plugin.converter
    converter.add_attribute_function(_list_schema)
    converter.add_attribute_function(_exemplified)
    converter.add_parameter_attribute_function(_comma_separated)
    return document
