"""How a policy's account is taxed: the law of a country, the kind of the account, and what each asset pays out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from trimtab.accounting.taxes.none import NoTax
from trimtab.core.entries import Payout
from trimtab.core.taxes import TaxRegime, Wrapper
from trimtab.core.values import Asset


@dataclass(frozen=True, slots=True)
class Taxation:
    """A regime with its rates in it; `payouts` say by asset or class what its dividends count as.

    `file` is the file of rates as the policy writes it, empty where those that come with the regime are used.
    """

    regime: TaxRegime
    wrapper: Wrapper = Wrapper.TAXABLE
    payouts: Mapping[str, Payout] = field(default_factory=dict)
    file: str = ""

    @property
    def bites(self) -> bool:
        """Whether anything is taxed while it stays in the account."""
        return self.wrapper is Wrapper.TAXABLE and not isinstance(self.regime, NoTax)

    def payout(self, asset: Asset) -> Payout:
        """What a dividend of `asset` is: by its id, else by its class, else qualified."""
        return self.payouts.get(asset.id) or self.payouts.get(asset.asset_class) or Payout.QUALIFIED
