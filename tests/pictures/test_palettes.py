"""The colours of pictures: readable on their paper, and the same within a page."""

import pytest

from api.pictures.palettes import DARK, LIGHT, PAGE, Palette, list_variables

READABLE = 4.5  # WCAG 2.2, AA


def measure_light(colour: str) -> float:
    channels = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def measure_contrast(first: str, second: str) -> float:
    dark, light = sorted((measure_light(first), measure_light(second)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
def test_text_and_marks_can_be_read_on_paper_and_land(palette: Palette) -> None:
    colours = [palette.ink, palette.dim, *palette.stances.values(), *palette.lines]
    pairs = [(colour, ground) for colour in colours for ground in (palette.paper, palette.land)]
    assert [pair for pair in pairs if measure_contrast(*pair) < READABLE] == []


def test_a_page_may_set_every_colour() -> None:
    assert PAGE.ink == "var(--picture-ink,#1b1b1f)"
    assert PAGE.stances["third_party"] == f"var(--picture-third-party,{LIGHT.stances['third_party']})"
    assert list_variables(DARK).keys() == list_variables(LIGHT).keys()
    assert len(list_variables(LIGHT)) == 8 + 4 + 8
