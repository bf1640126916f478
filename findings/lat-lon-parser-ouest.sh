#!/bin/sh
# lat-lon-parser 1.3.1 moves a village of Mali to Niger if its longitude is written in French: 4° 12' O.
#
# Expected: `parse` reads one coordinate in any usual notation, and raises an error if it cannot. In French and Spanish
#   west is O (ouest, oeste), in Ukrainian Зх, and in Arabic غ. In print a minus is often the sign U+2212.
# Seen: what it does not know is left out, and a number without W is east. All these are 4.2 and not -4.2. It knows the
#   Russian letter З at the end, but not З. Д., as maps have it.
# Why it matters: most of Mali and of Burkina Faso lies west of Greenwich, and their reports are French. A place moves
#   east by twice its longitude, here by 900 km, into another country with a war of its own. The latitude stays right.
# Note: the source code says that the notation is not checked. It does not say that an unknown letter means east.
#   parse-dms 0.0.5, for JavaScript, leaves out the O and the minus sign in the same way.

set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
cd "$work"
python=$(command -v python3.11 || command -v python3)
"$python" -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check lat-lon-parser==1.3.1

cat > ask.py <<'PYTHON'
from lat_lon_parser import parse

WESTS = ["W", "O", "ouest", "Зх", "غ", "З", "З. Д."]
for west in WESTS:
    print(west, "=>", parse(f"4° 12' {west}"))
for text in ("-4.2", "\N{MINUS SIGN}4.2"):
    print(ascii(text), "=>", parse(text))
PYTHON

cat > expected.txt <<'TEXT'
W => -4.2
O => 4.2
ouest => 4.2
Зх => 4.2
غ => 4.2
З => -4.2
З. Д. => 4.2
'-4.2' => -4.2
'\u22124.2' => 4.2
TEXT

venv/bin/python ask.py | tee seen.txt

diff -u expected.txt seen.txt || { echo "The behaviour has changed."; exit 1; }
echo "As it was found."
