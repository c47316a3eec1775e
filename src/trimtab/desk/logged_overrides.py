"""The overrides that somebody logged for an account, asked about by the names that its orders have."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

import numpy as np

from trimtab.accounting.database.store import BookStore
from trimtab.desk.overriding import overrides_of
from trimtab.desk.policy import Policy
from trimtab.desk.real_book import matched
from trimtab.governance.overrides import Override


@dataclass(frozen=True, slots=True)
class Logged:
    """Overrides, and the policy's asset of each instrument by its id in the book."""

    overrides: tuple[Override, ...]
    assets: Mapping[str, str] = field(default_factory=dict)

    def about(self, instrument: str, day: date, before: np.datetime64) -> bool:
        """Whether one that lives on a day is about an instrument, and was logged before an instant (UTC)."""
        asset = self.assets.get(instrument, instrument)
        until = before.astype("datetime64[s]").astype(datetime).replace(tzinfo=UTC)
        return any(
            one.lives(day) and one.recorded <= until and (asset in one.shifts or asset in one.holds) for one in self.overrides
        )


def logged(book: BookStore, place: str, policy: Policy) -> Logged:
    """Those of an account (or sleeve) under a policy; a sleeve's are its own."""
    instruments = book.instruments()
    numbers = matched(policy.universe, instruments)
    names = {asset.series: asset.id for asset in policy.universe}
    names |= {
        instruments[number].id: asset.id for asset, number in zip(policy.universe, numbers, strict=True) if number is not None
    }
    return Logged(overrides_of(book, place), names)
