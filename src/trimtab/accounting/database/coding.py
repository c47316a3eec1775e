"""Values of the book as plain JSON and back, from their own fields and types: a new field needs no new code.

Amounts are written as canonical text, dates as ISO dates, words of an enumeration as themselves. What a field is not
declared to hold is refused: a float never enters.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import MISSING, fields, is_dataclass
from datetime import date
from decimal import Decimal
from enum import Enum
from functools import cache
from typing import Any, NamedTuple, get_args, get_origin, get_type_hints

from trimtab.core.entries import Entry
from trimtab.core.errors import DataError
from trimtab.core.money import text_of

COLUMNS = ("asset", "currency", "units", "price", "amount", "cost")  # fields of entries that have a column of their own


class _Coder(NamedTuple):
    write: Callable[[Any], Any]
    read: Callable[[Any], Any]


def _exactly(kind: type, words: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def write(value: Any) -> Any:
        if type(value) is not kind:  # neither a float for a Decimal nor an instant for a date
            raise TypeError(f"{value!r} is no {kind.__name__}")
        return words(value)

    return write


def _number(value: Any) -> int:
    if isinstance(value, bool):
        raise TypeError(f"{value!r} is no number")
    return operator.index(value)


_PLAIN = {
    Decimal: _Coder(_exactly(Decimal, text_of), Decimal),
    date: _Coder(_exactly(date, date.isoformat), date.fromisoformat),
    str: _Coder(_exactly(str, str), str),
    int: _Coder(_number, _number),
    bool: _Coder(_exactly(bool, bool), _exactly(bool, bool)),
}


def _coder(hint: Any) -> _Coder:
    if hint in _PLAIN:
        return _PLAIN[hint]
    if isinstance(hint, type) and issubclass(hint, Enum):
        return _Coder(lambda value: hint(value).value, hint)
    arguments = get_args(hint)
    if get_origin(hint) is tuple and arguments[-1] is Ellipsis:
        one = _coder(arguments[0])
        return _Coder(lambda many: [one.write(part) for part in many], lambda many: tuple(map(one.read, many)))
    if get_origin(hint) is tuple:
        parts = [_coder(argument) for argument in arguments]
        return _Coder(
            lambda some: [part.write(value) for part, value in zip(parts, some, strict=True)],
            lambda some: tuple(part.read(value) for part, value in zip(parts, some, strict=True)),
        )
    raise TypeError(f"no way to write down {hint}")


@cache
def _coders(kind: Any) -> dict[str, _Coder]:
    """How each field of a named tuple or dataclass is written and read, in order."""
    hints = get_type_hints(kind)
    names = [part.name for part in fields(kind)] if is_dataclass(kind) else kind._fields
    return {name: _coder(hints[name]) for name in names}


def plain(value: Any) -> dict[str, Any]:
    """The fields of a named tuple or dataclass, ready for JSON. Raises DataError where one holds what it may not."""
    kind: Any = type(value)
    try:
        return {name: coder.write(getattr(value, name)) for name, coder in _coders(kind).items()}
    except (TypeError, ValueError, AttributeError) as error:
        raise _unbookable(value, error) from error


def brief(value: Any, leave: Collection[str] = ()) -> dict[str, Any]:
    """The same without the fields in `leave` and those that hold their default, which `rebuilt` gives back."""
    kind: Any = type(value)
    found = {}
    try:
        for name, coder, default, written in _defaults(kind):
            part = getattr(value, name)
            if part is default or name in leave:
                continue
            text = coder.write(part)
            if default is MISSING or text != written:
                found[name] = text
    except (TypeError, ValueError, AttributeError) as error:
        raise _unbookable(value, error) from error
    return found


@cache
def _defaults(kind: Any) -> tuple[tuple[str, _Coder, Any, Any], ...]:
    """Each field of a dataclass, how it is written, its default, and that as it is written."""
    coders = _coders(kind)
    pairs = ((part.name, coders[part.name], part.default) for part in fields(kind))
    return tuple((name, coder, first, None if first is MISSING else coder.write(first)) for name, coder, first in pairs)


def _unbookable(value: Any, error: Exception) -> DataError:
    what = f"{type(value).__name__} cannot be booked: {error}"
    return DataError(what, remedy="Amounts are Decimal, dates are dates.")


def rebuilt(kind: Callable[..., Any], parts: Mapping[str, Any]) -> Any:
    """The value whose fields these are. Fields that are missing take their defaults."""
    coders = _coders(kind)
    return kind(**{name: coders[name].read(part) for name, part in parts.items()})


def _word(kind: type) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", kind.__name__).lower()


ENTRY_KINDS: dict[str, type] = {_word(kind): kind for kind in get_args(Entry)}
_WORDS = {kind: word for word, kind in ENTRY_KINDS.items()}


def word_of(entry: Entry) -> str:
    """The word for the kind of an entry, as tables keep it: `return_of_capital`. Raises DataError for anything else."""
    if type(entry) not in _WORDS:
        raise DataError(f"{type(entry).__name__} is no entry of the ledger", remedy="See trimtab.core.entries.")
    return _WORDS[type(entry)]


def entry_with(word: str, values: Mapping[str, Any], parts: Mapping[str, Any]) -> Entry:
    """The entry of this kind with `values` as they are, and the other fields from what `plain` wrote."""
    kind = ENTRY_KINDS[word]
    coders = _coders(kind)
    entry: Entry = kind(**values, **{name: coders[name].read(part) for name, part in parts.items()})
    return entry


def entry_of(word: str, parts: Mapping[str, Any]) -> Entry:
    """The entry of this kind with these fields."""
    entry: Entry = rebuilt(ENTRY_KINDS[word], parts)
    return entry
