"""Load valid documents without marshmallow's machinery, some twenty times as fast.

A fast loader is built from the fields and validators of a schema. It returns what `Schema.load` returns, or None for
a document that it cannot prove valid. The caller loads that one with marshmallow, which writes the messages.
"""

import functools
from collections.abc import Callable, Iterable
from typing import Any
from unicodedata import is_normalized

from marshmallow import RAISE, Schema, ValidationError, decorators, fields, missing, validate

from schemas.countries import CountryCode
from schemas.fields import INVISIBLE, Day, Figure, Grade, HarmedSide, Id, LastDay, PastDay, Pattern, Slug, Text, Word
from schemas.sources import WebAddress

Document = dict[str, Any]
FastLoader = Callable[[Any], Document | None]
Condition = Callable[[Any], object]
CACHE_SIZE = 1024
WITHOUT_BREAKS = str.maketrans("", "", "\n\t")


def build_fast_loader(schema: Schema) -> FastLoader:
    """Return a loader for documents of the schema. It loads none of them if the schema has custom loading."""
    if _has_custom_loading(schema):
        return lambda document: None
    document_checks = [getattr(schema, name) for name, _, _ in schema._hooks.get(decorators.VALIDATES_SCHEMA, [])]
    schema_fields = schema.load_fields
    nullable = {name for name, field in schema_fields.items() if field.allow_none}
    required = {name for name, field in schema_fields.items() if field.required}
    defaults, factories = _split_defaults(schema_fields)
    conditions = {name: _build_condition(field) for name, field in schema_fields.items()}
    record_loaders = {
        name: (load_record, _combine_validators(field.validators))
        for name, field in schema_fields.items()
        if (load_record := _build_record_loader(field))
    }

    def load_document(document: Any) -> Document | None:
        if type(document) is not dict or not required <= document.keys():
            return None
        try:
            for name, value in document.items():
                if value is None:
                    if name not in nullable:
                        return None
                elif not conditions[name](value):
                    return None
        except (KeyError, TypeError):  # an unknown name, or a list in place of a word
            return None
        loaded = defaults | document
        for name, default in factories.items():
            if name not in document:
                loaded[name] = default()
        for name, (load_record, passes) in record_loaders.items():
            loaded[name] = list(map(load_record, loaded[name]))
            if None in loaded[name] or not passes(loaded[name]):
                return None
        for check in document_checks:
            if not _passes_check(check, loaded):
                return None
        return loaded

    return load_document


def _has_custom_loading(schema: Schema) -> bool:
    """Return whether the schema does more than load each field and check each document as a whole."""
    hooks = {kind for kind, methods in schema._hooks.items() if methods}
    loading = hooks & {decorators.PRE_LOAD, decorators.POST_LOAD, decorators.VALIDATES}
    checks = schema._hooks.get(decorators.VALIDATES_SCHEMA, [])
    several = any(of_many or options.get("pass_original") for _, of_many, options in checks)
    renamed = any(field.data_key or field.attribute for field in schema.load_fields.values())
    return bool(loading or several or renamed or schema.unknown != RAISE or schema.partial or schema.many)


def _passes_check(check: Callable[..., None], *arguments: Any) -> bool:
    try:
        check(*arguments)
    except ValidationError:
        return False
    return True


def _split_defaults(schema_fields: dict[str, fields.Field[Any]]) -> tuple[Document, dict[str, Callable[[], Any]]]:
    """Return the defaults of absent fields, and the factories of defaults that documents must not share."""
    defaults = {name: field.load_default for name, field in schema_fields.items() if field.load_default is not missing}
    factories = {name: default for name, default in defaults.items() if callable(default)}
    return {name: default for name, default in defaults.items() if name not in factories}, factories


def _build_record_loader(field: fields.Field[Any]) -> FastLoader | None:
    """Return a loader for the entries of a list of records; None for any other field."""
    if isinstance(field, fields.List) and isinstance(field.inner, fields.Nested):
        return build_fast_loader(field.inner.schema)
    return None


# Fields ----------------------------------------------------------------------------------------------------------


def _build_condition(field: fields.Field[Any]) -> Condition:
    """Return a condition: a value other than null is valid and loads unchanged.

    The condition may raise `TypeError` for a value that cannot be hashed.
    """
    has_hooks = bool(field.pre_load or field.post_load)
    condition = (_unchanged_condition if has_hooks else CONDITION_BUILDERS.get(type(field), _unchanged_condition))(
        field
    )
    # Words, references and days repeat, so recent results are cached.
    return functools.lru_cache(CACHE_SIZE)(condition) if type(field) in CACHED_FIELDS else condition


def _text_condition(field: fields.Field[Any]) -> Condition:
    assert isinstance(field, Text)
    longest, blank = field.longest, field.blank
    passes = _combine_validators(field.validators)

    def is_valid_text(value: Any) -> object:
        return (
            type(value) is str
            and len(value) <= longest
            and (value.isascii() or (is_normalized("NFC", value) and not INVISIBLE.search(value)))
            and (value.isprintable() or value.translate(WITHOUT_BREAKS).isprintable())
            and (blank or not value.isspace() and value != "")
            and passes(value)
        )

    return is_valid_text


def _string_condition(field: fields.Field[Any]) -> Condition:
    passes = _combine_validators(field.validators)
    return lambda value: type(value) is str and passes(value)


def _day_condition(field: fields.Field[Any]) -> Condition:
    return lambda value: type(value) is str and _passes_check(field.deserialize, value)


def _number_condition(field: fields.Field[Any]) -> Condition:
    passes = _combine_validators(field.validators)
    return lambda value: type(value) is int and passes(value)


def _unchanged_condition(field: fields.Field[Any]) -> Condition:
    """Return a condition for any other field: marshmallow loads the value unchanged."""

    def loads_unchanged(value: Any) -> bool:
        try:
            return repr(field.deserialize(value)) == repr(value)
        except ValidationError:
            return False

    return loads_unchanged


def _list_condition(field: fields.Field[Any]) -> Condition:
    assert isinstance(field, fields.List)
    if isinstance(field.inner, fields.Nested):
        return lambda value: type(value) is list  # its records are loaded one by one, and compared with their defaults
    entry, passes = _build_condition(field.inner), _combine_validators(field.validators)
    return lambda value: type(value) is list and all(map(entry, value)) and passes(value)


CONDITION_BUILDERS: dict[type[fields.Field[Any]], Callable[[fields.Field[Any]], Condition]] = {
    Text: _text_condition,
    Day: _day_condition,
    PastDay: _day_condition,
    LastDay: _day_condition,
    Slug: _string_condition,
    Id: _string_condition,
    Word: _string_condition,
    WebAddress: _string_condition,
    fields.String: _string_condition,
    Figure: _number_condition,
    Grade: _number_condition,
    fields.List: _list_condition,
}
CACHED_FIELDS = {Day, PastDay, LastDay, Slug, HarmedSide, Word, fields.String}


# Validators ------------------------------------------------------------------------------------------------------


def _combine_validators(validators: Iterable[Callable[[Any], Any]]) -> Condition:
    """Return a condition: the value passes all validators. Nested calls are faster than a loop."""
    conditions = [_validator_condition(validator) for validator in validators]
    return functools.reduce(_combine_pair, conditions) if conditions else lambda value: True


def _combine_pair(first: Condition, second: Condition) -> Condition:
    return lambda value: first(value) and second(value)


def _validator_condition(validator: Callable[[Any], Any]) -> Condition:
    if isinstance(validator, validate.OneOf) and type(validator) in (validate.OneOf, CountryCode):
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
    return lambda value: _passes_check(validator, value)
