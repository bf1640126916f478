#!/bin/sh
# fingerprints 1.3.1 gives a son, his father and his grandfather one key if the names of the family repeat.
#
# Expected: the library makes a key from a person's name, to find that person in several lists. People of different
#   names have different keys.
# Seen: the key has the words of the name in alphabetical order, each once. An Arabic name is a chain of the person's
#   own name, the father's, the grandfather's and the family's. Many sons are named after their grandfather, so the
#   chains of a family have the same words. Samir Nabil Samir Karam, his father Nabil Samir Karam and his grandfather
#   Samir Nabil Karam have one key, in Latin and in Arabic letters.
# Why it matters: families are often killed together. A list without the duplicates of this key has one dead for three.
# What helps: keep_order=True keeps the order and the repeated words.
# Note: both steps are documented, with an English name and with a city. Development has ended; its authors name rigour
#   as the successor. PyICU is built on installation and needs a compiler and the headers of ICU (Debian: libicu-dev).

set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
cd "$work"
python=$(command -v python3.11 || command -v python3)
"$python" -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check fingerprints==1.3.1 normality==3.1.0

cat > ask.py <<'PYTHON'
import fingerprints

FAMILIES = [
    ["Samir Nabil Samir Karam", "Nabil Samir Karam", "Samir Nabil Karam"],
    ["سمير نبيل سمير كرم", "نبيل سمير كرم", "سمير نبيل كرم"],
]
for family in FAMILIES:
    print(len(family), "people:", *sorted({fingerprints.generate(name) for name in family}), sep=" | ")
    print("in order:", *(fingerprints.generate(name, keep_order=True) for name in family), sep=" | ")
PYTHON

cat > expected.txt <<'TEXT'
3 | people: | karam nabil samir
in order: | samir nabil samir karam | nabil samir karam | samir nabil karam
3 | people: | krm nbyl smyr
in order: | smyr nbyl smyr krm | nbyl smyr krm | smyr nbyl krm
TEXT

venv/bin/python ask.py | tee seen.txt

diff -u expected.txt seen.txt || { echo "The behaviour has changed."; exit 1; }
echo "As it was found."
