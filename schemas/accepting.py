"""Documents that are plainly good are loaded without marshmallow's machinery, some twenty times as fast.

An acceptor is made of a schema's own fields and validators. It gives what `Schema.load` gives, or None for whatever it
cannot prove good: of those marshmallow has the word, so that outcome and messages are its own.
"""

import functools
from collections.abc import Callable, Iterable
from typing import Any
from unicodedata import is_normalized

from marshmallow import RAISE, Schema, ValidationError, decorators, fields, missing, validate

from schemas.fields import INVISIBLE, Day, Figure, Grade, Id, Pattern, Slug, Text, Word
from schemas.sources import WebAddress

Document = dict[str, Any]
Accept = Callable[[Any], Document | None]
Condition = Callable[[Any], object]
REMEMBERED = 1024
BREAKS = str.maketrans("", "", "\n\t")


def acceptor(schema: Schema) -> Accept:
    """For documents of the schema; it accepts none where the schema loads them in a way of its own."""
    if _has_ways_of_its_own(schema):
        return lambda document: None
    whole = [getattr(schema, name) for name, _, _ in schema._hooks.get(decorators.VALIDATES_SCHEMA, [])]
    known = schema.load_fields
    nullable = {name for name, field in known.items() if field.allow_none}
    required = {name for name, field in known.items() if field.required}
    defaults, made = _defaults(known)
    conditions = {name: _condition(field) for name, field in known.items()}
    records = {name: of_one for name, field in known.items() if (of_one := _records(field))}

    def accept(document: Any) -> Document | None:
        if type(document) is not dict or not required <= document.keys():
            return None
        try:
            for name, value in document.items():
                if value is None:
                    if name not in nullable:
                        return None
                elif not conditions[name](value):
                    return None
        except (KeyError, TypeError):  # an unknown name; a list where a word is wanted
            return None
        loaded = defaults | document
        for name, default in made.items():
            if name not in document:
                loaded[name] = default()
        for name, of_one in records.items():
            loaded[name] = list(map(of_one, loaded[name]))
            if None in loaded[name]:
                return None
        for check in whole:
            if not _holds(check, loaded):
                return None
        return loaded

    return accept


def _has_ways_of_its_own(schema: Schema) -> bool:
    """Whether more is done than loading each field and checking each document as a whole."""
    hooks = {kind for kind, found in schema._hooks.items() if found}
    loading = hooks & {decorators.PRE_LOAD, decorators.POST_LOAD, decorators.VALIDATES}
    checks = schema._hooks.get(decorators.VALIDATES_SCHEMA, [])
    several = any(of_many or told.get("pass_original") for _, of_many, told in checks)
    renamed = any(field.data_key or field.attribute for field in schema.load_fields.values())
    return bool(loading or several or renamed or schema.unknown != RAISE or schema.partial or schema.many)


def _holds(check: Callable[..., None], *given: Any) -> bool:
    try:
        check(*given)
    except ValidationError:
        return False
    return True


def _defaults(known: dict[str, fields.Field[Any]]) -> tuple[Document, dict[str, Callable[[], Any]]]:
    """The values of fields that are not given, and how those are made that no two documents may share."""
    defaults = {name: field.load_default for name, field in known.items() if field.load_default is not missing}
    made = {name: default for name, default in defaults.items() if callable(default)}
    return {name: default for name, default in defaults.items() if name not in made}, made


def _records(field: fields.Field[Any]) -> Accept | None:
    """For the entries of a list of records; None for any other field."""
    if isinstance(field, fields.List) and isinstance(field.inner, fields.Nested):
        return acceptor(field.inner.schema)
    return None


# Fields ----------------------------------------------------------------------------------------------------------


def _condition(field: fields.Field[Any]) -> Condition:
    """Whether a value other than null is good as it stands. It may raise `TypeError` for what cannot be hashed."""
    own = bool(field.pre_load or field.post_load)
    good = (_unchanged if own else KINDS.get(type(field), _unchanged))(field)
    # Words, references and the like repeat: what was found good lately needs no second look.
    return functools.lru_cache(REMEMBERED)(good) if type(field) in REPEATED else good


def _text(field: fields.Field[Any]) -> Condition:
    assert isinstance(field, Text)
    longest, blank = field.longest, field.blank
    others = _every(field.validators)

    def good(value: Any) -> object:
        return (
            type(value) is str
            and len(value) <= longest
            and (value.isascii() or (is_normalized("NFC", value) and not INVISIBLE.search(value)))
            and (value.isprintable() or value.translate(BREAKS).isprintable())
            and (blank or not value.isspace() and value != "")
            and others(value)
        )

    return good


def _string(field: fields.Field[Any]) -> Condition:
    passes = _every(field.validators)
    return lambda value: type(value) is str and passes(value)


def _day(field: fields.Field[Any]) -> Condition:
    return lambda value: type(value) is str and _holds(field.deserialize, value)


def _number(field: fields.Field[Any]) -> Condition:
    passes = _every(field.validators)
    return lambda value: type(value) is int and passes(value)


def _unchanged(field: fields.Field[Any]) -> Condition:
    """Of any other field marshmallow itself says whether a value loads, and loads as it is."""

    def good(value: Any) -> bool:
        try:
            return repr(field.deserialize(value)) == repr(value)
        except ValidationError:
            return False

    return good


def _list(field: fields.Field[Any]) -> Condition:
    assert isinstance(field, fields.List)
    passes = _every(field.validators)
    # The entries of a list of records are loaded one by one.
    entry = None if isinstance(field.inner, fields.Nested) else _condition(field.inner)
    return lambda value: type(value) is list and (entry is None or all(map(entry, value))) and passes(value)


KINDS: dict[type[fields.Field[Any]], Callable[[fields.Field[Any]], Condition]] = {
    Text: _text,
    Day: _day,
    Slug: _string,
    Id: _string,
    Word: _string,
    WebAddress: _string,
    fields.String: _string,
    Figure: _number,
    Grade: _number,
    fields.List: _list,
}
REPEATED = {Day, Slug, Word, fields.String}


# Validators ------------------------------------------------------------------------------------------------------


def _every(validators: Iterable[Callable[[Any], Any]]) -> Condition:
    """Whether all of these let a value pass: by nesting, which is faster than a loop."""
    conditions = [_passes(validator) for validator in validators]
    return functools.reduce(_and, conditions) if conditions else lambda value: True


def _and(first: Condition, second: Condition) -> Condition:
    return lambda value: first(value) and second(value)


def _passes(validator: Callable[[Any], Any]) -> Condition:
    if type(validator) is validate.OneOf:
        return frozenset(validator.choices).__contains__
    if type(validator) is Pattern:
        return validator.regex.fullmatch
    if type(validator) is validate.NoneOf:
        unwanted = frozenset(validator.iterable)
        return lambda value: value not in unwanted
    if type(validator) is validate.Length and validator.min is not None and validator.max is not None:
        shortest, longest = validator.min, validator.max
        return lambda value: shortest <= len(value) <= longest
    if type(validator) is validate.Range and validator.min_inclusive and validator.max_inclusive:
        least, most = validator.min, validator.max
        if least is not None and most is not None:
            return lambda value: least <= value <= most
    return lambda value: _holds(validator, value)
