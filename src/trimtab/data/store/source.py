"""A market store as the source of a policy's data: `data: {use: store, path: market}`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from trimtab.core.errors import ParameterError
from trimtab.data.history import About, History
from trimtab.data.store.instants import instant
from trimtab.data.store.snapshot import Snapshot
from trimtab.data.store.store import Store


@dataclass(frozen=True, slots=True)
class MarketStore:
    """Source over the store in the folder `path`, as it was recorded by the instant `recorded` (empty: by now).

    Whole histories with their vintages are handed over; what was known when is the view's to say. Raises UsageError where
    there is no store, DataError where it is damaged.
    """

    path: str
    recorded: str = ""

    def __post_init__(self) -> None:
        if self.recorded:
            self._instant()

    def names(self) -> tuple[str, ...]:
        """Ids of the series."""
        return self.snapshot().names()

    def about(self) -> tuple[About, ...]:
        """What each series is."""
        return self.snapshot().about()

    def load(self, names: Iterable[str]) -> tuple[History, ...]:
        """The named series, in the order asked. Raises PolicyError (TT-POL-020) for an unknown name."""
        return self.snapshot().load(names)

    def snapshot(self) -> Snapshot:
        """The store as this source sees it."""
        return Store(Path(self.path)).as_of(recorded=self._instant() if self.recorded else None)

    def pinned(self) -> MarketStore:
        """The same source, held to what is recorded now: a replay reads what this run read."""
        if self.recorded:
            return self
        return replace(self, recorded=f"{Store(Path(self.path)).manifest().recorded}Z")

    def _instant(self) -> np.datetime64:
        try:
            return instant(self.recorded)
        except ValueError as error:
            raise ParameterError(f"recorded {error}", field="recorded", remedy=EXAMPLE) from None


EXAMPLE = "Write an instant with its zone, such as 2026-01-31T22:00:00Z."
