#!/bin/sh
# pypdf 7.1.1 reads 125 dead as 521 if an Arabic sentence has the figure in Arabic digits. So does PyMuPDF 1.28.2.
#
# Expected: Arabic runs from right to left, but its numbers run from left to right: ١٢٥ on the page is 125. The text of
#   the PDF file has the letters in the order of reading, and the digits in theirs, as PDFium gives it.
# Seen: both libraries reverse a line of the page, which is right for its letters, and the digits with them. 1,234
#   becomes 4,321, and 34 becomes 43. A single digit stays, and so does 125 in European digits. pypdf is right until the
#   first Arabic letter of the page: where digits stand alone, or at the left end of the first line. In a table below
#   Arabic words it is wrong. PyMuPDF is right with Persian digits alone.
# Why it matters: ministries and hospitals of Arab countries publish their tolls as PDF, often in these digits. The
#   reversed number is a number like any other, so no check of types finds it.
# What helps: pypdfium2.
# Note: pypdf has been repaired for pages without letters (github.com/py-pdf/pypdf/pull/4077). Both libraries read PDF
#   files of Chromium and of WeasyPrint in the same way. PyMuPDF 2.0 answers as 1.28.2 does, but installs much more.

set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
cd "$work"
python=$(command -v python3.11 || command -v python3)
"$python" -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check pypdf==7.1.1 pymupdf==1.28.2 pypdfium2==5.15.2 \
  fpdf2==2.8.9 uharfbuzz==0.57.0 fontpkg-amiri==1.2

cat > ask.py <<'PYTHON'
import re
from importlib.resources import files

import pymupdf
from fpdf import FPDF
from pypdf import PdfReader
from pypdfium2 import PdfDocument

FONT = files("fontpkg_amiri") / "files" / "Amiri-Regular.ttf"
PAGES = [
    "١٢٥",
    "قتل ١٢٥ شخصا",
    "قتل ١٬٢٣٤ وجرح ٣٤ وفقد ٧",
    "مقتل ۱۲۵ نفر",
    "قتل 125 شخصا",
    "عام ٢٠٢٠ قتل ١٢",
    "القتلى\n١٢٥",
]


def write_page(text):
    page = FPDF()
    page.add_page()
    page.add_font("Amiri", fname=FONT)
    page.set_font("Amiri", size=16)
    page.set_text_shaping(True)
    page.multi_cell(0, text=text)
    page.output("page.pdf")


def find_numbers(text):
    """In European digits and sorted, as a terminal may turn the others round."""
    numbers = re.findall(r"[\d٬]+", text)
    return " ".join(sorted("".join(str(int(digit)) for digit in number if digit != "٬") for number in numbers))


print("written", "PDFium", "pypdf", "PyMuPDF", sep=" | ")
for text in PAGES:
    write_page(text)
    texts = [
        text,
        PdfDocument("page.pdf")[0].get_textpage().get_text_range(),
        PdfReader("page.pdf").pages[0].extract_text(),
        pymupdf.open("page.pdf")[0].get_text(),
    ]
    print(*map(find_numbers, texts), sep=" | ")
PYTHON

cat > expected.txt <<'TEXT'
written | PDFium | pypdf | PyMuPDF
125 | 125 | 125 | 521
125 | 125 | 521 | 521
1234 34 7 | 1234 34 7 | 43 4321 7 | 43 4321 7
125 | 125 | 521 | 125
125 | 125 | 125 | 125
12 2020 | 12 2020 | 0202 12 | 0202 21
125 | 125 | 521 | 521
TEXT

venv/bin/python ask.py | tee seen.txt

diff -u expected.txt seen.txt || { echo "The behaviour has changed."; exit 1; }
echo "As it was found."
