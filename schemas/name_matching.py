"""The reconciliation service (W3C Reconciliation Service API 0.2): its parameters, and the shapes of its answers.

Programs such as OpenRefine send names and get the records that they may mean. The shapes are those of the
specification, so they are written as JSON Schema and not as records of ours.
"""

from typing import Any

from marshmallow import validate

from schemas.fields import Text, describe
from schemas.responses import Count, Strict

SPECIFICATION = "W3C Reconciliation Service API 0.2"
CALLBACK = r"^[A-Za-z_$][A-Za-z0-9_$.]{0,127}$"
MOST_QUERIES = 25  # in one batch; OpenRefine sends 10
MOST_CANDIDATES, DEFAULT_CANDIDATES = 50, 10
MOST_IDS = 200  # of one request for properties


def _callback() -> Text:
    pattern = validate.Regexp(CALLBACK, error="Must be the name of a function: letters, digits, _, $ and points.")
    return Text(
        longest=128,
        validate=pattern,
        metadata=describe("JSONP: call this function with the answer.", "show", SPECIFICATION, pattern=CALLBACK),
    )


def _unused(name: str) -> Text:
    """Return a parameter that OpenRefine sends and this service does not need."""
    return Text(
        longest=1000, blank=True, data_key=name, metadata=describe("OpenRefine sends it. It is ignored.", "", "jQuery")
    )


class ServiceQuery(Strict):
    """The parameters of the service by GET. Without `queries` and `extend` the answer is the manifest."""

    queries = Text(
        longest=100_000,
        metadata=describe(
            f"A JSON object of at most {MOST_QUERIES} queries by any key.",
            '{"q0":{"query":"Azerbajan","type":"sides"}}',
            SPECIFICATION,
        ),
    )
    extend = Text(
        longest=100_000,
        metadata=describe(
            f"A JSON object of `ids` (at most {MOST_IDS}) and `properties`: their values are answered. "
            'Example: `{"ids":["sides/artsakh"],"properties":[{"id":"kind"}]}`.',
            None,
            SPECIFICATION,
        ),
    )
    callback = _callback()
    stamp = _unused("_")


class SuggestQuery(Strict):
    """The parameters of suggestions while somebody types."""

    prefix = Text(
        longest=600, blank=True, load_default="", metadata=describe("The letters so far.", "azer", SPECIFICATION)
    )
    type = Text(
        longest=200,
        blank=True,
        load_default="",
        metadata=describe("Only records of this type. Empty: of all.", "sides", SPECIFICATION),
    )
    cursor = Count(0, 1000, load_default=0, metadata=describe("Suggestions to skip.", "0", SPECIFICATION))
    limit = Count(1, MOST_CANDIDATES, load_default=20, metadata=describe("Most suggestions.", "20"))
    callback = _callback()
    stamp = _unused("_")
    key, filter, spell, exact, lang, scoring, prefixed, stemmed, format, mql_output, output, type_strict = map(
        _unused,
        ("key", "filter", "spell", "exact", "lang", "scoring", "prefixed", "stemmed", "format", "mql_output", "output",
         "type_strict"),
    )  # fmt: skip


class ProposedPropertiesQuery(Strict):
    """The parameters of the properties whose values can be fetched."""

    type = Text(
        longest=200,
        blank=True,
        load_default="",
        metadata=describe("The type of the records. Empty: of all types.", "events", SPECIFICATION),
    )
    limit = Count(1, 1000, load_default=1000, metadata=describe("Most properties.", "1000", SPECIFICATION))
    callback = _callback()
    stamp = _unused("_")


# Answers, as JSON Schema ----------------------------------------------------------------------------------------

JsonSchema = dict[str, Any]


def _object(description: str, required: dict[str, JsonSchema], **optional: JsonSchema) -> JsonSchema:
    return {
        "type": "object",
        "description": description,
        "properties": required | optional,
        "required": list(required),
        "additionalProperties": False,
    }


def _array(description: str, items: JsonSchema) -> JsonSchema:
    return {"type": "array", "description": description, "items": items}


def _text(description: str) -> JsonSchema:
    return {"type": "string", "description": description}


