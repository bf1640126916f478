"""Names are stored unchanged or refused: signs that a spelling needs stay, signs that deceive the eye are refused."""

import pytest
from flask import Flask

from api.records.faults import RefusedError
from api.rules.confusable_names import LOOKS, build_skeleton
from schemas.fields import remove_guard
from tests.conftest import Databases
from tests.support import worlds
from tests.support.clients import new_key
from tests.support.contract import HonestClient, open_client
from tests.support.worlds import told
from tests.v1.records.test_bad_inputs import GOOD, ask, dumped, dumped_all

NAMED = {"sources": "publisher", "claimants": "name"}


@pytest.fixture(scope="module")
def app(databases: Databases, engine: str) -> Flask:
    """Return an application with the small world and an editor; each test uses names that no other test uses."""
    made = worlds.made(databases, engine, worlds.SMALL)
    made.config["KEY"] = new_key("write", "retract")
    return made


@pytest.fixture
def client(app: Flask) -> HonestClient:
    client = open_client(app)
    client.get("/healthz")  # binds the models to its database
    return client


@pytest.mark.parametrize(
    ("slug", "name"),
    [
        ("persian", "می\u200cخواهم"),  # its spelling needs the joiner
        ("script", "<script>alert(1)</script>"),
        ("formula", '=HYPERLINK("https://example.org";"here")'),
        ("cyrillic", "Министерство обороны"),
        ("armenian", "Հայաստանի Հանրապետություն"),
        ("lines", "Müdafiə Nazirliyi “№ 1”\nBakı"),
        ("sql", "'; DROP TABLE claim; --"),
        ("places", "%s %(x)s {0} $1 ?"),
        ("missing", "NA"),
        ("bracket", "[sic] and [1, 2]"),
        ("list", "[1, 2]"),
        ("object", '{"a": 1}'),
        ("astral", "\U0001f4f0 Wire"),
    ],
)
def test_a_name_is_stored_as_it_was_sent(client: HonestClient, slug: str, name: str) -> None:
    for record_type in ("sources", "claimants", "sides", "conflicts"):
        made = ask(
            client, "POST", record_type, dumped({NAMED.get(record_type, "name"): name, "note": name, "id": slug})
        )
        assert made.status_code == 201, made.text
        kept = client.get(f"/v1/{record_type}/{slug}").json["data"]
        assert (kept[NAMED.get(record_type, "name")], kept["note"]) == (name, name)
        assert ask(client, "PATCH", record_type, dumped({"note": f"{name}."}), path=slug).status_code == 200
        assert ask(client, "PATCH", record_type, dumped({"note": name}), path=slug).status_code == 200
        cell = client.get(f"/v1/{record_type}.csv?id={slug}&fields=note").text.split("\r\n", 1)[1][:-2].strip('"')
        assert cell.replace('""', '"') == (f"'{name}" if slug == "formula" else name)
        assert remove_guard(cell.replace('""', '"')) == name


@pytest.mark.parametrize("record_type", GOOD)
def test_what_the_bad_inputs_are_made_of_is_good(client: HonestClient, record_type: str) -> None:
    made = ask(client, "POST", record_type, dumped(GOOD[record_type]))
    assert made.status_code == 201, made.text
    slug = made.json["data"]["id"]
    assert ask(client, "PATCH", record_type, b'{"note": "x"}', path=slug).status_code == 200
    assert ask(client, "DELETE", record_type, b"", path=slug).status_code == 200
    assert client.get(f"/v1/{record_type}/{slug}").json["data"]["status"] == "retracted"


def test_text_in_two_normal_forms_is_one_source(client: HonestClient) -> None:
    composed, apart = {"publisher": "Caf\u00e9 Wire"}, {"publisher": "Cafe\u0301 Wire"}
    assert ask(client, "POST", "sources", dumped(composed)).json["data"]["id"] == "cafe-wire"
    found = told(ask(client, "POST", "sources", dumped(apart)), 409, "duplicate")
    assert found["errors"][0]["name"] == "/publisher" and "cafe-wire" in found["errors"][0]["message"]
    assert ask(client, "POST", "sources", dumped(apart | {"title": "Another document"})).status_code == 201
    for publisher in ("Caf%C3%A9%20Wire", "Cafe%CC%81%20Wire"):
        assert client.get(f"/v1/sources?publisher={publisher}").json["meta"]["total"] == 2


