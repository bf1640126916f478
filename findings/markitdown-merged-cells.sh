#!/bin/sh
# markitdown 0.1.9 gives the wounded of a village as its dead if it shares one cell for the dead with another village.
#
# Expected: a report in Word has a table of villages with their killed and wounded. For two villages together it states
#   12 killed, in a cell that is merged over two rows. In the Markdown text the second village has an empty cell there,
#   or the 12 again. Its 55 wounded stay under "Wounded".
# Seen: the second village has no cell there. Its row is one cell short, and what follows moves to the left: Beta has 55
#   killed and no wounded. The column adds up to 70 killed, where the report has 15.
# Why it matters: reports merge cells where a toll, a day or a source belongs to several places. This tool prepares such
#   reports for search and for language models. Each figure that a reader finds is in the report, but in another column.
# Note: Markdown has no merged cells. This is reported (github.com/microsoft/markitdown/issues/20) and comes from
#   markdownify (github.com/matthewwithanm/python-markdownify/issues/121), so it also befalls HTML pages.

set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
cd "$work"
python=$(command -v python3.11 || command -v python3)
"$python" -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check 'markitdown[docx]==0.1.9' markdownify==1.2.3 python-docx==1.2.0

cat > ask.py <<'PYTHON'
from docx import Document
from markitdown import MarkItDown

ROWS = [
    ("Place", "Killed", "Wounded"),
    ("Alpha", "12", "40"),
    ("Beta", "", "55"),
    ("Gamma", "3", "7"),
]


def write_report(merged):
    report = Document()
    table = report.add_table(rows=len(ROWS), cols=3)
    for row, texts in zip(table.rows, ROWS):
        for cell, text in zip(row.cells, texts):
            cell.text = text
    if merged:
        table.cell(1, 1).merge(table.cell(2, 1)).text = "12"
    report.save("report.docx")


for merged in (False, True):
    write_report(merged)
    text = MarkItDown().convert("report.docx").text_content
    killed = [int(line.split("|")[2].strip() or 0) for line in text.splitlines()[3:]]
    print("merged" if merged else "not merged", text, f"killed: {sum(killed)}", sep="\n")
PYTHON

cat > expected.txt <<'TEXT'
not merged
|  |  |  |
| --- | --- | --- |
| Place | Killed | Wounded |
| Alpha | 12 | 40 |
| Beta |  | 55 |
| Gamma | 3 | 7 |
killed: 15
merged
|  |  |  |
| --- | --- | --- |
| Place | Killed | Wounded |
| Alpha | 12 | 40 |
| Beta | 55 |
| Gamma | 3 | 7 |
killed: 70
TEXT

venv/bin/python ask.py | tee seen.txt

diff -u expected.txt seen.txt || { echo "The behaviour has changed."; exit 1; }
echo "As it was found."
