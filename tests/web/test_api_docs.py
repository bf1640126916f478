"""The page `/v1/docs`: every operation of the document, for everybody, with and without a script."""

import html
import json
import re
from typing import Any

import pytest
from flask.testing import FlaskClient

from bench.browser import Weight
from tests.conftest import Databases, make_app
from tests.web.conftest import AXE, Visit
from tests.web.test_everybody import COLOURS, SCHEMES, WIDTH

ADDRESS = "/v1/docs"
#: Half of what the page weighed with the library that drew it before, in bytes without compression.
MOST = 645_000
METHODS = ("get", "post", "patch", "put", "delete")
OPEN_ALL = "document.querySelectorAll('details').forEach((one) => { one.open = true; })"
SHOWN = "[...document.querySelectorAll('#operations details')].filter((one) => one.checkVisibility()).length"


@pytest.fixture(scope="module")
def client(databases: Databases) -> FlaskClient:
    """Return a client. The page does not depend on the records of the database."""
    return make_app(databases.upgraded("sqlite"), databases.folder).test_client()


@pytest.fixture(scope="module")
def document(client: FlaskClient) -> Any:
    return client.get("/v1/openapi.json").json


def open_docs(visit: Visit, name: str = "") -> Any:
    visit.page.goto(f"{visit.server.url}{ADDRESS}#{name}")
    visit.page.wait_for_load_state("networkidle")
    return visit.page


def list_documented(document: Any) -> dict[str, tuple[str, str, Any]]:
    """Return method, path and operation of each operation id."""
    return {
        item[method]["operationId"]: (method.upper(), path, item[method])
        for path, item in document["paths"].items()
        for method in METHODS
        if method in item
    }


def list_shown(text: str) -> dict[str, tuple[str, str, str]]:
    """Return method, path and text of each operation on the page by its id."""
    found = re.findall(
        r'<details><summary><b class="method \w+">(\w+)</b> <code>([^<]+)</code>.*?</summary>'
        r'<div id="(\w+)">(.*?)</details>',
        text,
        re.DOTALL,
    )
    return {name: (method, path, body) for method, path, name, body in found}


def test_the_page_has_exactly_the_operations_of_the_document(client: FlaskClient, document: Any) -> None:
    shown, documented = list_shown(client.get(ADDRESS).text), list_documented(document)
    assert len(documented) > 100
    assert {name: found[:2] for name, found in shown.items()} == {name: found[:2] for name, found in documented.items()}


def test_each_operation_has_its_parameters_or_links_to_them(client: FlaskClient, document: Any) -> None:
    shown, lacking = list_shown(client.get(ADDRESS).text), []
    for name, (_, path, operation) in list_documented(document).items():
        text = shown[name][2]
        plain_path = path.removesuffix(".{suffix}")
        if path != plain_path and plain_path in document["paths"]:
            whole = document["paths"][plain_path]["get"]["operationId"]
            assert f'href="#{whole}"' in text
            text += shown[whole][2]
        for parameter in [*document["paths"][path].get("parameters", []), *operation.get("parameters", [])]:
            if f"<b>{parameter['name']}</b>" not in text:
                lacking.append((name, parameter["name"]))
        statuses = [status for status in operation["responses"] if not re.search(rf">{status}</[ab]>", text)]
        lacking += [(name, status) for status in statuses]
    assert lacking == []


def test_each_schema_is_there_once_with_its_fields(client: FlaskClient, document: Any) -> None:
    text = client.get(ADDRESS).text
    names = re.findall(r' id="([^"]+)"', text)
    assert len(names) == len(set(names))
    assert set(document["components"]["schemas"]) <= set(names)
    assert set(re.findall(r'href="#([^"]+)"', text)) <= set(names)
    table = text.partition('id="SideOut"')[2].partition("</table>")[0]
    fields = document["components"]["schemas"]["SideOut"]["properties"]
    assert re.findall(r'<th scope="row">(\w+)', table) == list(fields)


