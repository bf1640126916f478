"""One database connection per request: ready when it begins, released when the last byte of its response is sent."""

import peewee
from flask import Flask, Response, request

from api.database.connection import database, open_kept, release_kept


def init_app(app: Flask, handle: peewee.Database) -> None:
    def open_connection() -> None:
        database.initialize(handle)
        if request.endpoint != "web.healthy":  # it reports only that the process runs
            open_kept(handle)

    # Not when the request context ends: a streamed response still reads after that.
    def close_with(answer: Response) -> Response:
        answer.call_on_close(lambda: release_kept(handle, answer.status_code >= 500))
        return answer

    app.before_request(open_connection)
    app.after_request(close_with)
