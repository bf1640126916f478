"""The colours of pictures, light and dark. Each has a contrast of at least 4.5 to its paper."""

from typing import NamedTuple


class Palette(NamedTuple):
    paper: str
    ink: str
    dim: str
    grid: str
    band: str  # the range between the claims
    land: str
    border: str
    stances: dict[str, str]
    lines: tuple[str, ...]  # claimants in a chart


LIGHT = Palette(
    "#ffffff", "#1b1b1f", "#55555c", "#e3e0d8", "#f3e3bd", "#f1eee6", "#b9b5ab",
    {"own": "#1f5fb3", "opposing": "#b3341f", "affiliated": "#7a4ea3", "third_party": "#0b6e55"},
    ("#1f5fb3", "#b3431f", "#0b6e55", "#7a4ea3", "#8a5a00", "#9c2f6b", "#00708a", "#55555c"),
)  # fmt: skip
DARK = Palette(
    "#16171a", "#ecebe7", "#b3b2ad", "#303238", "#4a3f22", "#24262b", "#62646b",
    {"own": "#7fb2f0", "opposing": "#f08a6d", "affiliated": "#c3a1e6", "third_party": "#5cc9a7"},
    ("#7fb2f0", "#f08a5d", "#5cc9a7", "#c3a1e6", "#e0b04f", "#e58ab8", "#6fcbe0", "#b3b2ad"),
)  # fmt: skip
PALETTES = {"light": LIGHT, "dark": DARK}
