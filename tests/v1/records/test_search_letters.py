"""Search matches names in the letters that readers type: now, in the past, on both engines, and after an upgrade."""

import pytest
from click.testing import CliRunner
from flask import Flask

from api.cli.upgrade import upgrade
from api.database.connection import database
from api.listings.full_text import fold_text
from api.writes.update import revise_record
from tests.support import worlds

ARABIC_WITH_MARKS = "مُحَمَّد"
# a name in a record → the spellings that match it
SPELLINGS = {
    "Paweł Łukasz": ["pawel", "PAWEŁ", "lukasz"],
    "Økland": ["okland", "ØKLAND"],
    "Đorđe Ħamrun": ["dorde", "đorđe", "hamrun"],
    "Þór Æsir": ["thor", "aesir"],
    "Ağdərə Çıraq": ["agdere", "ciraq", "AĞDƏRƏ"],
    "Ɓauchi Ƙofa": ["bauchi", "kofa"],
    "Երևան": ["Երևան", "ԵՐԵՎԱՆ", "Երեվան", "Երեւան", "երևան"],
    "كتائب شهيد": ["کتائب", "کتائب شهید", "كتائب"],
    "هیئت تحریر الشام": ["هيئت", "هیئت", "تحرير"],
    "غزة": ["غزه", "غزة", "غزۀ"],
    "مستشفى": ["مستشفي", "مستشفی", "مستشفى"],
    ARABIC_WITH_MARKS: ["محمد", "مـحـمـد", ARABIC_WITH_MARKS, f'"{ARABIC_WITH_MARKS}"'],
    "أحمد ٱلله": ["احمد", "أحمد", "الله"],
    "تیپ ۱۲۳": ["123", "۱۲۳", "١٢٣", "१२३"],
    "Ґалаґан Ёлка": ["галаган", "елка"],
    "Sanaʿa Sana’a": ["sana'a", "Sanaʿa", '"sana a"'],
    "Brigade 2300": ['"2 300"', "٢٬٣٠٠", "۲۳۰۰"],
}


@pytest.fixture
def named(empty: Flask) -> Flask:
    """Write for each name a side, a claimant and a claim of its dead. Correct each once, so that there is a past."""
    names = dict(enumerate(SPELLINGS))
    worlds.write({
        "sides": [{"id": f"side-{n}", "name": name, "kind": "armed_group"} for n, name in names.items()],
        "conflicts": [{"id": "war", "name": "The war", "sides": [f"side-{n}" for n in names]}],
        "claimants": [{"id": "alpha-mod", "name": "Ministry", "kind": "ministry"}],
        "sources": [{"id": "times", "publisher": "Times", "title": "News"}],
        "claims": [worlds.claim(f"claim-{n}", subject_side=f"side-{n}") for n in names],
        "reports": [worlds.report(f"claim-{n}", "times") for n in names],
    })  # fmt: skip
    with database.connection_context():
        for n in names:
            revise_record("sides", f"side-{n}", {"note": "Corrected."}, "A test.", "editor")
    return empty


def find_missing(app: Flask) -> list[tuple[str, str, str]]:
    """Return the spellings that do not match only the side, or the claim, with the name."""
    client = app.test_client()
    return [
        (name, spelling, pin)
        for number, (name, spellings) in enumerate(SPELLINGS.items())
        for spelling in [name, *spellings]
        for pin in ("", "1")
        for record_type in ("side", "claim")
        if worlds.ids(
            client.get(f"/v1/{record_type}s", query_string={"q": spelling} | ({"revision": pin} if pin else {}))
        )
        != [f"{record_type}-{number}"]
    ]


def test_names_are_found_in_the_letters_that_readers_type(named: Flask) -> None:
    assert find_missing(named) == []


def test_an_upgrade_makes_the_search_text_again(named: Flask) -> None:
    """Before the migration, rows and row versions have the search text of older code."""
    with database.connection_context():
        for table in ("side", "claim"):
            for name in (table, f"{table}_version"):
                database.execute_sql(f"UPDATE {name} SET folded = ' older words '")
        database.execute_sql("DROP TABLE stale_search_text")
        database.execute_sql("DELETE FROM schema_migration WHERE name = '0014_search_letters'")
    assert find_missing(named) != []
    first, second = (CliRunner().invoke(upgrade).output.splitlines()[:2] for _ in range(2))
    assert first == [
        "Upgraded: 0014_search_letters.",
        "Search text made again: claim, claimant, conflict, report, side, source.",
    ]
    assert second[0] == "The database is up to date."
    assert "Search text" not in "".join(second)
    assert find_missing(named) == []


@pytest.mark.parametrize("words", [("Երե", "ւան"), ("ա", "ւ"), ("\ufe76", "x"), ("می\u200cشود", "ـ")])
def test_words_fold_alike_alone_and_together(words: tuple[str, str]) -> None:
    assert fold_text(" ".join(words)) == " ".join(filter(None, map(fold_text, words)))
