"""Read CSV (RFC 4180) as rows of text: our own, and outside files in any encoding and with any delimiter."""

import codecs
import csv
import io
import pathlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain, islice
from typing import IO, Any, NamedTuple

from imports.readers.compressed_files import CHUNK, File
from imports.readers.headers import SEARCHED_ROWS, describe_header, find_header, name_columns
from imports.readers.tables import Table, UnreadableFileError, build_table, pair_cells, row_hashtags
from schemas.sentences import count_noun

DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
SAMPLE_ROWS, SAMPLE_BYTES = 30, 50_000
LONGEST = 1 << 22  # characters of a line
BOMS = {
    codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF32_LE: "utf-32", codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16",
}  # fmt: skip


def read(path: pathlib.Path) -> Iterator[dict[str, str]]:
    """Return the rows of our own file in UTF-8, without a row of HXL hashtags.

    Raise `UnreadableFileError` if it is not a table.
    """
    with open(path, encoding="utf-8-sig", newline="") as file:
        lines = csv.reader(file, strict=True)
        try:
            yield from _read_rows(path.name, lines)
        except (csv.Error, UnicodeDecodeError) as error:
            raise UnreadableFileError(f"{path.name}, after line {lines.line_num}: {error}.") from None


def _read_rows(name: str, lines: Any) -> Iterator[dict[str, str]]:
    header: list[str] = next(lines, [])
    if len(set(header)) < len(header) or not all(header):
        raise UnreadableFileError(f"{name}: two columns have the same name, or a column has none. Correct the header.")
    first = True
    for cells in lines:
        if len(cells) != len(header):
            counts = f"{count_noun(len(cells), 'cell')} under {count_noun(len(header), 'column')}"
            raise UnreadableFileError(f"{name}, line {lines.line_num}: {counts}.")
        row = dict(zip(header, cells, strict=True))
        if not (first and row_hashtags(row)):
            yield row
        first = False


# Outside files -------------------------------------------------------------------------------------------------------


class Dialect(NamedTuple):
    """How a file writes cells, if it differs from RFC 4180."""

    options: Mapping[str, Any] = {}  # of `csv.reader`
    comment: str = ""  # lines that begin with it are left out


PLAIN = Dialect()


def read_dialect(dialect: Mapping[str, Any]) -> Dialect:
    """Return the dialect that the descriptor of a data package describes (CSV Dialect and Table Dialect)."""
    options: dict[str, Any] = {}
    quote = dialect.get("quoteChar", '"')
    options |= {"quotechar": quote} if quote else {"quoting": csv.QUOTE_NONE}
    if dialect.get("doubleQuote") is False or dialect.get("escapeChar"):
        options |= {"doublequote": False, "escapechar": dialect.get("escapeChar") or "\\"}
    if dialect.get("skipInitialSpace"):
        options["skipinitialspace"] = True
    return Dialect(options, str(dialect.get("commentChar") or ""))


def read_table(
    file: File,
    encoding: str | None = None,
    delimiter: str | None = None,
    header: Sequence[int] = (),
    dialect: Dialect = PLAIN,
    names: Sequence[str] | None = None,
) -> Table:
    """Return an outside file as a table, whose notes state its encoding, its delimiter and the place of its header.

    Default for encoding, delimiter and the rows of the header: detected. `names`: the columns of a file without a
    header; a first row that has just these names is no row. Raise `UnreadableFileError`.
    """
    used_encoding = encoding or detect_encoding(file)
    guess = "" if encoding or used_encoding.startswith("utf") else " (a guess: check the names)"
    encoding = used_encoding
    delimiter = delimiter or _detect_delimiter(file, encoding)
    read = (f"encoding {encoding}{guess}", f"delimiter {DELIMITERS.get(delimiter, delimiter)}")
    rows = _numbered_rows(file, encoding, delimiter, dialect)
    if names is not None:
        return _read_headless(file.name, rows, names, (*read, "no header"))
    looked = [] if header else list(islice(rows, SEARCHED_ROWS))
    first = [cells for _, cells in looked]
    header, rows = header or [find_header(first)], chain(looked, rows)
    above = [cells for _, cells in islice(rows, header[-1])]
    if len(above) < header[-1]:
        raise UnreadableFileError(f"{file.name} is empty.")
    if not any(above[-1]):
        raise UnreadableFileError(f"{file.name}: row {header[-1]} is empty, where the header should be.")
    columns, unnamed = name_columns(file.name, above[header[0] - 1 :])
    notes = (*read, *describe_header(header), *unnamed)
    return build_table(file.name, columns, pair_cells(columns, rows), notes)._replace(first=first)