def test_a_claimant_is_not_made_twice(client: HonestClient) -> None:
    made = ask(client, "POST", "claimants", dumped({"name": "Zoë"}))
    told(ask(client, "POST", "claimants", dumped({"name": "Zoe\u0308"})), 409, "duplicate")
    assert ask(client, "POST", "claimants", dumped({"name": "Zoe\u0308", "id": "another-zoe"})).status_code == 201
    assert made.json["data"]["id"] == "zoe"


ALIKE = [
    ("UN OCHA", "UN ОСНА"),  # the second word in Cyrillic
    ("Space wire", "Space\u2002wire"),
    ("Wide wire", "Ｗｉｄｅ ｗｉｒｅ"),
    ("Chosen", "Chosen\ufe0f"),  # with a variation selector
    ("ООН", "OOH"),
    ("Reuters", "Rеutеrs"),
    ("Times of Alpha", "Times οf Αlphα"),  # Greek
    ("hot news", "հot neաs"),  # Armenian
]


@pytest.mark.parametrize(("there", "alike"), ALIKE)
def test_a_name_that_looks_like_another_is_refused(client: HonestClient, there: str, alike: str) -> None:
    apart = "reason=A+test&allow_duplicate=1"  # folding removes these signs, so the name is also a duplicate
    for record_type, name in NAMED.items():
        assert ask(client, "POST", record_type, dumped({name: there})).status_code == 201
        found = told(ask(client, "POST", record_type, dumped({name: alike}), query=apart), 409, "confusable")
        assert found["errors"][0]["name"] == f"/{name}" and repr(there) in found["errors"][0]["message"]
        told(ask(client, "PATCH", record_type, dumped({name: alike})), 409, "confusable")
        both = dumped_all([{name: "Unlike"}, {name: alike}])
        found = told(ask(client, "POST", record_type, both, query=apart), 409, "confusable")
        assert [error["name"] for error in found["errors"]] == [f"/1/{name}"]


def test_two_alike_in_one_array_are_refused(client: HonestClient) -> None:
    before = client.get("/v1/sources").json["meta"]["total"]
    many = [{"publisher": "AFP"}, {"publisher": "АFP"}, {"publisher": "АФП"}]
    found = told(ask(client, "POST", "sources", dumped_all(many)), 409, "confusable")
    assert [error["name"] for error in found["errors"]] == ["/1/publisher"]
    assert client.get("/v1/sources").json["meta"]["total"] == before


@pytest.mark.parametrize("names", [("TASS", "ТАСС"), ("UNO", "УНО"), ("II Corps", "11 Corps")])
def test_names_that_can_be_told_apart_stand_side_by_side(client: HonestClient, names: tuple[str, str]) -> None:
    for record_type, field in NAMED.items():
        assert [ask(client, "POST", record_type, dumped({field: name})).status_code for name in names] == [201, 201]


def test_a_name_may_be_corrected_and_is_free_again_when_it_is_retracted(client: HonestClient) -> None:
    assert ask(client, "POST", "claimants", dumped({"name": "Grееns", "id": "mistyped"})).status_code == 201
    assert ask(client, "PATCH", "claimants", dumped({"name": "Greens"}), path="mistyped").status_code == 200
    assert ask(client, "DELETE", "claimants", b"", path="mistyped").status_code == 200
    assert ask(client, "POST", "claimants", dumped({"name": "Grееns"})).status_code == 201


def test_what_is_loaded_from_files_is_held_to_the_same(client: HonestClient) -> None:
    with pytest.raises(RefusedError, match="Looks like 'Observers'"):
        worlds.write({"claimants": [{"id": "a", "name": "Оbservers"}]})
    assert client.get("/v1/claimants/a").status_code == 404


def test_the_letters_that_are_replaced_are_of_other_scripts() -> None:
    assert all(ord(letter) > 0x370 and latin.isascii() for letters, latin in LOOKS.items() for letter in letters)
    assert build_skeleton("й Ж Կ") == "и\u0306 Ж Կ", "a letter that looks like no Latin one stays"
