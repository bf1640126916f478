"""A test client that checks every JSON answer against the OpenAPI document: media type, schema, no extra field."""

import functools
import json
import re
from typing import Any

import jsonschema_rs
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from api.http.formats import REVISION


class BufferedClient(FlaskClient):
    """Read each answer to its end, as curl does: an unread answer does not release its database connection."""

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        return super().open(*args, **{"buffered": True, **kwargs})


class HonestClient(BufferedClient):
    """Check each answer of a documented address against the OpenAPI document."""

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        answer = super().open(*args, **kwargs)
        self.check(answer)
        return answer

    def document(self) -> dict[str, Any]:
        return document_of(self.application)

    def check(self, answer: TestResponse) -> None:
        found = operation(self.document()["paths"], answer.request.path, answer.request.method.lower())
        if found is None or answer.status_code == 304:
            return
        assert str(answer.status_code) in found["responses"], (
            f"{answer.request.path}: {answer.status_code} is undocumented"
        )
        promised = resolve(self.document(), found["responses"][str(answer.status_code)])
        assert REVISION not in answer.headers or answer.status_code >= 400 or REVISION in promised["headers"]
        if answer.status_code == 204:
            assert (answer.data, promised.get("content")) == (b"", None)
            return
        media_type = answer.content_type if answer.content_type in promised["content"] else answer.mimetype
        assert media_type in promised["content"], f"{media_type} is undocumented"
        if answer.is_json and answer.status_code != 206:  # a range of JSON is no JSON
            schema = promised["content"][media_type]["schema"]
            # With `fields=` the document requires the named fields only.
            named = read_names(answer.request.args.get("fields")) if answer.status_code == 200 else None
            make_validator(write_document(self.application), json.dumps(schema), named).validate(answer.json)


def open_client(app: Flask) -> HonestClient:
    client = app.test_client()
    assert isinstance(client, HonestClient)
    return client


def read_names(fields: str | None) -> tuple[str, ...] | None:
    return None if fields is None else tuple(name.strip() for name in fields.split(","))


def document_of(app: Flask) -> dict[str, Any]:
    """Return the document as it is served, with all keys as text."""
    return read_document(write_document(app))


_texts: dict[tuple[str, str], str] = {}


def write_document(app: Flask) -> str:
    """Return the document as text. Between applications it differs only in the settings that it names."""
    named = app.config["PUBLIC_URL"], app.config["LICENCE"]
    if named not in _texts:
        _texts[named] = json.dumps(app.extensions["counterclaim-openapi"].to_dict())
    return _texts[named]


@functools.lru_cache(maxsize=8)
def read_document(text: str) -> dict[str, Any]:
    """Return the parsed document. Applications with the same settings have the same document, so it is parsed once."""
    document: dict[str, Any] = json.loads(text)
    return document


def operation(paths: dict[str, Any], path: str, method: str = "get") -> dict[str, Any] | None:
    """Return the documented operation at `path`."""
    for template, item in paths.items():
        if method in item and make_pattern(template).fullmatch(path):
            found: dict[str, Any] = item[method]
            return found
    return None


@functools.cache
def make_pattern(template: str) -> re.Pattern[str]:
    """Make the pattern of the paths that a template such as `/v1/claims/{id}` stands for."""
    return re.compile(re.sub(r"\\{\w+\\}", r"[^/.]+", re.escape(template)))


def resolve(document: dict[str, Any], node: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in node:
        target: Any = document
        for part in node["$ref"].removeprefix("#/").split("/"):
            target = target[part]
        node = target
    return node


@functools.lru_cache(maxsize=512)
def make_validator(
    document: str, schema: str, named: tuple[str, ...] | None = None
) -> jsonschema_rs.Draft202012Validator:
    """Make the validator of an answer. `named`: the only fields that its records have.

    The validator is written in Rust: one in Python took half of the time of a listing's tests.
    """
    promised, components = json.loads(schema), read_document(document)["components"]
    if named is not None:
        components = {**components, "schemas": narrow_records(components["schemas"], promised, named)}
    return jsonschema_rs.Draft202012Validator({**promised, "components": components})


def narrow_records(schemas: dict[str, Any], promised: dict[str, Any], named: tuple[str, ...]) -> dict[str, Any]:
    """Return the schemas, with the records of a listing reduced to the named fields."""
    envelope = schemas.get(promised.get("$ref", "").rpartition("/")[2], {})
    items = promised.get("items") or envelope.get("properties", {}).get("data", {}).get("items")
    if items is None:
        return schemas  # GeoJSON: the document does not name its fields
    name = items["$ref"].rpartition("/")[2]
    properties = {field: told for field, told in schemas[name]["properties"].items() if field in named}
    return {**schemas, name: {**schemas[name], "properties": properties, "required": list(named)}}
