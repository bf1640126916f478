"""The colours of pictures, light and dark. Each has a contrast of at least 4.5 to its paper."""

from typing import NamedTuple


class Palette(NamedTuple):
    paper: str
    ink: str
    dim: str
    grid: str
    band: str  # the range between the claims
    water: str
    land: str
    border: str
    stances: dict[str, str]
    lines: tuple[str, ...]  # claimants in a chart


LIGHT = Palette(
    "#ffffff", "#1b1b1f", "#55555c", "#e3e0d8", "#f3e3bd", "#e8eef3", "#f6f4ee", "#b9b5ab",
    {"own": "#1f5fb3", "opposing": "#b3341f", "affiliated": "#7a4ea3", "third_party": "#0b6e55"},
    ("#1f5fb3", "#b3431f", "#0b6e55", "#7a4ea3", "#8a5a00", "#9c2f6b", "#00708a", "#55555c"),
)  # fmt: skip
DARK = Palette(
    "#16171a", "#ecebe7", "#b3b2ad", "#303238", "#4a3f22", "#101114", "#26282d", "#62646b",
    {"own": "#7fb2f0", "opposing": "#f08a6d", "affiliated": "#c3a1e6", "third_party": "#5cc9a7"},
    ("#7fb2f0", "#f08a5d", "#5cc9a7", "#c3a1e6", "#e0b04f", "#e58ab8", "#6fcbe0", "#b3b2ad"),
)  # fmt: skip


def list_variables(palette: Palette) -> dict[str, str]:
    """Return the colours of a palette as CSS variables: `--picture-ink`, `--picture-own`, `--picture-line-0`."""
    single = {name: colour for name, colour in palette._asdict().items() if isinstance(colour, str)}
    lines = {f"line-{number}": colour for number, colour in enumerate(palette.lines)}
    stances = {name.replace("_", "-"): colour for name, colour in palette.stances.items()}
    return {f"--picture-{name}": colour for name, colour in (single | stances | lines).items()}


def _name_variables(palette: Palette) -> Palette:
    """Return the palette of a picture within a page: the page sets the variables, light by default."""
    named = {name: f"var({name},{colour})" for name, colour in list_variables(palette).items()}
    single = {
        field: named[f"--picture-{field}"] for field, colour in palette._asdict().items() if isinstance(colour, str)
    }
    stances = {stance: named[f"--picture-{stance.replace('_', '-')}"] for stance in palette.stances}
    lines = tuple(named[f"--picture-line-{number}"] for number in range(len(palette.lines)))
    return Palette(**single, stances=stances, lines=lines)


#: For SVG within a page, which follows the colours of the page. A PNG and an SVG of its own need colours.
PAGE = _name_variables(LIGHT)
PALETTES = {"light": LIGHT, "dark": DARK, "page": PAGE}
