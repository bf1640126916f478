"""The log of gunicorn: a line for each request, and its metrics. gunicorn.conf.py names this class."""

import contextlib
import logging
import socket
import sys
import time
from typing import Any, NamedTuple

import orjson
from gunicorn.glogging import Logger

from api.config import load_settings
from api.http.problems import REQUEST_ID, find_raw_problem, make_request_id, write_raw_response
from api.http.rate_limits import find_address
from api.http.request_facts import FACTS, NONE, OTHER, RequestFacts, name_method
from api.monitoring import metrics
from api.monitoring.log_lines import (
    JSON,
    NETWORK,
    NO_REQUESTS,
    JsonFormatter,
    TextFormatter,
    format_time,
    hide_secrets,
    shorten_address,
)

BROKEN = "Invalid request from ip="  # how gunicorn's own line begins, which has the whole address of the client


class BrokenRequest(NamedTuple):
    """A request that no application sees. `reason` says what is broken, without keys; `peer`: who sent it."""

    status: int  # that gunicorn gives it
    reason: str
    request_id: str
    peer: str

    def write_answer(self, public_url: str) -> bytes:
        return write_raw_response(self.status, self.reason, public_url, self.request_id)


class ServerLog(Logger):
    """gunicorn calls `access` after the last byte of each answer, also of one that broke off."""

    def setup(self, cfg: Any) -> None:
        super().setup(cfg)
        settings = load_settings()
        self.is_json, self.hops = settings.log_format == JSON, settings.proxy_hops
        self.policy = settings.log_requests or (NETWORK if self.is_json else NO_REQUESTS)
        formatter = JsonFormatter() if self.is_json else TextFormatter(self.error_fmt, self.datefmt)
        for handler in self.error_log.handlers:
            handler.setFormatter(formatter)
        handler = logging.StreamHandler()
        handler.setFormatter(formatter)
        logging.basicConfig(handlers=[handler], force=True)  # what the application itself logs

    def access(self, resp: Any, req: Any, environ: dict[str, Any], request_time: Any) -> None:
        super().access(resp, req, environ, request_time)
        facts: RequestFacts | None = environ.get(FACTS)
        if facts is None or (self.policy == NO_REQUESTS and not metrics.is_counting()):
            return  # without facts the request is broken: `note_broken` logs it
        route, cache = facts.name_route(environ), facts.cache
        method, seconds = name_method(environ["REQUEST_METHOD"]), request_time.total_seconds()
        status = str(resp.status).partition(" ")[0]
        metrics.add_count("requests", route, method, status)
        metrics.observe_seconds("request_seconds", seconds, route, method)
        metrics.add_count("answers", cache)
        if self.policy != NO_REQUESTS:
            request_id = next((value for name, value in resp.headers if name == REQUEST_ID), None)
            self._write_line(environ, {
                "request_id": request_id, "method": method, "route": route, "status": int(status),
                "milliseconds": round(seconds * 1000, 1), "bytes": resp.sent, "cache": cache,
            })  # fmt: skip

    def warning(self, msg: str, *args: Any, **kwargs: Any) -> None:
        if not msg.startswith(BROKEN):
            super().warning(msg, *args, **kwargs)

    def describe_broken(self, sock: socket.socket, status: int, message: str) -> BrokenRequest:
        """Return what is known of a request that gunicorn refuses with this status and message."""
        try:
            peer = sock.getpeername()
        except OSError:  # the client has left
            peer = ""
        address = peer[0] if isinstance(peer, tuple) else ""  # of a Unix socket there is none
        return BrokenRequest(status, hide_secrets(message), make_request_id(), address)

    def note_broken(self, broken: BrokenRequest) -> None:
        """Log and count a broken request after its answer. What it asked for is not known, nor how long it took."""
        status = find_raw_problem(broken.status).status
        metrics.add_count("requests", NONE, OTHER, str(status))
        metrics.add_count("answers", NONE)
        facts = {"request_id": broken.request_id, "status": status}
        self.error_log.warning("broken request: %s", broken.reason, extra={"facts": facts})
        if self.policy != NO_REQUESTS:
            line = {"request_id": broken.request_id, "method": OTHER, "route": NONE, "status": status}
            self._write_line({"REMOTE_ADDR": broken.peer}, line)

    def _write_line(self, environ: dict[str, Any], line: dict[str, Any]) -> None:
        line = {**line, "client": shorten_address(find_address(environ, self.hops), self.policy)}
        if self.is_json:
            start = {"time": format_time(time.time()), "level": "info", "message": "request"}
            text = orjson.dumps(start | line).decode()
        else:
            text = " ".join(f"{name}={value}" for name, value in line.items() if value is not None)
        with contextlib.suppress(OSError):  # nobody reads the log any more: answers go on
            sys.stdout.write(text + "\n")
            sys.stdout.flush()
