"""Whether a client still waits for its answer. A server notices only when it sends.

Some files are sent late, and some writes wait for others.
"""

import socket
from collections.abc import Iterable, Iterator
from typing import TypeVar

from flask import request
from werkzeug.exceptions import ClientDisconnected

SOCKET = "gunicorn.socket"  # where gunicorn has the connection
T = TypeVar("T")


def require_client(connection: socket.socket | None) -> None:
    """Raise `ClientDisconnected` if the other end has closed the connection. None: nobody knows."""
    try:
        has_left = connection is not None and connection.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT) == b""
    except (BlockingIOError, ValueError):  # it is open and sends nothing, or it is encrypted, so that nobody knows
        has_left = False
    except OSError:
        has_left = True
    if has_left:
        raise ClientDisconnected


def while_client_waits(parts: Iterable[T]) -> Iterator[T]:
    """Yield the parts as long as the client of this request waits for its answer. Raises `ClientDisconnected`."""
    connection = request.environ.get(SOCKET)
    for part in parts:
        require_client(connection)
        yield part
