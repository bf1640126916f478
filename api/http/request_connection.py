"""One database connection per request: ready when it begins, released when the last byte of its response is sent."""

import peewee
from flask import Flask, Response, request

from api.database.connection import database, open_kept, release_kept

#: They answer also without a database: one says only that the process runs, the others open their connection later.
WITHOUT = frozenset({"web.healthy", "web.ready", "metrics.show"})


def init_app(app: Flask, handle: peewee.Database) -> None:
    def open_connection() -> None:
        database.initialize(handle)
        if request.endpoint not in WITHOUT:
            open_kept(handle)

    # Not when the request context ends: a streamed response still reads after that.
    def close_with(answer: Response) -> Response:
        answer.call_on_close(lambda: release_kept(handle, answer.status_code >= 500))
        return answer

    app.before_request(open_connection)
    app.after_request(close_with)
