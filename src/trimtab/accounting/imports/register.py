"""Which instrument a row means: by its id, then by its ISIN; one that is unknown is set aside to be registered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from trimtab.accounting.imports.rows import Row
from trimtab.core.errors import DataError
from trimtab.core.households import Instrument


class Register:
    """The instruments of the book, numbered from 0, and behind them those that the rows bring."""

    __slots__ = ("_described", "_known", "_numbers", "instruments")

    def __init__(self, instruments: Sequence[Instrument]) -> None:
        self.instruments = list(instruments)
        self._known = len(self.instruments)
        self._numbers = {one.id: number for number, one in enumerate(self.instruments)}
        self._described: dict[str, Instrument] = {}

    @property
    def new(self) -> tuple[Instrument, ...]:
        """What is to be registered, in the order of numbers."""
        return tuple(self.instruments[self._known :])

    def describe(self, one: Instrument) -> None:
        """Keep what a file says of an instrument, for when a row names it."""
        self._described[one.id] = one

    def number(self, row: Row, base: str) -> int:
        """The number of the instrument of a row. `base` is the currency of a new one where the row does not say.

        Raises DataError where the row names none, or the book knows the symbol by another ISIN.
        """
        if not row.symbol and not row.isin:
            raise DataError("no instrument is named")
        found = self._numbers.get(row.symbol)
        if found is None and row.isin:
            found = next((n for n, one in enumerate(self.instruments) if one.isin == row.isin), self._numbers.get(row.isin))
        if found is None:
            return self._add(row, base)
        here = self.instruments[found]
        if row.isin and here.isin and row.isin != here.isin:
            raise DataError(f"{here.id} is {here.isin} in the book, but {row.isin} in the file")
        return found

    def into(self, row: Row, base: str) -> int:
        """The number of what a merger or a spin-off brings."""
        return self.number(replace(row, symbol=row.into, isin=row.into_isin, name=""), base)

    def by_id(self, name: str) -> int:
        """The number of an id of our own export."""
        return self.number(Row(0, symbol=name), "USD")

    def _add(self, row: Row, base: str) -> int:
        name = row.symbol or row.isin
        described = self._described.get(name)
        fields = {"currency": row.currency or base, "multiplier": row.multiplier, "isin": row.isin, "name": row.name}
        self.instruments.append(described or Instrument(name, row.contract, **fields))  # type: ignore[arg-type]
        self._numbers[name] = len(self.instruments) - 1
        return self._numbers[name]
