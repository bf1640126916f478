"""The factory: a checklist."""

from typing import Any
from urllib.parse import urlsplit

from flask import Flask
from flask_cors import CORS

from api import openapi, paging, params, problems, render
from api.config import Settings, from_environment
from api.db import connect_to
from api.v1 import BLUEPRINTS, refusals
from api.web import connections, pages

EXPOSED = ["Link", "ETag", "Retry-After", "RateLimit", "RateLimit-Policy", "X-Request-Id"]


def create_app(settings: Settings | None = None) -> Flask:
    """The application for these settings, or for those of the environment. Raises `ConfigError`."""
    settings = settings or from_environment()
    app = Flask(__name__, static_folder=None)
    app.url_map.merge_slashes = False  # `//` would be answered by a redirect in HTML
    app.config.update(_config(settings))
    app.json.sort_keys = False  # type: ignore[attr-defined]
    handle = connect_to(settings.database_url)
    problems.init_app(app)
    params.init_app(app)
    connections.init_app(app, handle)
    render.init_app(app)
    refusals.init_app(app)
    CORS(app, send_wildcard=True, expose_headers=EXPOSED, methods=["GET", "HEAD", "OPTIONS"], max_age=86_400)
    document = openapi.init_app(app)
    app.extensions["counterclaim-openapi"] = document
    for blueprint in BLUEPRINTS:
        document.register_blueprint(blueprint, url_prefix="/v1")
    app.register_blueprint(pages.blueprint)
    return app


def _config(settings: Settings) -> dict[str, Any]:
    hosts = [host for host in settings.trusted_hosts.split(",") if host]
    own = [urlsplit(settings.public_url).hostname or "", "localhost", "127.0.0.1", "[::1]"]
    return {
        "PUBLIC_URL": settings.public_url,
        "CONTACT": settings.contact,
        "LICENCE": settings.licence,
        "SECRET": paging.secret_of(settings.secret_file),
        "CACHE_SECONDS": settings.cache_seconds,
        "STATEMENT_SECONDS": settings.statement_seconds,
        "MAX_CONTENT_LENGTH": settings.greatest_body,
        "TRUSTED_HOSTS": None if "*" in hosts else [*own, *hosts],
    }
