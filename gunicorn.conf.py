"""How gunicorn serves `wsgi:app`; reasons in docs/operators/running.md."""

import gunicorn.util

from api.config import folder_of_metrics, load_settings
from api.http.costly_answers import WAITING_PER_SLOT
from api.http.problems import write_raw_response
from api.monitoring.metric_files import empty_folder

SETTINGS = load_settings()

worker_class = "gthread"
workers = 2
# Threads for the costly answers that run and wait, and two more: pages need not wait for statistics.
threads = 2 + SETTINGS.costly_slots * (1 + WAITING_PER_SLOT)
preload_app = True  # workers share what is the same in all: a third of the memory of one that loads it itself
timeout = 30
graceful_timeout = 30
keepalive = 2
max_requests = 10_000
max_requests_jitter = 1_000
limit_request_line = 4094
limit_request_fields = 50
limit_request_field_size = 8190
control_socket_disable = True
logger_class = "api.http.server_log.ServerLog"
# A client's own SCRIPT_NAME must not move the application.
forwarder_headers = ""


def write_problem(sock, status_int, reason, mesg):  # type: ignore[no-untyped-def]
    """In place of gunicorn's HTML: what is so broken that the app never sees it is a problem document too."""
    gunicorn.util.write_nonblock(sock, write_raw_response(status_int, str(mesg), SETTINGS.public_url))


gunicorn.util.write_error = write_problem


def on_starting(server):  # type: ignore[no-untyped-def]
    """Load the libraries that answers need, before the fork: workers share their memory. Commands load them on use.

    Counts of the last run are removed.
    """
    import brotli  # noqa: F401
    import duckdb  # noqa: F401
    import zstandard  # noqa: F401

    if SETTINGS.metrics:
        empty_folder(folder_of_metrics(SETTINGS))
