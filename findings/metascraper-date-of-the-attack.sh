#!/bin/sh
# metascraper-date 5.55.0 dates an article by a later change of its page, or by the attack that it reports.
#
# Expected: `date` is the day on which the article was published. A page states it as article:published_time, or as a
#   day beside the name of the author. It may also state when it was changed, and mark the days in its text with
#   <time>.
# Seen: if the page was ever changed, the day of the change comes first. A report of 2020 is of 2024. Without such
#   metadata the first <time> of the page is taken, before the day under the headline: an article of 4 October 2020 on
#   an attack of 3 May 2016 is of 2016. A list with the class "updates" counts as a date, as "date" is a part of the
#   word. 04.10.2020, and 04/10/2020, is 10 April, but 27.10.2020 is 27 October.
# Why it matters: the day of a source says who knew a toll first, and which of two tolls is the later one. Pages on
#   large attacks are changed for years, and they look back on others. The old figure then replaces the new one.
# What helps: datePublished: true adds the published date under a name of its own, if the metadata have it.
# Note: the modified date is reported (github.com/microlinkhq/metascraper/issues/165). `date` still prefers it. Its npm
#   package compiles a library that is not needed here, so it is installed without scripts.

set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
cd "$work"
npm install --silent --no-fund --no-audit --ignore-scripts --prefix . metascraper@5.58.1 metascraper-date@5.55.0

cat > ask.mjs <<'JAVASCRIPT'
import metascraper from "metascraper";
import readDate from "metascraper-date";

const PAGES = {
  "published in 2020, changed in 2024": `<meta property="article:published_time" content="2020-10-04T10:00:00Z">
<meta property="article:modified_time" content="2024-02-03T10:00:00Z">`,
  "published in 2020, on an attack of 2016": `<h1>Alpha looks back</h1><p class="date">4 October 2020</p>
<p>On <time datetime="2016-05-03">3 May 2016</time> 12 people died.</p>`,
  "published in 2020, with a list of updates": `<ul class="updates">3 May 2016</ul><p class="date">4 October 2020</p>`,
  "04.10.2020": '<meta name="date" content="04.10.2020">',
  "27.10.2020": '<meta name="date" content="27.10.2020">',
};

const scrape = metascraper([readDate()]);
for (const [page, html] of Object.entries(PAGES)) {
  const { date } = await scrape({ url: "https://example.org/", html });
  console.log(`${page}: ${date.slice(0, 10)}`);
}
JAVASCRIPT

cat > expected.txt <<'TEXT'
published in 2020, changed in 2024: 2024-02-03
published in 2020, on an attack of 2016: 2016-05-03
published in 2020, with a list of updates: 2016-05-03
04.10.2020: 2020-04-10
27.10.2020: 2020-10-27
TEXT

node ask.mjs | tee seen.txt

diff -u expected.txt seen.txt || { echo "The behaviour has changed."; exit 1; }
echo "As it was found."
