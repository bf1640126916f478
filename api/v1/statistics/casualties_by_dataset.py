"""Casualty figures with `group_by=dataset`: the question asked once for each dataset.

Datasets may count the same people, and a reconciled figure may use claims of several. So a figure has no dataset by
itself, and no row here is split off a figure: each is the row that `dataset=` gives.
"""

from collections.abc import Iterable
from typing import Any

from api.http.problems import ApiProblem, make_fault
from api.listings.datasets import list_claim_datasets
from api.reconciling.reconciled_answer import TOTALS, Answer
from api.statistics.casualties import answer_casualties, name_keys, put_fuller_first
from api.statistics.casualty_question import make_question
from api.statistics.notices import Notice, find_codes
from api.v1.shared.figure_json import (
    find_notices,
    list_columns,
    list_dimensions,
    statistic_meta,
    write_row,
    write_statements,
)
from api.v1.shared.listing_routes import Query
from api.v1.shared.statistic_routes import StatisticAnswer
from schemas.fields import NONE
from schemas.statistics.casualties import MOST_STATEMENTS, POLICIES

DATASET = "dataset"
APART = Notice(
    "datasets_apart",
    "The rows of each dataset are its own answer, as with dataset=. Datasets may count the same people: do not add "
    "rows of different datasets. Ask for one dataset to see which of its claims are left out.",
)
#: Parameters that belong to one answer. Here are several.
OF_ONE_ANSWER = ("limit", "cursor", "sort", "evidence")


def count_by_dataset(question: Query, revision: int) -> StatisticAnswer:
    """Answer the question for each dataset with claims, and for the claims without one."""
    _refuse_parameters(question)
    groups = tuple(name for name in question["group_by"] if name != DATASET)
    datasets = question.get(DATASET) or (*list_claim_datasets(), NONE)
    rows: list[dict[str, Any]] = []
    columns: dict[str, None] = {DATASET: None}
    notices = [APART]
    for dataset in datasets:
        alone = {**question, DATASET: (dataset,), "group_by": groups or ("harm",)}
        answer = answer_casualties(make_question(alone))
        dataset_notices = find_notices(answer, alone)
        notices += [notice for notice in dataset_notices if notice not in notices]
        columns |= dict.fromkeys(list_columns(answer))
        rows += _write_rows(answer, dataset, groups, dataset_notices)
    if question["format"] == "json":
        columns["statements"] = None
    what = f"casualty claims of each dataset reconciled by {question['policy']} ({question['basis']})"
    meta = {
        **statistic_meta(what, question, revision, notices),
        "group_by": [DATASET, *groups],
        "basis": question["basis"],
        "policy": question["policy"],
        "rule": POLICIES[question["policy"]],
        "excluded": [],
        "total": len(rows),
        "limit": None,
    }
    return StatisticAnswer([{name: row.get(name) for name in [*columns, "links"]} for row in rows], columns, meta)


def _write_rows(answer: Answer, dataset: str, groups: Iterable[str], notices: list[Notice]) -> Iterable[dict[str, Any]]:
    page = put_fuller_first(answer.rows)
    dimensions, names = list_dimensions(answer), name_keys(page)
    asked = {DATASET: dataset, **({"group_by": ",".join(groups)} if groups else {})}
    totals = sum(len(row.statements) for row in page if row.basis == TOTALS)
    is_short = totals <= MOST_STATEMENTS
    described = [answer.describe_statements(row) if row.basis == TOTALS and is_short else None for row in page]
    for row, statements in zip(page, write_statements(described), strict=True):
        codes = sorted({APART.code, *find_codes(notices, [row])})
        yield {
            DATASET: None if dataset == NONE else dataset,
            **write_row(row, dimensions, names, codes, asked),
            "statements": statements,
        }


def _refuse_parameters(question: Query) -> None:
    for name in OF_ONE_ANSWER:
        if name in question:
            message = "Cannot be combined with group_by=dataset, which gives several answers. Send dataset= with one."
            raise ApiProblem("invalid-parameter", f"{name}: {message}", [make_fault("query", name, message)])
