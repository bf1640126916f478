"""Builds the Flask application from the settings."""

import functools
import hashlib
import pathlib
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from flask import Flask
from flask_cors import CORS

from api.config import ConfigError, Settings, load_settings, variable_of
from api.database import write_waits
from api.database.connection import connect_to
from api.evidence import process
from api.evidence.engine import Options
from api.http import (
    costly_answers,
    cursors,
    formats,
    host_names,
    openapi,
    pinned_files,
    problems,
    query_strings,
    rate_limits,
    request_connection,
    request_facts,
    response_cache,
    slow_questions,
    streamed_answers,
)
from api.v1 import BLUEPRINTS, discovery
from api.v1.operation_names import name_operation
from api.v1.shared import answers_of_replica, error_handlers
from api.v1.shared.pinned_answers import PINNED_FILES
from api.web import crawlers, metrics_page, page_language, pages
from api.web.explorer import routes as explorer
from api.web.record_pages import routes as record_pages

EXPOSED_HEADERS = [
    "Link", "ETag", "Accept-Ranges", "Content-Range", "Repr-Digest", "Retry-After", "RateLimit", "RateLimit-Policy",
    "X-Request-Id", formats.REVISION,
]  # fmt: skip
READ_METHODS = ["GET", "HEAD", "OPTIONS"]
CROSS_ORIGIN_RULES: dict[str | re.Pattern[str], dict[str, Any]] = {
    r"/v1/(check|reconcile)": {"methods": [*READ_METHODS, "POST"]},
    r"/.*": {"methods": READ_METHODS},
}


ROOT = pathlib.Path(__file__).parents[1]


class Application(Flask):
    """Flask for functions none of which is `async`."""

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """Return the function itself. Flask would look at each of some twenty functions of a request."""
        return func


def create_app(settings: Settings | None = None) -> Flask:
    """Build the application from `settings`, or from the environment. Raises `ConfigError`."""
    settings = settings or load_settings()
    app = Application(__name__, static_folder=None)
    app.url_map.merge_slashes = False  # Flask would answer `//` with a redirect in HTML
    app.config.update(_build_config(settings))
    app.json.sort_keys = False  # type: ignore[attr-defined]
    handle = connect_to(settings.database_url, settings.read_database_url)
    write_waits.configure(settings.write_wait_seconds)
    process.configure(
        Options(settings.image_folder, settings.statistics_megabytes, settings.statistics_threads),
    )
    app.extensions[PINNED_FILES] = pinned_files.open_files(settings)
    problems.init_app(app)
    rate_limits.init_app(app, settings)
    costly_answers.init_app(app, settings)
    streamed_answers.init_app(app)  # before the slot is taken from the request: functions of Flask run in reverse
    response_cache.init_app(app, settings, handle)
    host_names.init_app(app)  # last: the cache too sees the lower case
    query_strings.init_app(app)
    slow_questions.init_app(app, settings, handle)
    request_connection.init_app(app, handle)
    formats.init_app(app)
    error_handlers.init_app(app)
    answers_of_replica.init_app(app)
    CORS(app, resources=CROSS_ORIGIN_RULES, send_wildcard=True, expose_headers=EXPOSED_HEADERS, max_age=86_400)
    document = openapi.init_app(app)
    app.extensions["counterclaim-openapi"] = document
    for blueprint in BLUEPRINTS:
        document.register_blueprint(blueprint, url_prefix="/v1")
    app.register_blueprint(pages.blueprint)
    page_language.init_app(app)
    explorer.init_app(app)
    app.register_blueprint(crawlers.blueprint)
    record_pages.init_app(app)
    metrics_page.init_app(app, settings)
    request_facts.init_app(app)
    document.describe_with(discovery.list_examples, name_operation)
    return app


@functools.cache
def _digest_of_code() -> str:
    """Return a digest of the code. ETags contain it, because new code may write other bytes for the same records."""
    # Wordings, labels and templates count as code: answers and pages are worded by them.
    kinds = ("*.py", "wordings/*.yaml", "languages/*.yaml", "templates/**/*.html")
    files = sorted(path for folder in ("api", "schemas") for kind in kinds for path in (ROOT / folder).rglob(kind))
    return hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()[:16]


def _load_secret(path: str) -> str:
    try:
        return cursors.load_secret(path)
    except (OSError, ValueError) as error:
        raise ConfigError(f"{variable_of('secret_file')} cannot be used: {error}.") from None


def _build_config(settings: Settings) -> dict[str, Any]:
    hosts = [host for host in settings.trusted_hosts.lower().split(",") if host]
    default_hosts = [urlsplit(settings.public_url).hostname or "", "localhost", "127.0.0.1"]
    return {
        "PUBLIC_URL": settings.public_url,
        "CONTACT": settings.contact,
        "LICENCE": settings.licence,
        "EMBED_HOSTS": " ".join(filter(None, settings.embed_hosts.split(","))) or "'none'",
        "LOG_KEY_FILE": settings.log_key_file,
        "SECRET_FILE": settings.secret_file,
        "LOG_POLICY_FILE": settings.log_policy_file,
        "LOG_ORIGIN": settings.public_url.partition("://")[2] + "/v1/log",
        "SECRET": _load_secret(settings.secret_file),
        "CODE": _digest_of_code(),
        "WEBHOOK_HOSTS": settings.webhook_hosts,
        "CACHE_SECONDS": settings.cache_seconds,
        "STATEMENT_SECONDS": settings.statement_seconds,
        "LEAST_FREE_MB": settings.least_free_mb,
        "MAX_CONTENT_LENGTH": settings.greatest_body,
        "TRUSTED_HOSTS": None if "*" in hosts else [*default_hosts, *hosts],
    }
