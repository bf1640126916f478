"""A test client that holds every JSON answer to the OpenAPI document: media type, schema, nothing left unsaid."""

import functools
import json
import re
from typing import Any

import jsonschema
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse


class HonestClient(FlaskClient):
    """Each answer of a documented address is checked against what the document promises for it."""

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        answer = super().open(*args, **{"buffered": True, **kwargs})
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
        assert answer.mimetype in promised["content"], f"{answer.mimetype} is undocumented"
        if answer.is_json and "array" not in answer.request.args.get("shape", ""):
            schema = promised["content"][answer.mimetype]["schema"]
            validator(self.application, json.dumps(schema)).validate(answer.json)


@functools.cache
def document_of(app: Flask) -> dict[str, Any]:
    """The document as it is served, with text for keys."""
    found: dict[str, Any] = json.loads(json.dumps(app.extensions["counterclaim-openapi"].spec.to_dict()))
    return found


def operation(paths: dict[str, Any], path: str, method: str = "get") -> dict[str, Any] | None:
    """The documented operation at `path`."""
    for template, item in paths.items():
        pattern = re.sub(r"\\{\w+\\}", r"[^/.]+", re.escape(template))
        if re.fullmatch(pattern, path) and method in item:
            found: dict[str, Any] = item[method]
            return found
    return None


def resolve(document: dict[str, Any], node: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in node:
        target: Any = document
        for part in node["$ref"].removeprefix("#/").split("/"):
            target = target[part]
        node = target
    return node


@functools.lru_cache(maxsize=256)
def validator(app: Flask, schema: str) -> jsonschema.Draft202012Validator:
    return jsonschema.Draft202012Validator({**json.loads(schema), "components": document_of(app)["components"]})
