"""Signal health: is the model failing?

For each signal: its information coefficient and whether it has decayed, hit rate, whipsaws, how late it noticed turns of the
market, what it earned around them, all of it by regime, and a plain sentence for each (`health_sentences`). The methods and
conventions stand in `information`, `whipsaws` and `detection`; what goes in is a `TrackRecord`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from trimtab.attribution import health_sentences as say
from trimtab.attribution.detection import Detection, Reversals, detection, reversals, turning_points
from trimtab.attribution.health_sentences import Verdict
from trimtab.attribution.information import (
    Convention,
    Decay,
    HitRate,
    Hits,
    Mean,
    convention,
    decay_of,
    hit_rate,
    information_by_date,
    mean_of,
)
from trimtab.attribution.track_record import TrackRecord
from trimtab.attribution.whipsaws import Whipsaws, whipsaws
from trimtab.core.arrays import Array
from trimtab.core.errors import ParameterError


@dataclass(frozen=True, slots=True)
class Watch:
    """What is looked for: `recent` periods where the record has no split; a whipsaw is taken back `whipsaw` periods later or
    sooner; a turn of the market is a move of `swing`; its neighbourhood reaches `around` periods to either side.
    """

    recent: int = 36
    whipsaw: int = 2
    swing: float = 0.15
    around: int = 3

    def __post_init__(self) -> None:
        for name in ("recent", "whipsaw", "around"):
            if getattr(self, name) < 1:
                what = f"{name} is {getattr(self, name)}, below 1"
                raise ParameterError(what, field=name, remedy="Give a number of periods.")


USUAL = Watch()


@dataclass(frozen=True, slots=True)
class RegimeRow:
    """Information, hit rate and gain a year of a signal in one regime, dates weighted with its probability."""

    name: str
    information: Mean
    hits: HitRate
    gain: float


@dataclass(frozen=True, slots=True, eq=False)
class SignalHealth:
    """All measures of one signal. `by_date` (D,) are information coefficients, `gains` (D,) what its sides earned."""

    words: say.Words
    convention: Convention
    by_date: Array
    gains: Array
    information: Mean
    decay: Decay
    hits: Hits
    whipsaws: Whipsaws
    detection: Detection
    reversals: Reversals
    regimes: tuple[RegimeRow, ...]

    @property
    def name(self) -> str:
        """The signal's."""
        return self.words.name

    @property
    def verdict(self) -> Verdict:
        """What the information coefficient says, all in all."""
        return say.verdict(self.decay)

    @property
    def overall(self) -> str:
        """The sentence that sums up."""
        return say.overall(self.words, self.verdict, self.decay)

    @property
    def sentences(self) -> dict[str, str]:
        """A plain sentence for each measure, by its name; `regimes` only where there are any."""
        told = {
            "information": say.information(self.words, self.information, self.convention),
            "decay": say.decay(self.words, self.decay),
            "hits": say.hits(self.words, self.hits),
            "whipsaws": say.whipsaws(self.words, self.whipsaws),
            "detection": say.detection(self.words, self.detection),
            "reversals": say.reversals(self.words, self.reversals),
        }
        rows = [(row.name, row.information) for row in self.regimes]
        return told | ({"regimes": say.regimes(self.words, rows)} if rows else {})


def signal_health(record: TrackRecord, *, watch: Watch = USUAL) -> tuple[SignalHealth, ...]:
    """The health of each signal of a record, in its order.

    The recent part begins at the record's split, or covers the last `watch.recent` dates. Figures without an answer are NaN,
    and their sentences say why.
    """
    by_date = information_by_date(record.scores, record.excess)
    turns = turning_points(record.market, watch.swing)
    return tuple(_of_signal(record, n, by_date[n], turns, watch) for n in range(len(record.names)))


def _of_signal(
    record: TrackRecord, signal: int, by_date: Array, turns: tuple[tuple[int, bool], ...], watch: Watch
) -> SignalHealth:
    """One signal."""
    scores, excess, gains = record.scores[signal], record.excess, record.gains(signal)
    count = len(excess)
    start = max(count - watch.recent, 0) if record.split is None else record.split
    hits = (hit_rate(scores[part], excess[part]) for part in (slice(None), slice(start), slice(start, None)))
    return SignalHealth(
        say.Words(record.names[signal], record.periods, count - start, record.split is not None),
        convention(excess.shape[1]),
        by_date,
        gains,
        mean_of(by_date),
        decay_of(by_date, start),
        Hits(*hits),
        whipsaws(scores, excess, start, per_year=record.per_year, within=watch.whipsaw),
        detection(record.side(signal), turns),
        reversals(gains, turns, around=watch.around),
        _regimes(record, scores, by_date, gains),
    )


def _regimes(record: TrackRecord, scores: Array, by_date: Array, gains: Array) -> tuple[RegimeRow, ...]:
    """One row a regime; a date whose probability is unknown counts for none."""
    if record.regimes is None:
        return ()
    return tuple(
        RegimeRow(
            name,
            mean_of(by_date, weights),
            hit_rate(scores, record.excess, weights),
            mean_of(gains, weights).value * record.per_year,
        )
        for name, weights in zip(record.regime_names, np.moveaxis(record.regimes, -1, 0), strict=True)
    )
