"""How gunicorn serves `wsgi:app`; reasons in docs/operators/running.md."""

import ctypes
import functools
import signal
import socket
import struct

import gunicorn.util
from gunicorn.workers import gthread

from api.config import folder_of_metrics, load_settings
from api.database.connection import database
from api.database.current_state import read_state
from api.http import draining
from api.http.costly_answers import WAITING_PER_SLOT
from api.http.write_places import PLACES
from api.monitoring.metric_files import empty_folder

SETTINGS = load_settings()

worker_class = "api.http.worker_threads.Worker"
workers = 2
# Threads for the costly answers and the writes that run and wait, and two more: pages need not wait for either.
threads = 2 + PLACES + SETTINGS.costly_slots * (1 + WAITING_PER_SLOT)
preload_app = True  # workers share what is the same in all: a third of the memory of one that loads it itself
timeout = 30
graceful_timeout = SETTINGS.drain_seconds
keepalive = 2
# Seconds for which a client may read nothing of its answer.
READ_SECONDS = 30
# Seconds for which a thread waits for the first byte of a connection, or for a body that nobody reads. Then a silent
# connection waits without a thread, for `keepalive` seconds.
gthread.DEFAULT_WORKER_DATA_TIMEOUT = 0.1
# The loop of a worker itself waits for clients to close, two seconds each, and accepts nobody in the meantime.
gunicorn.util.close_graceful = functools.partial(gunicorn.util.close_graceful, timeout=0.1)
max_requests = 10_000
max_requests_jitter = 1_000
limit_request_line = 4094
limit_request_fields = 50
limit_request_field_size = 8190
control_socket_disable = True
logger_class = "api.http.server_log.ServerLog"
# A client's own SCRIPT_NAME must not move the application.
forwarder_headers = ""
M_ARENA_MAX = -8  # the number of this setting in malloc.h of glibc


def write_problem(log, sock, status_int, reason, mesg):  # type: ignore[no-untyped-def]
    """In place of gunicorn's HTML: what is so broken that the app never sees it is a problem document too.

    It is logged and counted as every request is.
    """
    broken = log.describe_broken(sock, status_int, str(mesg))
    try:
        gunicorn.util.write_nonblock(sock, broken.write_answer(SETTINGS.public_url))
    finally:
        log.note_broken(broken)


def post_worker_init(worker):  # type: ignore[no-untyped-def]
    """Open the database, bound what a connection can occupy, and tell streams when the worker stops."""
    if database.obj is not None:  # another application, such as the bench's bare one, has no database
        read_state(database.obj)  # on a disk that is full by the first request SQLite could not, not even to read
    gunicorn.util.write_error = functools.partial(write_problem, worker.log)
    for listener in worker.sockets:  # Linux gives its connections the same limits
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, struct.pack("ll", READ_SECONDS, 0))
    stop = signal.getsignal(signal.SIGTERM)

    def stop_and_drain(number, frame):  # type: ignore[no-untyped-def]
        draining.begin_drain(graceful_timeout)
        stop(number, frame)

    signal.signal(signal.SIGTERM, stop_and_drain)
    signal.siginterrupt(signal.SIGTERM, False)


def post_request(worker, req, environ, resp):  # type: ignore[no-untyped-def]
    """Tell streams that a worker stops by itself, after `max_requests`. It is killed when both times are over."""
    if not worker.alive:
        draining.begin_drain(graceful_timeout + timeout)


def on_starting(server):  # type: ignore[no-untyped-def]
    """Load the libraries that answers need, before the fork: workers share their memory. Commands load them on use.

    All threads of a worker share two pools of memory: glibc gives them eight for each core, each with its own free
    memory. Another C library has no such setting. Counts of the last run are removed.
    """
    if set_malloc := getattr(ctypes.CDLL(None), "mallopt", None):
        set_malloc(M_ARENA_MAX, 2)
    import brotli  # noqa: F401
    import duckdb  # noqa: F401
    import msgspec  # noqa: F401
    import zstandard  # noqa: F401

    if SETTINGS.metrics:
        empty_folder(folder_of_metrics(SETTINGS))
