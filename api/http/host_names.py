"""Host names, whose letters may be of either case: `Host: LOCALHOST` names localhost (RFC 9110, 4.2.3)."""

import re
from collections.abc import Iterable
from typing import Any

from flask import Flask

Environ = dict[str, Any]
LOOPBACK = re.compile(r"^\[::1\](?=$|:)")


def init_app(app: Flask) -> None:
    """Lower the case of each request's host before it is compared with the trusted hosts.

    Werkzeug cuts a trusted host at its first colon, so that `[::1]` would be trusted nowhere: it is localhost.
    """
    answer = app.wsgi_app

    def answer_lowered(environ: Environ, start_response: Any) -> Iterable[bytes]:
        if "HTTP_HOST" in environ:
            environ["HTTP_HOST"] = LOOPBACK.sub("localhost", environ["HTTP_HOST"].lower())
        return answer(environ, start_response)

    app.wsgi_app = answer_lowered  # type: ignore[method-assign]
