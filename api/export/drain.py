"""A file that cannot be rewound: what a library writes to it is taken out and sent on."""

from collections.abc import Iterator


class Drain:
    """What zipfile and pyarrow write to; `parts` empties it."""

    closed = False

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._position = 0

    def write(self, part: bytes) -> int:
        self._parts.append(bytes(part))
        self._position += len(part)
        return len(part)

    def tell(self) -> int:
        return self._position

    def flush(self) -> None:
        """Nothing is held back."""

    def close(self) -> None:
        """Nothing is held."""

    def parts(self) -> Iterator[bytes]:
        """What was written since the last time: one part, or none."""
        if self._parts:
            written = b"".join(self._parts)
            self._parts.clear()
            yield written
