#!/bin/sh
# world-atlas 2.0.2 has no id for Somaliland, Kosovo and Northern Cyprus, so their dead become one sum.
#
# Expected: `countries` has a shape for each country. Its id is the number of ISO 3166-1, so figures are joined to
#   shapes by it. What has no number of its own belongs to a country that has one, or has an id that is not of another.
# Seen: Somaliland, Kosovo and Northern Cyprus have no id, so all three are one key, "undefined". A place in Hargeisa
#   is not in Somalia (706). A place in Crimea is in Russia (643). In the most detailed of the three files three tiny
#   islands of the Maldives (462) run the wrong way round. d3-geo, with which the README draws the files, takes each
#   for the rest of the world: every place lies in its country and in the Maldives.
# Why it matters: many maps of the web are drawn from these files. The dead of Hargeisa and of Pristina are one sum
#   without a country, and Somalia lacks its own. Those of Simferopol are Russia's. With the detailed file the Maldives
#   have as many dead as the world.
# What helps: to look at the shapes without an id, and to join these by name.
# Note: the borders are those of Natural Earth, which draws who is in control, and says so. world-atlas mentions the
#   source alone. Crimea is reported (github.com/topojson/world-atlas/issues/42), and so are the Maldives, as a map
#   that is all of one colour (github.com/topojson/world-atlas/issues/44).

set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
cd "$work"
npm install --silent --no-fund --no-audit --prefix . world-atlas@2.0.2 topojson-client@3.1.0 d3-geo@3.1.2

cat > ask.mjs <<'JAVASCRIPT'
import { readFileSync } from "node:fs";
import { geoContains } from "d3-geo";
import { feature } from "topojson-client";

const TOLLS = [
  { place: "Kyiv", point: [30.52, 50.45], killed: 7 },
  { place: "Simferopol", point: [34.1, 44.95], killed: 3 },
  { place: "Hargeisa", point: [44.06, 9.56], killed: 12 },
  { place: "Pristina", point: [21.16, 42.66], killed: 5 },
];

function readCountries(scale) {
  const atlas = JSON.parse(readFileSync(`node_modules/world-atlas/countries-${scale}.json`, "utf8"));
  return feature(atlas, atlas.objects.countries).features;
}

function sumTolls(countries) {
  const sums = {};
  for (const { point, killed } of TOLLS) {
    for (const { id } of countries.filter((country) => geoContains(country, point))) {
      sums[id] = (sums[id] ?? 0) + killed;
    }
  }
  return sums;
}

for (const scale of ["110m", "10m"]) {
  const countries = readCountries(scale);
  const nameless = countries.filter(({ id }) => id === undefined).map(({ properties }) => properties.name);
  console.log(`${scale}: ${nameless.length} without an id, among them ${nameless.slice(0, 3).join(", ")}`);
  console.log(sumTolls(countries));
}
JAVASCRIPT

cat > expected.txt <<'TEXT'
110m: 3 without an id, among them N. Cyprus, Somaliland, Kosovo
{ '643': 3, '804': 7, undefined: 17 }
10m: 16 without an id, among them Dhekelia, Somaliland, Kosovo
{ '462': 27, '643': 3, '804': 7, undefined: 17 }
TEXT

node ask.mjs | tee seen.txt

diff -u expected.txt seen.txt || { echo "The behaviour has changed."; exit 1; }
echo "As it was found."
