"""The outlines of countries on a map: from the topology of the explorer to paths of the pixels that are seen."""

import functools
import json
import math
import pathlib
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from api.pictures.markup import write_number

FILE = pathlib.Path(__file__).parents[1] / "web" / "static" / "outlines" / "countries-50m.json"
NORTHERNMOST = 84.0  # degrees; a map in Mercator's projection has no poles
Point = tuple[float, float]


class Projection(NamedTuple):
    """Mercator's projection of a box of degrees to pixels."""

    west: float
    north: float  # of the projection, in radians
    zoom: float  # pixels of a radian
    left_edge: float
    top: float
    width: float
    height: float

    def find_place(self, longitude: float, latitude: float) -> Point:
        x = self.left_edge + math.radians(longitude - self.west) * self.zoom
        return x, self.top + (self.north - project_latitude(latitude)) * self.zoom


def project_latitude(latitude: float) -> float:
    bounded = max(-NORTHERNMOST, min(NORTHERNMOST, latitude))
    return math.asinh(math.tan(math.radians(bounded)))


def fit_box(box: Sequence[float], left_edge: float, top: float, width: float, height: float) -> Projection:
    """Return the projection that shows the whole box, west, south, east, north, in the middle of these pixels."""
    west, south, east, north = box
    low, high = project_latitude(south), project_latitude(north)
    span = math.radians(max(east - west, 0.01))
    zoom = min(width / span, height / max(high - low, 0.0001))
    start = (west + east) / 2 - math.degrees(width / zoom / 2)
    north_edge = (low + high) / 2 + height / zoom / 2
    return Projection(start, north_edge, zoom, left_edge, top, width, height)


class Ring(NamedTuple):
    """A closed line of a country, with its box."""

    name: str
    points: list[Point]
    west: float
    south: float
    east: float
    north: float


@functools.cache
def load_rings() -> list[Ring]:
    """Return the outlines of all countries, in degrees: about 30 MB and a tenth of a second, with the first map."""
    topology = json.loads(FILE.read_bytes())
    scale, translate = topology["transform"]["scale"], topology["transform"]["translate"]
    arcs = [_decode_arc(arc, scale, translate) for arc in topology["arcs"]]
    rings: list[Ring] = []
    for country in topology["objects"]["countries"]["geometries"]:
        name = country["properties"]["name"]
        polygons = [country["arcs"]] if country["type"] == "Polygon" else country.get("arcs", ())
        for polygon in polygons:
            for indexes in polygon:
                points = [p for i in indexes for p in (arcs[i] if i >= 0 else arcs[~i][::-1])]
                rings += _place_ring(name, _go_round(points))
    return rings


def _go_round(points: list[Point]) -> list[Point]:
    """Return a ring whose longitudes go on beyond 180 degrees, where they jump to the other end of the map."""
    turns, last = 0, points[0][0]
    ring = []
    for longitude, latitude in points:
        if abs(longitude - last) > 180:
            turns += 1 if longitude < last else -1
        ring.append((longitude + 360 * turns, latitude))
        last = longitude
    return ring


def _place_ring(name: str, points: list[Point]) -> Iterator[Ring]:
    """Yield a ring at each place of the map where a part of it lies between 180 degrees west and east."""
    longitudes, latitudes = [p[0] for p in points], [p[1] for p in points]
    for shift in (-360, 0, 360):
        west, east = min(longitudes) + shift, max(longitudes) + shift
        if west < 180 and east > -180:
            moved = [(longitude + shift, latitude) for longitude, latitude in points] if shift else points
            yield Ring(name, moved, west, min(latitudes), east, max(latitudes))


def _decode_arc(arc: list[list[int]], scale: Sequence[float], translate: Sequence[float]) -> list[Point]:
    x = y = 0
    points = []
    for dx, dy in arc:
        x, y = x + dx, y + dy
        points.append((x * scale[0] + translate[0], y * scale[1] + translate[1]))
    return points


class Outline(NamedTuple):
    """The part of a country's outline that is seen, in pixels."""

    name: str
    points: list[Point]

    def find_widest(self) -> tuple[float, Point]:
        """Return the width and the middle of the widest level line within the outline, of eleven lines."""
        ys = [y for _, y in self.points]
        top, bottom = min(ys), max(ys)
        widest = (0.0, self.points[0])
        for step in range(1, 12):
            y = top + (bottom - top) * step / 12
            crossings = sorted(self._find_crossings(y))
            for start, end in zip(crossings[::2], crossings[1::2], strict=False):
                widest = max(widest, (end - start, ((start + end) / 2, y)))
        return widest

    def _find_crossings(self, y: float) -> Iterator[float]:
        for number, (x1, y1) in enumerate(self.points):
            x0, y0 = self.points[number - 1]
            if (y0 <= y) != (y1 <= y):
                yield x0 + (y - y0) / (y1 - y0) * (x1 - x0)


def list_outlines(projection: Projection) -> list[Outline]:
    """Return the outlines of all countries within the pixels of a map."""
    east = projection.west + math.degrees(projection.width / projection.zoom)
    bottom = projection.north - projection.height / projection.zoom
    outlines = []
    for ring in load_rings():
        if ring.east < projection.west or ring.west > east:
            continue
        if project_latitude(ring.north) < bottom or project_latitude(ring.south) > projection.north:
            continue
        points = _clip_ring(list(_thin_out(ring.points, projection)), projection)
        if len(points) > 2:
            outlines.append(Outline(ring.name, points))
    return outlines


def write_path(outlines: list[Outline]) -> str:
    return "".join(
        f"M{'L'.join(f'{write_number(x)} {write_number(y)}' for x, y in outline.points)}Z" for outline in outlines
    )


def find_labels(outlines: list[Outline]) -> list[tuple[str, Point, float]]:
    """Return the name of each country, a place for it within the outline, and the width there."""
    widest: dict[str, tuple[float, Point]] = {}
    for outline in outlines:
        widest[outline.name] = max(widest.get(outline.name, (0.0, (0.0, 0.0))), outline.find_widest())
    return [(name, middle, width) for name, (width, middle) in widest.items()]


def _thin_out(points: Sequence[Point], projection: Projection) -> Iterator[Point]:
    """Yield the places of points that are at least a pixel from the last."""
    last = (math.inf, math.inf)
    for longitude, latitude in points:
        place = projection.find_place(longitude, latitude)
        if abs(place[0] - last[0]) + abs(place[1] - last[1]) >= 1:
            yield place
            last = place


def _clip_ring(points: list[Point], projection: Projection) -> list[Point]:
    """Return the part of a polygon within the map: cut at each of its four edges, one after the other."""
    x, y = projection.left_edge, projection.top
    edges = ((0, x, 1), (0, x + projection.width, -1), (1, y, 1), (1, y + projection.height, -1))
    for axis, edge, sign in edges:
        cut: list[Point] = []
        for number, point in enumerate(points):
            before = points[number - 1]
            if (before[axis] - edge) * sign >= 0 or (point[axis] - edge) * sign >= 0:
                if ((before[axis] - edge) * sign >= 0) != ((point[axis] - edge) * sign >= 0):
                    share = (edge - before[axis]) / (point[axis] - before[axis])
                    cut.append((before[0] + share * (point[0] - before[0]), before[1] + share * (point[1] - before[1])))
                if (point[axis] - edge) * sign >= 0:
                    cut.append(point)
        points = cut
    return points
