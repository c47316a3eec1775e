"""With which policy of the gallery each approach begins, and what is written anew in it: a table, as data.

Every beginning is one signal, or none, on a portion of the portfolio: as a tilt around the benchmark, or as a part that
follows the approach beside a core that is held. What may be added later stands in the policy of the gallery itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from trimtab.governance.decision_table import Approach

TILT, TARGET, PART, CORE = "<tilt>", "<target>", "<part>", "<core>"  # numbers that the answers give
MOST = 0.30  # of the portfolio follows a new approach

TREND = {"average": {"use": "trend", "window": "10M"}}
ON_SHARES = {"average": {"use": "trend", "window": "10M", "assets": ["US_EQ"]}}
WINNERS = {"momentum": {"use": "relative_momentum", "lookback": "11M", "skip": "1M"}}
VOTE = {"use": "vote"}
MONTHLY = {"use": "ewma", "window": "36M", "decay": 0.97}
DAILY = {"use": "ewma", "window": "252D", "decay": 0.98}


@dataclass(frozen=True, slots=True)
class Beginning:
    """A policy of the gallery, the keys that are written anew or left out, and what that comes to, in words.

    `risk` is the forecast that a volatility target reads; `says` what moves, in a sentence.
    """

    origin: str
    title: str
    says: str
    blocks: Mapping[str, Any] = field(default_factory=dict)
    drops: tuple[str, ...] = ()
    risk: Mapping[str, Any] = field(default_factory=lambda: DAILY)


def _beside(name: str, sleeve: Mapping[str, Any]) -> dict[str, Any]:
    """A core at the benchmark, and a part that follows an approach."""
    mix = {"use": "fixed", "shares": {"core": CORE, name: PART}}
    return {"use": "blend", "mix": mix, "sleeves": {"core": {}, name: sleeve}}


_TIMED = _beside("trend", {"signals": TREND, "combine": VOTE, "allocator": {"use": "timing"}})
_STEADY = {"use": "volatility_target", "target": TARGET, "most": 1.0, "of": {"use": "static"}}
_BANDS = {"use": "pace", "each": 0.05, "to": "target"}
_MONTH_END = {"decide": "month-end", "trade": "same_close"}

LEANS = "the benchmark, leaning on one signal by at most the tilt"
OPEN_TO_VIEWS = "the benchmark, leaning on one signal, and people who may override it"
TIMES = "the benchmark, and a part of it that leaves what falls below its ten-month average"
STEADIES = "the benchmark, less of it while its volatility is above the target"
SHARES_RISK = "the benchmark, and a part of it in which each carries the same risk"
FOLLOWS = "equal parts of factors or markets, leaning on last year's winners by at most the tilt"
STANDS = "the benchmark, put back once it has drifted"

_OVERLAY = {
    "signals": ON_SHARES,
    "combine": VOTE,
    "allocator": {"use": "overlay", "tilt": TILT, "funding": ["CORP"]},
}
_OVERLAY_ON_FUNDS = {"signals": TREND, "combine": VOTE, "allocator": {"use": "overlay", "tilt": TILT}}

ON_SAMPLES: Mapping[Approach, Beginning] = {
    Approach.STRATEGIC_TILT: Beginning("trend-overlay", "60/40 with a trend tilt", LEANS, _OVERLAY, risk=MONTHLY),
    Approach.DISCRETIONARY: Beginning("trend-overlay", "60/40, open to views", OPEN_TO_VIEWS, _OVERLAY, risk=MONTHLY),
    Approach.TREND: Beginning(
        "static-60-40",
        "60/40 with a part that follows trends",
        TIMES,
        {"allocator": _TIMED, "schedule": _MONTH_END},
        risk=MONTHLY,
    ),
    Approach.VOLATILITY_TARGET: Beginning(
        "static-60-40", "60/40 at a steady volatility", STEADIES, {"allocator": _STEADY, "schedule": _MONTH_END}, risk=MONTHLY
    ),
    Approach.RISK_PARITY: Beginning(
        "static-60-40",
        "60/40 with a part in risk parity",
        SHARES_RISK,
        {
            "forecast": MONTHLY,
            "allocator": _beside("parity", {"allocator": {"use": "risk_parity"}}),
            "schedule": _MONTH_END,
        },
        risk=MONTHLY,
    ),
    Approach.FACTOR_TILT: Beginning(
        "value-when-stressed",
        "Five factors with a momentum tilt",
        FOLLOWS,
        {
            "since": "2014-01-02",
            "signals": WINNERS,
            "combine": {"use": "rank"},
            "allocator": {"use": "overlay", "tilt": TILT},
        },
        ("regime",),
    ),
    Approach.STATIC: Beginning("static-60-40", "60/40 with bands", STANDS, {"reacher": _BANDS}, risk=MONTHLY),
}
ON_FUNDS: Mapping[Approach, Beginning] = {
    Approach.STRATEGIC_TILT: Beginning("trend-tilts", "Four funds with a trend tilt", LEANS, _OVERLAY_ON_FUNDS),
    Approach.DISCRETIONARY: Beginning("trend-tilts", "Four funds, open to views", OPEN_TO_VIEWS, _OVERLAY_ON_FUNDS),
    Approach.TREND: Beginning(
        "gtaa-5",
        "Five funds with a part that follows trends",
        TIMES,
        {"allocator": _TIMED},
        ("signals", "combine"),
    ),
    Approach.VOLATILITY_TARGET: Beginning(
        "volatility-targeted", "60/40 at a steady volatility", STEADIES, {"allocator": _STEADY}
    ),
    Approach.RISK_PARITY: Beginning(
        "risk-parity",
        "Six funds with a part in risk parity",
        SHARES_RISK,
        {"since": "2006-02-06", "allocator": _beside("parity", {"allocator": {"use": "risk_parity", "of": "class"}})},
    ),
    Approach.FACTOR_TILT: Beginning(
        "value-momentum",
        "Five markets with a momentum tilt",
        FOLLOWS,
        {
            "since": "2003-04-30",
            "signals": WINNERS,
            "combine": {"use": "weighted"},
            "allocator": {"use": "factor_tilt", "tilt": TILT, "strength": 0.5, "tracking_error": 0.03},
        },
        ("regime",),
    ),
    Approach.STATIC: Beginning("sixty-forty", "60/40 with bands", STANDS, {"since": "2003-09-29"}),
}
TARGETS: Mapping[str, float] = {"low": 0.08, "medium": 0.10, "high": 0.12}  # volatility a year where none is written down; ours
NOTES: Mapping[str, str] = {  # why a key is written anew
    "since": "memory runs from here",
    "signals": "advice: one signal to begin with",
    "combine": "advice: one signal needs no more",
    "forecast": "of the volatility: what the allocator reads",
    "allocator": "advice: on a portion of the portfolio",
    "reacher": "advice: bands of five percent of the portfolio around each weight",
    "schedule": "advice: looked at once a month",
}
