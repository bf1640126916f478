"""Our own CSV headers, those of every CSV answer, to the documents that the In schemas validate.

A reference `side` is the column `side_id`; a list of records (`sides`) is parallel columns (`sides_id`, `sides_role`)
whose cells are joined by `;`, as other lists are (`schemas.fields.joined`). An empty cell is null. Columns
`*_name` repeat what the id says.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from marshmallow import Schema, fields

from api.records.nouns import NOUNS
from schemas.claimants import ClaimantOut
from schemas.claims import ClaimOut, RelationOut, ReportOut
from schemas.conflicts import ConflictOut
from schemas.datasets import Origin
from schemas.events import EventOut
from schemas.fields import Degrees, Figure, Grade, Slug, apart, unguarded
from schemas.sides import SideOut
from schemas.sources import SourceOut
from seeds.language.cells import Cells, Unfit, text
from seeds.language.makings import Made
from seeds.readers.tables import Table

#: What answers look like; they have fields that no record is made of.
ANSWERS: dict[str, type[Schema]] = {
    "sides": SideOut,
    "conflicts": ConflictOut,
    "claimants": ClaimantOut,
    "sources": SourceOut,
    "events": EventOut,
    "claims": ClaimOut,
    "reports": ReportOut,
    "relations": RelationOut,
}


#: What a package of ours tells besides: of each record, and in a table of its own.
ORIGIN, DATASETS = tuple(Origin().fields), "datasets"


def columns(schema: Schema) -> dict[str, str]:
    """The columns of a noun and the field that each fills."""
    found = {}
    for name, field in schema.fields.items():
        for column in _columns_of(name, field):
            found[column] = name
    return found


def _columns_of(name: str, field: fields.Field[Any]) -> list[str]:
    if parts := _parts(field):
        return [f"{name}_{'id' if part == 'side' else part}" for part in parts]
    return [f"{name}_id" if is_reference(name, field) else name]


def _parts(field: fields.Field[Any]) -> list[str]:
    """The fields of a record in a list of records; none for any other field."""
    if isinstance(field, fields.List) and isinstance(field.inner, fields.Nested):
        return list(field.inner.schema.fields)
    return []


def is_reference(name: str, field: fields.Field[Any]) -> bool:
    inner = field.inner if isinstance(field, fields.List) else field
    return isinstance(inner, Slug) and name not in ("id", "statement")


def document(schema: Schema, row: Mapping[str, str], guarded: bool = True) -> dict[str, Any]:
    """A row of text as the document that `schema` validates. Unknown columns stay, for the schema to refuse.

    `guarded`: text that a spreadsheet would run stands behind an apostrophe, as in CSV.
    """
    read = unguarded if guarded else str
    known = columns(schema)
    made = {name: cell for name, cell in row.items() if name not in known and not name.endswith("_name")}
    for name, field in schema.fields.items():
        cells = [read(row.get(column, "")) for column in _columns_of(name, field)]
        if any(cells):
            made[name] = _value(field, cells)
    return made


def _value(field: fields.Field[Any], cells: list[str]) -> Any:
    if parts := _parts(field):
        return _records(parts, cells)
    if isinstance(field, fields.List):
        return apart(cells[0])
    return _typed(field, cells[0])


def _records(names: list[str], cells: list[str]) -> list[Any]:
    count = len(apart(cells[0]))
    parallel = [apart(cell) if cell else [""] * count for cell in cells]
    if any(len(column) != count for column in parallel):
        return cells  # not parallel: for the schema to refuse
    entries = zip(*parallel, strict=True)
    return [{name: value for name, value in zip(names, entry, strict=True) if value} for entry in entries]


def _typed(field: fields.Field[Any], cell: str) -> Any:
    """Numbers as numbers where they are written as such; anything else stays text, for the schema to refuse."""
    if isinstance(field, Figure | Grade) and cell.isascii() and cell.isdigit():
        return int(cell)
    if isinstance(field, Degrees):
        try:
            return float(cell)
        except ValueError:
            return cell
    return cell


# Files of ours as somebody imports them -------------------------------------------------------------------------------


def maker(table: Table) -> Callable[[Cells], Iterator[Made]]:
    """What makes records of the rows of a table: of the noun that a name of it begins with, or that its header is of.

    Raises `Unfit` where it is of none. What answers add to records is left out; so are the datasets of a package of
    ours: all that is imported is the mapping's own.
    """
    if table.name.startswith(DATASETS):
        return lambda cells: iter(())
    header = table.columns
    named = (noun for name in (table.name, table.book) for noun in NOUNS if name.lower().startswith(noun))
    noun = next(named, None) or _noun_of(table.name, header)
    schema = NOUNS[noun].schema
    added = _added(noun, schema)
    if header is None:
        return lambda cells: iter([Made(noun, _answer(schema, cells, added))])
    known = columns(schema)
    own = [column for column in header if column in known or not column.startswith(added)]
    return lambda cells: iter([Made(noun, document(schema, {n: _text(cells[n]) for n in own}, not table.book))])


def _noun_of(name: str, header: Sequence[str] | None) -> str:
    needed = {noun: _needed(found.schema) for noun, found in NOUNS.items()}
    fitting = [noun for noun in NOUNS if header is not None and needed[noun] <= set(header)]
    if len(fitting) != 1:
        raise Unfit("", name, f"Must be named after what is in it: {', '.join(NOUNS)}.")
    return fitting[0]


def _needed(schema: Schema) -> set[str]:
    return {column for name, field in schema.fields.items() if field.required for column in _columns_of(name, field)}


def _added(noun: str, schema: Schema) -> tuple[str, ...]:
    """Fields of an answer that no record is made of; their columns begin with these words."""
    return (*ORIGIN, *(ANSWERS[noun]().fields.keys() - schema.fields.keys()))


def _text(cell: Any) -> str:
    return "" if cell is None else cell if isinstance(cell, str) else text(cell)


def _answer(schema: Schema, cells: Cells, added: tuple[str, ...]) -> dict[str, Any]:
    """A record of a JSON answer: its references are `{id, name}`."""
    own = {name: value for name, value in cells.items() if "." not in name and name not in added}
    return {name: _plain(schema.fields.get(name), value) for name, value in own.items()}


def _plain(field: fields.Field[Any] | None, value: Any) -> Any:
    if isinstance(value, list):
        return [_entry(field, entry) for entry in value]
    return value["id"] if isinstance(value, dict) and "id" in value else value


def _entry(field: fields.Field[Any] | None, entry: Any) -> Any:
    if not isinstance(entry, dict):
        return entry
    if isinstance(field, fields.List) and _parts(field):
        return {"side" if name == "id" else name: value for name, value in entry.items() if name != "name"}
    return entry.get("id")
