"""The palette of pictures within a page: variables, to which the style of the page gives the colours of its scheme."""

from api.pictures.palettes import DARK, LIGHT, Palette

LINES = len(LIGHT.lines)
PAGE = Palette(
    paper="var(--picture-paper)",
    ink="var(--picture-ink)",
    dim="var(--picture-dim)",
    grid="var(--picture-grid)",
    band="var(--picture-band)",
    land="var(--picture-land)",
    border="var(--picture-border)",
    stances={stance: f"var(--picture-{stance.replace('_', '-')})" for stance in LIGHT.stances},
    lines=tuple(f"var(--picture-line-{number})" for number in range(LINES)),
)


#: The letters of each file of the font of pictures: a page without Cyrillic does not load those.
RANGES = {"latin": "U+0-3FF, U+1E00-2FFF", "cyrillic": "U+400-52F"}
WEIGHTS = {"regular": 400, "bold": 700}


def list_variables(palette: Palette) -> dict[str, str]:
    """Return the variables of the page with their colours in a palette."""
    names = [*PAGE[:7], *PAGE.stances.values(), *PAGE.lines]
    colours = [*palette[:7], *palette.stances.values(), *palette.lines]
    return {name[len("var(") : -1]: colour for name, colour in zip(names, colours, strict=True)}


def write_style() -> str:
    """Return the style of the pictures in pages: both schemes, light in print. The paper is that of the page."""
    light, dark = (
        " ".join(f"{name}: {colour};" for name, colour in list_variables(palette).items() if "paper" not in name)
        for palette in (LIGHT, DARK)
    )
    fonts = "".join(
        f'@font-face {{ font-family: "Noto Sans"; font-weight: {number}; font-display: swap; unicode-range: {letters}; '
        f'src: url("../fonts/noto-sans-{script}-{weight}.woff2") format("woff2"); }}\n'
        for script, letters in RANGES.items()
        for weight, number in WEIGHTS.items()
    )
    return (
        "/* Written by api/web/explorer/palette.py. */\n"
        f"{fonts}"
        f".counterclaim-picture {{ {light} }}\n"
        f"@media screen and (prefers-color-scheme: dark) {{ .counterclaim-picture {{ {dark} }} }}\n"
    )
