"""One database connection per request: ready when it begins, released when the last byte of its response is sent.

A request with a key reads and writes at the primary. All others read from the replica, if there is one.
"""

import peewee
from flask import Flask, Response, g, request

from api.database.connection import database
from api.database.read_replica import PRIMARY, find_server, open_for_reading, open_primary, release_connection
from api.database.snapshot import last_result
from api.http.formats import REVISION

#: They answer also without a database: one says only that the process runs, the others open their connection later.
WITHOUT = frozenset({"web.healthy", "web.ready", "metrics.show"})


def init_app(app: Flask, handle: peewee.Database) -> None:
    def open_connection() -> None:
        database.initialize(handle)
        g.server_before = find_server(handle)
        if request.endpoint in WITHOUT:
            return
        # Nothing is written without a key. Editors with a key see what they wrote.
        open_primary(handle) if "Authorization" in request.headers else open_for_reading(handle)

    # Not when the request context ends: a streamed response still reads after that.
    def close_with(answer: Response) -> Response:
        server = g.get("server_before", PRIMARY)
        answer.call_on_close(lambda: release_connection(handle, answer.status_code >= 500, server))
        return answer

    def name_revision(answer: Response) -> Response:
        if answer.status_code < 400 and (revision := last_result("revision")):
            answer.headers[REVISION] = str(revision)
        return answer

    app.before_request(open_connection)
    app.after_request(close_with)
    app.after_request(name_revision)
