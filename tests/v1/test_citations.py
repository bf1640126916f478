"""A citation states claimant, number, victims, harm, day and source, the same in every style."""

import json
from collections.abc import Callable

import pytest
from flask import Flask

from api.database.connection import database
from api.writes.name_release import add_release
from api.writes.update import mark_retracted, revise_record
from tests.support import worlds

MEDIA_TYPES = {
    "text": "text/plain",
    "bibtex": "application/x-bibtex",
    "ris": "application/x-research-info-systems",
    "csl": "application/vnd.citationstyles.csl+json",
    "claimreview": "application/ld+json",
}
STYLES = tuple(MEDIA_TYPES)


@pytest.fixture
def app(empty: Flask) -> Flask:
    """Return the small world with one claim that an editor retracted and one superseded claim."""
    worlds.write(worlds.SMALL)
    with database.connection_context():
        mark_retracted("claims", "a-own", "The ministry took it back.", "editor")
        replaced = {"status": "superseded", "status_reason": "A third died of his wounds."}
        revise_record("claims", "b-north", replaced, "Replaced.", "editor")
    return empty


def carry(claim: worlds.Document) -> None:
    worlds.write({"claims": [claim], "reports": [worlds.report(claim["id"], "times")]})


@pytest.fixture
def cite(app: Flask) -> Callable[..., str]:
    """Return the citation of a claim without the escapes of its style."""

    def cited(claim: str, style: str = "text", pin: str = "") -> str:
        answer = app.test_client().get(f"/v1/claims/{claim}/citation?style={style}{pin}")
        assert (answer.status_code, answer.mimetype) == (200, MEDIA_TYPES[style])
        text = answer.text
        if style in ("csl", "claimreview"):
            text = json.dumps(json.loads(text), ensure_ascii=False)
        return text.replace("\\&", "&").replace("\\_", "_").replace("\\#", "#").replace("\\%", "%")

    return cited


NO_WORDS = {"phrase": "", "stated_on": "2020-03-02", "stated_until": "2020-03-02", "subject_side": "red"}
CITED = {
    "exact": (
        {"qualifier": "exact", "value": 41, "low": 41, "best": 41, "high": 41},
        "41 people of Red camp killed; running total; The war; stated on 2 March 2020; "
        "reported by Times, Weekly (2 March 2020)",
    ),
    "range": (
        {"qualifier": "between", "value": 4000, "low": 4000, "high": 5000},
        "4,000 to 5,000 people of Red camp killed; running total; The war; stated on 2 March 2020; "
        "reported by Times, Weekly (2 March 2020)",
    ),
    "open": (
        {"qualifier": "at_least", "value": 20, "low": 20, "best": 20, "covers_to": "2020-03-01"},
        "at least 20 people of Red camp killed; running total, up to 1 March 2020; The war; stated on 2 March 2020; "
        "reported by Times, Weekly (2 March 2020)",
    ),
    "numberless": (
        {"qualifier": "unquantified", "harm": "losses", "victim_status": "member_of_armed_forces"},
        "an unstated number of members of the armed forces of Red camp lost (which harm is not said); running total; "
        "The war; stated on 2 March 2020; reported by Times, Weekly (2 March 2020)",
    ),
    "in-words": (
        {"qualifier": "about", "value": 60, "best": 60, "phrase": "some 60 dead", "flags": ["date_inferred"]},
        "about 60 people of Red camp killed (“some 60 dead”); running total; The war; stated on 2 March 2020; "
        "reported by Times, Weekly (2 March 2020); flags: date inferred",
    ),
    "single": (
        {
            "qualifier": "exact", "value": 1, "low": 1, "best": 1, "high": 1, "victim_status": "civilian",
            "victim_sex": "woman", "event": "clash", "measure": "incident", "part": "Talış", "subject_side": None,
            "responsible_side": "alpha", "stated_at": "19:00",
        },
        "1 civilian (female) of all sides killed, part: Talış, blames Alpha; toll of one event; "
        "Clash at Ağdərə (1 March 2020 to 3 March 2020), The war; stated on 2 March 2020 at 19:00 local time; "
        "reported by Times, Weekly (2 March 2020)",
    ),
}  # fmt: skip


