"""PNG from SVG, by resvg (docs/developers/adr/0022).

It uses the fonts of this folder alone, so that every machine gives the same picture.
"""

from api.pictures.sheet import BEGIN_RTL, END_RTL
from api.pictures.text_widths import FONTS

#: resvg draws boxes for Hebrew and Arabic letters between isolates. Without them the letters are right, but runs of
#: Latin and of Hebrew words in one line follow each other from left to right.
WITHOUT_ISOLATES = {ord(BEGIN_RTL): None, ord(END_RTL): None}
FILES = sorted(str(path) for path in FONTS.glob("*.ttf"))


def read_height(svg: str) -> int:
    """Return the height of one of our pictures."""
    return int(svg.partition(' height="')[2].partition('"')[0])


def render_png(svg: str, zoom: float) -> bytes:
    """Return the picture as PNG, with `zoom` pixels for each pixel of the SVG."""
    import resvg_py  # the library takes a moment to load, and most processes never draw

    return resvg_py.svg_to_bytes(
        svg_string=svg.translate(WITHOUT_ISOLATES),
        zoom=zoom, skip_system_fonts=True, font_files=FILES, font_family="Noto Sans",
        sans_serif_family="Noto Sans", font_size=13,
    )  # fmt: skip
