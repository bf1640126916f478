"""What a reader of an import should know of rows that are not refused, counted by message."""

from collections.abc import Iterator

from schemas.sentences import count_noun

FIRST_SHOWN = 5


class RowNotices:
    """Messages about rows, each with its number of rows and the first of them."""

    def __init__(self) -> None:
        self.counts: dict[str, int] = {}
        self.first: dict[str, list[str]] = {}
        self.sentences: list[str] = []  # about no row

    def add_notice(self, message: str, where: str) -> None:
        """Add a message about the row at `where`."""
        self.counts[message] = self.counts.get(message, 0) + 1
        places = self.first.setdefault(message, [])
        if len(places) < FIRST_SHOWN:
            places.append(where)

    def add_sentence(self, sentence: str) -> None:
        """Add a sentence about the files as a whole."""
        self.sentences.append(sentence)

    def describe_notices(self) -> Iterator[str]:
        yield from self.sentences
        for message, number in self.counts.items():
            places = "; ".join(self.first[message]) + (" …" if number > FIRST_SHOWN else "")
            yield f"{count_noun(number, 'row')}: {message} ({places})."
