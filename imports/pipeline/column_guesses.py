"""Guess what a column has: from its name, its hashtag and its first cells."""

import functools
import re
from collections.abc import Sequence
from typing import Any, NamedTuple

from imports.mapping_language.cells import Numbers, cell_text
from imports.mapping_language.dates import parse_days
from imports.mapping_language.numbers import NOT_STATED, parse_decimal
from schemas.phrases.numerals import PhraseError, fold_text
from schemas.phrases.reader import read_phrase
from schemas.phrases.wording import list_languages, load_wording

FORMATS = (
    "%Y-%m-%d", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%dT%H:%M:%S", "%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y",
    "%m/%d/%Y %I:%M:%S %p", "%d/%m/%Y %I:%M:%S %p", "%d-%m-%Y", "%d %B %Y", "%d %b %Y", "%B %Y", "%b %Y", "%Y-%m", "%Y",
)  # fmt: skip
FEW_WORDS, LONGEST_WORD = 12, 60
#: Words of names and hashtags, and what such a column usually has. The first that fits counts.
ROLES: tuple[tuple[str, str], ...] = (
    (
        "person",
        r"victim.?name|full.?name|^name\b|^name_|_name$|^nombres?\b(?! del? [^v])|^nom\b(?! de)|^nome\b|^фио\b|^имя"
        r"|^піб\b|^ім'я|прізвище|фамилия|^الاسم|^اسم|^نام\b|^שם|^ime\b|^ad soyad|^անուն|^naam",
    ),
    ("killed", r"kill|dead|death|fatal|toll|died|\bkia\b|_kia\b"),
    ("injured", r"injur|wound|hurt"),
    ("missing", r"missing"),
    ("captured", r"captur|prisoner|pow"),
    ("displaced", r"displac|idp"),
    ("latitude", r"\blat|\+lat"),
    ("longitude", r"\blon|\blng|\+lon"),
    ("published", r"publi"),
    ("date", r"date|\bday\b|when|\bmonth\b|\byear\b"),
    ("harm", r"harm|casualty type|outcome"),
    ("claimant", r"claimant|says|said|reported by|according|stated by"),
    ("side", r"\bside|whose|party|victim|belliger|nationality|\bgroup"),
    ("place", r"place|location|\bcity|town|village|\bsite|#loc|where|municip|lugar|\blieu\b|місце|место|مكان"),
    ("url", r"url|link|source|read at|address"),
    ("note", r"note|comment|remark|descr"),
    ("age", r"\bage\b|^age_|_age$|^edad|^âge|^idade|^возраст|^вік\b|^العمر|^عمر|^سن\b|^גיל|^yaş|^տարիք|^leeftijd"),
    ("sex", r"\bsex\b|gender|^sexo|^sexe|^género|^пол\b|^стать|^الجنس|^جنس|^מין|^pol\b|^geslacht"),
    ("id", r"\bid\b|_id$|^no\.?$|^nr$|number|code|\+id|\+code"),
)
#: Numbers in such a column count people, of whom the name does not say what happened to them.
VICTIMS = re.compile(r"victim|víctima|casualt|жертв|ضحايا")
UNNAMED, CODE = re.compile(r"column \d+"), re.compile(r"[A-Za-z]+[- ]?\d+[a-z]?")
NAMED_DATE = re.compile("year|date", re.IGNORECASE)
HARMS = ("killed", "injured", "missing", "captured", "displaced")
HARM_WORDS = {
    "killed": "killed", "dead": "killed", "death": "killed", "deaths": "killed", "injured": "injured",
    "wounded": "injured", "hurt": "injured", "missing": "missing", "captured": "captured", "displaced": "displaced",
}  # fmt: skip


class ColumnGuess(NamedTuple):
    """What a column seems to be, from its first cells."""

    name: str
    tag: str
    role: str  # a word of `ROLES`, or the empty text
    kind: str  # date, number, url, text, empty
    formats: tuple[str, ...]  # the date formats that fit all cells
    spellings: tuple[str, ...]  # of dates that no one format fits: the formats that fit them together
    undated: int  # the cells that none of `spellings` fits, such as Total
    words: tuple[str, ...]  # the different contents, if they are few
    is_unique: bool
    has_empty: bool
    missing: tuple[str, ...]  # contents that seem to mean: not stated
    zeros: tuple[str, ...]  # such contents that are a number of people, such as "none" killed
    language: str  # of a harm in the name, if it is not English

    @property
    def is_doubtful(self) -> bool:
        """Return whether the days may fit another format, with the month first."""
        return len(self.formats) > 1 or "%d/%m/%Y" in self.spellings

    def has_day(self, text: str) -> bool:
        """Return whether a text is a day in one of the formats that fit all cells. A year or a month is none."""
        return self.kind == "date" and any("%d" in format and _has_format(text, format) for format in self.formats)


