"""RFC 8785: the numbers of its appendix B, its escapes and its order."""

import json
import math
import struct
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from marshmallow import fields

from api.change_log.canonical_json import DECIMALS, dump_canonical, dump_record, write_number
from api.records.record_types import RECORD_TYPES

NUMBERS = """
0000000000000000 0
8000000000000000 0
0000000000000001 5e-324
8000000000000001 -5e-324
7fefffffffffffff 1.7976931348623157e+308
ffefffffffffffff -1.7976931348623157e+308
4340000000000000 9007199254740992
c340000000000000 -9007199254740992
4430000000000000 295147905179352830000
44b52d02c7e14af5 9.999999999999997e+22
44b52d02c7e14af6 1e+23
44b52d02c7e14af7 1.0000000000000001e+23
444b1ae4d6e2ef4e 999999999999999700000
444b1ae4d6e2ef4f 999999999999999900000
444b1ae4d6e2ef50 1e+21
3eb0c6f7a0b5ed8c 9.999999999999997e-7
3eb0c6f7a0b5ed8d 0.000001
41b3de4355555553 333333333.3333332
41b3de4355555554 333333333.33333325
becbf647612f3696 -0.0000033333333333333333
"""


@pytest.mark.parametrize("line", NUMBERS.strip().split("\n"))
def test_numbers_of_appendix_b(line: str) -> None:
    bits, text = line.split()
    number = struct.unpack(">d", bytes.fromhex(bits))[0]
    assert write_number(number) == text
    assert dump_canonical({"n": [number]}) == b'{"n":[%b]}' % text.encode()


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_every_number_reads_back_as_itself(number: float) -> None:
    assert float(write_number(number)) == number
    assert float(json.loads(dump_canonical(number))) == number


def test_escapes_and_order() -> None:
    told = {"b": '\x1b\x7f\u2028\b\f\n\r\t"\\/é', "a": [None, True, False, 40.0, 46.25, -3], "A": {"z": {}, "y": []}}
    assert dump_canonical(told).decode() == (
        '{"A":{"y":[],"z":{}},"a":[null,true,false,40,46.25,-3],"b":"\\u001b\x7f\u2028\\b\\f\\n\\r\\t\\"\\\\/é"}'
    )


@pytest.mark.parametrize(
    "value",
    [math.nan, [math.inf], {"a": {"b": [-math.inf]}}, 2**53, {1: 2}, {"a": {1, 2}}, "\ud800", (i for i in "")],
    ids=lambda value: type(value).__name__,
)
def test_what_json_cannot_hold_is_refused(value: Any) -> None:
    with pytest.raises((ValueError, TypeError)):
        dump_canonical(value)


@given(st.floats(-180, 180), st.one_of(st.none(), st.integers(-90, 90)))
def test_a_record_is_written_as_any_other_value(longitude: float, latitude: int | None) -> None:
    event = {"name": "A", "longitude": longitude, "latitude": latitude, "sides": [{"side": "a", "role": "party"}]}
    assert dump_record(event) == dump_canonical(event)


def test_only_fields_of_the_list_have_decimals() -> None:
    places = {
        name
        for record_type in RECORD_TYPES.values()
        for name, field in record_type.schema.fields.items()
        if isinstance(field, fields.Float | fields.Decimal)
    }
    assert places == set(DECIMALS)
    assert all(type(field) is not fields.Number for t in RECORD_TYPES.values() for field in t.schema.fields.values())
