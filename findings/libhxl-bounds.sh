#!/bin/sh
# libhxl 5.2.2 sums the low bound where the best figure was asked for, and mixes the two from row to row.
#
# Expected: a table has three columns, #affected+killed+min, #affected+killed and #affected+killed+max. Who asks for
#   #affected+killed gets the column that is tagged just so: 12 + 27 + 5 = 44.
# Seen: a pattern also matches columns with further attributes, and the first one that is not empty wins. Where a low
#   bound is stated it is added, where it is empty the best figure is: 10 + 21 + 5 = 36, which no column adds up to.
# Why it matters: wherever the low bound stands before the best figure the total is too low. It belongs to no column,
#   and it changes when a bound is filled in.
# What helps: "!" behind the pattern (#affected+killed!) asks for the very tag. The maintainers call the open pattern a
#   known feature (github.com/HXLStandard/hxl-proxy/issues/372).
# Note: this release imports six without asking for it, so it is installed beside it.

set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
cd "$work"
python=$(command -v python3.11 || command -v python3)
"$python" -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check libhxl==5.2.2 six==1.17.0

cat > ask.py <<'PYTHON'
import hxl

TABLE = [
    ["Place", "Low", "Best", "High"],
    ["#loc+name", "#affected+killed+min", "#affected+killed", "#affected+killed+max"],
    ["Alpha", "10", "12", "20"],
    ["Beta", "21", "27", "90"],
    ["Gamma", "", "5", "9"],
]
for tag in ("#affected+killed", "#affected+killed!"):
    cells = [row.get(tag) for row in hxl.data(TABLE)]
    total = hxl.data(TABLE).count([], aggregators=f"sum({tag}) as Total#affected+total").values
    print(tag, cells, total)
PYTHON

cat > expected.txt <<'TEXT'
#affected+killed ['10', '21', '5'] [[36]]
#affected+killed! ['12', '27', '5'] [[44]]
TEXT

venv/bin/python ask.py | tee seen.txt

diff -u expected.txt seen.txt || { echo "The behaviour has changed."; exit 1; }
echo "As it was found."
