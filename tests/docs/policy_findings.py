"""What the page on the gallery says of each policy, in sentences whose figures all come from the runs."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from tests.desk.real_gallery import decided, market_of, ran, still
from trimtab.core.terms import TOTAL_RETURN
from trimtab.core.trades import Decision
from trimtab.desk import gallery
from trimtab.desk.backtest import backtest
from trimtab.desk.leverage_review import review_leverage
from trimtab.desk.regime_review import without_regime
from trimtab.desk.result import Result
from trimtab.desk.summary import summary

MINUS = "\N{MINUS SIGN}"


def percent(value: float, digits: int = 1) -> str:
    """A fraction as a reader's percentage."""
    return f"{100.0 * value:.{digits}f} %".replace("-", MINUS)


def points(value: float, digits: int = 1) -> str:
    """A difference of two percentages."""
    return f"{100.0 * value:.{digits}f} points".replace("-", MINUS)


def wealth(result: Result) -> pd.Series:
    """Net asset value by session."""
    return pd.Series(result.wealth, pd.DatetimeIndex(result.dates))


def year(result: Result, which: int) -> float:
    """The return of a calendar year."""
    at_ends = wealth(result).groupby(lambda day: day.year).last()
    return float(at_ends[which] / at_ends[which - 1] - 1.0)


def rate(result: Result, since: int) -> float:
    """The yearly return from the end of the year before `since` on, by sessions (252 a year), as the table has it."""
    part = wealth(result).loc[f"{since - 1}-12-31" :]
    return float((part.iloc[-1] / part.iloc[0]) ** (252.0 / (len(part) - 1)) - 1.0)


def verdict(name: str) -> list[str]:
    """Return and fall against the benchmark, and how much of it 2008 explains."""
    mine, theirs = summary(ran(name)), summary(still(name))
    made, fell = percent(mine["cagr"]), percent(-mine["max_drawdown"])
    if name == "all-weather":
        return [f"It made {made} a year and fell by {fell} at worst: it is its own benchmark."]
    gap = mine["cagr"] - theirs["cagr"]
    word = "more" if gap > 0.0 else "less"
    own, other = ((percent(year(one, 2008)), percent(rate(one, 2009))) for one in (ran(name), still(name)))
    return [
        f"It made {made} a year, {points(abs(gap))} {word} than its benchmark.",
        f"At worst it fell by {fell}, the benchmark by {percent(-theirs['max_drawdown'])}.",
        f"In 2008 it returned {own[0]} (benchmark {other[0]}), from 2009 on {own[1]} a year ({other[1]}).",
    ]


def findings(name: str) -> list[str]:
    """All that is said of a policy."""
    return [*verdict(name), *FINDINGS[name](name)]


def _dates(name: str, chosen: Callable[[Decision], bool]) -> list[str]:
    return [str(one.today.when) for one in ran(name).decisions if chosen(one)]


def _traded(name: str) -> list[str]:
    """Dates on which orders were placed, the first funding left out."""
    return _dates(name, lambda one: bool(one.orders) and one.book.funded)


def _mean(name: str) -> pd.Series:
    """Mean weights by asset over all sessions, cash last."""
    result = ran(name)
    means = pd.Series(result.weights.mean(axis=0), [asset.id for asset in result.assets])
    means["cash"] = 1.0 - means.sum()
    return means


def _of(count: int, name: str) -> str:
    return f"{count} of {len(ran(name).decisions)} dates"


def _sixty_forty(name: str) -> list[str]:
    traded = _traded(name)
    bought = [day for day in traded if day in ("2008-10-31", "2020-03-31")]
    return [
        f"The bands let it rest: it traded on {_of(len(traded), name)}, the benchmark on every one.",
        f"On {' and '.join(bought)} it bought shares after their fall, because the band said so.",
    ]


def _permanent(name: str) -> list[str]:
    market = ran(name).market
    rows = market.sessions >= ran(name).dates[0]
    index = market.fields[TOTAL_RETURN][rows]
    made = (index[-1] / index[0]) ** (252.0 / (len(index) - 1)) - 1.0
    by = {asset.id: percent(float(one)) for asset, one in zip(market.assets, made, strict=True)}
    return [
        f"It traded {len(_traded(name))} times: {', '.join(_traded(name))}.",
        f"A quarter in gold was a happy choice for these years: gold made {by['GLD']} a year, long bonds {by['TLT']}.",
    ]


