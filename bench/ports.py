"""Find a free port, and wait until a server answers."""

import socket
import time
import urllib.request


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def wait_for(url: str, seconds: float = 60) -> None:
    ended = time.monotonic() + seconds
    while True:
        try:
            urllib.request.urlopen(url, timeout=5)
            return
        except OSError:
            if time.monotonic() > ended:
                raise
            time.sleep(0.1)
