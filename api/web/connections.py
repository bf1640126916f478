"""One database connection a request, opened when it begins and closed when the last byte of its answer has left."""

import peewee
from flask import Flask, Response, request

from api.db import database, end_snapshot


def init_app(app: Flask, handle: peewee.Database) -> None:
    def open_connection() -> None:
        database.initialize(handle)
        if request.endpoint != "web.healthy":  # up means that the process is, whatever its database does
            handle.connect(reuse_if_open=True)

    def close_connection() -> None:
        end_snapshot()
        if not handle.is_closed():
            handle.close()

    # Not at the end of the request's context: a streamed answer still reads then.
    def close_with(answer: Response) -> Response:
        answer.call_on_close(close_connection)
        return answer

    app.before_request(open_connection)
    app.after_request(close_with)
