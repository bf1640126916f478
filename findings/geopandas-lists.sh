#!/bin/sh
# geopandas 1.2.0 reads a list of sources from GeoJSON and writes it back as one text in the style of Python.
#
# Expected: a GeoJSON file that is read and written again says the same. A property that is a list of two ids of sources
#   stays such a list, and the licence and citation beside "features" (RFC 7946, 6.1) stay there.
# Seen: ["un-1", "moh-2"] becomes the text "['un-1' 'moh-2']", with no comma and no way back. An empty list stays one,
#   so a test with an empty list passes. The licence and the citation are gone. Nothing is told.
# Why it matters: a map of claims passes through such tools before it is published. A reader of the result takes the two
#   sources for one, whose id nobody knows, and the figures lose those who published them.

set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
cd "$work"
python=$(command -v python3.11 || command -v python3)
"$python" -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check geopandas==1.2.0 pyogrio==0.13.0 pandas==3.1.1 numpy==2.4.6

cat > ask.py <<'PYTHON'
import json
import pathlib

import geopandas

POINT = {"type": "Point", "coordinates": [46.75, 39.81]}
CLAIMS = [{"killed": 12, "sources": ["un-1", "moh-2"]}, {"killed": 30, "sources": []}]
written = {
    "type": "FeatureCollection",
    "licence": "CC BY 4.0",
    "citation": "The desk (2020)",
    "features": [{"type": "Feature", "geometry": POINT, "properties": claim} for claim in CLAIMS],
}
pathlib.Path("claims.geojson").write_text(json.dumps(written))
geopandas.read_file("claims.geojson").to_file("again.geojson")
again = json.loads(pathlib.Path("again.geojson").read_text())
for feature in again["features"]:
    print(json.dumps(feature["properties"]))
print("lost:", *sorted(written.keys() - again.keys()))
PYTHON

cat > expected.txt <<'TEXT'
{"killed": 12, "sources": "['un-1' 'moh-2']"}
{"killed": 30, "sources": []}
lost: citation licence
TEXT

venv/bin/python ask.py | tee seen.txt

diff -u expected.txt seen.txt || { echo "The behaviour has changed."; exit 1; }
echo "As it was found."
