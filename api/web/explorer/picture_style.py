"""The style of pictures within a page: the colours of its scheme, and the font by which their words were measured."""

from api.pictures.palettes import DARK, LIGHT, list_variables

#: The letters of each file of the font of pictures: a page without Cyrillic does not load those.
RANGES = {"latin": "U+0-3FF, U+1E00-2FFF", "cyrillic": "U+400-52F"}
WEIGHTS = {"regular": 400, "bold": 700}


def write_style() -> str:
    """Return the style of the pictures in pages: both schemes, light in print. The paper is that of the page."""
    light, dark = (
        " ".join(f"{name}: {colour};" for name, colour in list_variables(palette).items() if name != "--picture-paper")
        for palette in (LIGHT, DARK)
    )
    fonts = "".join(
        f'@font-face {{ font-family: "Noto Sans"; font-weight: {number}; font-display: swap; unicode-range: {letters}; '
        f'src: url("../fonts/noto-sans-{script}-{weight}.woff2") format("woff2"); }}\n'
        for script, letters in RANGES.items()
        for weight, number in WEIGHTS.items()
    )
    return (
        "/* Written by api/web/explorer/picture_style.py. */\n"
        f"{fonts}"
        f".counterclaim-picture {{ {light} }}\n"
        f"@media screen and (prefers-color-scheme: dark) {{ .counterclaim-picture {{ {dark} }} }}\n"
    )
