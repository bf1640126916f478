"""Clients that occupy a server: silent, slow to send, slow to read, or greedy. Each begins again when it is cut off.

They run in a process of their own, so that they do not delay the clients whose times are measured.
"""

import asyncio
import contextlib
import itertools
import multiprocessing
import os
import socket
import sys
from collections.abc import Callable, Coroutine, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

Address = tuple[str, int]
HEAD = "{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n"
BODY_HEAD = (
    HEAD + "Content-Type: application/json\r\nAuthorization: Bearer cst_k00000000_none\r\nContent-Length: 1000\r\n\r\n"
)
PAUSE = 1.0  # seconds between the bytes of a slow client
READ_BYTES = 1024  # a slow reader takes so many bytes in a pause
PER_ADDRESS = 4  # clients that share an address of the loopback network
GREEDY = ("/v1/export.zip", "/v1/statistics/claims?group_by=event", "/v1/claims.xlsx")
SLOW_READ = ("/v1/export.zip", "/v1/claims.csv")
counter = itertools.count()


async def connect(server: Address, number: int, small: bool = False) -> socket.socket:
    """Return a connection from an address of its own group; `small`: with the least buffer for what it reads."""
    client = socket.socket()
    client.setblocking(False)
    if small:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    if sys.platform == "linux":  # other systems have one address there
        client.bind((f"127.0.{1 + number // PER_ADDRESS // 250}.{1 + number // PER_ADDRESS % 250}", 0))
    await asyncio.get_running_loop().sock_connect(client, server)
    return client


async def wait_until_closed(client: socket.socket) -> None:
    loop = asyncio.get_running_loop()
    while await loop.sock_recv(client, 65_536):
        pass


async def stay_silent(client: socket.socket, _: int) -> None:
    await wait_until_closed(client)


async def send_slowly(client: socket.socket, first: str, rest: str) -> None:
    """Send the first part, and then the rest again and again, until the server closes the connection."""
    loop = asyncio.get_running_loop()
    await loop.sock_sendall(client, first.encode())
    closed = asyncio.ensure_future(wait_until_closed(client))
    while not (await asyncio.wait([closed], timeout=PAUSE))[0]:
        await loop.sock_sendall(client, rest.encode())
    await closed


async def send_head_slowly(client: socket.socket, _: int) -> None:
    await send_slowly(client, HEAD.format(method="GET", path="/v1/claims"), "X-Slow: 1\r\n")


async def send_body_slowly(client: socket.socket, number: int) -> None:
    """Send a body byte by byte: of a question that needs no key, or of a GET, which has no use for it."""
    method, path = (("POST", "/v1/check"), ("GET", "/v1/claims"))[number % 2]
    await send_slowly(client, BODY_HEAD.format(method=method, path=path) + "{", " ")


async def read_slowly(client: socket.socket, number: int) -> None:
    loop = asyncio.get_running_loop()
    path = SLOW_READ[number % len(SLOW_READ)]
    await loop.sock_sendall(client, f"{HEAD.format(method='GET', path=path)}\r\n".encode())
    while await loop.sock_recv(client, READ_BYTES):
        await asyncio.sleep(PAUSE)


async def ask_greedily(client: socket.socket, number: int) -> None:
    """Request a costly answer that is in no cache, and read it as fast as it comes."""
    path = GREEDY[number % len(GREEDY)]
    mark = "&" if "?" in path else "?"
    fresh = f"{mark}from=19{next(counter) % 90 + 10}-01-01"
    request = f"{HEAD.format(method='GET', path=path + fresh)}\r\n"
    await asyncio.get_running_loop().sock_sendall(client, request.encode())
    await wait_until_closed(client)


Attack = Callable[[socket.socket, int], Coroutine[Any, Any, None]]
ATTACKS: dict[str, Attack] = {
    "idle": stay_silent,
    "slow heads": send_head_slowly,
    "slow bodies": send_body_slowly,
    "slow readers": read_slowly,
    "greedy": ask_greedily,
}


class Crowd:
    """All attackers of one server."""

    def __init__(self, port: int, numbers: Mapping[str, int], all_there: Any) -> None:
        self.server, self.all_there = ("127.0.0.1", port), all_there
        self.names = [name for name, number in numbers.items() for _ in range(number)]
        self.arrived: set[int] = set()

    async def attack(self) -> None:
        await asyncio.gather(*(self._repeat(name, number) for number, name in enumerate(self.names)))

    async def _repeat(self, name: str, number: int) -> None:
        """Attack again and again. A refused client waits as long as a slow one pauses."""
        while True:
            with contextlib.suppress(OSError):
                client = await connect(self.server, number, small=name == "slow readers")
                self._note_arrival(number)
                with client:
                    await ATTACKS[name](client, number)
            await asyncio.sleep(0.1 if name == "greedy" else PAUSE)

    def _note_arrival(self, number: int) -> None:
        self.arrived.add(number)
        if len(self.arrived) == len(self.names):
            self.all_there.set()


def _run(port: int, numbers: Mapping[str, int], all_there: Any) -> None:
    os.nice(5)  # they share the processors with the server
    asyncio.run(Crowd(port, numbers, all_there).attack())


@contextmanager
def attacked(port: int, numbers: Mapping[str, int]) -> Iterator[Any]:
    """Attack the server at this port by so many clients of each kind, until the block ends.

    Yield an event that is set when each has had a connection.
    """
    spawn = multiprocessing.get_context("spawn")
    all_there = spawn.Event()
    process = spawn.Process(target=_run, args=(port, dict(numbers), all_there))
    process.start()
    try:
        yield all_there
    finally:
        process.terminate()
        process.join()
