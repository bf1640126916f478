#!/bin/sh
# geopy 2.5.0 drops the latitude of "14 30 N 4 12 W" and makes a place of the longitude alone, 1,400 km away.
#
# Expected: `Point` reads coordinates in many notations, and raises an error if it cannot. "14 30 N 4 12 W" is 14.5
#   north and 4.2 west, in Mali. So it is with the signs of degrees and minutes.
# Seen: a number without a sign is one of degrees. `Point` skips the beginning of a text until the rest can be read. So
#   14 and 30 are gone, the 4 is the latitude and the 12 the longitude, in the sea southwest of Liberia. With N and W in
#   front it is a place in Cameroon. "14,5 -4,2", with the comma of French and Russian, is 4 south and 2 east.
# Why it matters: many reports write degrees and minutes as bare numbers. The place that comes out is a possible one, so
#   no check of the bounds finds it. An attack is on the map of another country, and far from all others.
# What helps: to put in the signs.
# Note: the documentation asks for the signs of minutes, so one expects an error without them. Of the skipped beginning
#   it has one example, a label in front. A like case with seconds is reported (github.com/geopy/geopy/issues/247).

set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
cd "$work"
python=$(command -v python3.11 || command -v python3)
"$python" -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check geopy==2.5.0

cat > ask.py <<'PYTHON'
from geopy.distance import distance
from geopy.point import Point

MALI = Point(14.5, -4.2)
for text in ("14° 30' N 4° 12' W", "14.5 N 4.2 W", "14 30 N 4 12 W", "N 14 30 W 4 12", "14,5 -4,2"):
    point = Point(text)
    print(text, "=>", point.latitude, point.longitude, f"{distance(point, MALI).km:.0f} km")
PYTHON

cat > expected.txt <<'TEXT'
14° 30' N 4° 12' W => 14.5 -4.2 0 km
14.5 N 4.2 W => 14.5 -4.2 0 km
14 30 N 4 12 W => 4.0 -12.0 1443 km
N 14 30 W 4 12 => 4.0 12.0 2123 km
14,5 -4,2 => -4.0 2.0 2157 km
TEXT

venv/bin/python ask.py | tee seen.txt

diff -u expected.txt seen.txt || { echo "The behaviour has changed."; exit 1; }
echo "As it was found."
