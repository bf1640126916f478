#!/bin/sh
# sqlite-utils 4.2.1 makes an INTEGER column of Arabic digits, whose sum is 0 dead.
#
# Expected: a column of ١٢, ٣٠ and ٤٥ is either read as 12, 30 and 45, or it is TEXT, so that a reader sees that
#   nothing here can be added.
# Seen: the types are detected with Python's int(), which reads the digits of every script. The column is declared
#   INTEGER. SQLite reads ASCII digits alone: it keeps the cells as text in the INTEGER column, and adds them up to 0.0.
# Why it matters: tolls in Arabic are often written in these digits. The schema says that the column was understood. The
#   total says that nobody died, and no error is raised.

set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
cd "$work"
python=$(command -v python3.11 || command -v python3)
"$python" -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check sqlite-utils==4.2.1

cat > toll.csv <<'CSV'
place,killed
Alpha,١٢
Beta,٣٠
Gamma,٤٥
CSV
cat > ascii.csv <<'CSV'
place,killed
Alpha,12
Beta,30
Gamma,45
CSV

cat > expected.txt <<'TEXT'
toll
   "killed" INTEGER
[{"typeof(killed)": "text", "sum(killed)": 0.0}]
ascii
   "killed" INTEGER
[{"typeof(killed)": "integer", "sum(killed)": 87}]
TEXT

for name in toll ascii; do
    venv/bin/sqlite-utils insert toll.db "$name" "$name.csv" --csv --silent
    echo "$name"
    venv/bin/sqlite-utils schema toll.db "$name" | grep killed
    venv/bin/sqlite-utils toll.db "select typeof(killed), sum(killed) from $name"
done | tee seen.txt

diff -u expected.txt seen.txt || { echo "The behaviour has changed."; exit 1; }
echo "As it was found."
