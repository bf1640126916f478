#!/bin/sh
# frictionless 5.21.0 empties the cells that are no numbers where nine tenths of a column are.
#
# Expected: `extract` gives the cells of a file. A column with the figure "at least 40" is text, or the command fails.
# Seen: the type of a column is the one that nine tenths of its cells have. The column is an integer, so "at least 40"
#   becomes an empty cell. The command tells nothing and ends with 0. (`validate` does tell it, for those who run it.)
# Why it matters: one figure in a sheet is often hedged, and it is often the largest, which nobody could count. It
#   becomes "not stated", and the sum of the rest looks complete.

set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
cd "$work"
python=$(command -v python3.11 || command -v python3)
"$python" -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check frictionless==5.21.0

venv/bin/python - > toll.csv <<'PYTHON'
print("id,killed")
for number in range(1, 20):
    print(f"e{number},{number}")
print("e20,at least 40")
PYTHON

cat > expected.txt <<'TEXT'
    - name: killed
      type: integer
e19,19
e20,
status 0
TEXT

{
    venv/bin/frictionless describe toll.csv --yaml | grep -A 1 "name: killed"
    venv/bin/frictionless extract toll.csv --csv > extracted.csv && status=0 || status=$?
    grep -E "^e(19|20)," extracted.csv | tr -d '\r'
    echo "status $status"
} | tee seen.txt

diff -u expected.txt seen.txt || { echo "The behaviour has changed."; exit 1; }
echo "As it was found."
