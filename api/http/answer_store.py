"""Answers kept in memory for one state of the database, of a bounded number of bytes."""

import threading
from collections import OrderedDict
from collections.abc import Hashable
from typing import NamedTuple

LARGEST_PART = 8  # no answer takes more than this part of the memory
OVERHEAD = 5_000  # bytes that Python takes for an answer without its texts; measured

HeaderFields = list[tuple[str, str]]


class Question(NamedTuple):
    """What an answer is found by. `query` is canonical."""

    host: str
    path: str
    query: str
    accept: str
    encoding: str
    language: str = ""  # that a reader of pages prefers


class Answer(NamedTuple):
    """An answer in its content encoding. `body` is None where only its ETag is known, from a 304."""

    tag: str  # without quotes, of the bytes before they are compressed
    headers: HeaderFields
    headers_unchanged: HeaderFields  # of a 304, without the ETag
    body: bytes | None


class AnswerStore:
    """Answers of one state, of at most `bound` bytes together. The least recently used make room for new ones."""

    def __init__(self, bound: int) -> None:
        self.bound, self.size = bound, 0
        self.state: Hashable = None
        self.answers: OrderedDict[Question, Answer] = OrderedDict()
        self.lock = threading.Lock()

    def find(self, state: Hashable, question: Question) -> Answer | None:
        """Return the answer to a question. In a new state all answers are dropped."""
        with self.lock:
            if state != self.state:
                self.answers.clear()
                self.state, self.size = state, 0
            answer = self.answers.get(question)
            if answer is not None:
                self.answers.move_to_end(question)
            return answer

    def keep(self, state: Hashable, question: Question, answer: Answer) -> None:
        """Keep an answer that was computed in this state or a later one. Do not, if the state has changed since."""
        size = _measure(question, answer)
        with self.lock:
            before = self.answers.get(question)
            is_poorer = before is not None and answer.body is None
            if state != self.state or size > self.bound // LARGEST_PART or is_poorer:
                return
            self.size += size - (_measure(question, before) if before else 0)
            self.answers[question] = answer
            self.answers.move_to_end(question)
            while self.size > self.bound:
                self.size -= _measure(*self.answers.popitem(last=False))


def _measure(question: Question, answer: Answer) -> int:
    """Return the bytes of memory that an answer takes."""
    fields = sum(len(value) for _, value in answer.headers_unchanged)
    return OVERHEAD + sum(map(len, question)) + fields + len(answer.body or b"")