def test_every_style_states_the_same_facts(cite: Callable[..., str]) -> None:
    claims = [worlds.claim(name, **{**NO_WORDS, **given}) for name, (given, _) in CITED.items()]
    worlds.write({"claims": claims, "reports": [worlds.report(name, "times") for name in CITED]})
    for name, (_, statement) in CITED.items():
        for style in STYLES:
            cited = cite(name, style)
            assert statement in cited
            assert "Ministry of Alpha" in cited, "who"
            assert "Շուշի and the north" in cited and "https://times.example.org/a" in cited, "by which source"
            assert f"http://127.0.0.1:8000/v1/claims/{name}?revision=4" in cited


def test_a_citation_is_a_whole_sentence(cite: Callable[..., str]) -> None:
    carry(worlds.claim("exact", **{**NO_WORDS, **CITED["exact"][0]}))
    assert cite("exact") == (
        f"Ministry of Alpha: {CITED['exact'][1]}. Sources: Times, Weekly, “Շուշի and the north”, 2 March 2020, "
        "https://times.example.org/a. Counterclaim, revision 4. http://127.0.0.1:8000/v1/claims/exact?revision=4\n"
    )


def test_several_sources_are_named_and_the_rest_counted(cite: Callable[..., str]) -> None:
    days = [f"2020-03-{n:02}" for n in range(1, 8)]
    sources = [
        {"id": f"paper-{n}", "publisher": f"Paper {n}", "published_on": day, "published_until": day}
        for n, day in enumerate(days, 1)
    ]
    reports = [worlds.report("many", source["id"]) for source in sources]
    claim = worlds.claim("many", **NO_WORDS, best=7) | {"qualifier": "about"}
    worlds.write({"sources": sources, "claims": [claim], "reports": reports[:2]})
    assert all("reported by Paper 1 (1 March 2020) and Paper 2 (2 March 2020)" in cite("many", s) for s in STYLES)
    worlds.write({"reports": reports[2:]})
    several = "Paper 2 (2 March 2020), Paper 3 (3 March 2020) and 4 other sources"
    assert all(several in cite("many", style) for style in STYLES)
    with database.connection_context():
        for report in reports[1:]:
            mark_retracted("reports", report["id"], "Not there.", "editor")
    assert "reported by Paper 1 (1 March 2020)" in cite("many")
    assert "Paper 2" not in cite("many")


def test_kinds_without_a_figure_say_what_they_are(cite: Callable[..., str]) -> None:
    assert "Observers: holds Red South responsible; Shelling near the line (10 May 2020), The war" in cite("c-blame")
    assert "Army of the Reds: denial, no figure; Long ago (1990), Another war; stated in 1991" in cite("d-denial")
    silence = "published no figure of its own of people of Alpha killed; 1 June 2020 to 2 December 2020; The war"
    assert f"Ministry of Alpha: {silence}; day of the statement not recorded" in cite("f-silence")


def test_a_claim_that_stands_no_longer_is_cited_as_such(cite: Callable[..., str]) -> None:
    for style in STYLES:
        assert "retracted: The ministry took it back" in cite("a-own", style)
        assert "superseded: A third died of his wounds" in cite("b-north", style)
        pinned = cite("a-own", style, "&revision=1")
        assert "retracted: " not in pinned, "it stood then"
        assert "retracted since, at revision 2: The ministry took it back" in pinned
        assert "since, at" not in cite("a-own", style, "&revision=3"), "nothing is newer"


def test_a_rating_says_what_became_of_the_claim(cite: Callable[..., str]) -> None:
    now, then = (json.loads(cite("a-own", "claimreview", pin))["reviewRating"] for pin in ("", "&revision=1"))
    assert now["alternateName"] == "retracted: The ministry took it back; confirmed"
    assert then["alternateName"] == "retracted since, at revision 2: The ministry took it back; confirmed"


def test_a_pinned_citation_of_a_corrected_claim_says_so(app: Flask, cite: Callable[..., str]) -> None:
    with database.connection_context():
        add_release("2026-1", 1, "", "0" * 64)
        revise_record("claims", "a-killed", {"value": 60, "note": "Corrected."}, "Corrected.", "editor")
    for pin in ("&revision=1", "&release=2026-1"):
        assert all(
            "changed since, at revision 4 (value, low, best, note)" in cite("a-killed", style, pin) for style in STYLES
        )
    answer = app.test_client().get("/v1/claims/a-killed/citation?style=ris&revision=1")
    newest = "http://127.0.0.1:8000/v1/claims/a-killed/citation?style=ris"
    assert answer.headers["Link"] == f'<{newest}>; rel="latest-version"'
    assert "immutable" not in answer.headers["Cache-Control"]


