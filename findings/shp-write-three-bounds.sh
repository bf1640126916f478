#!/bin/sh
# shp-write 0.4.3 gives the low bound, the best figure and the high bound one name. Readers keep the high bound alone.
#
# Expected: names in a shapefile have at most ten letters. GDAL makes fatalities, fataliti_1 and fataliti_2 of
#   fatalities_low, fatalities_best and fatalities_high, and warns. Three columns have three names, or there is an
#   error.
# Seen: three columns are called "fatalities", without a warning. A reader that makes an object of each row keeps the
#   last: shpjs gives 90 dead where the best figure is 12. It gives no warning, either.
# Why it matters: maps of humanitarian work are exchanged as shapefiles. The names of bounds begin alike and differ at
#   the end, where they are cut. The map shows the highest toll that anybody claimed, as "fatalities".
# What helps: names that differ in their first ten letters, as low_killed.
# Note: the README mentions the limit, but not that names may become equal. pyshp 3.1.6 also writes equal names, and
#   warns that it cuts them.

set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
cd "$work"
npm install --silent --no-fund --no-audit --prefix . @mapbox/shp-write@0.4.3 shpjs@6.2.0

cat > ask.mjs <<'JAVASCRIPT'
import { zip } from "@mapbox/shp-write";
import shp from "shpjs";

const TOLLS = [["Alpha", 10, 12, 90], ["Beta", 2, 3, 4]];

function describeFeature([place, low, best, high]) {
  return {
    type: "Feature",
    geometry: { type: "Point", coordinates: [46.75, 39.81] },
    properties: { place, fatalities_low: low, fatalities_best: best, fatalities_high: high },
  };
}

const collection = { type: "FeatureCollection", features: TOLLS.map(describeFeature) };
const shapefile = await zip(collection, { outputType: "nodebuffer", compression: "STORE" });
console.log(shapefile.toString("latin1").match(/fatalit\w*/g).join(" "));
for (const { properties } of (await shp(shapefile)).features) {
  console.log(JSON.stringify(properties));
}
JAVASCRIPT

cat > expected.txt <<'TEXT'
fatalities fatalities fatalities
{"place":"Alpha","fatalities":90}
{"place":"Beta","fatalities":4}
TEXT

node ask.mjs | tee seen.txt

diff -u expected.txt seen.txt || { echo "The behaviour has changed."; exit 1; }
echo "As it was found."
