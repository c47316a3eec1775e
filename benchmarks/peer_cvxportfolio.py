"""Monthly mean-variance as cvxportfolio makes it. Runs with the peer's own Python: `python peer_cvxportfolio.py FILE`.

For each line on standard input it does the work once and prints one line of JSON: CPU seconds, the last weights, the
number of periods, the version. The first call of a process also compiles the problem.
"""

from __future__ import annotations

import json
import logging
import sys
import time
import warnings
from importlib.metadata import version
from typing import Any

warnings.filterwarnings("ignore")
logging.disable(logging.CRITICAL)

import cvxportfolio  # noqa: E402
import numpy as np  # noqa: E402
import pandas as pd  # noqa: E402

CASH = "cash"


def work(prices: pd.DataFrame, asked: dict[str, Any]) -> Any:
    """Each month but the first: mean and sample covariance of the last rows, then the optimiser; the whole simulated."""
    dates = [pd.Timestamp(date) for date in asked["dates"]]
    means, covariances = {}, {}
    for date in dates:
        row = prices.index.get_loc(date)
        returns = prices.iloc[row - asked["rows"] : row + 1].pct_change().iloc[1:]
        means[date], covariances[date] = returns.mean(), returns.cov()
    cost, charged = (cvxportfolio.TransactionCost(a=asked["cost"], b=None) for _ in range(2))  # they remember: one each
    risk = cvxportfolio.FullCovariance(pd.concat(covariances))
    objective = cvxportfolio.ReturnsForecast(r_hat=pd.DataFrame(means).T) - asked["aversion"] * risk - cost
    limits = [cvxportfolio.LongOnly(), cvxportfolio.NoCash(), cvxportfolio.MaxWeights(asked["cap"])]
    policy = cvxportfolio.SinglePeriodOptimization(objective, limits, include_cash_return=False)
    periods = prices.loc[[*dates, prices.index[-1]]]
    returns = (periods.shift(-1) / periods - 1.0).iloc[:-1]
    returns[CASH] = 0.0
    market = cvxportfolio.UserProvidedMarketData(returns=returns, cash_key=CASH, min_history=pd.Timedelta("0d"))
    start = pd.Series(0.0, returns.columns)
    start[CASH] = 1e6
    simulator = cvxportfolio.MarketSimulator(market_data=market, costs=[charged])
    return simulator.backtest(policy, start_time=returns.index[1], h=start)


def main(file: str) -> None:
    """Answer every line until the input ends."""
    with np.load(file) as stored:
        index = pd.DatetimeIndex(stored["dates"].astype("datetime64[ns]"))
        prices = pd.DataFrame(stored["closes"], index=index, columns=[str(name) for name in stored["names"]])
        asked = json.loads(str(stored["asked"]))
    for _ in sys.stdin:
        begun = time.process_time()
        found = work(prices, asked)
        spent = time.process_time() - begun
        after = (found.w + found.z).drop(columns=CASH)
        answer = {
            "cpu": spent,
            "periods": len(found.v),
            "weights": after.to_numpy().tolist(),
            "version": version("cvxportfolio"),
        }
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
