"""Covariances as optimalportfolios makes them, and risk parity on them with qis. Runs with the peer's own Python:
`python peer_optimalportfolios.py PRICES.npz`.

For each line on standard input it does the work once and prints one line of JSON: CPU seconds, the dates, the last
covariance, versions; for the line `parity` also the last weights and what 1 became. The first call of a process also compiles
what numba has to compile.
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
COST = 0.001  # of what is traded


def period(prices: pd.DataFrame) -> Any:
    """The dates that are asked for."""
    return qis.TimePeriod(prices.index[FIRST], prices.index[-1])


def covariances(prices: pd.DataFrame) -> dict[Any, pd.DataFrame]:
    """Exponentially weighted covariances at month-ends, by date."""
    asked = optimalportfolios.EwmaCovarEstimator(rebalancing_freq="ME", returns_freq="B", span=SPAN)
    return asked.fit_rolling_covars(prices=prices, time_period=period(prices))  # type: ignore[no-any-return]


def parity(prices: pd.DataFrame, found: dict[Any, pd.DataFrame]) -> dict[str, Any]:
    """Equal risk contributions on them, and the backtest with costs."""
    count = prices.shape[1]
    shares = pd.Series(1.0 / count, prices.columns)
    bounds = optimalportfolios.Constraints(is_long_only=True, max_weights=0.0 * shares + 1.0, min_weights=0.0 * shares)
    weights = optimalportfolios.compute_rolling_optimal_weights(
        prices=prices,
        constraints=bounds,
        covar_dict=found,
        portfolio_objective=optimalportfolios.PortfolioObjective.EQUAL_RISK_CONTRIBUTION,
        time_period=period(prices),
        rebalancing_freq="ME",
        risk_budget=shares,
    )
    held = qis.backtest_model_portfolio(prices=prices, weights=weights, rebalancing_costs=COST, ticker="parity")
    nav = held.nav if hasattr(held, "nav") else held.get_portfolio_nav()
    return {"weights": weights.iloc[-1].to_numpy().tolist(), "growth": float(nav.iloc[-1] / nav.iloc[0])}


def main(file: str) -> None:
    """Answer every line until the input ends."""
    with np.load(file) as stored:
        index = pd.DatetimeIndex(stored["dates"].astype("datetime64[ns]"))
        prices = pd.DataFrame(stored["closes"], index=index, columns=[str(name) for name in stored["names"]])
    for line in sys.stdin:
        begun = time.process_time()
        found = covariances(prices)
        more = parity(prices, found) if line.strip() == "parity" else {}
        spent = time.process_time() - begun
        last = max(found)
        answer = {
            "cpu": spent,
            "dates": [str(date.date()) for date in found],
            "last": found[last].to_numpy().tolist(),
            "version": version("optimalportfolios"),
            **more,
        }
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
