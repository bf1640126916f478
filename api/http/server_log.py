"""The log of gunicorn: a line for each request, and its metrics. gunicorn.conf.py names this class."""

import contextlib
import logging
import sys
import time
from typing import Any

import orjson
from gunicorn.glogging import Logger

from api.config import load_settings
from api.http.problems import REQUEST_ID
from api.http.rate_limits import find_address
from api.http.request_facts import FACTS, NONE, RequestFacts, name_method
from api.monitoring import metrics
from api.monitoring.log_lines import (
    JSON,
    NETWORK,
    NO_REQUESTS,
    JsonFormatter,
    TextFormatter,
    format_time,
    shorten_address,
)


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
        if self.policy == NO_REQUESTS and not metrics.is_counting():
            return
        facts: RequestFacts | None = environ.get(FACTS)
        route = facts.name_route(environ) if facts else NONE
        cache = facts.cache if facts else NONE
        method, seconds = name_method(environ["REQUEST_METHOD"]), request_time.total_seconds()
        status = str(resp.status).partition(" ")[0]
        metrics.add_count("requests", route, method, status)
        metrics.observe_seconds("request_seconds", seconds, route, method)
        metrics.add_count("answers", cache)
        if self.policy != NO_REQUESTS:
            self._write_line(resp, environ, {
                "method": method, "route": route, "status": int(status), "milliseconds": round(seconds * 1000, 1),
                "bytes": resp.sent, "cache": cache,
            })  # fmt: skip

    def _write_line(self, resp: Any, environ: dict[str, Any], line: dict[str, Any]) -> None:
        request_id = next((value for name, value in resp.headers if name == REQUEST_ID), None)
        client = shorten_address(find_address(environ, self.hops), self.policy)
        line = {"request_id": request_id, **line, "client": client}
        if self.is_json:
            start = {"time": format_time(time.time()), "level": "info", "message": "request"}
            text = orjson.dumps(start | line).decode()
        else:
            text = " ".join(f"{name}={value}" for name, value in line.items() if value is not None)
        with contextlib.suppress(OSError):  # nobody reads the log any more: answers go on
            sys.stdout.write(text + "\n")
            sys.stdout.flush()
