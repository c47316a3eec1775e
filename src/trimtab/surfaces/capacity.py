"""How much money a policy can run, in pandas: capacity by date and by asset, cost by size, and what would lift it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from trimtab.desk.capacity import Sizing

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True, eq=False)
class Capacity:
    """The capacity of a policy, in its base currency. `sizing` holds the arrays; the properties speak pandas.

    A figure is NaN where it is unknown, and infinite where nothing is traded.
    """

    sizing: Sizing

    @property
    def worst(self) -> float:
        """Money that would have met the limit on every known date."""
        return self.sizing.capacity.worst

    @property
    def fifth(self) -> float:
        """Money that would have met the limit on 95 % of the known dates."""
        return self.sizing.capacity.fifth

    @property
    def median(self) -> float:
        """Money that would have met the limit on half of the known dates."""
        return self.sizing.capacity.median

    @property
    def words(self) -> str:
        """The answer in sentences."""
        return self.sizing.capacity.words

    @property
    def by_date(self) -> pd.DataFrame:
        """The capacity of each date that trades, and the asset that binds there; no asset where it is unknown."""
        import pandas as pd

        found = self.sizing.capacity
        names = [found.assets[a].id if a >= 0 else None for a in found.binding.tolist()]
        index = pd.DatetimeIndex(found.dates, name="date")
        return pd.DataFrame({"capacity": np.array(found.by_date), "binds": names}, index=index)

    @property
    def by_asset(self) -> pd.DataFrame:
        """A row for each asset: the least capacity, on how many dates it binds, and whether that rests on a basket."""
        import pandas as pd

        found = self.sizing.capacity
        index = pd.Index([asset.id for asset in found.assets], name="asset")
        columns = {"least": found.worst_by_asset, "binds": found.binds, "basket": found.flagged}
        return pd.DataFrame({name: np.array(column) for name, column in columns.items()}, index=index)

    @property
    def cost(self) -> pd.Series[float]:
        """What trading costs a year, as a fraction of the money, by the size of it."""
        import pandas as pd

        curve = self.sizing.curve
        return pd.Series(np.array(curve.annual), index=pd.Index(np.array(curve.sizes), name="size"), name="cost")

    @property
    def lifts(self) -> pd.DataFrame:
        """What would lift the capacity: worst, fifth, median, and whether there is time for it."""
        import pandas as pd

        rows = [(one.words, one.worst, one.fifth, one.median, one.possible) for one in self.sizing.lifts]
        return pd.DataFrame(rows, columns=["what", "worst", "fifth", "median", "possible"]).set_index("what")
