"""Compile the figure of a mapping into the fields value, low, best, high, qualifier and the name of the rule."""

import datetime
import functools
from collections.abc import Callable, Mapping
from typing import Any

from imports.mapping_language.cells import Cell, Cells, UnfitCellError, cell_text
from imports.mapping_language.dates import Days
from imports.mapping_language.numbers import NOT_STATED, parse_whole, suggest_reading
from imports.mapping_language.values import REMEMBERED, Compiler
from schemas.figures import BOUNDS, BOUNDS_OF_NUMBER, bounds_of, has_rule
from schemas.phrases import reader
from schemas.phrases.dates import DATE_HINT
from schemas.phrases.numerals import PhraseError
from schemas.vocabularies import DISORDERED, QUALIFIER

Make = Callable[[Cells], dict[str, Any]]


def compile_figure(loaded: Mapping[str, Any], compiler: Compiler) -> Make:
    """Return a function that returns the figure fields of a claim or report; none if the row has no figure."""
    if "number" in loaded:
        return _compile_number(loaded, compiler)
    if any(bound in loaded for bound in BOUNDS):
        return _compile_bounds(loaded, compiler)
    return _compile_phrase(loaded, compiler)


def whole_number(cell: Cell) -> int | None:
    """Return the whole number in a cell, or None for an empty cell. Raise `UnfitCellError`."""
    if cell.value is None:
        return None
    _refuse_date(cell)
    try:
        return parse_whole(cell.value, cell.numbers)
    except ValueError as error:
        raise UnfitCellError(cell.column, cell.value, str(error)) from None


def _compile_number(loaded: Mapping[str, Any], compiler: Compiler) -> Make:
    read, read_qualifier = (
        compiler.compile_conversion(loaded["number"], "number", whole_number),
        compiler.compile_cell(loaded.get("qualifier", "exact"), "qualifier"),
    )
    words = _compile_words(loaded, compiler)

    def make(cells: Cells) -> dict[str, Any]:
        number, qualifier = read(cells), read_qualifier(cells)
        if number is None:
            return {}
        if not has_rule(qualifier.value):
            raise UnfitCellError(
                qualifier.column,
                qualifier.value,
                f"A number needs one of these qualifiers: {', '.join(BOUNDS_OF_NUMBER)}.",
            )
        return {**_number_fields(qualifier.value, number), **words(cells)}

    return make


@functools.lru_cache(maxsize=REMEMBERED)
def _number_fields(qualifier: str, number: int) -> Mapping[str, Any]:
    bounds = {name: bound for name, bound in bounds_of(qualifier, number).items() if bound is not None}
    return {"value": number, **bounds, "qualifier": qualifier, "figure_rule": qualifier}


def _compile_bounds(loaded: Mapping[str, Any], compiler: Compiler) -> Make:
    # the order of BOUNDS, to detect bounds that are not ascending
    reads = {name: compiler.compile_conversion(loaded[name], name, whole_number) for name in BOUNDS if name in loaded}
    read_qualifier, words = (
        compiler.compile_cell(loaded.get("qualifier", "as_given"), "qualifier"),
        _compile_words(loaded, compiler),
    )

    def make(cells: Cells) -> dict[str, Any]:
        bounds = {name: number for name, read in reads.items() if (number := read(cells)) is not None}
        qualifier = read_qualifier(cells)
        if not bounds:
            return {}
        if qualifier.value not in QUALIFIER:
            raise UnfitCellError(qualifier.column, qualifier.value, f"Must be one of: {', '.join(QUALIFIER)}.")
        flags = {"flags": [DISORDERED]} if list(bounds.values()) != sorted(bounds.values()) else {}
        if qualifier.value == "between" and "low" in bounds:
            bounds = {"value": bounds["low"], **bounds}  # the value of a range is its lower end
        return {**bounds, "qualifier": qualifier.value, "figure_rule": qualifier.value, **flags, **words(cells)}

    return make


def _compile_phrase(loaded: Mapping[str, Any], compiler: Compiler) -> Make:
    read, language = (
        compiler.compile_cell(loaded["phrase"], "phrase"),
        compiler.compile_value(loaded.get("phrase_lang", "en")),
    )

    def make(cells: Cells) -> dict[str, Any]:
        phrase = read(cells)
        if phrase.value is None:
            return {}
        _refuse_date(phrase)
        _refuse_bare_number(phrase)
        words, lang = cell_text(phrase.value), language(cells)
        try:
            reading = reader.read_phrase(words, lang)._asdict()
        except PhraseError as error:
            raise UnfitCellError(phrase.column, words, f"{error}{_suggest_mapping(words)}") from None
        rule, confirmation = reading.pop("rule"), reading.pop("confirmation")
        wording = {"figure_rule": rule, "phrase": words, "phrase_lang": lang}
        return reading | wording | ({"confirmation": confirmation} if confirmation else {})

    return make


def _suggest_mapping(phrase: str) -> str:
    """Return the words of a mapping that would read a refused phrase; none if its words are the reason."""
    is_wordy = any(map(str.isalpha, phrase)) and not any(map(str.isdecimal, phrase))
    return "" if is_wordy and phrase.casefold() not in NOT_STATED else suggest_reading(phrase)


def _refuse_date(cell: Cell) -> None:
    """Raise `UnfitCellError` for a date of a spreadsheet, which may be shown as a number: 2021."""
    if isinstance(cell.value, datetime.date | Days):
        raise UnfitCellError(cell.column, cell_text(cell.value), DATE_HINT)


def _refuse_bare_number(phrase: Cell) -> None:
    """Raise `UnfitCellError` for a number that a phrase cannot be: not whole, negative, or counted in thousands.

    As a text, the mean 12.345 would be read as 12,345.
    """
    if phrase.numbers.times != 1:
        advice = "Read the cell as `number`, or give its column `number: {times: 1}` if it does not count in this unit."
        raise UnfitCellError(phrase.column, phrase.value, f"`times` does not change a phrase. {advice}")
    if isinstance(phrase.value, float) and not (phrase.value.is_integer() and phrase.value >= 0):
        raise UnfitCellError(phrase.column, phrase.value, "Must be a whole number of people.")


def _compile_words(loaded: Mapping[str, Any], compiler: Compiler) -> Callable[[Cells], dict[str, Any]]:
    """Return a function that returns the phrase and its language, for a figure that has its number in other cells."""
    reads = {name: compiler.compile_value(loaded[name]) for name in ("phrase", "phrase_lang") if name in loaded}
    if not reads:
        return lambda cells: {}
    return lambda cells: {name: cell_text(value) for name, read in reads.items() if (value := read(cells)) is not None}
