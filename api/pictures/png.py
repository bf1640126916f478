"""PNG from SVG, by resvg (docs/developers/adr/0022).

It uses the fonts of this folder alone, so that every machine gives the same picture.
"""

from __future__ import annotations

import math
import threading
from typing import TYPE_CHECKING

from api.pictures.sheet import BEGIN_RTL, END_RTL
from api.pictures.text_widths import FONTS

if TYPE_CHECKING:
    from resvg.usvg import Options

#: resvg draws boxes for Hebrew and Arabic letters between isolates. Without them the letters are right, but runs of
#: Latin and of Hebrew words in one line follow each other from left to right.
WITHOUT_ISOLATES = {ord(BEGIN_RTL): None, ord(END_RTL): None}
FILES = sorted(FONTS.glob("*.ttf"))


def read_height(svg: str) -> int:
    """Return the height of one of our pictures."""
    return int(svg.partition(' height="')[2].partition('"')[0])


def render_png(svg: str, zoom: float) -> bytes:
    """Return the picture as PNG, with `zoom` pixels for each pixel of the SVG."""
    from resvg import render, usvg  # the library takes a moment to load, and most processes never draw

    tree = usvg.Tree.from_str(svg.translate(WITHOUT_ISOLATES), load_fonts())
    width, height = tree.int_size()
    across, down = math.ceil(width * zoom), math.ceil(height * zoom)
    return bytes(render(tree, (across / width, 0, 0, 0, down / height, 0), bg_size=(across, down)))


_of_thread = threading.local()


def load_fonts() -> Options:
    """Return what resvg draws with: our fonts, as bytes, because it would open a file again for each letter.

    Each thread reads them once: resvg panics in any other thread.
    """
    from resvg import usvg

    if not hasattr(_of_thread, "options"):
        options = usvg.Options.default()
        options.font_family = "Noto Sans"
        options.font_size = 13
        for file in FILES:
            options.load_font_data(file.read_bytes())
        _of_thread.options = options
    kept: Options = _of_thread.options
    return kept