def _read_headless(
    name: str, rows: Iterator[tuple[int, list[str]]], names: Sequence[str], notes: tuple[str, ...]
) -> Table:
    """Return a table whose columns are known. Without any name they are called `column 1` and so on."""
    first = next(rows, None)
    columns = tuple(names) or tuple(f"column {place}" for place, _ in enumerate(first[1] if first else (), 1))
    rows = rows if first is None or tuple(first[1]) == columns else chain([first], rows)
    return Table(name, columns, pair_cells(columns, rows), notes)


def _numbered_rows(file: File, encoding: str, delimiter: str, dialect: Dialect) -> Iterator[tuple[int, list[str]]]:
    """Return each row with the number of its first line."""
    begins = 1
    with file.open() as binary, _decode_text(file.name, binary, encoding) as text:
        lines = LineReader(file.name, text, dialect.comment)
        rows = csv.reader(lines, delimiter=delimiter, strict=True, **dialect.options)
        try:
            for cells in rows:
                yield begins, cells
                begins, lines.begins_row = rows.line_num + 1, True
        except csv.Error as error:
            raise UnreadableFileError(f"{file.name}, in the row that begins in line {begins}: {error}.") from None
        except UnicodeError as error:
            raise UnreadableFileError(
                f"{file.name}, after line {rows.line_num}: it is not {encoding} ({error})."
            ) from None


class LineReader:
    """The lines of a file. A comment is an empty line, so that lines keep their numbers."""

    def __init__(self, name: str, text: IO[str], comment: str) -> None:
        self.name, self.text, self.comment = name, text, comment
        self.begins_row = True  # a # inside a quoted cell of several lines is no comment

    def __iter__(self) -> Iterator[str]:
        """Raise `UnreadableFileError` if a line has more than `LONGEST` characters."""
        for line in iter(lambda: self.text.readline(LONGEST), ""):
            if len(line) == LONGEST:
                raise UnreadableFileError(f"{self.name} has a line of more than {LONGEST >> 20} million characters.")
            is_comment = self.comment and self.begins_row and line.startswith(self.comment)
            self.begins_row = False
            yield "\n" if is_comment else line


def _decode_text(name: str, binary: IO[bytes], encoding: str) -> io.TextIOWrapper:
    try:
        return io.TextIOWrapper(binary, encoding=encoding, newline="")
    except LookupError:
        raise UnreadableFileError(f"{name}: {encoding} is not an encoding that Python knows.") from None


def detect_encoding(file: File) -> str:
    """Return the encoding: that of a byte order mark, UTF-8 if all of the file is, else charset-normalizer's guess.

    UTF-16 without a mark is recognised by its zeros, which would be valid in UTF-8.
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
    import charset_normalizer

    best = charset_normalizer.from_bytes(_strange_lines(file)).best()
    if best is None:
        advice = "and its encoding is unclear. Give it in the mapping (file: encoding)"
        raise UnreadableFileError(f"{file.name} is not in UTF-8, {advice}.")
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
    """Return lines that are not ASCII, enough to detect the encoding. ASCII lines would hide them."""
    sample = b""
    with file.open(counted=False) as binary:
        for line in iter(lambda: binary.readline(SAMPLE_BYTES), b""):
            sample += b"" if line.isascii() else line
            if len(sample) >= SAMPLE_BYTES:
                break
    return sample


def _detect_delimiter(file: File, encoding: str) -> str:
    """Return the delimiter with the most even number of cells in the first rows, then the most cells.

    Return a comma if no delimiter gives two cells.
    """
    with file.open(counted=False) as binary, _decode_text(file.name, binary, encoding) as text:
        try:
            sample = text.read(CHUNK)
        except UnicodeError as error:
            raise UnreadableFileError(f"{file.name} is not {encoding} ({error}).") from None
    scores = {delimiter: _score_delimiter(sample, delimiter) for delimiter in DELIMITERS}
    return max(DELIMITERS, key=lambda delimiter: scores[delimiter])


def _score_delimiter(sample: str, delimiter: str) -> tuple[float, int]:
    """Return the share of the first rows that have the most frequent number of cells, and this number.

    Return zeros if the number is 1.
    """
    counts: Counter[int] = Counter()
    try:
        counts.update(map(len, islice(csv.reader(io.StringIO(sample), delimiter=delimiter), SAMPLE_ROWS)))
    except csv.Error:
        counts.clear()
    cells, rows = max(counts.most_common(1), default=(1, 0))
    return (rows / counts.total(), cells) if cells > 1 else (0, 0)
