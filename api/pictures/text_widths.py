"""The width of text in the font of the pictures, and text broken into lines that fit. A name is never cut."""

import functools
import json
import pathlib
import re

FONTS = pathlib.Path(__file__).parent / "fonts"
SPACES = re.compile(r"[ \t\r\n]+")
UNKNOWN = 600  # thousandths of an em, of a character that the fonts lack


@functools.cache
def load_widths() -> dict[str, dict[str, int]]:
    """Return the widths of characters in thousandths of an em, by weight."""
    widths: dict[str, dict[str, int]] = json.loads((FONTS / "widths.json").read_text())
    return widths


def measure_text(text: str, size: float, bold: bool = False) -> float:
    """Return the width of a line of text in pixels."""
    widths = load_widths()["bold" if bold else "regular"]
    return sum(widths.get(character, UNKNOWN) for character in text) * size / 1000


def wrap_text(text: str, size: float, width: float, bold: bool = False) -> list[str]:
    """Return the text in lines of at most `width` pixels. A word that is wider is broken, and keeps all its letters.

    A no-break space is within a word: `12 345` of Russian stays on one line.
    """
    lines: list[str] = []
    line = ""
    for word in SPACES.split(text.strip()):
        joined = f"{line} {word}" if line else word
        if measure_text(joined, size, bold) <= width:
            line = joined
            continue
        if line:
            lines.append(line)
        line = word
        while len(line) > 1 and measure_text(line, size, bold) > width:
            end = _count_fitting(line, size, width, bold)
            lines.append(line[:end])
            line = line[end:]
    return [*lines, line] if line else lines


def _count_fitting(word: str, size: float, width: float, bold: bool) -> int:
    end = len(word) - 1
    while end > 1 and measure_text(word[:end], size, bold) > width:
        end -= 1
    return end
