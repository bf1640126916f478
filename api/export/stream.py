"""A file in memory that cannot be rewound, from which written bytes are taken and sent."""

from collections.abc import Iterator


class Drain:
    """A file for zipfile and pyarrow to write to. `take_parts` empties it."""

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
        """Do nothing: there is no buffer."""

    def close(self) -> None:
        """Do nothing: there is no file to close."""

    def take_parts(self) -> Iterator[bytes]:
        """Yield the bytes written since the last call, as one part or none."""
        if self._parts:
            written = b"".join(self._parts)
            self._parts.clear()
            yield written
