"""What the signals of a policy say, in pandas: today's readings, the history of all, the regime and the forecast."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from trimtab.desk.signal_history import signal_history
from trimtab.desk.sounding import Sounding

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True, eq=False)
class Readings:
    """A look at the signals as of a date. `sounding` holds the arrays; the properties speak pandas."""

    sounding: Sounding

    @property
    def as_of(self) -> str:
        """The date that it speaks of."""
        return str(self.sounding.as_of)

    @property
    def today(self) -> pd.DataFrame:
        """A row for each signal and asset, and `score` for each asset: value, what it is, score, state, since, flips, why."""
        import pandas as pd

        ids = [asset.id for asset in self.sounding.policy.universe]
        rows = [
            (one.name, ids[a], one.value, one.measured, one.score, one.state, one.since, one.flips, one.why)
            for one in self.sounding.readings
            for a in one.assets
        ]
        columns = ["name", "asset", "value", "measured", "score", "state", "since", "flips", "why"]
        frame = pd.DataFrame(rows, columns=columns).set_index(["name", "asset"])
        frame["since"] = pd.to_datetime(frame["since"])
        return frame

    @property
    def history(self) -> pd.DataFrame:
        """Every answer since the policy's `since`, tidy: date, cut-off (UTC), name, asset, value, measured, score, state."""
        import pandas as pd

        sounding = self.sounding
        return pd.DataFrame(signal_history(sounding.policy, sounding.view, sounding.knowledge))

    @property
    def regime(self) -> pd.DataFrame:
        """Probability of each state by decision date."""
        import pandas as pd

        knowledge = self.sounding.knowledge
        index = pd.DatetimeIndex(knowledge.days.dates, name="date")
        return pd.DataFrame(knowledge.regime.probabilities, index=index, columns=list(knowledge.regime.states))

    @property
    def expected(self) -> pd.Series[float]:
        """Expected return a year by asset at the last date; NaN where nobody forecasts it."""
        import pandas as pd

        forecast = self.sounding.knowledge.forecast
        return pd.Series(np.array(forecast.mean[-1]), index=self._ids(), name="expected")

    @property
    def covariance(self) -> pd.DataFrame:
        """Covariance of returns a year at the last date; NaN where nobody forecasts it."""
        import pandas as pd

        forecast = self.sounding.knowledge.forecast
        return pd.DataFrame(np.array(forecast.covariance[-1]), index=self._ids(), columns=self._ids())

    def _ids(self) -> pd.Index[str]:
        import pandas as pd

        return pd.Index([asset.id for asset in self.sounding.policy.universe], name="asset")
