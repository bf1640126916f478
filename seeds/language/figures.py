"""A figure as a mapping tells it, to value, low, best, high, qualifier and the name of the rule."""

from collections.abc import Callable, Mapping
from typing import Any

from schemas.vocab import QUALIFIER
from seeds import phrases
from seeds.language.cells import Cell, Cells, Unfit, text
from seeds.language.numbers import whole
from seeds.language.values import Compiler
from seeds.numerals import Unread

Make = Callable[[Cells], dict[str, Any]]
BOUNDS = ("low", "best", "high")
#: Which bounds a number sets, by its qualifier (docs/methodology.md): low, best, high.
SET = {
    "exact": (True, True, True),
    "about": (False, True, False),
    "at_least": (True, True, False),
    "more_than": (True, True, False),
    "nearly": (False, True, True),
    "up_to": (False, False, True),
}


def figure(given: Mapping[str, Any], compiler: Compiler) -> Make:
    """What fills the figure fields of a claim or report; empty where the row has no figure."""
    if "number" in given:
        return _number(given, compiler)
    if any(bound in given for bound in BOUNDS):
        return _bounds(given, compiler)
    return _phrase(given, compiler)


def whole_number(cell: Cell) -> int | None:
    """Raises `Unfit`."""
    if cell.value is None:
        return None
    try:
        return whole(cell.value, cell.numbers)
    except ValueError as error:
        raise Unfit(cell.column, cell.value, str(error)) from None


def _number(given: Mapping[str, Any], compiler: Compiler) -> Make:
    read, hedged = compiler.read(given["number"], "number"), compiler.read(given.get("qualifier", "exact"), "qualifier")
    words = _words(given, compiler)

    def make(cells: Cells) -> dict[str, Any]:
        number, hedge = whole_number(read(cells)), hedged(cells)
        if number is None:
            return {}
        if hedge.value not in SET:
            raise Unfit(hedge.column, hedge.value, f"A number is one of {', '.join(SET)}.")
        bounds = {name: number for name, told in zip(BOUNDS, SET[hedge.value], strict=True) if told}
        return {"value": number, **bounds, "qualifier": hedge.value, "figure_rule": hedge.value, **words(cells)}

    return make


def _bounds(given: Mapping[str, Any], compiler: Compiler) -> Make:
    # in the order that they should have
    reads = {name: compiler.read(given[name], name) for name in BOUNDS if name in given}
    hedged, words = compiler.read(given.get("qualifier", "as_given"), "qualifier"), _words(given, compiler)

    def make(cells: Cells) -> dict[str, Any]:
        told = {name: number for name, read in reads.items() if (number := whole_number(read(cells))) is not None}
        hedge = hedged(cells)
        if not told:
            return {}
        if hedge.value not in QUALIFIER:
            raise Unfit(hedge.column, hedge.value, f"Allowed is: {', '.join(QUALIFIER)}.")
        flags = {"flags": ["bounds_disordered"]} if list(told.values()) != sorted(told.values()) else {}
        if hedge.value == "between" and "low" in told:
            told = {"value": told["low"], **told}  # of a range, the lower end
        return {**told, "qualifier": hedge.value, "figure_rule": hedge.value, **flags, **words(cells)}

    return make


def _phrase(given: Mapping[str, Any], compiler: Compiler) -> Make:
    read, language = compiler.read(given["phrase"], "phrase"), compiler.value(given.get("phrase_lang", "en"))

    def make(cells: Cells) -> dict[str, Any]:
        phrase = read(cells)
        if phrase.value is None:
            return {}
        words, lang = text(phrase.value), language(cells)
        try:
            found = phrases.read(words, lang)._asdict()
        except Unread as error:
            raise Unfit(phrase.column, words, str(error)) from None
        rule, confirmation = found.pop("rule"), found.pop("confirmation")
        told = {"figure_rule": rule, "phrase": words, "phrase_lang": lang}
        return found | told | ({"confirmation": confirmation} if confirmation else {})

    return make


def _words(given: Mapping[str, Any], compiler: Compiler) -> Callable[[Cells], dict[str, Any]]:
    """The words of a figure whose number is told beside them."""
    reads = {name: compiler.value(given[name]) for name in ("phrase", "phrase_lang") if name in given}
    return lambda cells: {name: text(value) for name, read in reads.items() if (value := read(cells)) is not None}
