"""The factory: a checklist."""

import functools
import hashlib
import pathlib
import re
from typing import Any
from urllib.parse import urlsplit

from flask import Flask
from flask_cors import CORS

from api import openapi, paging, params, problems, rates, render
from api.config import ConfigError, Settings, from_environment, variable
from api.db import connect_to
from api.v1 import BLUEPRINTS, discovery, refusals
from api.web import connections, pages

EXPOSED = ["Link", "ETag", "Retry-After", "RateLimit", "RateLimit-Policy", "X-Request-Id"]
READING = ["GET", "HEAD", "OPTIONS"]
CROSS_ORIGIN: dict[str | re.Pattern[str], dict[str, Any]] = {
    r"/v1/check": {"methods": [*READING, "POST"]},
    r"/.*": {"methods": READING},
}


ROOT = pathlib.Path(__file__).parents[1]


def create_app(settings: Settings | None = None) -> Flask:
    """The application for these settings, or for those of the environment. Raises `ConfigError`."""
    settings = settings or from_environment()
    app = Flask(__name__, static_folder=None)
    app.url_map.merge_slashes = False  # `//` would be answered by a redirect in HTML
    app.config.update(_config(settings))
    app.json.sort_keys = False  # type: ignore[attr-defined]
    handle = connect_to(settings.database_url)
    problems.init_app(app)
    rates.init_app(app, settings)
    params.init_app(app)
    connections.init_app(app, handle)
    render.init_app(app)
    refusals.init_app(app)
    CORS(app, resources=CROSS_ORIGIN, send_wildcard=True, expose_headers=EXPOSED, max_age=86_400)
    document = openapi.init_app(app)
    app.extensions["counterclaim-openapi"] = document
    for blueprint in BLUEPRINTS:
        document.register_blueprint(blueprint, url_prefix="/v1")
    app.register_blueprint(pages.blueprint)
    document.show(app.url_map, discovery.examples())
    return app


@functools.cache
def _digest_of_code() -> str:
    """Changes with the code, so that a tag of yesterday's bytes does not vouch for today's."""
    files = sorted(path for folder in ("api", "schemas") for path in (ROOT / folder).rglob("*.py"))
    return hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()[:16]


def _secret(path: str) -> str:
    try:
        return paging.secret_of(path)
    except (OSError, ValueError) as error:
        raise ConfigError(f"{variable('secret_file')} cannot be used: {error}.") from None


def _config(settings: Settings) -> dict[str, Any]:
    hosts = [host for host in settings.trusted_hosts.split(",") if host]
    own = [urlsplit(settings.public_url).hostname or "", "localhost", "127.0.0.1", "[::1]"]
    return {
        "PUBLIC_URL": settings.public_url,
        "CONTACT": settings.contact,
        "LICENCE": settings.licence,
        "LOG_KEY_FILE": settings.log_key_file,
        "LOG_ORIGIN": settings.public_url.partition("://")[2] + "/v1/log",
        "SECRET": _secret(settings.secret_file),
        "CODE": _digest_of_code(),
        "CACHE_SECONDS": settings.cache_seconds,
        "STATEMENT_SECONDS": settings.statement_seconds,
        "MAX_CONTENT_LENGTH": settings.greatest_body,
        "TRUSTED_HOSTS": None if "*" in hosts else [*own, *hosts],
    }