def _all_weather(name: str) -> list[str]:
    first = str(ran(name).dates[0])
    sixty = ran("sixty-forty")
    part = wealth(sixty).loc[first:]
    made = percent(float((part.iloc[-1] / part.iloc[0]) ** (252.0 / (len(part) - 1)) - 1.0))
    return [
        f"It decides at the end of the year alone and so begins on {first}; 60/40 made {made} a year from then on.",
        f"2022 was no season it was made for: {percent(year(ran(name), 2022))} (60/40: {percent(year(sixty, 2022))}).",
    ]


def _gtaa(name: str) -> list[str]:
    return [f"On average {percent(_mean(name)['cash'], 0)} stood in bills: what it spared in the fall it missed in the rise."]


def _dual_momentum(name: str) -> list[str]:
    held = decided(name).idxmax(axis=1)
    counts = held.value_counts()
    left, back = (str(day.date()) for day in held.index[held != held.shift()][1:3])
    winter = " and ".join(f"{held[day]} on {day}" for day in ("2020-02-28", "2020-03-31"))
    shares = f"It held US shares on {counts['SPY']}, foreign shares on {counts['EFA']}"
    return [
        f"{shares} and bonds on {_of(counts['AGG'], name)}; it left shares on {left} and came back on {back}.",
        f"In the fall of 2020 a year's return was too slow: it held {winter}.",
    ]


def _vigilant(name: str) -> list[str]:
    safe = (decided(name)[["LQD", "IEF", "SHY"]].sum(axis=1) > 0.5).sum()
    return [f"It was defensive on {_of(int(safe), name)}. {_cost_of_trading(name)}"]


def _canary(name: str) -> list[str]:
    scores = np.array([one.today.scores.values for one in ran(name).decisions])
    share = ran(name).policy.allocator.defended(scores)  # type: ignore[attr-defined]
    none, one, both = (int((np.abs(share - level) < 1e-9).sum()) for level in (0.0, 0.5, 1.0))
    return [f"No canary was down on {none}, one on {one}, both on {_of(both, name)}. {_cost_of_trading(name)}"]


def _cost_of_trading(name: str) -> str:
    found = summary(ran(name))
    times, cost = found["turnover_per_year"], percent(found["cost_per_year"])
    return f"It turns over {times:.1f} times its value a year, which costs {cost} a year."


def _trend_tilts(name: str) -> list[str]:
    close = _dates(name, lambda one: 0.0 < float(one.reach.share) < 1.0 - 1e-12)
    decisions = ran(name).decisions
    active = [one.target - ran(name).benchmark_weights for one in decisions]
    errors = [w @ one.today.forecast.covariance @ w for one, w in zip(decisions, active, strict=True)]
    bound = int((np.sqrt(errors) > 0.0399).sum())
    return [f"The limit on tracking error bound on {bound}, the turnover budget on {_of(len(close), name)}."]


def _value_momentum(name: str) -> list[str]:
    stressed = sum(bool(one.today.regime.probabilities[1] > 0.5) for one in ran(name).decisions)
    policy = without_regime(gallery.named(name))
    plain, own = summary(backtest(policy, market_of(policy)))["cagr"], summary(ran(name))["cagr"]
    return [
        f"The filter silenced momentum on {_of(stressed, name)}.",
        f"The same policy without it made {percent(plain, 2)} a year: it added {points(own - plain, 2)}.",
    ]


def _cape_rule(name: str) -> list[str]:
    shares = decided(name, "aim")["SPY"]
    dear = shares[shares < 0.5]
    since = shares[shares >= 0.5].index[-1]
    first = str(shares.index[shares.index.get_loc(since) + 1].date())
    return [
        f"Shares counted as dear on {_of(len(dear), name)}, and without a break from {first} on.",
        "The levels were set with hindsight, on a century in which that had been rare.",
    ]


def _bonds(name: str) -> str:
    return percent(float(_mean(name)[["IEF", "TLT"]].sum()), 0)


