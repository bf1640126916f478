"""The sheet of a picture: its title, its sentence, what is drawn, its key and its source, one under the other.

In a language that is written from right to left, lines of text begin at the right edge. A mirrored sheet is drawn from
right to left as a whole: columns, scales and marks. Maps and charts over time are not mirrored.
"""

from collections.abc import Iterable
from typing import Any, NamedTuple

from api.pictures.markup import escape_text, write_element, write_number
from api.pictures.palettes import Palette
from api.pictures.text_widths import measure_text, wrap_text
from schemas.language_files import DEFAULT_LANGUAGE, load_language

FONT = "Noto Sans, Noto Sans Arabic, Segoe UI, Roboto, Helvetica, Arial, DejaVu Sans, sans-serif"
NARROW = 720  # pixels; below them names stand over what they name
TITLE, LEAD, TEXT, SMALL = 21, 14, 13, 11.5  # sizes of letters in pixels
BEGIN_RTL, END_RTL = "\u2067", "\u2069"  # isolate a text whose words run from right to left, whatever its first letter
LINE = 1.32  # the height of a line, in sizes of its letters


class Caption(NamedTuple):
    """What a picture says in words. `source` is its revision and address.

    A page that says title, lead and source itself leaves them empty; the description is then the label.
    """

    title: str
    lead: str
    source: str
    description: str

    @property
    def label(self) -> str:
        return self.title or self.description


class Form(NamedTuple):
    """The form that a reader wants. `height`: what does not fit is counted in words; None: all is drawn.

    A picture is higher than `height` only if its words and one figure need it.
    """

    width: int
    height: int | None
    palette: Palette
    language: str = DEFAULT_LANGUAGE

    @property
    def is_rtl(self) -> bool:
        return load_language(self.language).direction == "rtl"

    @property
    def is_narrow(self) -> bool:
        return self.width < NARROW

    @property
    def margin(self) -> float:
        return 14.0 if self.is_narrow else 22.0

    @property
    def inside(self) -> float:
        return self.width - 2 * self.margin


class Sheet:
    """Elements from the top down. `y` is the first free pixel."""

    def __init__(self, form: Form, caption: Caption, can_mirror: bool = False) -> None:
        self.form, self.caption = form, caption
        self.is_mirrored = can_mirror and form.is_rtl
        self.palette = form.palette
        self.parts: list[str] = []
        self.y = form.margin if caption.title else 0.0
        self.add_lines(caption.title, TITLE if not form.is_narrow else 17, bold=True)
        self.add_lines(caption.lead, LEAD if not form.is_narrow else TEXT)
        self.y += 6 if caption.title else 0

    @property
    def foot(self) -> list[str]:
        return wrap_text(self.caption.source, SMALL, self.form.inside) if self.caption.source else []

    @property
    def room(self) -> float:
        """Return how many pixels are free above the source; a great number where the height is open."""
        if self.form.height is None:
            return 1e9
        return self.form.height - self.y - self.form.margin / 2 - len(self.foot) * SMALL * LINE - 10

    def add(self, element: str) -> None:
        self.parts.append(element)

    def add_text(
        self, x: float, y: float, text: str, size: float = TEXT, fill: str | None = None, bold: bool = False,
        anchor: str | None = None, **attributes: Any,
    ) -> None:  # fmt: skip
        self.add(self.write_text(x, y, text, size, fill, bold, anchor, **attributes))

    def write_text(
        self, x: float, y: float, text: str, size: float = TEXT, fill: str | None = None, bold: bool = False,
        anchor: str | None = None, **attributes: Any,
    ) -> str:  # fmt: skip
        """Return one line of text. `y` is its base line. On a mirrored sheet the text itself is not mirrored."""
        if self.is_mirrored:
            attributes["transform"] = f"matrix(-1 0 0 1 {write_number(2 * x)} 0)"
            anchor = {None: "end", "end": None}.get(anchor, anchor)
        if self.form.is_rtl:
            text = f"{BEGIN_RTL}{text}{END_RTL}"
        return write_element(
            "text", escape_text(text), x=float(x), y=float(y), font_size=write_number(size), fill=fill,
            font_weight="700" if bold else None, text_anchor=anchor, **attributes,
        )  # fmt: skip

    def add_lines(
        self, text: str, size: float, fill: str | None = None, bold: bool = False, x: float | None = None,
        width: float | None = None,
    ) -> None:  # fmt: skip
        """Add text under what is drawn, in as many lines as it needs."""
        for line in wrap_text(text, size, width or self.form.inside, bold) if text else ():
            self.y += size * LINE
            self.add(self._write_line(line, self.y - size * 0.28, size, fill, bold, x))

    def _write_line(
        self, text: str, y: float, size: float, fill: str | None = None, bold: bool = False, x: float | None = None
    ) -> str:
        """Return a line that begins at the margin: at the right one, if the language is written from right to left."""
        if x is None and self.form.is_rtl and not self.is_mirrored:
            return self.write_text(self.form.width - self.form.margin, y, text, size, fill, bold, "end")
        return self.write_text(self.form.margin if x is None else x, y, text, size, fill, bold)

    def add_key(self, entries: Iterable[tuple[str, float, str]]) -> None:
        """Add a key: for each entry a mark drawn around 0,0, its width, and its words."""
        x, height = self.form.margin, SMALL * LINE + 4
        self.y += height
        for mark, width, words in entries:
            length = width + 6 + measure_text(words, SMALL)
            if x > self.form.margin and x + length > self.form.width - self.form.margin:
                x = self.form.margin
                self.y += height
            self.add(
                write_element(
                    "g", mark, transform=f"translate({write_number(x + width / 2)} {write_number(self.y - 8)})"
                )
            )
            self.add_text(x + width + 6, self.y - 4, words, SMALL, self.palette.dim)
            x += length + 18

    def write_svg(self) -> str:
        """Return the whole picture."""
        form, palette = self.form, self.palette
        foot = self.foot
        bottom = self.y + 10 + len(foot) * SMALL * LINE + form.margin / 2
        height = max(form.height or 0, round(bottom))
        y = height - form.margin / 2 - (len(foot) - 1) * SMALL * LINE - 3
        written = [
            self._write_line(line, y + number * SMALL * LINE, SMALL, palette.dim) for number, line in enumerate(foot)
        ]
        return write_element(
            "svg",
            *([write_element("title", escape_text(self.caption.title))] if self.caption.title else ()),
            write_element("desc", escape_text(self.caption.description)),
            write_element("rect", class_="paper", width=form.width, height=height, fill=palette.paper),
            *self._mirror([*self.parts, write_element("g", *written, class_="source")]),
            xmlns="http://www.w3.org/2000/svg", width=form.width, height=height,
            viewBox=f"0 0 {form.width} {height}", role="img", aria_label=self.caption.label, font_family=FONT,
            fill=palette.ink, class_="counterclaim-picture", **self._name_language(),
        )  # fmt: skip

    def _mirror(self, parts: list[str]) -> list[str]:
        flip = f"matrix(-1 0 0 1 {self.form.width} 0)"
        return [write_element("g", *parts, transform=flip, class_="mirrored")] if self.is_mirrored else parts

    def _name_language(self) -> dict[str, str]:
        """Return the attributes of a language. Anchors of texts are of a picture that is drawn from the left."""
        if self.form.language == DEFAULT_LANGUAGE:
            return {}
        return {"xml:lang": self.form.language, **({"direction": "ltr"} if self.form.is_rtl else {})}
