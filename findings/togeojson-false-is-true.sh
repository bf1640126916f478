#!/bin/sh
# togeojson 7.1.3 reads "false" in a KML file as true, and a toll that nobody stated as 0 dead.
#
# Expected: a KML file declares in its <Schema> that "civilians" is a bool and "killed" an int. "false" and "0" are
#   false, as XML Schema says and as GDAL writes and reads them. An empty value is null, or the property is missing.
# Seen: any text is true, so "false" and "0" are true like "true" and "1". An empty <killed> is 0 like the real 0. The
#   README says that <ExtendedData> is converted verbatim. So it is in a file without a <Schema>.
# Why it matters: maps of events are exchanged as KML. All the fighters in such a file become civilians, and their dead
#   are added to those of the civilians. A place without a count looks like a place without dead.
# What helps: remove <Schema> before the conversion. All values then stay text.
# Note: GDAL 3.12.4 reads the empty int as 0, too. It omits the element when it writes.

set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
cd "$work"
npm install --silent --no-fund --no-audit --prefix . @tmcw/togeojson@7.1.3 @xmldom/xmldom@0.9.12

cat > ask.mjs <<'JAVASCRIPT'
import { kml } from "@tmcw/togeojson";
import { DOMParser } from "@xmldom/xmldom";

const TOLLS = [["12", "true"], ["40", "false"], ["0", "1"], ["", "0"]];
const SCHEMA = `<Schema name="toll" id="toll">
<SimpleField type="int" name="killed"/><SimpleField type="bool" name="civilians"/></Schema>`;

function readTolls(schema) {
  const placemarks = TOLLS.map(([killed, civilians]) => `<Placemark><ExtendedData><SchemaData schemaUrl="#toll">
<SimpleData name="killed">${killed}</SimpleData><SimpleData name="civilians">${civilians}</SimpleData>
</SchemaData></ExtendedData><Point><coordinates>46.75,39.81</coordinates></Point></Placemark>`);
  const text = `<?xml version="1.0" encoding="UTF-8"?>
<kml xmlns="http://www.opengis.net/kml/2.2"><Document>${schema}${placemarks.join("")}</Document></kml>`;
  const { features } = kml(new DOMParser().parseFromString(text, "text/xml"));
  return features.map(({ properties }) => JSON.stringify(properties));
}

console.log(["with a schema", ...readTolls(SCHEMA), "without", ...readTolls("")].join("\n"));
JAVASCRIPT

cat > expected.txt <<'TEXT'
with a schema
{"killed":12,"civilians":true}
{"killed":40,"civilians":true}
{"killed":0,"civilians":true}
{"killed":0,"civilians":true}
without
{"killed":"12","civilians":"true"}
{"killed":"40","civilians":"false"}
{"killed":"0","civilians":"1"}
{"killed":"","civilians":"0"}
TEXT

node ask.mjs | tee seen.txt

diff -u expected.txt seen.txt || { echo "The behaviour has changed."; exit 1; }
echo "As it was found."
