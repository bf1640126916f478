"""Keys of editors, and a client of the small world with one."""

from flask import Flask

from api.auth import api_keys
from api.database.connection import database
from tests.support import worlds
from tests.support.contract import HonestClient, open_client


def new_key(*scopes: str, expires_on: str | None = None) -> str:
    with database.connection_context():
        return api_keys.create("An editor", list(scopes), expires_on)


def open_small_world(empty: Flask, *scopes: str) -> HonestClient:
    """Write the small world into an empty application. Return a client whose key has these scopes."""
    worlds.write(worlds.SMALL)
    empty.config["KEY"] = new_key(*scopes)
    return open_client(empty)
