#!/bin/sh
# ethiopian-calendar-new 1.1.0 moves all days of every fourth Ethiopian year by one day.
#
# Expected: Ethiopia's own calendar has a leap day at the end of the years 2011, 2015 and so on. So the first day of
#   2012 is 12 September 2019. The calendar that comes with Node.js (ICU) says so, too.
# Seen: the library adds the leap day a year too late. All days of 2012, 2016 and 2020 come one day early, and those of
#   the other years are right. The other direction gives these days one day late, and 11 September 2023, the leap day of
#   2015, as the first of 2016.
# Why it matters: officials and witnesses in Ethiopia date by this calendar. An attack on 20 Hidar 2016 moves from 30 to
#   29 November 2023. Two reports of it, one in each calendar, become two attacks, and the dead count twice. The
#   examples of the README are of 2017, and right.
# Note: ethiotime 1.0.2, for Python, has the same fault, and refuses the leap days. kenat 3.2.0 and ethiopian-date
#   0.0.6, for JavaScript, are right.

set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
cd "$work"
npm install --silent --no-fund --no-audit --prefix . ethiopian-calendar-new@1.1.0

cat > ask.mjs <<'JAVASCRIPT'
import { toEthiopian, toGregorian } from "ethiopian-calendar-new";

const ETHIOPIC = new Intl.DateTimeFormat("en-u-ca-ethiopic", {
  year: "numeric", month: "numeric", day: "numeric", timeZone: "UTC",
});

function writeDay({ year, month, day }) {
  return [year, String(month).padStart(2, "0"), String(day).padStart(2, "0")].join("-");
}

function listDays(first, last) {
  const count = (Date.parse(last) - Date.parse(first)) / 86_400_000 + 1;
  return Array.from({ length: count }, (_, n) => new Date(Date.parse(first) + n * 86_400_000));
}

function convertDay(date) {
  const parts = ETHIOPIC.formatToParts(date).map(({ type, value }) => [type, Number(value)]);
  const { year, month, day } = Object.fromEntries(parts);
  const gregorian = date.toISOString().slice(0, 10);
  return {
    gregorian,
    ethiopian: writeDay({ year, month, day }),
    toGregorian: writeDay(toGregorian(year, month, day)),
    toEthiopian: writeDay(toEthiopian(...gregorian.split("-").map(Number))),
  };
}

const EXAMPLES = ["2018-09-11", "2019-09-12", "2020-11-04", "2023-09-11", "2023-09-12", "2023-11-30", "2024-09-11"];
for (const example of EXAMPLES) {
  const { gregorian, ethiopian, toGregorian, toEthiopian } = convertDay(new Date(example));
  console.log(gregorian, "is", ethiopian, "| to Gregorian", toGregorian, "| to Ethiopian", toEthiopian);
}
const days = listDays("2007-09-12", "2029-09-10").map(convertDay);
const wrong = days.filter((day) => day.toGregorian !== day.gregorian);
const years = new Set(wrong.map((day) => day.ethiopian.slice(0, 4)));
console.log(`${wrong.length} of ${days.length} days are wrong, of the years ${[...years].join(", ")}`);
JAVASCRIPT

cat > expected.txt <<'TEXT'
2018-09-11 is 2011-01-01 | to Gregorian 2018-09-11 | to Ethiopian 2011-01-01
2019-09-12 is 2012-01-01 | to Gregorian 2019-09-11 | to Ethiopian 2012-01-02
2020-11-04 is 2013-02-25 | to Gregorian 2020-11-04 | to Ethiopian 2013-02-25
2023-09-11 is 2015-13-06 | to Gregorian 2023-09-11 | to Ethiopian 2016-01-01
2023-09-12 is 2016-01-01 | to Gregorian 2023-09-11 | to Ethiopian 2016-01-02
2023-11-30 is 2016-03-20 | to Gregorian 2023-11-29 | to Ethiopian 2016-03-21
2024-09-11 is 2017-01-01 | to Gregorian 2024-09-11 | to Ethiopian 2017-01-01
2190 of 8035 days are wrong, of the years 2000, 2004, 2008, 2012, 2016, 2020
TEXT

node ask.mjs | tee seen.txt

diff -u expected.txt seen.txt || { echo "The behaviour has changed."; exit 1; }
echo "As it was found."
