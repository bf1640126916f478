"""Outlines of countries: a country on both sides of the 180th meridian is drawn at both edges of the map."""

from api.pictures.outlines import Outline, fit_box, list_outlines

WIDTH, HEIGHT = 720, 500
WORLD = (-180.0, -58.0, 180.0, 80.0)


def draw_world() -> list[Outline]:
    return list_outlines(fit_box(WORLD, 0, 0, WIDTH, HEIGHT))


def test_no_line_crosses_the_map() -> None:
    """A line along the edge of the map is where a country is cut off."""
    for name, points in draw_world():
        for number, (x, y) in enumerate(points):
            before = points[number - 1]
            is_at_edge = before[1] == y and y in (0, HEIGHT)
            assert is_at_edge or abs(x - before[0]) < WIDTH / 4, (name, before, (x, y))


def test_a_country_beyond_the_last_meridian_is_at_both_edges() -> None:
    russia = [[x for x, _ in points] for name, points in draw_world() if name == "Russia"]
    assert min(map(min, russia)) < WIDTH / 18 and max(map(max, russia)) > WIDTH * 17 / 18
    assert all(max(places) - min(places) < WIDTH / 2 for places in russia)


def test_antarctica_reaches_the_edge_below() -> None:
    projection = fit_box((-180.0, -80.0, 180.0, 80.0), 0, 0, WIDTH, HEIGHT)
    lowest = [max(y for _, y in points) for name, points in list_outlines(projection) if name == "Antarctica"]
    assert max(lowest) == HEIGHT
