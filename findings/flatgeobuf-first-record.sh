#!/bin/sh
# flatgeobuf 4.5.0 drops the high bound and the source of all claims if the first claim has none.
#
# Expected: `serialize` writes GeoJSON as FlatGeobuf. Every property of every feature is in the file, in a column that
#   can hold it, or there is an error. GeoJSON has no columns, so features may have different properties.
# Seen: the columns are the properties of the first feature, with the types of its values. A property that it does not
#   have is left out of all others. If the first toll is a number, "at least 40" is NaN, and an empty text is 0 dead.
#   If the first answer to "civilians" is true or false, "unknown" is false. If the first bound is null, all are text.
#   Nothing is told.
# Why it matters: web maps load such files. Few claims have bounds or a second source, and the first record decides for
#   all. The same records in another order keep them.
# What helps: to give the first feature all properties, with values of their type.
# Note: the documentation of `serialize` does not mention the first feature. GDAL 3.12.4 writes all properties.

set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
cd "$work"
npm install --silent --no-fund --no-audit --prefix . flatgeobuf@4.5.0

cat > ask.mjs <<'JAVASCRIPT'
import { geojson } from "flatgeobuf";

const SHORT = { place: "Alpha", killed: 2 };
const LONG = { place: "Beta", killed: 40, high: 60, source: "un-1" };
const WORDS = ["at least 40", ""].map((killed) => ({ place: "Gamma", killed }));
const CIVILIANS = [true, "unknown"].map((civilians) => ({ civilians }));
const BOUNDS = [null, 60].map((high) => ({ high }));

function describeFeature(properties) {
  return { type: "Feature", properties, geometry: { type: "Point", coordinates: [46.75, 39.81] } };
}

async function passThrough(records) {
  const file = geojson.serialize({ type: "FeatureCollection", features: records.map(describeFeature) });
  const answers = [];
  for await (const { properties } of geojson.deserialize(file)) {
    answers.push(properties);
  }
  return answers;
}

for (const records of [[SHORT, LONG], [LONG, SHORT], [SHORT, ...WORDS], CIVILIANS, BOUNDS]) {
  console.log(await passThrough(records));
}
JAVASCRIPT

cat > expected.txt <<'TEXT'
[ { place: 'Alpha', killed: 2 }, { place: 'Beta', killed: 40 } ]
[
  { place: 'Beta', killed: 40, high: 60, source: 'un-1' },
  { place: 'Alpha', killed: 2, high: NaN, source: '' }
]
[
  { place: 'Alpha', killed: 2 },
  { place: 'Gamma', killed: NaN },
  { place: 'Gamma', killed: 0 }
]
[ { civilians: true }, { civilians: false } ]
[ {}, { high: '60' } ]
TEXT

node ask.mjs | tee seen.txt

diff -u expected.txt seen.txt || { echo "The behaviour has changed."; exit 1; }
echo "As it was found."
