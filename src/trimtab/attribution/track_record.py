"""What signals said and what came after: the input of signal health.

A row d is a decision date: the scores known then, and the returns from it to the next. A return is judged in excess of a
hurdle, by default the market: a signal is to tell which assets will do better than it, whatever all of them do. For signals
that say whether to hold an asset at all, give the bill rate as the hurdle (0 where returns are above bills).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from trimtab.core.arrays import Array, require_shape
from trimtab.core.errors import DataError, ParameterError
from trimtab.core.terms import TIE


@dataclass(frozen=True, slots=True, eq=False)
class TrackRecord:
    """Scores and the returns that followed them.

    `names` (K) of signals; `scores` (K, D, A), NaN where a signal has no opinion yet, above 0 in favour of an asset; `forward`
    (D, A) simple returns from date d to the next; `market` (D,) that of the market, all known. `hurdle` (D,): None is the
    market. `regimes` (D, S) probabilities, with `regime_names`. `leaning` (A,): how an asset leans on the market, 1 where a
    score in favour is one for the market, -1 for a haven, 0 to leave it out; None is 1 for all. `split`: the first row that
    was live; None takes the latest rows as recent. `periods` is the word for rows, such as "months".
    """

    names: tuple[str, ...]
    scores: Array
    forward: Array
    market: Array
    per_year: float
    hurdle: Array | None = None
    regimes: Array | None = None
    regime_names: tuple[str, ...] = ()
    leaning: Array | None = None
    split: int | None = None
    periods: str = "months"

    def __post_init__(self) -> None:
        dates, assets = self.forward.shape
        require_shape("scores", self.scores, (len(self.names), dates, assets))
        require_shape("market", self.market, (dates,))
        for name, part, shape in (
            ("hurdle", self.hurdle, (dates,)),
            ("regimes", self.regimes, (dates, len(self.regime_names))),
            ("leaning", self.leaning, (assets,)),
        ):
            if part is not None:
                require_shape(name, part, shape)
        lost = np.flatnonzero(~(np.isfinite(self.market) & (self.market >= -1.0)))
        if len(lost):
            what = f"the market's return is {self.market[lost[0]]} in row {lost[0]}"
            raise DataError(what, remedy="Turning points need every return: begin where the market is known.")
        if self.split is not None and not 0 <= self.split <= dates:
            what = f"split is {self.split}, outside 0 to {dates}"
            raise ParameterError(what, field="split", remedy="Give the number of rows before the signal went live.")

    @property
    def excess(self) -> Array:
        """(D, A) forward returns above the hurdle."""
        hurdle = self.market if self.hurdle is None else self.hurdle
        return np.asarray(self.forward - hurdle[:, None])

    def gains(self, signal: int) -> Array:
        """(D,) mean over the assets of side x excess return: one unit of each asset, on the signal's side. NaN without any."""
        worth = np.sign(self.scores[signal]) * self.excess
        known = np.isfinite(worth)
        count = known.sum(-1)
        return np.where(count > 0, np.where(known, worth, 0.0).sum(-1) / np.maximum(count, 1), np.nan)

    def side(self, signal: int) -> Array:
        """(D,) side of the signal on the market: the sign of its scores added up as assets lean. NaN without an opinion."""
        lean = np.ones(self.forward.shape[1]) if self.leaning is None else self.leaning
        score = self.scores[signal]
        used = np.isfinite(score) & (lean != 0.0)
        parts = np.where(used, score * lean, 0.0)
        total = parts.sum(-1)
        even = np.abs(total) <= TIE * np.abs(parts).sum(-1)  # 0.1 + 0.2 - 0.3 leaves rounding, and no side
        return np.where(used.any(-1), np.where(even, 0.0, np.sign(total)), np.nan)