NAMED = _object("An id and its name.", {"id": _text("Id."), "name": _text("Name.")})
NAMED_TEXT = _object(
    "An id, its name and what it is.",
    {"id": _text("Id."), "name": _text("Name."), "description": _text("What it is.")},
    notable=_array("Its types.", NAMED),
)
CANDIDATE = _object(
    "A record that the name may mean.",
    {
        "id": _text("Type and id: the path of its address."),
        "name": _text("Its name."),
        "description": _text("What it is, in one line."),
        "type": _array("Its type.", NAMED),
        "score": {
            "type": "number",
            "minimum": 0,
            "maximum": 100,
            "description": "How well it fits; 100: its name or id.",
        },
        "match": {"type": "boolean", "description": "Whether it may be taken unasked. At most one is, the first."},
        "features": _array(
            "How the score came about: `name` from 0 to 100, and each stated property that the record has.",
            _object("A part.", {"id": _text("Part."), "value": {"type": ["number", "boolean"]}}),
        ),
    },
)
VALUE = {
    "anyOf": [
        _object("A text.", {"str": _text("Text.")}),
        _object("A whole number.", {"int": {"type": "integer"}}),
        _object("A number.", {"float": {"type": "number"}}),
        NAMED,
    ]
}
EXTENSION = _object(
    "The values of the properties of records.",
    {
        "meta": _array(
            "The properties.", _object("A property.", {"id": _text("Id."), "name": _text("Name.")}, type=NAMED)
        ),
        "rows": {
            "type": "object",
            "description": "By id of the record and property.",
            "additionalProperties": {"type": "object", "additionalProperties": _array("The values.", VALUE)},
        },
    },
)
SUGGESTIONS = _object("What may be meant.", {"result": _array("The best first.", NAMED_TEXT)})
PROPOSED = _object(
    "The properties whose values can be fetched.",
    {"type": _text("The type that was sent."), "properties": _array("The properties.", NAMED)},
    limit={"type": "integer", "description": "The limit that was sent."},
)
_ADDRESS = _object("An address in two parts.", {"service_url": _text("Its beginning."), "service_path": _text("Path.")})
MANIFEST = _object(
    "What this service can do.",
    {
        "versions": _array("Versions of the specification.", _text("Version.")),
        "name": _text("Name of the service."),
        "identifierSpace": _text("What ids begin with to be addresses."),
        "schemaSpace": _text("Where types and properties are explained."),
        "documentation": _text("The page for people."),
        "defaultTypes": _array("The types of records.", NAMED),
        "batchSize": {"type": "integer", "description": "Most queries in one batch."},
        "view": _object("The page of a record.", {"url": _text("Address with `{{id}}`.")}),
        "preview": _object(
            "A small page of a record.",
            {
                "url": _text("Address with `{{id}}`."),
                "width": {"type": "integer", "description": "Pixels."},
                "height": {"type": "integer", "description": "Pixels."},
            },
        ),
        "suggest": _object("Suggestions.", {"entity": _ADDRESS, "type": _ADDRESS, "property": _ADDRESS}),
        "extend": _object(
            "Fetching properties.",
            {"propose_properties": _ADDRESS, "property_settings": _array("None.", {"type": "object"})},
        ),
    },
)


def _answer_to_queries(description: str, *others: JsonSchema) -> JsonSchema:
    """Return the schema of an answer to a batch, or of another answer of the same address: a client reads one type."""
    return {
        "type": "object",
        "description": description,
        "properties": {name: field for other in others for name, field in other["properties"].items()},
        # Not of all additional properties: TypeScript has no object whose named fields differ from all others.
        "patternProperties": {
            "^q[0-9]+$": _object(
                "The candidates of the query with this key. It may be any other too.",
                {"result": _array("The best first.", CANDIDATE)},
            )
        },
        "additionalProperties": {"description": "The candidates of a query with another key."},
    }


BATCH = _answer_to_queries("To `queries`: candidates by key. To `extend`: `meta` and `rows`.", EXTENSION)
SERVICE = _answer_to_queries(
    "The manifest. To `queries`: candidates by key. To `extend`: `meta` and `rows`.", MANIFEST, EXTENSION
)
