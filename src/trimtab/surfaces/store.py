"""The market store in Python: pandas in and out, dates and instants with their zone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from trimtab.core.errors import UsageError
from trimtab.core.terms import CLOSE, Field
from trimtab.data.history import History
from trimtab.data.quality.listing import as_dicts
from trimtab.data.store.instants import instant
from trimtab.data.store.intake import check_again, take_in
from trimtab.data.store.query import answer
from trimtab.data.store.store import Store as Folder
from trimtab.data.store.store import is_store
from trimtab.data.vintages import instants_of
from trimtab.desk.feeds import Feed, Outcome, add, feeds, update
from trimtab.desk.live import SystemClock

if TYPE_CHECKING:
    import pandas as pd

Moment = str | datetime | None


@dataclass(frozen=True, slots=True)
class Store:
    """A market store in a folder, made where there is none: `Store("market").add("fred", series=["DGS10"])`."""

    folder: str | Path = "market"

    def __post_init__(self) -> None:
        if not is_store(Path(self.folder)):
            Folder.create(Path(self.folder))

    def add(self, source: str, *, series: Sequence[str] | Mapping[str, str] = (), name: str = "", **parameters: Any) -> Outcome:
        """Write down a feed and fetch its series (our id to the vendor's code); a local source gives all it has."""
        codes = dict(series) if isinstance(series, Mapping) else {one: one for one in series}
        return add(self._store, Feed(name or source, {"use": source, **parameters}, codes), now=SystemClock().now())

    def update(self, *, full: bool = False) -> tuple[Outcome, ...]:
        """Bring every feed up to date."""
        now = SystemClock().now()
        return tuple(update(self._store, feed, now=now, full=full) for feed in feeds(self._store).values())

    def append(self, histories: Iterable[History], *, source: str) -> tuple[Any, ...]:
        """Take in histories of one's own. Returns the changes by series; raises DataError where one must be refused."""
        taken = take_in(self._store, tuple(histories), source=source, now=SystemClock().now())
        for error in taken.refused.values():
            raise error
        return taken.changes

    def check(self) -> list[dict[str, object]]:
        """Inspect everything and write down the verdicts; the findings as plain dicts."""
        return as_dicts(check_again(self._store, now=SystemClock().now()).findings)

    @property
    def names(self) -> tuple[str, ...]:
        """Ids of the series."""
        return self._store.as_of().names()

    def series(self, name: str, *, field: str = "close", as_of: Moment = None, recorded: Moment = None) -> pd.Series[float]:
        """One field of a series by date, as it was known at an instant (ISO text with a zone, or an aware datetime)."""
        import pandas as pd

        history = self._history(name, as_of, recorded)
        values = history.fields.get(Field(field))
        if values is None:
            known = ", ".join(found.name for found in history.fields)
            raise UsageError(f"{name} has no {field}", remedy=f"It has: {known}.")
        last = np.append(np.diff(history.dates) > np.timedelta64(0, "D"), True) if len(history.dates) else slice(0)
        return pd.Series(values[last], index=pd.DatetimeIndex(history.dates[last], name="date"), name=name)

    def vintages(self, name: str) -> pd.DataFrame:
        """Every version of a series: columns `date`, `value` and `known` (UTC)."""
        import pandas as pd

        history = self._history(name, None, None)
        known = pd.DatetimeIndex(instants_of(history)).tz_localize("UTC")
        return pd.DataFrame({"date": pd.DatetimeIndex(history.dates), "value": history.fields[CLOSE], "known": known})

    def panel(self, names: Sequence[str], as_of: Sequence[str | datetime]) -> pd.DataFrame:
        """Closing values as known at each instant: rows by instant and date, a column a series."""
        import pandas as pd

        instants = np.array([_instant(one) for one in as_of], dtype="datetime64[s]")
        found = self._store.as_of().panel(names, instants)
        rows = pd.MultiIndex.from_product(
            [pd.DatetimeIndex(instants).tz_localize("UTC"), pd.DatetimeIndex(found.periods)], names=["as_of", "date"]
        )
        return pd.DataFrame(found.values.reshape(-1, len(names)), index=rows, columns=list(names))

    def sql(self, query: str, *, most: int = 100_000) -> pd.DataFrame:
        """The answer to one SELECT over the store's tables."""
        import pandas as pd

        columns, rows = answer(self._store.root, self._store.manifest(), query, most=most)
        return pd.DataFrame(rows, columns=columns)

    @property
    def _store(self) -> Folder:
        return Folder(Path(self.folder))

    def _history(self, name: str, as_of: Moment, recorded: Moment) -> History:
        known, written = (None if one is None else _instant(one) for one in (as_of, recorded))
        (history,) = self._store.as_of(known, written).load([name])
        return history


def _instant(when: str | datetime) -> np.datetime64:
    try:
        return instant(when)
    except ValueError as error:
        remedy = "Give ISO text with a zone, such as 2024-01-31T22:00:00Z, or an aware datetime."
        raise UsageError(str(error), remedy=remedy) from None
