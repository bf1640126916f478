"""Words as they sound, and the index that finds candidates: complete after each write, and without erased words."""

import pytest
from flask import Flask
from rapidfuzz import fuzz

from api.database.connection import database
from api.database.models import Side
from api.listings import sides
from api.listings.query import read_page
from api.name_matching.sounds import sound_words
from api.name_matching.word_index import WordIndex
from tests.support import worlds
from tests.support.clients import open_small_world
from tests.v1.records.test_bad_inputs import ask, dumped

#: Names that are one name in other letters, or in another transliteration.
ALIKE = [
    ("Xocalı", "Khojaly", "Ходжалы", "Khodzhaly", "Hojali"),
    ("Şuşa", "Shusha", "Шуша"),
    ("Ağdam", "Aghdam", "Агдам", "Agdam"),
    ("Kəlbəcər", "Kelbajar", "Kalbajar", "Кельбаджар"),
    ("Երևան", "Yerevan", "Ереван"),
    ("Moammer Qaddafi", "Moammer Gaddafi"),
]


@pytest.mark.parametrize("names", ALIKE, ids=lambda names: names[1])
def test_transliterations_of_a_name_sound_alike(names: tuple[str, ...]) -> None:
    sounds = [" ".join(sound_words(name)) for name in names]
    assert [sound for sound in sounds[1:] if fuzz.ratio(sounds[0], sound) < 80] == []


def test_numbers_are_not_made_shorter() -> None:
    assert sound_words("Attack of 11.11.2022") == ["atak", "uf", "11", "11", "2022"]


def find(index: WordIndex, text: str) -> list[str]:
    """Return the ids of the sides that the index finds, the best first."""
    with database.connection_context():
        keys = index.find_keys(text, 5)
        slugs = {row.id: row.slug for row in Side.select()}
    return [slugs[key] for key in keys]


def test_the_index_grows_with_the_database_and_forgets_what_was_erased(empty: Flask) -> None:
    index, client = WordIndex(Side), open_small_world(empty, "admin")
    assert find(index, "Agdara land")[0] == "alpha"
    assert find(index, "Zanzibar") == []
    new = {"id": "coast", "name": "Zanzibar coast", "kind": "state", "note": "Zanzibar."}
    assert ask(client, "POST", "sides", dumped(new)).status_code == 201
    assert find(index, "Zansibar") == ["coast"]
    assert ask(client, "PATCH", "sides", dumped({"name": "The coast"}), path="coast").status_code == 200
    assert find(index, "coast") == ["coast"]
    assert "sansibar" in {word.replace("z", "s") for word in index.words}  # an older word does no harm
    erased = dumped({"fields": ["note"]})
    assert ask(client, "REDACT", "sides", erased, path="coast").status_code == 200
    assert find(index, "coast") == ["coast"]
    assert "sansibar" not in {word.replace("z", "s") for word in index.words}


def test_another_database_has_an_index_of_its_own(empty: Flask) -> None:
    """The tests, and commands, connect a process to several databases."""
    index = WordIndex(Side)
    worlds.write({"sides": [{"id": "first", "name": "Firstland"}]})
    assert find(index, "Firstland") == ["first"]
    index.state = index.state._replace(database=None) if index.state else None
    assert find(index, "Firstland") == ["first"]
    assert index.size == 1


def test_a_common_word_finds_as_many_as_are_compared(empty: Flask) -> None:
    """All have the word, so the one with the rare word too is first."""
    index = WordIndex(Side)
    worlds.write({"sides": [{"id": f"army-{n}", "name": f"Army number {n}"} for n in range(300)]})
    assert find(index, "Army number 217")[0] == "army-217"
    with database.connection_context():
        assert len(index.find_keys("army", 60)) == 60
        assert read_page(sides.LISTING, {"id": ("army-217",)}).records
