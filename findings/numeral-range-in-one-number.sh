#!/bin/sh
# numeral 2.0.6 reads a toll of 10-12 dead as -1012, and "40 (3 children)" as -403.
#
# Expected: `numeral(text).value()` is the number in a text, as in "1,234" or "$1,000". A text with two numbers gives
#   null, or the first of them.
# Seen: all that is no digit and no full stop is left out, and what is left is one number. "10-12" has a minus, so it
#   is -1012. With the longer dash of print it is 1012. "12 or 13" is 1213, "between 80 and 100" 80100 and "5 killed, 3
#   wounded" 53. A number in brackets makes all of it negative.
# Why it matters: a toll that nobody could count is a range, and the children among the dead stand in brackets behind
#   it. The sum of a column is too high by a thousand, or too low, and each cell alone is a number without an error.
# What helps: numbro 2.5.0, made after numeral, gives no number for any of these.
# Note: brackets around a whole number mean a minus in bookkeeping. accounting 0.4.1 and currency.js 2.0.4 read
#   "between 80 and 100" as 80100, too.

set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
cd "$work"
npm install --silent --no-fund --no-audit --prefix . numeral@2.0.6 numbro@2.5.0 accounting@0.4.1 currency.js@2.0.4

cat > ask.mjs <<'JAVASCRIPT'
import accounting from "accounting";
import currency from "currency.js";
import numbro from "numbro";
import numeral from "numeral";

const TOLLS = [
  "1,234", "at least 40", "10-12", "10–12", "12 or 13", "between 80 and 100", "40 (3 children)",
  "5 killed, 3 wounded",
];

for (const toll of TOLLS) {
  const others = [numbro.unformat(toll), accounting.unformat(toll), currency(toll).value];
  console.log(`${toll}: ${numeral(toll).value()} | others: ${others.join(" ")}`);
}
JAVASCRIPT

cat > expected.txt <<'TEXT'
1,234: 1234 | others: 1234 1234 1234
at least 40: 40 | others:  40 40
10-12: -1012 | others:  10 NaN
10–12: 1012 | others:  1012 1012
12 or 13: 1213 | others:  1213 1213
between 80 and 100: 80100 | others:  80100 80100
40 (3 children): -403 | others: NaN 40 NaN
5 killed, 3 wounded: 53 | others: NaN 53 53
TEXT

node ask.mjs | tee seen.txt

diff -u expected.txt seen.txt || { echo "The behaviour has changed."; exit 1; }
echo "As it was found."
