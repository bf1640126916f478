#!/bin/sh
# pyjstat 2.4.0 swaps the dead of two years if the rows of a district come in another order.
#
# Expected: JSON-stat has the names of districts and years once, and the figures as one list, in their order: the first
#   district with all its years, then the next. The library writes a table as JSON-stat, so it puts each figure into
#   the place of its district and year. Where a year is missing, its place is empty.
# Seen: the figures are written in the order of the rows. If Alpha has 2020 before 2019, and Beta 2019 before 2020, the
#   4 dead of Beta in 2019 and its 7 of 2020 change places. The library itself reads them back so. If Beta has no row
#   for 2019, all figures that follow move by one place, to another year or district, and the last places are empty.
# Why it matters: offices of statistics publish in this format. A table from a database has its rows in any order, and
#   seldom a figure for each district and year. The sum stays right, and each figure is one of the table.
# What helps: to sort the rows by all columns but the last, and to add the missing ones as None.
# Note: that the library cannot read its own file with missing rows is reported
#   (github.com/predicador37/pyjstat/issues/36). The toolkit of the format's author, jsonstat-toolkit 2.2.2 for
#   JavaScript, reads it without an error, as below.

set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
cd "$work"
python=$(command -v python3.11 || command -v python3)
"$python" -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check pyjstat==2.4.0 pandas==3.1.1
npm install --silent --no-fund --no-audit --prefix . jsonstat-toolkit@2.2.2

cat > ask.py <<'PYTHON'
from pathlib import Path

from pandas import DataFrame
from pyjstat import pyjstat

COLUMNS = ["district", "year", "value"]
SHUFFLED = [("Alpha", "2020", 30), ("Alpha", "2019", 12), ("Beta", "2019", 4), ("Beta", "2020", 7)]
MISSING = [("Alpha", "2019", 12), ("Alpha", "2020", 30), ("Beta", "2020", 7), ("Gamma", "2019", 2)]


def write_cube(rows):
    return pyjstat.Dataset.read(DataFrame(rows, columns=COLUMNS)).write()


def list_rows(table):
    return [tuple(row) for row in table[COLUMNS].to_numpy().tolist()]


cube = write_cube(SHUFFLED)
print("written", SHUFFLED)
print("read   ", list_rows(pyjstat.Dataset.read(cube).write("dataframe")))
print("written", MISSING)
Path("missing.json").write_text(write_cube(MISSING))
PYTHON

cat > ask.mjs <<'JAVASCRIPT'
import { readFileSync } from "node:fs";
import JSONstat from "jsonstat-toolkit";

const cube = JSONstat(JSON.parse(readFileSync("missing.json", "utf8")));
const rows = cube.toTable({ type: "arrobj" }).map(({ district, year, value }) => `${district} ${year} ${value}`);
console.log("read   ", rows.join(", "));
JAVASCRIPT

cat > expected.txt <<'TEXT'
written [('Alpha', '2020', 30), ('Alpha', '2019', 12), ('Beta', '2019', 4), ('Beta', '2020', 7)]
read    [('Alpha', '2020', 30), ('Alpha', '2019', 12), ('Beta', '2020', 4), ('Beta', '2019', 7)]
written [('Alpha', '2019', 12), ('Alpha', '2020', 30), ('Beta', '2020', 7), ('Gamma', '2019', 2)]
read    Alpha 2019 12, Alpha 2020 30, Beta 2019 7, Beta 2020 2, Gamma 2019 undefined, Gamma 2020 undefined
TEXT

{ venv/bin/python ask.py && node ask.mjs; } | tee seen.txt

diff -u expected.txt seen.txt || { echo "The behaviour has changed."; exit 1; }
echo "As it was found."
