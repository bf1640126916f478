"""The page with the claims that match filters: the evidence behind a figure, or all claims of a claimant."""

import urllib.parse
from collections.abc import Iterable, Mapping
from typing import Any

from api.history.revisions import current_revision
from api.listings import claims, query
from api.listings.references import by_id, cached_references
from api.pictures.words import count_things
from api.v1.shared.evidence_filters import resolve_evidence
from api.v1.shared.list_cursors import find_bounds, find_neighbours, read_place
from api.v1.shared.question_filters import select_filters
from api.web.record_pages.addresses import data_address, list_address
from api.web.record_pages.listed import NEWEST_FIRST, SHOWN, Listed
from schemas.labels import label_word
from schemas.messages import translate
from schemas.vocabularies import CONFIRMATION, HARM, KIND, MEASURE, QUALIFIER, STATUS, VICTIM_STATUS

Record = dict[str, Any]


def build_list_page(question: Record, sent: Mapping[str, str], language: str) -> Record:
    """Return a page of the claims of the question, newest first, and how many match. `sent`: its parameters."""
    question = {"sort": NEWEST_FIRST, **question}
    sent = {name: value for name, value in sent.items() if name not in OF_PAGE}
    bound = query.bind_question(claims.LISTING, resolve_evidence(question))
    place = read_place(claims.LISTING, question)
    page = query.read_page(
        claims.LISTING,
        bound,
        sort=question["sort"],
        limit=min(question.get("limit", SHOWN), SHOWN),
        **find_bounds(place),
    )
    total, size = query.count_matches(claims.LISTING, bound, current_revision()), len(page.records)
    beside = find_neighbours(claims.LISTING, question, place, size, page.first, page.last)
    title = (
        translate(language, "page.list.evidence") if "used_by" in question else count_things("claims", total, language)
    )
    return {
        "title": name_rows(title, beside.first_row, size, language) if place else title,
        "filters": list(_list_filters(question, sent, language)),
        "claims": Listed(page.records, total, data_address("claims", **sent), None),
        "first": list_address(**sent) if place else None,
        "previous": beside.previous and list_address(**sent, cursor=beside.previous),
        "next": beside.following and list_address(**sent, cursor=beside.following),
    }


def name_rows(title: str, first_row: int | None, size: int, language: str) -> str:
    """Return the title of a later page, with its rows: `1,171 claims: 51 to 100`."""
    if first_row is None or not size:
        return translate(language, "page.list.later", title=title)
    return translate(language, "page.list.rows", title=title, first=first_row, last=first_row + size - 1)


#: Parameters of a page, which the addresses of the whole list do not have.
OF_PAGE = frozenset({"cursor", "limit", "lang"})
#: Filters whose value is a question of its own.
EVIDENCE = frozenset({"used_by", "left_out_of"})


def _list_filters(question: Record, sent: Mapping[str, str], language: str) -> Iterable[tuple[str, str]]:
    """Yield the filters of the list, and in place of the evidence of a figure the question that has the figure."""
    for name, value in select_filters(question).items():
        if name not in EVIDENCE:
            yield name, _write_value(name, value, language)
    for name in sorted(EVIDENCE.intersection(sent)):
        yield from urllib.parse.parse_qsl(sent[name])


#: The filters whose values are words of closed lists.
LABELLED = {
    "harm": HARM, "victim_status": VICTIM_STATUS, "measure": MEASURE, "kind": KIND, "status": STATUS,
    "qualifier": QUALIFIER, "confirmation": CONFIRMATION,
}  # fmt: skip
#: The filters whose values are records, by the names of references.
NAMED = {"conflict": "conflicts", "claimant": "claimants", "subject_side": "sides", "responsible_side": "sides"}


def _write_value(name: str, value: Any, language: str) -> str:
    """Return a value as a person reads it: `killed` by its label, `gaza-2023` by its name."""
    if isinstance(value, bool):
        return translate(language, "page.yes" if value else "page.no")
    values = value if isinstance(value, tuple) else (value,)
    if name in LABELLED:
        return ", ".join(label_word(LABELLED[name], word, language) for word in values)
    names = by_id(getattr(cached_references(current_revision()), NAMED[name])) if name in NAMED else {}
    return ", ".join(str(names[each]["name"]) if each in names else str(each) for each in values)
