"""Build a mapping from hashtags, so that a file with HXL hashtags is imported like any other file."""

import pathlib
import re
from collections.abc import Iterator, Mapping
from typing import Any

from marshmallow import ValidationError

from api.database.models import Dataset
from api.records.faults import flatten_messages
from api.records.record_types import RECORD_TYPES
from api.records.row_mapping import find_keys
from imports.hxl.hashtags import (
    DAY_ROLES,
    Figure,
    TaggedColumns,
    list_key_columns,
    normalise_tag,
    read_hashtags,
)
from imports.mapping_language import compile as mappings
from imports.mapping_language.compile import ROW, MappingError
from imports.mapping_language.row_keys import KEY
from imports.mapping_language.slugs import make_slug
from imports.readers.tables import Table
from schemas.imports.expressions import suggest_nearest
from schemas.imports.mappings import MappingIn
from schemas.phrases.wording import UNDETERMINED, list_languages, load_wording
from schemas.sources import LANGUAGE, NOT_A_LANGUAGE
from schemas.vocabularies import EVENT_TYPE, MEASURE, VICTIM_STATUS

NAME = "hxl"
AS_DAY = ", as a day"  # ends the name of a value of the mapping
#: Settings of `--set`, which apply to every row; for a closed vocabulary, with the allowed words.
SETTINGS: dict[str, Any] = {
    "conflict": None,
    "conflict_name": None,
    "claimant": None,
    "claimant_name": None,
    "subject_side": None,
    "responsible_side": None,
    "victim_status": VICTIM_STATUS,
    "measure": MEASURE,
    "event_type": EVENT_TYPE,
    "id": None,
    "dataset": None,
    "title": None,
    "publisher": None,
    "licence": None,
    "citation": None,
    "url": None,
    "dates": None,
    "phrase_lang": None,
}
DATES = ("%Y-%m-%d", "%Y-%m-%d %H:%M:%S.%f", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%SZ", "%Y-%m", "%Y")
PEOPLE_FIELDS = ("subject_side", "responsible_side", "victim_status", "victim_sex", "victim_age", "part")
PLACE_ROLES = ("place", "admin1", "admin2", "country", "latitude", "longitude")
TYPE_BY_SETTING = {
    "conflict": "conflicts",
    "claimant": "claimants",
    "subject_side": "sides",
    "responsible_side": "sides",
}
#: Cells of figures in which nothing is stated. A draft shows a person more of them: here nobody looks.
EMPTY_MARKS = ["-", "–", "—", "..", "…", "N/A", "n/a"]
Content = dict[str, Any]


def build_mapping(table: Table, settings: Mapping[str, str], with_database: bool = True) -> mappings.Mapping:
    """Return the mapping of a table with hashtags.

    Raise `MappingError` if neither the hashtags nor the settings give a value that is needed. `with_database`: raise
    it too if the settings name a record that the database lacks, or none names a dataset that it has.
    """
    _check_settings(settings)
    if with_database:
        _check_references(settings)
        _check_dataset(table, settings)
    if braced := [column for column in table.columns or () if "{" in column or "}" in column]:
        raise MappingError(f"The column {braced[0]} has braces in its name. Rename it.")
    content = _MappingBuilder(table, read_hashtags(table), settings).build_content()
    try:
        return mappings.compile_mapping(NAME, MappingIn().load(content))
    except ValidationError as error:  # only the settings in the content can be invalid
        fault_lines = "\n".join(
            f"{where.replace('/', ' › ')}: {why}" for where, why in flatten_messages(error.messages)
        )
        raise MappingError(f"A value of --set cannot be used.\n{fault_lines}") from None


def _check_settings(settings: Mapping[str, str]) -> None:
    for name, value in settings.items():
        if name not in SETTINGS:
            raise MappingError(f"--set {name}: {suggest_nearest(name, SETTINGS)}")
        if (words := SETTINGS[name]) and value not in words:
            raise MappingError(f"--set {name}={value}: {suggest_nearest(value, words)}")
    if "phrase_lang" in settings and not re.match(LANGUAGE, settings["phrase_lang"]):
        raise MappingError(f"--set phrase_lang={settings['phrase_lang']}: {NOT_A_LANGUAGE}")
    if "dataset" in settings and not make_slug(settings["dataset"]):
        raise MappingError(f"--set dataset={settings['dataset']}: must have a letter or a digit.")


def _check_references(settings: Mapping[str, str]) -> None:
    for name, record_type in TYPE_BY_SETTING.items():
        has_name = f"{name}_name" in settings
        if name in settings and not has_name and not find_keys(RECORD_TYPES[record_type].model, [settings[name]]):
            hint = f" To create it, also give --set {name}_name=NAME." if f"{name}_name" in SETTINGS else ""
            raise MappingError(f"--set {name}={settings[name]}: there is no such record among the {record_type}.{hint}")


def _check_dataset(table: Table, settings: Mapping[str, str]) -> None:
    """Raise `MappingError` if the dataset exists and no setting names it.

    Files of different datasets often have the same name, so a name alone does not identify the next release.
    """
    dataset = _dataset_id(table, settings)
    if "dataset" not in settings and Dataset.select().where(Dataset.slug == dataset).exists():
        raise MappingError(
            f"Dataset {dataset} exists already. Give --set dataset={dataset} if this is its next release, or --set "
            "dataset=ID with another id."
        )


def _dataset_id(table: Table, settings: Mapping[str, str]) -> str:
    return make_slug(settings.get("dataset", pathlib.PurePath(table.name).stem)) or NAME


def _choose_key(table: Table, tagged: TaggedColumns, settings: Mapping[str, str]) -> list[str]:
    """Return the columns that identify a row: those of `--set id`, by name or hashtag, else what the row is about.

    Return none if a column has ids, or the number of the row identifies it. Raise `MappingError` for another column.
    """
    if "id" not in settings:
        return list_key_columns(tagged)
    if settings["id"] == ROW:
        return []
    by_tag = {normalise_tag(tag): column for column, tag in table.tags.items()}
    columns = {column: column for column in table.columns or ()}
    names = [name.strip() for name in settings["id"].split(",")]
    chosen = [columns.get(name) or by_tag.get(normalise_tag(name)) for name in names]
    for name, column in zip(names, chosen, strict=True):
        if column is None:
            raise MappingError(f"--set id={settings['id']}: {name}: {suggest_nearest(name, [*columns, ROW])}")
    return [column for column in chosen if column]


def describe_key(mapping: mappings.Mapping) -> Iterator[str]:
    """Return how rows without ids are identified, as lines of text."""
    if columns := mapping.definition.get("key"):
        names = ", ".join(name.removesuffix(AS_DAY) for name in columns)
        yield f"Rows are identified by {names}, also in the next release. To choose, give --set id=COLUMN,COLUMN."
    elif mapping.has_numbered_rows:
        yield "Rows are identified by their number, also in the next release. Never put a row above others."


def describe_language(mapping: mappings.Mapping) -> Iterator[str]:
    """Return whether words of figures are read, as lines of text."""
    figures = [making["claim"]["figure"] for making in mapping.definition["records"] if "claim" in making]
    languages = {figure["phrase_lang"] for figure in figures if "phrase_lang" in figure}
    if UNDETERMINED in languages:
        yield (
            "Figures in words, such as “at least 3”, are refused, because their language is not known. To read them, "
            "give --set phrase_lang=en, or another language."
        )
    yield from (
        f"Figures in words are refused, because the number words of {language} are not known. Known are those of "
        f"{', '.join(list_languages())}."
        for language in sorted(languages - {UNDETERMINED})
        if not load_wording(language).script
    )


def _column_expression(name: str) -> Content:
    return {"column": name}


class _MappingBuilder:
    """Builds the content of the mapping of one table."""

    def __init__(self, table: Table, tagged: TaggedColumns, settings: Mapping[str, str]) -> None:
        self.roles, self.figures, self.settings = tagged.roles, tagged.figures, settings
        self.dataset = _dataset_id(table, settings)
        self.title = settings.get("title", pathlib.PurePath(table.name).stem)
        self.key_columns = _choose_key(table, tagged, settings)
        self.key = "{" + (KEY if self.key_columns else self.roles.get("id", ROW)) + "}"
        self.ignored = {column: f"Not used, because {why}." for column, why in tagged.unused.items()}

    def build_content(self) -> Content:
        """Return the content of the mapping, as in a YAML file. Raise `MappingError` if the table has no figure."""
        if not self.figures:
            raise MappingError("No column is tagged as a figure. Tag one, for example #affected+killed.")
        settings = self.settings
        return {
            "dataset": {
                "id": self.dataset,
                "title": self.title,
                "publisher": settings.get("publisher", "unknown"),
                "licence": settings.get("licence", "not stated"),
                "citation": settings.get("citation", self.title),
                "url": settings.get("url", ""),
            },
            "dates": self._list_dates(),
            "missing": EMPTY_MARKS,
            "ignore": {"columns": self.ignored},
            **self._describe_key(),
            "usual": {"claim": self._claim_defaults()},
            "always": list(self._constant_records()),
            "records": list(self._row_records()),
        }

    def _describe_key(self) -> Content:
        """Return the key of a row, in which a day is written alike in every release."""
        if not self.key_columns:
            return {}
        days = {self.roles[role] for role in DAY_ROLES if role in self.roles}
        values = {f"{name}{AS_DAY}": {"column": name, "date": self._list_dates()} for name in days}
        return {
            "values": values,
            "key": [f"{name}{AS_DAY}" if name in days else name for name in self.key_columns],
        }

    def _list_dates(self) -> list[str]:
        return [self.settings["dates"]] if "dates" in self.settings else list(DATES)

    def _find_value(self, name: str) -> Any:
        """Return the setting, else an expression for the column with the role, else None."""
        if name in self.settings:
            return self.settings[name]
        return _column_expression(self.roles[name]) if name in self.roles else None

    def _find_id(self, name: str) -> Any:
        """Return the id of a conflict or claimant, or its name to make an id from.

        Raise `MappingError` if neither a setting nor a column gives it.
        """
        value = self._find_value(name) or self._find_value(f"{name}_name")
        if value is None:
            tag = {"conflict": "#crisis+id", "claimant": "#meta+claimant+id"}[name]
            raise MappingError(
                f"The {name} of the rows is not known, because no column is tagged {tag}. Give --set {name}=ID, or "
                f"--set {name}_name=NAME to create one."
            )
        return value

    # Records ---------------------------------------------------------------------------------------------------------

    def _constant_records(self) -> Iterator[Content]:
        source = {"id": self.dataset, "publisher": self.settings.get("publisher", "unknown"), "title": self.title}
        optional = {"url": self.settings.get("url"), "licence": self.settings.get("licence"), "kind": "dataset"}
        yield {"source": source | {name: value for name, value in optional.items() if value}}
        for name in ("conflict", "claimant"):
            if label := self.settings.get(f"{name}_name"):
                yield {name: {"id": self._find_id(name), "name": label}}

    def _row_records(self) -> Iterator[Content]:
        for name in ("conflict", "claimant"):
            if f"{name}_name" in self.roles and name not in self.settings and f"{name}_name" not in self.settings:
                yield {name: {"id": self._find_id(name), "name": _column_expression(self.roles[f"{name}_name"])}}
        if self._has_events():
            yield {"event": self._event_record()}
        if "url" in self.roles:
            yield {"when": self._has_value("url"), "source": self._source_record()}
        for figure in self.figures:
            yield {"when": self._has_figure(figure), "claim": self._claim_record(figure)}
            if "url" in self.roles:
                when = [self._has_figure(figure), self._has_value("url")]
                yield {
                    "when": when,
                    "report": {"claim": self._claim_id(figure), "source": _column_expression(self.roles["url"])},
                }

    def _has_events(self) -> bool:
        """Return whether rows are events: they have a start, and a place, a name or an id."""
        return "started" in self.roles and bool(self.roles.keys() & {"event", "id", *PLACE_ROLES})

    def _has_value(self, role: str) -> Content:
        return {"column": self.roles[role], "empty": False}

    def _has_figure(self, figure: Figure) -> Content:
        return {"column": list(figure.bounds.values()), "empty": False}

    def _claim_id(self, figure: Figure) -> str:
        return f"{self.dataset}-{self.key}-{figure.suffix}"

    def _event_record(self) -> Content:
        roles = self.roles
        started = roles["started"]
        named = [f"{{{roles[name]}}}, {{{started}}}" for name in ("place", "admin2", "admin1") if name in roles]
        event: Content = {
            "id": f"{self.dataset}-{self.key}",
            "conflict": self._find_id("conflict"),
            "name": {
                "first": [
                    *([_column_expression(roles["event"])] if "event" in roles else []),
                    *named,
                    _column_expression(started),
                ]
            },
            "type": self._event_type(),
        }
        ended = [_column_expression(roles["ended"])] if "ended" in roles else []
        event["happened"] = [_column_expression(started), *ended] if ended else _column_expression(started)
        return event | {name: _column_expression(roles[name]) for name in (*PLACE_ROLES, "note") if name in roles}

    def _event_type(self) -> Any:
        if "event_type" in self.settings or "event_type" not in self.roles:
            return self.settings.get("event_type", "unknown")
        words = {word: word for word in EVENT_TYPE}
        return {"column": self.roles["event_type"], "table": words, "otherwise": "unknown"}

    def _source_record(self) -> Content:
        url = self.roles["url"]
        host = {"column": url, "split": "/", "part": 2}
        publisher = {"first": [*([_column_expression(self.roles["source"])] if "source" in self.roles else []), host]}
        source = {"id": _column_expression(url), "publisher": publisher, "url": _column_expression(url)}
        return source | (
            {"published": _column_expression(self.roles["published"])} if "published" in self.roles else {}
        )

    def _claim_defaults(self) -> Content:
        """Return the fields that all claims of a row share."""
        defaults: Content = {
            "conflict": self._find_id("conflict"),
            "claimant": self._find_id("claimant"),
            "measure": self._find_measure(),
            "reports": {"source": self.dataset} | self._source_note(),
        }
        if self._has_events():
            defaults["event"] = f"{self.dataset}-{self.key}"
        for name in (*PEOPLE_FIELDS, "harm", "stated"):
            if (value := self._find_value(name)) is not None:
                defaults[name] = value
        is_incident = self._has_events() and self.settings.get("measure", "incident") == "incident"
        return defaults if is_incident else defaults | self._covered_days()

    def _covered_days(self) -> Content:
        """Return the days that a figure without an event covers. One date is all of them: the year or month of a cell.

        For a running total one date is the last day, because it does not say when the count began.
        """
        if "ended" in self.roles:
            columns = {"covers_from": self.roles.get("started"), "covers_to": self.roles["ended"]}
            return {name: _column_expression(column) for name, column in columns.items() if column}
        if "started" not in self.roles:
            return {}
        started, measure = _column_expression(self.roles["started"]), self._find_measure()
        if measure == "cumulative":
            return {"covers_to": started}
        if isinstance(measure, str):
            return {"covers": started}
        is_period = measure | {"is_not": "cumulative"}
        return {"covers_from": {"cases": [{"when": is_period, "then": started}]}, "covers_to": started}

    def _find_measure(self) -> Any:
        if (measure := self._find_value("measure")) is not None:
            return measure
        if self._has_events():
            return "incident"
        raise MappingError(
            "Rows are not events, because they have no date and place. Give what their figures count with --set "
            f"measure=WORD, one of {', '.join(MEASURE)}."
        )

    def _source_note(self) -> Content:
        """Return a note with the source's name for the report, if the source has no URL."""
        if "source" not in self.roles or "url" in self.roles:
            return {}
        return {"note": f"Source, as the file names it: {{{self.roles['source']}}}"}

    def _claim_record(self, figure: Figure) -> Content:
        harm = {"harm": figure.harm} if figure.harm else {}
        return {"id": self._claim_id(figure), **harm, **dict(figure.part), "figure": self._figure_content(figure)}

    def _figure_content(self, figure: Figure) -> Content:
        bounds = dict(figure.bounds)
        if bounds.keys() == {"number"}:
            return {
                "phrase": _column_expression(bounds["number"]),
                "phrase_lang": self.settings.get("phrase_lang", UNDETERMINED),
            }
        if number := bounds.pop("number", None):
            bounds.setdefault("best", number)
        content: Content = {
            name: _column_expression(bounds[name]) for name in ("low", "best", "high") if name in bounds
        }
        return content | {
            name: _column_expression(self.roles[name]) for name in ("qualifier", "phrase") if name in self.roles
        }
