"""Make the fonts of the pictures: `python bench/fonts.py FOLDER`, with fonttools and brotli installed.

FOLDER has the variable NotoSans and NotoSansArabic as .ttf, and the regular Armenian and Hebrew as .ttf or .woff2.
The fonts keep the letters of LETTERS. `widths.json` has the widths of all of them, in thousandths of an em.
"""

import json
import pathlib
import sys

from fontTools import subset
from fontTools.ttLib import TTFont
from fontTools.varLib import instancer

FONTS = pathlib.Path(__file__).parents[1] / "api" / "pictures" / "fonts"
LATIN = [
    (0x20, 0x7E), (0xA0, 0x17F), (0x18F, 0x18F), (0x192, 0x192), (0x1A0, 0x1A1), (0x1AF, 0x1B0), (0x1CD, 0x1DC),
    (0x1E6, 0x1E7), (0x218, 0x21B), (0x259, 0x259), (0x2B0, 0x2DD), (0x300, 0x30C), (0x323, 0x331), (0x370, 0x3FF),
    (0x400, 0x52F), (0x1E00, 0x1EFF), (0x2010, 0x2044), (0x20A0, 0x20BF), (0x2116, 0x2116), (0x2122, 0x2122),
    (0x2190, 0x2193), (0x2212, 0x2212), (0x2260, 0x2265), (0x25A0, 0x25CF),
]  # fmt: skip
FEATURES = ["kern", "mark", "mkmk", "ccmp", "locl", "init", "medi", "fina", "rlig", "liga", "calt"]
#: Our name, the beginning of the name of the file, the weight of a variable font, the letters.
LETTERS = [
    ("NotoSans-Regular", "NotoSans[", 400, LATIN),
    ("NotoSans-Bold", "NotoSans[", 700, LATIN),
    ("NotoSansArabic-Regular", "NotoSansArabic[", 400, [(0x600, 0x6FF), (0x200C, 0x200F)]),
    ("NotoSansArmenian-Regular", "noto-sans-armenian", None, [(0x530, 0x5FF)]),
    ("NotoSansHebrew-Regular", "noto-sans-hebrew", None, [(0x530, 0x5FF)]),
]


def make_font(path: pathlib.Path, weight: int | None, ranges: list[tuple[int, int]]) -> TTFont:
    font = TTFont(path)
    if weight:
        font = instancer.instantiateVariableFont(font, {"wght": weight, "wdth": 100}, updateFontNames=True)
    options = subset.Options(hinting=False, layout_features=FEATURES, recalc_timestamp=False, notdef_outline=True)
    options.name_IDs = [0, 1, 2, 3, 4, 6, 13, 14]
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=[letter for first, last in ranges for letter in range(first, last + 1)])
    subsetter.subset(font)
    font.flavor = None
    return font


def measure_letters(names: list[str]) -> dict[str, int]:
    widths: dict[str, int] = {}
    for name in names:
        font = TTFont(FONTS / f"{name}.ttf")
        em = font["head"].unitsPerEm
        for letter, glyph in font.getBestCmap().items():
            if letter >= 0x20:
                widths.setdefault(chr(letter), round(font["hmtx"][glyph][0] * 1000 / em))
    return dict(sorted(widths.items()))


def main(folder: pathlib.Path) -> None:
    for name, beginning, weight, ranges in LETTERS:
        path = next(path for path in sorted(folder.iterdir()) if path.name.startswith(beginning))
        make_font(path, weight, ranges).save(FONTS / f"{name}.ttf")
    fallbacks = [name for name, *_ in LETTERS[2:]]
    widths = {weight: measure_letters([f"NotoSans-{weight.title()}", *fallbacks]) for weight in ("regular", "bold")}
    (FONTS / "widths.json").write_text(json.dumps(widths, ensure_ascii=False, separators=(",", ":")))


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
