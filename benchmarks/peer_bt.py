"""The work as bt does it. Runs with the peer's own Python: `python peer_bt.py PRICES.npz`.

For each line on standard input it does the work once and prints one line of JSON: CPU seconds, final wealth, version.
"""

from __future__ import annotations

import json
import sys
import time
import warnings

warnings.filterwarnings("ignore")

import bt  # noqa: E402
import numpy as np  # noqa: E402
import pandas as pd  # noqa: E402

RATE = 0.001
CAPITAL = 1_000_000.0
MONTHS = 10


def weights(closes: pd.DataFrame) -> pd.DataFrame:
    """Target weights at the month-ends that have ten to look at."""
    ends = closes.groupby(closes.index.to_period("M")).tail(1)
    average = ends.rolling(MONTHS).mean()
    return (ends > average)[average.notna().all(axis=1)] / closes.shape[1]


def work(closes: pd.DataFrame) -> float:
    """The backtest; final wealth."""
    targets = weights(closes)
    steps = [bt.algos.RunOnDate(*targets.index), bt.algos.WeighTarget(targets), bt.algos.Rebalance()]
    test = bt.Backtest(
        bt.Strategy("timing", steps),
        closes,
        initial_capital=CAPITAL,
        commissions=lambda units, price: abs(units) * price * RATE,
        integer_positions=False,
        progress_bar=False,
    )
    test.run()
    return float(test.strategy.values.iloc[-1])


def main(file: str) -> None:
    """Answer every line until the input ends."""
    with np.load(file) as stored:
        index = pd.DatetimeIndex(stored["dates"].astype("datetime64[ns]"))
        closes = pd.DataFrame(stored["closes"], index=index, columns=[str(name) for name in stored["names"]])
    for _ in sys.stdin:
        begun = time.process_time()
        final = work(closes)
        answer = {"cpu": time.process_time() - begun, "final": final, "version": bt.__version__}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
