"""The questions of `bench.statistics` have answers, and together use every filter, grouping and policy."""

import urllib.parse
from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient

from api.database.connection import database
from api.evidence.refresh import refresh_image
from bench import generated, statistics, window
from bench.late import write_late_claims
from bench.place import place
from bench.questions import FIGURES, QUESTIONS
from schemas.statistics.casualties import GROUPS, POLICIES, CasualtyFilters

CLAIMS = 2000
#: Parameters of the form of the answer; `policy` is checked separately.
NOT_OF_THE_QUESTION = {"format", "shape", "pretty", "policy"}


@pytest.fixture(scope="module")
def client() -> Iterator[FlaskClient]:
    with place() as found:
        with database.connection_context():
            generated.write(CLAIMS)
            write_late_claims(1, CLAIMS // 100, CLAIMS // 10)
            path = refresh_image(is_forced=True)
            assert path
        server = found.app.test_client()
        server.image = path  # type: ignore[attr-defined]
        yield server


def test_every_question_is_answered(client: FlaskClient) -> None:
    answers = {question.name: client.get(question.address) for question in QUESTIONS}
    assert {name: answer.text for name, answer in answers.items() if answer.status_code != 200} == {}


def test_the_yardstick_has_the_same_figures(client: FlaskClient) -> None:
    class Server:
        @staticmethod
        def get(path: str) -> bytes:
            return client.get(path).data

    statistics.Asking(Server(), CLAIMS, client.image).compare_figures()  # type: ignore[arg-type,attr-defined]
    assert all(client.get(yardstick.address).json["data"] for yardstick in window.YARDSTICKS)  # type: ignore[index]


def test_names_are_unique() -> None:
    assert len({question.name for question in QUESTIONS}) == len(QUESTIONS) >= statistics.DIFFERENT


def test_every_filter_grouping_and_policy_is_asked() -> None:
    queries = [
        urllib.parse.parse_qs(q.address.removeprefix(FIGURES)) for q in QUESTIONS if q.address.startswith(FIGURES)
    ]
    names = {name for query in queries for name in query}
    groups = {group for query in queries for word in query.get("group_by", ()) for group in word.split(",")}
    policies = {policy for query in queries for policy in query.get("policy", ["envelope"])}
    filters = {field.data_key or name for name, field in CasualtyFilters().fields.items()}
    assert filters - names - NOT_OF_THE_QUESTION == set()
    assert groups == set(GROUPS)
    assert policies == set(POLICIES)
