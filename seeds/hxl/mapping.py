"""A mapping made of hashtags, so that a file with a row of them is imported as by any other mapping."""

import pathlib
from collections.abc import Iterator, Mapping
from typing import Any

from marshmallow import ValidationError

from api.models import Dataset
from api.records.faults import flat
from api.records.nouns import NOUNS
from api.records.rows import keys
from schemas.expressions import near
from schemas.mappings import MappingIn
from schemas.vocab import EVENT_TYPE, MEASURE, VICTIM_STATUS
from seeds.hxl.hashtags import Figure, Understood, understood
from seeds.language import load
from seeds.language.load import Wrong
from seeds.language.slugs import slug
from seeds.readers.tables import Table

NAME = "hxl"
#: What may be told beside the file, for every row, with `--set`; the words that are allowed, where they are closed.
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
PLACES = ("place", "admin1", "admin2", "country", "latitude", "longitude")
REFERRED = {"conflict": "conflicts", "claimant": "claimants", "subject_side": "sides", "responsible_side": "sides"}
Content = dict[str, Any]


def mapping(table: Table, settings: Mapping[str, str]) -> load.Mapping:
    """The mapping of a table with hashtags. Raises `Wrong`, saying what neither they nor the settings tell."""
    _check_settings(settings)
    _check_dataset(table, settings)
    if braced := [column for column in table.columns or () if "{" in column or "}" in column]:
        raise Wrong(f"The column {braced[0]} has braces in its name, which cannot be read here.")
    content = _Maker(table, understood(table), settings).content()
    try:
        return load.compiled(NAME, MappingIn().load(content))
    except ValidationError as error:  # all that is not ours in the content are settings
        told = "\n".join(f"{where.replace('/', ' › ')}: {why}" for where, why in flat(error.messages))
        raise Wrong(f"What --set tells cannot be used.\n{told}") from None


def _check_settings(settings: Mapping[str, str]) -> None:
    for name, value in settings.items():
        if name not in SETTINGS:
            raise Wrong(f"--set {name}: {near(name, SETTINGS)}")
        if (words := SETTINGS[name]) and value not in words:
            raise Wrong(f"--set {name}={value}: {near(value, words)}")
    for name, noun in REFERRED.items():
        known_by_name = f"{name}_name" in settings
        if name in settings and not known_by_name and not keys(NOUNS[noun].model, [settings[name]]):
            made = f" To make it, say --set {name}_name=NAME as well." if f"{name}_name" in SETTINGS else ""
            raise Wrong(f"--set {name}={settings[name]}: there is no such record among the {noun}.{made}")


def _check_dataset(table: Table, settings: Mapping[str, str]) -> None:
    """Files of one name are often of different datasets: none may be taken for another's next release unasked."""
    dataset = _dataset(table, settings)
    if "dataset" in settings and not slug(settings["dataset"]):
        raise Wrong(f"--set dataset={settings['dataset']}: must have a letter or a digit.")
    if "dataset" not in settings and Dataset.select().where(Dataset.slug == dataset).exists():
        raise Wrong(
            f"There is a dataset {dataset} already. Say --set dataset={dataset} if this is its next release, "
            "or --set dataset=ID with an id of its own."
        )


def _dataset(table: Table, settings: Mapping[str, str]) -> str:
    return slug(settings.get("dataset", pathlib.PurePath(table.name).stem)) or NAME


def _column(name: str) -> Content:
    return {"column": name}


