"""Folding gives words in lower case without marks. It is the same for ASCII texts and all others."""

from hypothesis import given
from hypothesis import strategies as st

from api.listings.full_text import fold_text

AWAY = "\u0546"  # not an ASCII letter, so that a text with it takes the slow path


@given(st.text(st.characters(max_codepoint=127)))
def test_text_of_ascii_folds_as_any_text_does(text: str) -> None:
    assert fold_text(f"{text} {AWAY}").split()[:-1] == fold_text(text).split()


@given(st.lists(st.text(max_size=12)))
def test_words_fold_apart_as_they_fold_together(words: list[str]) -> None:
    assert " ".join(filter(None, map(fold_text, words))) == fold_text(" ".join(words))
