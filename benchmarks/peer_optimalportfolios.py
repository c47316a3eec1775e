"""Covariances as optimalportfolios makes them. Runs with the peer's own Python: `python peer_optimalportfolios.py PRICES.npz`.

For each line on standard input it does the work once and prints one line of JSON: CPU seconds, the dates, the last
covariance, versions. The first call of a process also compiles what numba has to compile.
"""

from __future__ import annotations

import json
import sys
import time
import warnings
from importlib.metadata import version
from typing import Any

warnings.filterwarnings("ignore")

import numpy as np  # noqa: E402
import optimalportfolios  # noqa: E402
import pandas as pd  # noqa: E402
import qis  # noqa: E402

SPAN = 252
FIRST = 1260  # row from which it answers


def work(prices: pd.DataFrame) -> dict[Any, pd.DataFrame]:
    """Exponentially weighted covariances at month-ends, by date."""
    period = qis.TimePeriod(prices.index[FIRST], prices.index[-1])
    asked = optimalportfolios.EwmaCovarEstimator(rebalancing_freq="ME", returns_freq="B", span=SPAN)
    return asked.fit_rolling_covars(prices=prices, time_period=period)  # type: ignore[no-any-return]


def main(file: str) -> None:
    """Answer every line until the input ends."""
    with np.load(file) as stored:
        index = pd.DatetimeIndex(stored["dates"].astype("datetime64[ns]"))
        prices = pd.DataFrame(stored["closes"], index=index, columns=[str(name) for name in stored["names"]])
    for _ in sys.stdin:
        begun = time.process_time()
        found = work(prices)
        spent = time.process_time() - begun
        last = max(found)
        answer = {
            "cpu": spent,
            "dates": [str(date.date()) for date in found],
            "last": found[last].to_numpy().tolist(),
            "version": version("optimalportfolios"),
        }
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
