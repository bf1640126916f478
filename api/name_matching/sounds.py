"""Words as they sound: one spelling for letters that transliterations exchange.

`Xocalı`, `Khojaly` and `Ходжалы` are one place. Each is written in Latin letters, and then letters that stand for one
sound are replaced by one of them. The result is no spelling of any language. It only finds candidates.
"""

import functools
import re

from anyascii import anyascii

from api.listings.full_text import fold_text

#: Letters of transliterations, longest first, and the letter that replaces them.
SOUNDS = {
    "dzh": "j", "tch": "j", "zh": "j", "ch": "j", "dj": "j", "c": "j", "ck": "k", "gh": "k", "q": "k", "g": "k",
    "kh": "h", "x": "h", "sh": "s", "ph": "f", "th": "t", "w": "v", "ou": "u", "oo": "u", "o": "u", "ee": "i",
    "ii": "i", "iy": "i", "y": "i", "e": "a",
}  # fmt: skip
SOUND = re.compile("|".join(sorted(SOUNDS, key=len, reverse=True)))
DOUBLED = re.compile(r"(.)\1+")


def sound_words(text: str) -> list[str]:
    """Return the words of a text as they sound: `Şuşa şəhəri` → `["susa", "sahari"]`."""
    return [sound for word in fold_text(text).split() if (sound := _sound_word(word))]


@functools.lru_cache(maxsize=50_000)
def _sound_word(word: str) -> str:
    latin = word if word.isascii() else fold_text(anyascii(word)).replace(" ", "")
    if latin.isdigit():
        return latin
    return DOUBLED.sub(r"\1", SOUND.sub(lambda letters: SOUNDS[letters[0]], latin))