def _inverse_volatility(name: str) -> list[str]:
    return [f"Treasuries were {_bonds(name)} of it on average; in 2022 it lost {percent(-year(ran(name), 2022))}."]


def _risk_parity(name: str) -> list[str]:
    return [f"Treasuries were {_bonds(name)} of it on average; in 2022 it lost {percent(-year(ran(name), 2022))}."]


def _levered(name: str) -> list[str]:
    review = review_leverage(ran(name))
    assert review is not None
    acted = [str(day) for day in review.acted]
    most = str(review.dates[int(review.gross.argmax())])
    in_2008, in_2020 = (" and ".join(day for day in acted if day[:4] == which) for which in ("2008", "2020"))
    rest = ", ".join(day for day in acted if day[:4] not in ("2008", "2020"))
    return [
        f"Gross exposure was {review.gross.mean():.2f} on average and {review.gross.max():.2f} at most, on {most}.",
        f"The rule caps what is decided at {review.cap:.2f}; what losses do until the next decision it does not see.",
        f"At a maintenance margin of {percent(review.maintenance, 0)} there were {int(review.calls.count)} margin calls.",
        f"The deleveraging rule acted on {in_2008}, on {in_2020}, and besides on {rest}.",
        f"Looked at once a month, it cut after the falls: on 2020-02-28 it held {decided(name).loc['2020-02-28'].sum():.2f}.",
        f"In 2022 it lost {percent(-year(ran(name), 2022))}, the unlevered mix {percent(-year(ran('risk-parity'), 2022))}.",
    ]


def _hierarchical(name: str) -> list[str]:
    bonds = decided(name)["IEF"]
    return [f"7-10 year Treasuries were {percent(bonds.mean(), 0)} of it on average and {percent(bonds.max(), 0)} at most."]


def _capped(name: str) -> list[str]:
    targets = decided(name)
    at_cap = int((targets > 0.40 - 1e-6).any(axis=1).sum())
    largest = ", ".join(f"{one} {percent(share, 0)}" for one, share in targets.mean().nlargest(3).items())
    return [f"The cap of 40 % bound on {_of(at_cap, name)}. The largest mean weights: {largest}."]


def _mean_variance(name: str) -> list[str]:
    return [f"Bills were {percent(_mean(name)['cash'], 0)} of it on average. {_cost_of_trading(name)}"]


def _volatility_targeted(name: str) -> list[str]:
    invested = decided(name, "aim").sum(axis=1)
    least, lowest = percent(invested.min(), 0), str(invested.idxmin().date())
    return [
        f"On average {percent(1.0 - _mean(name)['cash'], 0)} was invested; least on {lowest}: {least}.",
        f"From 2009 on its volatility was {percent(_volatility(name))} a year, for a target of 8 %.",
    ]


def _volatility(name: str) -> float:
    gains = wealth(ran(name)).loc["2008-12-31":].pct_change().dropna()
    return float(gains.std(ddof=1) * np.sqrt(252.0))


def _core_satellite(name: str) -> list[str]:
    own, satellite = (summary(ran(one))["turnover_per_year"] for one in (name, "gtaa-5"))
    return [
        f"Bills were {percent(_mean(name)['cash'], 0)} of it on average, all of them the satellite's.",
        f"It turned over {own:.2f} times a year; GTAA 5 alone {satellite:.2f} times.",
    ]


FINDINGS: dict[str, Callable[[str], list[str]]] = {
    "sixty-forty": _sixty_forty,
    "permanent": _permanent,
    "all-weather": _all_weather,
    "gtaa-5": _gtaa,
    "dual-momentum": _dual_momentum,
    "vigilant": _vigilant,
    "canary": _canary,
    "trend-tilts": _trend_tilts,
    "value-momentum": _value_momentum,
    "cape-rule": _cape_rule,
    "inverse-volatility": _inverse_volatility,
    "risk-parity": _risk_parity,
    "risk-parity-levered": _levered,
    "hierarchical": _hierarchical,
    "min-variance": _capped,
    "max-diversification": _capped,
    "mean-variance": _mean_variance,
    "volatility-targeted": _volatility_targeted,
    "core-satellite": _core_satellite,
}
