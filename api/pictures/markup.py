"""SVG as text: elements, attributes and numbers. The same input gives the same bytes."""

from typing import Any

ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;"})


def escape_text(text: str) -> str:
    """Return the text for XML. Characters that XML does not allow are left out."""
    return "".join(c for c in text if c >= " " and c not in "\ufffe\uffff").translate(ESCAPES)


def write_number(value: float) -> str:
    """Return a length with at most one decimal: `12.04` → `12`, `12.46` → `12.5`."""
    text = f"{value:.1f}"
    return "0" if text == "-0.0" else text.removesuffix(".0")


def _write_value(value: Any) -> str:
    return write_number(value) if isinstance(value, float) else escape_text(str(value))


def write_element(name: str, *children: str, **attributes: Any) -> str:
    """Return an element. `stroke_width` is `stroke-width`, `class_` is `class`; None is no attribute."""
    written = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{_write_value(value)}"'
        for key, value in attributes.items()
        if value is not None
    )
    inside = "".join(children)
    return f"<{name}{written}>{inside}</{name}>" if inside else f"<{name}{written}/>"


def write_tooltip(text: str) -> str:
    """Return the title of a group, which browsers show on hover."""
    return write_element("title", escape_text(text))
