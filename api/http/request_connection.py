"""One database connection per request: opened when it begins, closed when the last byte of its response is sent."""

import peewee
from flask import Flask, Response, request

from api.database.connection import database, end_snapshot


def init_app(app: Flask, handle: peewee.Database) -> None:
    def open_connection() -> None:
        database.initialize(handle)
        if request.endpoint != "web.healthy":  # it reports only that the process runs
            handle.connect(reuse_if_open=True)

    def close_connection() -> None:
        end_snapshot()
        if not handle.is_closed():
            handle.close()

    # Not when the request context ends: a streamed response still reads after that.
    def close_with(answer: Response) -> Response:
        answer.call_on_close(close_connection)
        return answer

    app.before_request(open_connection)
    app.after_request(close_with)