def test_the_page_is_sent_once_and_allows_no_script_of_its_own(client: FlaskClient) -> None:
    page = client.get(ADDRESS)
    assert page.headers["Cache-Control"].startswith("public, max-age=60")
    assert "unsafe" not in page.headers["Content-Security-Policy"]
    assert "<style" not in page.text and " style=" not in page.text and "<script>" not in page.text
    again = client.get(ADDRESS, headers={"If-None-Match": page.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


def test_the_frame_of_the_page_is_in_russian_and_descriptions_stay_english(client: FlaskClient) -> None:
    page, english = (client.get(f"{ADDRESS}?lang={tag}").text for tag in ("ru", "en"))
    assert '<html lang="ru">' in page and "Найти операцию" in page and "Filter the operations" not in page
    assert '<div id="operations" lang="en" dir="ltr">' in page and '<div id="operations">' in english
    assert list_shown(page) == list_shown(english)
    assert 'href="/v1/docs?lang=en" lang="en"' in page and '?lang=ru">' in english
    assert client.get(f"{ADDRESS}?lang=xx").status_code == 422


def test_a_form_leads_to_the_address_that_it_describes(client: FlaskClient) -> None:
    """Browsers send every field of a form, and the API refuses empty ones."""

    def send(query: str) -> Any:
        return client.get(f"{ADDRESS}?{query}")

    sent = send("operationId=listClaims&harm=killed,injured&conflict=&q=a%26b")
    assert sent.status_code == 303 and sent.headers["Location"] == "/v1/claims?harm=killed,injured&q=a%26b"
    assert send("operationId=getSide&record_id=artsakh&pretty=").headers["Location"] == "/v1/sides/artsakh"
    assert send("operationId=getSide&record_id=..//evil.example/%3Fx").headers["Location"] == (
        "/v1/sides/..%2F%2Fevil.example%2F%3Fx"
    )
    assert send("operationId=getSide&record_id=").status_code == 400
    for name in ("nothing", "addClaims", "listWebhooks"):
        refused = send(f"operationId={name}")
        assert (refused.status_code, refused.mimetype) == (404, "application/problem+json")


def test_examples_are_the_same_as_address_and_as_curl(client: FlaskClient) -> None:
    shown = list_shown(client.get(ADDRESS).text)
    check = html.unescape(shown["checkFigure"][2])
    address = "/v1/check?conflict=nagorno-karabakh-2020&claimant=putin&harm=killed&number=2000"
    assert f'href="{address}"' in check and f"curl 'http://127.0.0.1:8000{address}'" in check
    assert "/v1/{resource}/{record_id}/redaction?reason=" in html.unescape(shown["redactRecord"][2])
    write = html.unescape(shown["correctClaim"][2])
    assert "<form" not in write and "-X PATCH -H 'Authorization: Bearer YOUR_KEY'" in write
    assert "-H 'If-Match: " in write and "-H 'Content-Type: application/merge-patch+json'" in write


def test_an_example_of_a_body_has_what_is_required(client: FlaskClient) -> None:
    """A list of records has one, with what is required in it. What GET asks is asked as JSON too."""
    shown = {name: html.unescape(found[2]) for name, found in list_shown(client.get(ADDRESS).text).items()}
    claim = '{"claimant":"azerbaijan-mod","conflict":"nagorno-karabakh-2020","reports":[{"source":"tass-1210971"}]}'
    assert f"--data '{claim}'" in shown["addClaims"]
    check = '{"conflict":"nagorno-karabakh-2020","claimant":"putin","harm":"killed","number":2000}'
    assert f"{check}</textarea>" in shown["checkFigureOfBody"]


@pytest.mark.parametrize(
    ("scheme", "width", "rules"),
    [
        ("light", 1280, {}),
        pytest.param("light", 390, {}, marks=pytest.mark.night),
        ("dark", 390, COLOURS),
        pytest.param("dark", 1280, {}, marks=pytest.mark.night),
    ],
)
def test_axe_finds_nothing_when_all_is_open(scheme: str, width: int, rules: Any, visiting: Any) -> None:
    """By day dark has only the rules that depend on the colours: the page is the largest of all."""
    page = open_docs(visiting(color_scheme=scheme, width=width))
    page.evaluate(OPEN_ALL)
    assert page.evaluate(WIDTH) == width
    page.evaluate(AXE.read_text())
    found = page.evaluate("rules => axe.run({ resultTypes: ['violations'], ...rules })", rules)
    assert not found["violations"], json.dumps(
        [(one["id"], one["help"], [node["html"][:200] for node in one["nodes"][:3]]) for one in found["violations"]]
    )
    assert len(found["passes"]) > (0 if rules else 20)


def test_dark_is_dark_here_too(visiting: Any) -> None:
    lightness = {
        scheme: open_docs(visiting(color_scheme=scheme)).evaluate(
            "getComputedStyle(document.body).backgroundColor.match(/[0-9]+/g).slice(0, 3).reduce((a, b) => a + +b, 0)"
        )
        for scheme in SCHEMES
    }
    assert lightness["dark"] < 200 < 600 < lightness["light"]


def test_the_page_weighs_half_of_what_it_did(visit: Visit, client: FlaskClient, tell: Any) -> None:
    weight = Weight(visit.context, visit.page)
    open_docs(visit)
    paths = {url.removeprefix(visit.server.url).partition("#")[0] for url in visit.requests}
    plain = sum(len(client.get(path).data) for path in paths)
    assert len(paths) >= 4
    assert 0 < weight.bytes < plain / 4 and plain <= MOST
    tell(f"/v1/docs, cold cache: {weight.bytes:,} bytes sent, {plain:,} without compression")


def test_an_operation_shows_its_answer_when_tried(visit: Visit) -> None:
    """The examples are filled in, so that a click is enough. The address opens the operation."""
    page = open_docs(visit, "checkFigure")
    form = page.locator("#checkFigure form")
    form.get_by_role("button", name="Send").click()
    result = form.locator(".result")
    result.locator("pre").last.wait_for()
    assert result.get_by_role("status").inner_text() == "200 OK"
    assert "content-type: application/json" in result.get_by_label("Headers").inner_text()
    assert '"verdict": "supported"' in result.get_by_label("Body").inner_text()


def test_a_refusal_is_shown_as_it_is_sent(visit: Visit) -> None:
    visit.expected = ("422",)
    page = open_docs(visit, "checkFigure")
    form = page.locator("#checkFigure form")
    form.locator("[name=harm]").fill("kiled")
    assert "harm=kiled" in page.locator("#checkFigure > pre").inner_text()
    form.get_by_role("button", name="Send").click()
    form.locator(".result.failed pre").last.wait_for()
    assert '"did_you_mean"' in form.get_by_label("Body").inner_text()


def test_a_check_is_sent_as_json_too(visit: Visit) -> None:
    page = open_docs(visit, "checkFigureOfBody")
    form = page.locator("#checkFigureOfBody form")
    form.get_by_role("button", name="Send").click()
    form.locator(".result pre").last.wait_for()
    assert '"verdict": "supported"' in form.locator(".result").get_by_label("Body").inner_text()


def test_bytes_are_counted_and_not_shown(visit: Visit) -> None:
    page = open_docs(visit, "downloadClaims")
    form = page.locator("#downloadClaims form")
    form.locator("[name=suffix]").fill("parquet")
    form.get_by_role("button", name="Send").click()
    form.locator(".result pre").last.wait_for()
    assert re.match(r"[\d,]+ bytes of application/vnd.apache.parquet", form.get_by_label("Body").inner_text())


def test_the_filter_finds_operations_by_their_words_and_parameters(visit: Visit) -> None:
    page = open_docs(visit)
    everything = page.evaluate(SHOWN)
    page.get_by_label("Filter the operations").fill("comparison get")
    assert page.locator("#filter").get_by_role("status").inner_text() == f"1 of {everything} operations"
    assert page.evaluate(SHOWN) == 1
    page.evaluate("document.querySelector('[href=\"#listClaims\"]').click()")
    page.locator("#listClaims").wait_for()
    assert page.evaluate(SHOWN) == everything


def test_without_a_script_all_text_is_there_and_forms_lead_to_answers(visiting: Any) -> None:
    visit = visiting(java_script_enabled=False)
    page = visit.page
    page.goto(f"{visit.server.url}{ADDRESS}#getSide")
    form = page.locator("#getSide form")
    form.wait_for()  # the address opened it
    assert page.locator("#filter").is_hidden()
    form.locator("[name=pretty]").fill("1")
    form.get_by_role("button", name="Send").click()
    page.wait_for_url("**/v1/sides/artsakh?pretty=1")
    assert '"id": "artsakh"' in page.content()
