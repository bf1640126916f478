"""The letters that search takes for one: those that readers type, in place of those that names are written with.

NFKD already splits most letters from their marks (`ğ` → `g`, `أ` → `ا`). The table has the letters that it keeps
whole.
Readers find the rules in docs/readers/api.md#search.
"""

import functools
import unicodedata

#: Each folded letter, and the lower-case letters that become it.
FOLDED_LETTERS = {
    # Latin: strokes, hooks and ligatures. Turkish, Azerbaijani, Polish, Nordic, Serbian, Hausa, Kanuri, Ewe.
    "a": "ⱥɑ", "ae": "æ", "b": "ƀɓ", "c": "ȼ", "d": "đðɖɗ", "e": "əǝɛɇ", "f": "ƒ", "g": "ǥɠɣ", "h": "ħ", "i": "ıɨ",
    "j": "ɉȷ", "k": "ƙĸ", "l": "łƚɫ", "n": "ŋɲɳ", "o": "øɔɵ", "oe": "œ", "p": "ƥ", "r": "ɍ", "t": "ŧƭʈⱦ", "th": "þ",
    "u": "ʉ", "v": "ʋ", "y": "ƴɏ", "z": "ƶȥ",
    # Cyrillic: Ukrainian ghe.
    "г": "ґ",
    # Arabic script: the letters of Persian, Kurdish, Pashto and Urdu, as an Arabic keyboard has them, and endings.
    "ا": "ٱ", "ك": "کڪ", "ه": "ةہھەۃ", "و": "ۆۇ", "ي": "یىېێےۍ",
}  # fmt: skip
LETTERS = {letter: folded for folded, letters in FOLDED_LETTERS.items() for letter in letters}
#: Signs between words, or in them like an apostrophe, though Unicode calls them letters: `Славʼянськ`, `Sanaʿa`.
APOSTROPHES = frozenset("ʹʺʻʼʽʾʿˈˊˋꞋꞌ")
NON_JOINER = "\u200c"  # of Persian: it separates the parts of a word
STRETCHER = "\u0640"  # of Arabic: it makes a word wider
#: Arabic vowel marks that stand alone in old texts. NFKD would put a space before them.
LONE_MARKS = dict.fromkeys((*range(0xFC5E, 0xFC64), *range(0xFE70, 0xFE80)))
#: Armenian has one letter (և) and two spellings of two letters for the same sound: Երևան, Երեւան, ԵՐԵՎԱՆ.
ARMENIAN_YEV, ARMENIAN_YEV_FOLDED = "եւ", "եվ"


def fold_letters(text: str) -> str:
    """Return the text in lower case with plain letters and digits, and a space for every other character."""
    separate_letters = unicodedata.normalize("NFKD", text.translate(LONE_MARKS))
    return "".join(map(_fold_character, separate_letters)).replace(ARMENIAN_YEV, ARMENIAN_YEV_FOLDED)


@functools.lru_cache(maxsize=20_000)
def _fold_character(character: str) -> str:
    """Return what a character becomes: `Ł` → `l`, `۵` → `5`, nothing for a mark or an invisible sign."""
    category = unicodedata.category(character)
    if category == "Nd":
        return str(unicodedata.decimal(character))
    if category.startswith("M") or (category == "Cf" and character != NON_JOINER) or character == STRETCHER:
        return ""
    if character in APOSTROPHES or not character.isalnum():
        return " "
    return "".join(LETTERS.get(letter, letter) for letter in character.casefold())
