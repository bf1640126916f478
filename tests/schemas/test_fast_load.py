"""A fast acceptor never disagrees with marshmallow, and accepts every document that is plainly good."""

import datetime
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from marshmallow import RAISE, Schema, ValidationError, fields, pre_load

from api.records.record_types import RECORD_TYPES
from schemas.claims import ClaimIn
from schemas.fast_load import build_fast_loader
from schemas.fields import Day, Degrees, Figure, Grade, HarmedSide, Id, LastDay, PastDay, Slug, Text, Word
from schemas.sources import WebAddress
from tests.support import worlds

Document = dict[str, Any]
TEXTS = st.sampled_from(["3", "about 60", "Ağdərə, \u0546", "two\nlines", "Caf\u00e9", "a" * 120])
ODD: list[Any] = [
    None, True, 1, 1.0, 7, -1, 10**9 + 1, 2**70, float("nan"), 46, "", " ", "\n", "a\n", "A", "é", "Cafe\u0301",
    "a\u200cb", "a\u202eb", "\u3164", "\u0378", "\ud800", "x" * 2001, "2020-02-30", "2020-13-01", "1799-01-01",
    "24:00", "2020", "none", "all",
    [], {}, [None], ["derived", 1], [["a"]], {"side": "a"}, [{"side": "a"}], [{"side": "a", "more": 1}], [{}], b"a", (),
]  # fmt: skip


SLUGS = st.sampled_from(["a", "az-mod", "2020-09-30", "x" * 160])
DAYS = st.dates(datetime.date(1800, 1, 1), datetime.date(2100, 12, 31)).map(str)
OTHERS = {
    "phrase_lang": "en", "language": "az-Latn", "stated_at": "19:00", "country": "AZE",
    "details": '{"weapon":"shelling"}',
}  # fmt: skip


def plain(name: str, field: fields.Field[Any]) -> st.SearchStrategy[Any]:
    """Return good values that load unchanged."""
    if isinstance(field, fields.List) and isinstance(field.inner, fields.Nested):
        return st.lists(plain_documents(field.inner.schema), max_size=2)
    if isinstance(field, fields.List):
        return st.lists(plain(name, field.inner), max_size=2)
    kinds: dict[type, st.SearchStrategy[Any]] = {
        Text: TEXTS,
        Slug: SLUGS,
        HarmedSide: SLUGS,
        Id: SLUGS,
        Day: DAYS,
        PastDay: DAYS,
        LastDay: DAYS,
        Figure: st.integers(0, 10**9),
        Degrees: st.floats(-90, 90),
        WebAddress: st.sampled_from(["https://tass.com/world/1210971", "http://a.example.org:80?q=1"]),
    }
    if isinstance(field, Word | Grade):
        return st.sampled_from([int(word) if isinstance(field, Grade) else word for word in field.words])
    return kinds[type(field)] if type(field) in kinds else st.just(OTHERS[name])


def plain_documents(schema: Schema) -> st.SearchStrategy[Document]:
    required, optional = {}, {}
    for name, field in schema.fields.items():
        value = plain(name, field)
        given = st.none() | value if field.allow_none else value
        (required if field.required else optional)[name] = given
    return st.fixed_dictionaries(required, optional=optional)


def loaded(schema: Schema, document: Any) -> str | None:
    """Return what marshmallow loads from a document, with types; None: it refuses the document."""
    try:
        return exact(schema.load(document))
    except ValidationError:
        return None


def exact(value: Any) -> str:
    return json.dumps(value, sort_keys=True)


@pytest.mark.parametrize("record_type", RECORD_TYPES)
@settings(max_examples=60)
@given(data=st.data())
def test_what_loads_as_it_is_is_accepted_and_nothing_else(record_type: str, data: st.DataObject) -> None:
    schema = RECORD_TYPES[record_type].schema
    document = data.draw(plain_documents(schema))
    made = build_fast_loader(schema)(document)
    assert (None if made is None else exact(made)) == loaded(schema, document)


@pytest.mark.parametrize("record_type", RECORD_TYPES)
@settings(max_examples=60)
@given(data=st.data())
def test_of_odd_documents_it_says_what_marshmallow_says_or_nothing(record_type: str, data: st.DataObject) -> None:
    schema = RECORD_TYPES[record_type].schema
    document = data.draw(plain_documents(schema))
    for name in data.draw(st.lists(st.sampled_from([*schema.fields, "unknown"]), min_size=1, max_size=2)):
        if data.draw(st.integers(0, 4)):
            document[name] = data.draw(st.sampled_from(ODD))
        else:
            document.pop(name, None)
    made = build_fast_loader(schema)(document)
    if made is not None:
        assert exact(made) == loaded(schema, document)


@given(st.text(max_size=6))
def test_text_is_accepted_only_where_it_loads_as_it_is(text: str) -> None:
    schema = RECORD_TYPES["sources"].schema
    document = {"id": "a", "publisher": text, "title": f"a{text}b"}
    made = build_fast_loader(schema)(document)
    if made is not None:
        assert exact(made) == loaded(schema, document)


@pytest.mark.parametrize("document", [None, 3, "a", [], [{}], {1: 2}, {"id": "a"}, {}])
def test_what_is_no_document_is_left_to_marshmallow(document: Any) -> None:
    assert build_fast_loader(RECORD_TYPES["claims"].schema)(document) is None


@pytest.mark.parametrize("record_type", RECORD_TYPES)
def test_every_record_of_the_small_world_is_accepted(record_type: str) -> None:
    accept = build_fast_loader(RECORD_TYPES[record_type].schema)
    assert all(accept(document) for document in worlds.SMALL[record_type])


def test_documents_share_no_list_that_was_not_given() -> None:
    accept = build_fast_loader(RECORD_TYPES["events"].schema)
    first, second = accept(worlds.SMALL["events"][0]), accept(worlds.SMALL["events"][1])
    assert first and second
    first["place_aliases"].append("changed")
    assert second["place_aliases"] == []


def test_a_schema_that_loads_in_a_way_of_its_own_accepts_nothing() -> None:
    class Own(Schema):
        class Meta:
            unknown = RAISE

        @pre_load
        def change(self, data: Any, **kwargs: Any) -> Any:
            return data

    for schema in (Own(), Schema(unknown="exclude"), ClaimIn(partial=True)):
        assert build_fast_loader(schema)({}) is None


def test_a_kind_of_field_that_is_not_known_is_asked() -> None:
    class Dated(Schema):
        class Meta:
            unknown = RAISE

        at = fields.DateTime()
        sure = fields.Boolean()

    accept = build_fast_loader(Dated())
    assert accept({"sure": True}) == {"sure": True}
    for changed in ({"at": "2020-01-01T00:00:00"}, {"sure": "yes"}, {"sure": "what"}):
        assert accept(changed) is None


def test_a_side_is_twice_in_an_event_with_its_default_role_or_without() -> None:
    """A role that is not given is unknown. Events sent in bulk were stored with such a side twice."""
    schema = RECORD_TYPES["events"].schema
    event = {
        "id": "a", "name": "A", "type": "Battles", "conflict": "war", "started_on": "2020-01-01",
        "ended_on": "2020-01-01",
    }  # fmt: skip
    assert build_fast_loader(schema)(event) is not None
    for sides in ([{"side": "a"}, {"side": "a", "role": "unknown"}], [{"side": "a"}, {"side": "a"}]):
        assert build_fast_loader(schema)(event | {"sides": sides}) is loaded(schema, event | {"sides": sides}) is None
