"""Pages of JSON have records made for an encoder: the same bytes as the records that everything else reads."""

import orjson
import pytest
from flask import Flask

from api.database.connection import database
from api.http.formats import json_bytes, page_bytes
from api.listings.query import LISTINGS, read_page, read_struct_page
from imports.packages.load import load_package
from seeds import DATA
from tests.support.contract import HonestClient

#: Their records have every field; those of `changes` and of a day are read elsewhere.
RECORD_TYPES = ("claims", "reports", "relations", "events", "conflicts", "sides", "claimants", "sources")


@pytest.mark.parametrize("record_type", RECORD_TYPES)
def test_a_page_has_the_same_bytes_of_either_kind_of_records(empty: Flask, record_type: str) -> None:
    listing = LISTINGS[record_type]
    with database.connection_context():
        load_package(DATA, "The seeds.")
        records = read_page(listing, {}).records
        structs = read_struct_page(listing, {}).records
    assert len(records) > 1
    assert page_bytes({"data": structs}) == page_bytes({"data": records}) == json_bytes({"data": records})
    assert page_bytes({"data": structs}, pretty=True) == json_bytes({"data": records}, pretty=True)


def test_an_indented_page_has_the_same_records(client: HonestClient) -> None:
    narrow, wide = (client.get(f"/v1/claims?limit=3{form}") for form in ("", "&pretty=true"))
    assert wide.data.count(b"\n") > 100
    assert orjson.loads(wide.data)["data"] == orjson.loads(narrow.data)["data"]
    assert list(wide.json["data"][0]) == list(narrow.json["data"][0])


def test_numbers_and_letters_of_a_page_are_spelt_as_elsewhere() -> None:
    values = [
        0.1,
        -0.0,
        1e-7,
        29.0,
        179.999999999,
        2**53 - 1,
        float(2**53 - 1),
        '“é”\u2028\x1f\\"/<',
        None,
        True,
        {},
        [],
    ]
    assert page_bytes(values) == json_bytes(values)
