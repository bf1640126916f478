"""CSV (RFC 4180) to rows of text: our own, and that of others in any encoding and with any delimiter."""

import codecs
import csv
import io
import pathlib
from collections import Counter
from collections.abc import Iterator
from itertools import chain, islice
from typing import IO, Any

import charset_normalizer

from seeds.language.cells import Unfit
from seeds.readers.files import CHUNK, File
from seeds.readers.tables import LOOKED, Numbered, Table, Unreadable, hashtags, header_row, named, tabled

DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
SAMPLE_ROWS, SAMPLE_BYTES = 30, 50_000
LONGEST = 1 << 22  # characters of a line
BOMS = {
    codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF32_LE: "utf-32", codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16",
}  # fmt: skip


def read(path: pathlib.Path) -> Iterator[dict[str, str]]:
    """The rows of a file of our own in UTF-8, but for one of HXL hashtags. Raises `Unreadable` for what is no table."""
    with open(path, encoding="utf-8-sig", newline="") as file:
        lines = csv.reader(file, strict=True)
        try:
            yield from _rows(path.name, lines)
        except (csv.Error, UnicodeDecodeError) as error:
            raise Unreadable(f"{path.name}, behind line {lines.line_num}: {error}.") from None


def _rows(name: str, lines: Any) -> Iterator[dict[str, str]]:
    header: list[str] = next(lines, [])
    if len(set(header)) < len(header) or not all(header):
        raise Unreadable(f"{name}: the header repeats a column or leaves one without a name.")
    first = True
    for cells in lines:
        if len(cells) != len(header):
            raise Unreadable(f"{name}, line {lines.line_num}: {len(cells)} cells under {len(header)} columns.")
        row = dict(zip(header, cells, strict=True))
        if not (first and hashtags(row)):
            yield row
        first = False


# Others' -------------------------------------------------------------------------------------------------------------


def table(file: File, encoding: str | None = None, delimiter: str | None = None, header: int | None = None) -> Table:
    """A file of others as a table. What is not told is found out, and told. Raises `Unreadable`."""
    known = encoding or detected(file)
    guess = "" if encoding or known.startswith("utf") else " (a guess: look at the names)"
    encoding = known
    delimiter = delimiter or _delimiter(file, encoding)
    rows = _records(file, encoding, delimiter)
    if header is None:
        looked = list(islice(rows, LOOKED))
        header, rows = header_row([cells for _, cells in looked]), chain(looked, rows)
    above = [cells for _, cells in islice(rows, header)]
    if len(above) < header:
        raise Unreadable(f"{file.name} is empty.")
    if not any(above[-1]):
        raise Unreadable(f"{file.name}: row {header} is empty, where the header should be.")
    columns, unnamed = named(file.name, above[-1])
    found = (f"encoding {encoding}{guess}", f"delimiter {DELIMITERS.get(delimiter, delimiter)}")
    return tabled(file.name, columns, _under(columns, rows), (*found, *unnamed))


def _under(columns: tuple[str, ...], rows: Iterator[tuple[int, list[str]]]) -> Iterator[Numbered]:
    for number, cells in rows:
        if len(cells) == len(columns):
            yield number, dict(zip(columns, cells, strict=True))
        elif cells:
            found = f"{len(cells)} cells"
            yield number, Unfit("", found, f"Allowed are {len(columns)}, as many as the header has columns.")


def _records(file: File, encoding: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Each row with the line on which it begins."""
    begins = 1
    with file.open() as binary, _text(file.name, binary, encoding) as text:
        lines = csv.reader(_lines(file.name, text), delimiter=delimiter, strict=True)
        try:
            for cells in lines:
                yield begins, cells
                begins = lines.line_num + 1
        except csv.Error as error:
            raise Unreadable(f"{file.name}, in the row that begins in line {begins}: {error}.") from None
        except UnicodeError as error:
            raise Unreadable(f"{file.name}, behind line {lines.line_num}: it is not {encoding} ({error}).") from None


def _lines(name: str, text: IO[str]) -> Iterator[str]:
    """Raises `Unreadable` for one that is longer than any row is meant to be."""
    for line in iter(lambda: text.readline(LONGEST), ""):
        if len(line) == LONGEST:
            raise Unreadable(f"{name} has a line of more than {LONGEST >> 20} million characters.")
        yield line


def _text(name: str, binary: IO[bytes], encoding: str) -> io.TextIOWrapper:
    try:
        return io.TextIOWrapper(binary, encoding=encoding, newline="")
    except LookupError:
        raise Unreadable(f"{name}: {encoding} is no encoding that Python knows.") from None


def detected(file: File) -> str:
    """The encoding: that of a byte order mark, UTF-8 if all of the file is, else what charset-normalizer thinks.

    UTF-16 without a mark is told by its zeros, which UTF-8 would take for characters.
    """
    with file.open(counted=False) as binary:
        start = binary.read(CHUNK)
        for mark, encoding in BOMS.items():
            if start.startswith(mark):
                return encoding
        for zeros, encoding in ((start[1::2], "utf-16-le"), (start[::2], "utf-16-be")):
            if zeros.count(0) > len(zeros) / 2:
                return encoding
        if _is_utf8(start, binary):
            return "utf-8"
    best = charset_normalizer.from_bytes(_strange_lines(file)).best()
    if best is None:
        told = "and what it is in is not clear: say it in the mapping (file: encoding)"
        raise Unreadable(f"{file.name} is not in UTF-8, {told}.")
    return best.encoding


def _is_utf8(start: bytes, binary: IO[bytes]) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    chunk = start
    try:
        while chunk:
            decoder.decode(chunk)
            chunk = binary.read(CHUNK)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _strange_lines(file: File) -> bytes:
    """Lines that are not ASCII, enough to tell a language by: among others they would drown."""
    found = b""
    with file.open(counted=False) as binary:
        for line in iter(lambda: binary.readline(SAMPLE_BYTES), b""):
            found += b"" if line.isascii() else line
            if len(found) >= SAMPLE_BYTES:
                break
    return found


def _delimiter(file: File, encoding: str) -> str:
    """The delimiter under which the first rows have the most cells and all the same number; a comma if none has two."""
    with file.open(counted=False) as binary, _text(file.name, binary, encoding) as text:
        try:
            sample = text.read(CHUNK)
        except UnicodeError as error:
            raise Unreadable(f"{file.name} is not {encoding} ({error}).") from None
    scores = {delimiter: _even(sample, delimiter) for delimiter in DELIMITERS}
    return max(DELIMITERS, key=lambda delimiter: scores[delimiter])


def _even(sample: str, delimiter: str) -> tuple[float, int]:
    """Which part of the first rows has the same number of cells, and that number; nothing where it is one."""
    counts: Counter[int] = Counter()
    try:
        counts.update(map(len, islice(csv.reader(io.StringIO(sample), delimiter=delimiter), SAMPLE_ROWS)))
    except csv.Error:
        counts.clear()
    cells, rows = max(counts.most_common(1), default=(1, 0))
    return (rows / counts.total(), cells) if cells > 1 else (0, 0)