def test_the_style_is_negotiated(app: Flask) -> None:
    client, address = app.test_client(), "/v1/claims/a-own/citation"
    for style, media_type in MEDIA_TYPES.items():
        answer = client.get(address, headers={"Accept": media_type})
        assert (answer.mimetype, answer.headers["Vary"]) == (media_type, "Accept, Accept-Encoding")
        assert answer.data == client.get(f"{address}?style={style}").data
        preferred = client.get(address, headers={"Accept": f"application/pdf, {media_type};q=0.5"})
        assert preferred.data == answer.data
        asked = client.get(f"{address}?style={style}", headers={"Accept": "application/x-bibtex"})
        assert asked.data == answer.data, "the parameter has the last word"
    for accept in ("*/*", "text/html,application/xhtml+xml,*/*;q=0.8", "text/*"):
        assert client.get(address, headers={"Accept": accept}).mimetype == "text/plain"


def test_a_style_that_there_is_not_is_refused(app: Flask) -> None:
    with database.connection_context():
        add_release("2026-1", 1, "", "0" * 64)
    client = app.test_client()
    for address, last in (("claims/a-own", "application/ld+json"), ("releases/2026-1", MEDIA_TYPES["csl"])):
        refused = client.get(f"/v1/{address}/citation", headers={"Accept": "application/pdf"})
        assert worlds.told(refused, 406, "not-acceptable")["detail"].endswith(f"{last}.")
    assert client.get("/v1/releases/2026-1/citation", headers={"Accept": MEDIA_TYPES["ris"]}).text.startswith("TY  - ")


def test_claim_review_in_a_page_cannot_end_its_script(app: Flask) -> None:
    phrase = "5 </script><script>alert(1)</script> & <!-- dead"
    carry(worlds.claim("odd", phrase=phrase))
    answer = app.test_client().get("/v1/claims/odd/citation?style=claimreview")
    assert not set("<>&").intersection(answer.text)
    assert phrase in answer.json["claimReviewed"]


def test_a_day_that_is_not_known_exactly_is_not_cited_as_one(app: Flask) -> None:
    said = {"stated_on": "2019-12-30", "stated_until": "2020-01-02", "stated_precision": 2}
    carry(worlds.claim("in-the-night", **said))
    client = app.test_client()
    address = "/v1/claims/in-the-night/citation?style="
    assert "; stated between 30 December 2019 and 2 January 2020; reported" in client.get(f"{address}text").text
    assert "year = {2019--2020}" in client.get(f"{address}bibtex").text
    assert client.get(f"{address}csl").json[0]["issued"] == {"date-parts": [[2019, 12, 30], [2020, 1, 2]]}
    assert client.get(f"{address}claimreview").json["itemReviewed"]["datePublished"] is None
    assert not {"PY", "DA"} & {line[:2] for line in client.get(f"{address}ris").text.splitlines()}
    carry(worlds.claim("at-some-time", stated_on=None, stated_until=None))
    undated = client.get("/v1/claims/at-some-time/citation?style=csl").json[0]
    assert "issued" not in undated and "; day of the statement not recorded; " in undated["title"]


def test_words_reach_latex_as_they_were_said(app: Flask) -> None:
    """BibTeX counts a brace that LaTeX escapes. A single one breaks the rest of the file."""
    carry(worlds.claim("odd", phrase='5 } 50% {\\a_b^c~d} of $1 & #2\n"Müller" in Ağdam'))
    client = app.test_client()
    cited = client.get("/v1/claims/odd/citation?style=bibtex").text
    assert cited.count("{") == cited.count("}")
    assert (
        "5 \\textbraceright{} 50\\% \\textbraceleft{}\\textbackslash{}a\\_b\\textasciicircum{}c\\textasciitilde{}d"
        '\\textbraceright{} of \\$1 \\& \\#2\n"Müller" in Ağdam'
    ) in cited
    assert client.get("/v1/claims/odd/citation").text.count("\n") == 1, "a footnote is one line"
