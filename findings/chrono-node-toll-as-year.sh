#!/bin/sh
# chrono-node 2.10.3 takes the dead for the year: "On 4 October 12 people died" is 4 October 2012.
#
# Expected: `parse` finds the dates of a text. "On 4 October" is a day of the year in which the report was written, and
#   "In May" is a month. The number behind it counts people. Where that is not clear, the year and the day are open.
# Seen: a number of two or of four digits behind a day is the year. Behind a month it is the day, or the year if no
#   month has so many days. "On 4 October 12 people" is of 2012, "In March, 40 people" of 2040, and "On 4 October, 1500
#   people" of the year 1500. "In May 12 people" is 12 May. All of this counts as certain, also in the strict mode.
#   With the year in the text, or with the number in words, the day is right. So it is with a toll of 100 to 999.
# Why it matters: a report seldom names its own year, and the toll often follows the date. An attack with 12 dead moves
#   by eight years, and one with 24 dead into the future. Each is a valid date, so no check of the format finds it.
# Note: "May 12" and "4 October 12" may also be whole dates. The library cannot know, but it does not say that it
#   guessed.

set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
cd "$work"
npm install --silent --no-fund --no-audit --prefix . chrono-node@2.10.3

cat > ask.mjs <<'JAVASCRIPT'
import * as chrono from "chrono-node";

const WRITTEN = new Date("2020-12-01T12:00:00Z");
const SENTENCES = [
  "On 4 October 12 people were killed near Alpha.",
  "On 4 October, 1500 people fled.",
  "On 12 May 40 people died.",
  "By the end of May 12 were dead.",
  "In May 12 people were killed.",
  "In March, 40 people were killed.",
  "On 4 October twelve people were killed.",
  "On 4 October 250 people were killed.",
  "On 4 October 2020 12 people were killed.",
];

function describeDate({ start, text }) {
  const certain = ["day", "month", "year"].filter((part) => start.isCertain(part));
  return `"${text}" ${start.date().toISOString().slice(0, 10)}, certain: ${certain.join(" ")}`;
}

for (const sentence of SENTENCES) {
  console.log(sentence);
  for (const found of chrono.parse(sentence, WRITTEN)) {
    console.log("  ", describeDate(found));
  }
}
const [strict] = chrono.strict.parse(SENTENCES[0], WRITTEN);
console.log("strict", describeDate(strict));
JAVASCRIPT

cat > expected.txt <<'TEXT'
On 4 October 12 people were killed near Alpha.
   "On 4 October 12" 2012-10-04, certain: day month year
On 4 October, 1500 people fled.
   "On 4 October, 1500" 1500-10-04, certain: day month year
On 12 May 40 people died.
   "On 12 May 40" 2040-05-12, certain: day month year
By the end of May 12 were dead.
   "end of May 12" 2012-05-31, certain: day month year
In May 12 people were killed.
   "May 12" 2021-05-12, certain: day month
In March, 40 people were killed.
   "March, 40" 2040-03-01, certain: month year
On 4 October twelve people were killed.
   "On 4 October" 2020-10-04, certain: day month
On 4 October 250 people were killed.
   "On 4 October" 2020-10-04, certain: day month
On 4 October 2020 12 people were killed.
   "On 4 October 2020 12" 2020-10-04, certain: day month year
strict "On 4 October 12" 2012-10-04, certain: day month year
TEXT

node ask.mjs | tee seen.txt

diff -u expected.txt seen.txt || { echo "The behaviour has changed."; exit 1; }
echo "As it was found."
