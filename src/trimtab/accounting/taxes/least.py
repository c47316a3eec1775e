"""Which lots to sell so that the least tax is due: short-term losses, long-term losses, then by rising tax a unit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from trimtab.core.money import ZERO, exact
from trimtab.core.taxes import Lot, TaxRegime, Term

_SHORT_LOSS, _LONG_LOSS, _GAIN = range(3)


@dataclass(frozen=True, slots=True)
class LeastTax:
    """Puts lots of one asset in the order of least tax at the rates of `regime`, without regard to other gains of the year.

    Within losses what saves most a unit comes first. A gain of zero is no loss. Lots that are taxed alike stay in the
    order in which they came.
    """

    regime: TaxRegime

    def __call__(self, lots: Sequence[Lot], price: Decimal, when: date) -> list[Lot]:
        """`lots` in the order in which they should be sold at `price`, in their currency, on `when`.

        Raises DataError where no rates are known for the date.
        """
        rates = self.regime.rates(when)
        if len(lots) < 2:
            return list(lots)
        term = self.regime.term

        def urgency(lot: Lot) -> tuple[int, Decimal]:
            gain, long = price - lot.cost / lot.units, term(lot.acquired, when) is Term.LONG
            tax = gain * (rates.long if long else rates.short)
            if gain >= ZERO:
                return _GAIN, tax
            return _LONG_LOSS if long else _SHORT_LOSS, tax

        with exact():
            return sorted(lots, key=urgency)
