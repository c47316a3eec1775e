"""The law by which a book is taxed: a regime by name with its rates, or that of the currency the household lives in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from trimtab.accounting.taxes.none import NoTax
from trimtab.core.errors import UsageError
from trimtab.core.taxes import TaxRegime
from trimtab.desk.config import Binding, Builder
from trimtab.desk.tax_reading import SHIPPED, shipped_text, taxation
from trimtab.desk.yaml12 import parse

USUAL = {"USD": "us_federal", "GBP": "uk"}  # the law that is taken where none is named


@dataclass(frozen=True, slots=True)
class Law:
    """What the user says of taxes: the regime (empty: the usual one), a file of rates, and parameters of the regime."""

    name: str = ""
    rates: str = ""
    settings: Mapping[str, Any] | None = None

    def regime(self, currency: str) -> TaxRegime:
        """The regime for a household that is taxed in `currency`. Raises PolicyError for an unknown name or parameter."""
        name = self.name or USUAL.get(currency, "none")
        entries: dict[str, Any] = {"use": name, **(self.settings or {})}
        if self.rates:
            entries["rates"] = str(Path(self.rates).resolve())
        if "use" in (self.settings or {}) or "account" in (self.settings or {}) or "payouts" in (self.settings or {}):
            raise UsageError("--set takes parameters of the regime only", remedy="Write for example --set short=0.408.")
        found = taxation(Builder(parse("{}", f"taxes of {name}")), entries, Path(), Binding())
        return found.regime if found is not None else NoTax()


def rates_text(name: str) -> str:
    """The file of rates that comes with a regime, to copy and edit. Raises UsageError for a regime that has none."""
    if name not in SHIPPED:
        raise UsageError(f"no rates come with {name!r}", remedy=f"There are rates of: {', '.join(SHIPPED)}.")
    return shipped_text(SHIPPED[name])


def spoken(regime: TaxRegime) -> str:
    """The law in a clause."""
    return str(getattr(regime, "words", type(regime).__name__))
