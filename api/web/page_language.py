"""The language of templates: sentences by key, and functions that write in the language of the page."""

import inspect
from collections.abc import Callable
from typing import Any

from flask import Flask
from jinja2 import pass_context
from jinja2.runtime import Context
from markupsafe import Markup, escape

from schemas.language_files import DEFAULT_LANGUAGE
from schemas.messages import choose_message, fill_message, translate, write_values


def read_language(context: Context) -> str:
    """Return the language of the page that is written."""
    return str(context.get("language", DEFAULT_LANGUAGE))


@pass_context
def say_message(context: Context, key: str, **values: Any) -> str:
    """Return a sentence in the language of the page: `say("page.revision", revision=3)`. A value may be a link."""
    language = read_language(context)
    if not any(isinstance(value, Markup) for value in values.values()):
        return translate(language, key, **values)
    return fill_message(Markup(escape(choose_message(language, key, values))), write_values(language, values))


def bind_language(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return the function as a template calls it: in the language of the page, where the function has one."""
    if "language" not in inspect.signature(function).parameters:
        return function

    def write(context: Context, *values: Any) -> Any:
        return function(*values, language=read_language(context))

    return pass_context(write)


def init_app(app: Flask) -> None:
    app.jinja_env.globals["say"] = say_message