class _Maker:
    """The content of the mapping of one table."""

    def __init__(self, table: Table, found: Understood, settings: Mapping[str, str]) -> None:
        self.roles, self.figures, self.settings = found.roles, found.figures, settings
        self.dataset = _dataset(table, settings)
        self.title = settings.get("title", pathlib.PurePath(table.name).stem)
        self.key = "{" + self.roles.get("id", "row") + "}"
        self.ignored = {column: f"Not used, because {why}." for column, why in found.unused.items()}

    def content(self) -> Content:
        """Raises `Wrong`."""
        if not self.figures:
            raise Wrong("No column is tagged as a figure, such as #affected+killed: there is nothing to claim.")
        told = self.settings
        return {
            "dataset": {
                "id": self.dataset,
                "title": self.title,
                "publisher": told.get("publisher", "unknown"),
                "licence": told.get("licence", "not told"),
                "citation": told.get("citation", self.title),
                "url": told.get("url", ""),
            },
            "dates": [told["dates"]] if "dates" in told else list(DATES),
            "ignore": {"columns": self.ignored},
            "usual": {"claim": self._usual()},
            "always": list(self._always()),
            "records": list(self._records()),
        }

    def _told(self, name: str) -> Any:
        """What a column or a setting tells; None where neither does."""
        if name in self.settings:
            return self.settings[name]
        return _column(self.roles[name]) if name in self.roles else None

    def _who(self, name: str) -> Any:
        """The id of a conflict or claimant, by itself or by its name. Raises `Wrong` where neither is told."""
        found = self._told(name) or self._told(f"{name}_name")
        if found is None:
            tag = {"conflict": "#crisis+id", "claimant": "#meta+claimant+id"}[name]
            raise Wrong(
                f"Nothing says of which {name} the rows are: no column is tagged {tag}. "
                f"Say --set {name}=ID, or --set {name}_name=NAME to make one."
            )
        return found

    # Records ---------------------------------------------------------------------------------------------------------

    def _always(self) -> Iterator[Content]:
        source = {"id": self.dataset, "publisher": self.settings.get("publisher", "unknown"), "title": self.title}
        optional = {"url": self.settings.get("url"), "licence": self.settings.get("licence"), "kind": "dataset"}
        yield {"source": source | {name: value for name, value in optional.items() if value}}
        for name in ("conflict", "claimant"):
            if made := self.settings.get(f"{name}_name"):
                yield {name: {"id": self._who(name), "name": made}}

    def _records(self) -> Iterator[Content]:
        for name in ("conflict", "claimant"):
            if f"{name}_name" in self.roles and name not in self.settings and f"{name}_name" not in self.settings:
                yield {name: {"id": self._who(name), "name": _column(self.roles[f"{name}_name"])}}
        if self._has_events():
            yield {"event": self._event()}
        if "url" in self.roles:
            yield {"when": self._has("url"), "source": self._source()}
        for figure in self.figures:
            yield {"when": self._has_figure(figure), "claim": self._claim(figure)}
            if "url" in self.roles:
                when = [self._has_figure(figure), self._has("url")]
                yield {"when": when, "report": {"claim": self._id(figure), "source": _column(self.roles["url"])}}

    def _has_events(self) -> bool:
        """A row is an event where it says when it began, and where, or which."""
        return "started" in self.roles and bool(self.roles.keys() & {"event", "id", *PLACES})

    def _has(self, role: str) -> Content:
        return {"column": self.roles[role], "empty": False}

    def _has_figure(self, figure: Figure) -> Content:
        return {"column": list(figure.bounds.values()), "empty": False}

    def _id(self, figure: Figure) -> str:
        return f"{self.dataset}-{self.key}-{figure.suffix}"

    def _event(self) -> Content:
        roles = self.roles
        started = roles["started"]
        named = [f"{{{roles[name]}}}, {{{started}}}" for name in ("place", "admin2", "admin1") if name in roles]
        made: Content = {
            "id": f"{self.dataset}-{self.key}",
            "conflict": self._who("conflict"),
            "name": {"first": [*([_column(roles["event"])] if "event" in roles else []), *named, _column(started)]},
            "type": self._event_type(),
        }
        if "ended" in roles:
            made |= {"started_on": _column(started), "ended_on": {"column": [roles["ended"], started]}}
        else:
            made |= {"happened": _column(started)}
        return made | {name: _column(roles[name]) for name in (*PLACES, "note") if name in roles}

    def _event_type(self) -> Any:
        if "event_type" in self.settings or "event_type" not in self.roles:
            return self.settings.get("event_type", "unknown")
        known = {word: word for word in EVENT_TYPE}
        return {"column": self.roles["event_type"], "table": known, "otherwise": "unknown"}

    def _source(self) -> Content:
        url = self.roles["url"]
        host = {"column": url, "split": "/", "part": 2}
        publisher = {"first": [*([_column(self.roles["source"])] if "source" in self.roles else []), host]}
        made = {"id": _column(url), "publisher": publisher, "url": _column(url)}
        return made | ({"published": _column(self.roles["published"])} if "published" in self.roles else {})

    def _usual(self) -> Content:
        """What all claims of a row share."""
        made: Content = {
            "conflict": self._who("conflict"),
            "claimant": self._who("claimant"),
            "measure": self._measure(),
            "reports": {"source": self.dataset} | self._as_named(),
        }
        if self._has_events():
            made["event"] = f"{self.dataset}-{self.key}"
        for name in ("subject_side", "responsible_side", "victim_status", "victim_sex", "victim_age", "harm", "stated"):
            if (value := self._told(name)) is not None:
                made[name] = value
        for name, role in (("covers_from", "started"), ("covers_to", "ended")):
            if role in self.roles and not self._has_events():
                made[name] = _column(self.roles[role])
        return made

    def _measure(self) -> Any:
        if (told := self._told("measure")) is not None:
            return told
        if self._has_events():
            return "incident"
        raise Wrong(
            "Rows are no events, because they do not say when and where: what do their figures count? "
            f"Say --set measure=WORD, one of {', '.join(MEASURE)}."
        )

    def _as_named(self) -> Content:
        """A source without an address is told in the report, as the file names it."""
        if "source" not in self.roles or "url" in self.roles:
            return {}
        return {"note": f"Source, as the file names it: {{{self.roles['source']}}}"}

    def _claim(self, figure: Figure) -> Content:
        harm = {"harm": figure.harm} if figure.harm else {}
        return {"id": self._id(figure), **harm, **dict(figure.part), "figure": self._figure(figure)}

    def _figure(self, figure: Figure) -> Content:
        bounds = dict(figure.bounds)
        if bounds.keys() == {"number"}:
            return {"phrase": _column(bounds["number"]), "phrase_lang": self.settings.get("phrase_lang", "und")}
        if number := bounds.pop("number", None):
            bounds.setdefault("best", number)
        made: Content = {name: _column(bounds[name]) for name in ("low", "best", "high") if name in bounds}
        return made | {name: _column(self.roles[name]) for name in ("qualifier", "phrase") if name in self.roles}
