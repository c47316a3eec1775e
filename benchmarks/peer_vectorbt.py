"""The sweep as vectorbt does it. Runs with the peer's own Python: `python peer_vectorbt.py PRICES.npz`.

For each line on standard input, a JSON list of variants [months, skip, every, day], it runs them as one chunk, with daily
wealth, drawdown and Sharpe ratio of each, and prints one line of JSON: CPU seconds, final wealth of each, version. The first
call of a process also compiles what numba has to compile.
"""

from __future__ import annotations

import json
import sys
import time
import warnings

warnings.filterwarnings("ignore")

import numpy as np  # noqa: E402
import pandas as pd  # noqa: E402
import vectorbt as vbt  # noqa: E402

RATE, CAPITAL, WARM = 0.001, 1_000_000.0, 22 * 21 + 21


def targets(closes: pd.DataFrame, sums: np.ndarray, rule: list[int]) -> np.ndarray:
    """Weights (T, A) on the decision dates, unknown elsewhere."""
    months, skip, every, day = rule
    month = np.asarray(closes.index.year * 12 + closes.index.month - 1)
    begins = np.flatnonzero(np.append(True, month[1:] != month[:-1]))
    within = np.arange(len(month)) - np.repeat(begins, np.diff(np.append(begins, len(month))))
    rows = np.flatnonzero((within == day) & (month % every == 0))
    rows = rows[rows >= WARM]
    last = rows - skip
    average = (sums[last + 1] - sums[last + 1 - 21 * months]) / (21 * months)
    found = np.full(closes.shape, np.nan)
    found[rows] = (closes.to_numpy()[last] > average) / closes.shape[1]
    return found


def work(closes: pd.DataFrame, rules: list[list[int]]) -> list[float]:
    """All variants side by side; final wealth."""
    sums = np.vstack([np.zeros(closes.shape[1]), np.cumsum(closes.to_numpy(), axis=0)])
    size = np.hstack([targets(closes, sums, rule) for rule in rules])
    columns = pd.MultiIndex.from_product([range(len(rules)), closes.columns], names=["variant", "asset"])
    portfolio = vbt.Portfolio.from_orders(
        pd.DataFrame(np.tile(closes.to_numpy(), (1, len(rules))), index=closes.index, columns=columns),
        pd.DataFrame(size, index=closes.index, columns=columns),
        size_type="targetpercent",
        group_by="variant",
        cash_sharing=True,
        call_seq="auto",
        fees=RATE,
        init_cash=CAPITAL,
        freq="1D",
    )
    value = pd.DataFrame(portfolio.value())  # of one variant it is a series
    returns = value.pct_change()
    sharpe, drawdown = returns.mean() / returns.std() * 252**0.5, (value / value.cummax() - 1.0).min()
    assert len(sharpe) == len(drawdown) == len(rules)
    return value.iloc[-1].to_numpy().tolist()  # type: ignore[no-any-return]


def main(file: str) -> None:
    """Answer every line until the input ends."""
    with np.load(file) as stored:
        index = pd.DatetimeIndex(stored["dates"].astype("datetime64[ns]"))
        closes = pd.DataFrame(stored["closes"], index=index, columns=[str(name) for name in stored["names"]])
    for line in sys.stdin:
        begun = time.process_time()
        finals = work(closes, json.loads(line))
        answer = {"cpu": time.process_time() - begun, "finals": finals, "version": vbt.__version__}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