def guess_column(name: str, tag: str, cells: Sequence[Any]) -> ColumnGuess:
    """Return the guess for a column with these cells."""
    texts = ["" if cell is None else cell_text(cell) for cell in cells]
    words = f"{name} {tag}".casefold().strip()
    unstated = {text for text in texts if text.casefold() in NOT_STATED}
    zeros = {text for text in unstated if _is_figure(text)} if _name_role(words) in HARMS else set()
    missing = tuple(sorted(unstated - zeros))
    filled = [text for text in texts if text and text not in missing]
    formats = tuple(format for format in FORMATS if filled and all(_has_format(text, format) for text in filled))
    spellings, undated = ((), 0) if formats or not NAMED_DATE.search(name) else _cover_dates(filled)
    kind = "date" if spellings else _guess_kind(filled, formats, name)
    role = _guess_role(words, kind)
    if role in HARMS and kind == "text" and not _has_figures(filled):
        role = ""  # a word beside a person: killed by whom, or "killed"
    different = sorted(set(filled))
    if role == "side" and VICTIMS.search(words) and len(different) * 2 > len(filled):
        role = "person"  # too many different victims for sides
    if not role and filled and UNNAMED.fullmatch(name) and all(map(CODE.fullmatch, filled)):
        role = "id"
    is_few = (
        len(different) <= FEW_WORDS
        and len(different) < len(texts)
        and all(len(text) <= LONGEST_WORD for text in different)
    )
    return ColumnGuess(
        name,
        tag,
        role,
        kind,
        formats,
        spellings,
        undated,
        tuple(different) if is_few else (),
        len(different) == len(texts) > 1,
        len(filled) < len(texts),
        missing,
        tuple(sorted(zeros)),
        _find_harm(words)[1] if role in HARMS else "",
    )


def is_address(text: str) -> bool:
    return text.startswith(("http://", "https://"))


def _has_figures(filled: Sequence[str]) -> bool:
    """Return whether at least half of the texts can be read as numbers of people."""
    return sum(map(_is_figure, filled)) * 2 >= len(filled)


def _is_figure(text: str) -> bool:
    try:
        read_phrase(text, "en")
    except PhraseError:
        return any(map(str.isdigit, text))
    return True


def _guess_kind(filled: Sequence[str], formats: tuple[str, ...], name: str) -> str:
    if not filled:
        return "empty"
    if all(map(is_address, filled)):
        return "url"
    if formats and (formats != ("%Y",) or NAMED_DATE.search(name)):
        return "date"
    return "number" if all(map(_is_number, filled)) else "text"


def _guess_role(words: str, kind: str) -> str:
    role = _name_role(words)
    if kind == "number" and role not in HARMS and VICTIMS.search(words):
        return "victims"
    fits = {"date": ("date", "published"), "url": ("url",)}.get(kind)
    if fits:
        return role if role in fits else fits[0]
    return "" if kind == "empty" or role in ("date", "published") else role


def _name_role(words: str) -> str:
    return next((role for role, pattern in ROLES if re.search(pattern, words)), "") or _find_harm(words)[0]


def _find_harm(words: str) -> tuple[str, str]:
    """Return the harm that a name states in a language of phrases, and this language; empty texts if it states none."""
    tokens = re.findall(r"\w+", fold_text(words))
    return next((_harm_words()[token] for token in tokens if token in _harm_words()), ("", ""))


@functools.cache
def _harm_words() -> dict[str, tuple[str, str]]:
    """Return the harms by single words of all languages but English, whose words are in `ROLES`."""
    return {
        tokens[0]: (harm, language)
        for language in list_languages()
        if language != "en"
        for tokens, roles in load_wording(language).entries.items()
        for harm in HARMS
        if len(tokens) == 1 and harm in roles
    }


def _has_format(text: str, format: str) -> bool:
    try:
        parse_days(text, (format,))
    except ValueError:
        return False
    return True


def _cover_dates(filled: Sequence[str]) -> tuple[tuple[str, ...], int]:
    """Return the formats that fit the dates together (4 May 2021, 2021-05, 2021), and how many cells none fits.

    There are no formats if more than a fifth of the cells are no dates.
    """
    left, chosen = list(filled), list[str]()
    for format in FORMATS:
        rest = [text for text in left if not _has_format(text, format)]
        if len(rest) < len(left):
            chosen.append(format)
        left = rest
    return (tuple(chosen), len(left)) if len(left) * 5 <= len(filled) else ((), 0)


def _is_number(text: str) -> bool:
    try:
        parse_decimal(text, Numbers(thousands=","))
    except ValueError:
        return False
    return True
