"""`metrics`: every figure of a return series or a run in one table, by the conventions that are asked for."""

from __future__ import annotations

import math
from argparse import Namespace
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from trimtab.core.arrays import Array
from trimtab.core.errors import UsageError
from trimtab.numerics.convention_words import chosen_words
from trimtab.numerics.conventions import Conventions
from trimtab.numerics.definitions import DEFINITIONS
from trimtab.numerics.intervals import Interval, intervals
from trimtab.numerics.measures import answer
from trimtab.numerics.measuring import Asked
from trimtab.surfaces.cli.metrics_flows import with_flows
from trimtab.surfaces.cli.options import as_of, hint, print_json, say, workspace
from trimtab.surfaces.cli.wrapping import wrapped
from trimtab.surfaces.metrics import GROUPS, YEARLY, Measured, Subject, by_period, measured, riskless, rolling, subject, until
from trimtab.surfaces.series import Track, read_series

MAIN = ("total_return", "cagr", "volatility", "sharpe", "max_drawdown", "active_return", "tracking_error", "beta")
PERIOD = ("total_return", "volatility", "max_drawdown", "best_period", "worst_period", "active_return", "beta")
SHORT = {"total_return": "return", "cagr": "CAGR", "max_drawdown": "drawdown", "active_return": "active"}
SHORT |= {"tracking_error": "track. err", "best_period": "best", "worst_period": "worst"}
PERCENT = frozenset(GROUPS["Return"]) | {
    "volatility",
    "downside_deviation",
    "upside_risk",
    "value_at_risk",
    "expected_shortfall",
}
PERCENT |= {"max_drawdown", "pain_index", "ulcer", "win_rate", "kelly", "active_return", "tracking_error", "alpha"}
PERCENT |= {"up_capture", "down_capture", "batting_average", "jensen_alpha", "net_selectivity", "m_squared"}
PERCENT |= {"systematic_risk", "specific_risk", "total_risk"}
WHOLE = {"drawdown_length": "days", "drawdown_periods": "periods", "longest_drawdown": "periods"}
SEED, DRAWS = 1, 1000


def metrics(options: Namespace) -> int:
    """Read, measure, print."""
    if options.flows:
        return with_flows(options)
    chosen = _conventions(options.convention)
    day = as_of(options)
    track = until(_track(options), day)
    benchmark = until(read_series(options.benchmark), day) if options.benchmark else None
    given = subject(track, benchmark, riskless(options.rf))
    found = measured(given, chosen)
    if options.json:
        print_json("metrics", _document(given, chosen, found, options))
        return 0
    lines = list(_body(given, chosen, found, options))  # a wrong option is refused before anything is printed
    say(f" {given.track.name}    {_span(given.track)}{f'    against {benchmark.name}' if benchmark else ''}")
    for line in lines:
        say(line)
    for note in given.notes:
        hint(note, options)
    return 0


def _body(given: Subject, chosen: Conventions, found: Measured, options: Namespace) -> Iterator[str]:
    if options.rolling:
        yield from _rolling_lines(given, chosen, options.rolling)
    elif options.by != "all":
        yield from _period_lines(given, chosen, options.by)
    elif options.intervals:
        yield from _interval_lines(_intervals(given, chosen))
    else:
        yield from _table(found, chosen, explain=options.explain)


def _track(options: Namespace) -> Track:
    """The series of a file, or the wealth of a run."""
    path = Path(options.subject)
    if path.is_file() or path.suffix.lower() in (".csv", ".parquet"):
        told = True if options.prices else False if options.returns else None
        return read_series(path, prices=told, column=options.column, drop=options.drop)
    place = workspace(options).path(options.subject)
    return read_series(place / "wealth.csv", name=f"run {place.name}", column="wealth", prices=True)


def _conventions(entries: list[str]) -> Conventions:
    chosen = {}
    for entry in entries:
        key, mark, value = entry.partition("=")
        if not (key and mark and value):
            raise UsageError(f"--convention {entry!r} is no key and name", remedy="Write for example sharpe=geometric.")
        chosen[key] = value
    return Conventions.of(chosen)


def _span(track: Track) -> str:
    if not len(track.dates):
        return "no returns"
    return f"{track.start} to {track.dates[-1]}, {len(track.dates):,} returns, {track.frequency}"


def written(key: str, value: float) -> str:
    """A figure as it is read: percent, a ratio, or days; `n/a` where there is none."""
    if math.isnan(value):
        return "n/a"
    if key in WHOLE:
        return f"{value:,.0f} {WHOLE[key]}"
    return f"{100.0 * value + 0.0:,.2f} %" if key in PERCENT else f"{value + 0.0:,.3f}"


def _table(found: Measured, chosen: Conventions, *, explain: bool) -> Iterator[str]:
    for title, keys in GROUPS.items():
        shown = [key for key in keys if key in found.values]
        if not shown:
            continue
        yield f" {title}"
        for key in shown:
            why = f"  ({found.reasons[key]})" if key in found.reasons else ""
            yield f"   {_named(key, chosen):<28}{written(key, found.values[key]):>16}{why}"
            if explain:
                words = chosen_words(key, chosen)
                told = [DEFINITIONS[key].sentence if _own(key, chosen) else "", f"Here: {words}." if words else ""]
                yield from wrapped(f"     {' '.join(filter(None, told))}", indent=6)
                yield from wrapped(f"     {DEFINITIONS[key].formula}" if _own(key, chosen) else "", indent=6)


def _own(key: str, chosen: Conventions) -> bool:
    """Whether the words of the definition hold: they speak of our own conventions."""
    return chosen_words(key, chosen) == chosen_words(key, Conventions())


def _named(key: str, chosen: Conventions) -> str:
    name = DEFINITIONS[key].name
    return name.replace("95 %", f"{100 * chosen.level:g} %") if key in ("value_at_risk", "expected_shortfall") else name


def _columns(keys: tuple[str, ...], found: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(key for key in keys if key in found)


def _heads(keys: tuple[str, ...]) -> str:
    return "".join(f"{SHORT.get(key, key):>13}" for key in keys)


def _period_lines(given: Subject, chosen: Conventions, unit: str) -> Iterator[str]:
    rows = by_period(given, unit[0].upper(), frozenset(_asked(PERIOD, given)), chosen)
    keys = _asked(PERIOD, given)
    yield f" {unit:<10}{_heads(keys)}"
    for name, row in rows.items():
        yield f" {name:<10}" + "".join(f"{written(key, row.values[key]):>13}" for key in keys)


def _rolling_lines(given: Subject, chosen: Conventions, count: int) -> Iterator[str]:
    keys = tuple(key for key in _asked(MAIN, given) if key != "total_return")
    dates, values = rolling(given, count, frozenset(keys), chosen)
    last = np.append(dates[1:].astype("datetime64[Y]") != dates[:-1].astype("datetime64[Y]"), True)
    yield f" {count} returns up to{'':<1}{_heads(keys)}"[:200]
    for row in np.flatnonzero(last).tolist():
        yield f" {dates[row]!s:<18}" + "".join(f"{written(key, float(values[key][row])):>13}" for key in keys)
    for word, reduce in (("lowest", np.nanmin), ("median", np.nanmedian), ("highest", np.nanmax)):
        yield f" {word:<18}" + "".join(f"{written(key, _reduced(values[key], reduce)):>13}" for key in keys)


def _reduced(values: Array, reduce: Any) -> float:
    return float(reduce(values)) if np.isfinite(values).any() else math.nan


def _asked(keys: tuple[str, ...], given: Subject) -> tuple[str, ...]:
    """Those of the keys that can be asked: figures against a benchmark need one."""
    return tuple(key for key in keys if given.other is not None or not DEFINITIONS[key].relative)


def _intervals(given: Subject, chosen: Conventions) -> dict[str, Interval]:
    track, rate = given.track, given.riskless
    series = [track.returns] if given.other is None else [track.returns, given.other.returns]
    if not isinstance(rate, float):
        rate = float(np.mean(rate))  # the mean rate stands for all: what bills did is not drawn again
    figures = {}
    short = YEARLY if len(track.dates) and given.under_a_year else frozenset()
    for key in [key for key in _asked(MAIN, given) if key not in short]:
        asked = Asked(track.per_year, rate, None, chosen, frozenset({key}))
        figures[key] = partial(_drawn, key, asked)
    return intervals(figures, *series, seed=SEED, draws=DRAWS)


def _drawn(key: str, asked: Asked, returns: Array, benchmark: Array | None = None) -> Array:
    return answer(returns, asked, benchmark)[key]


def _interval_lines(found: Mapping[str, Interval]) -> Iterator[str]:
    yield f" {'':<28}{'lower':>14}{'figure':>14}{'upper':>14}"
    for key, one in found.items():
        ends = "".join(f"{written(key, value):>14}" for value in (one.low, one.value, one.high))
        yield f" {DEFINITIONS[key].name:<28}{ends}"
    one = next(iter(found.values()))
    drawn = f"{one.draws:,} histories drawn in blocks of {one.block:.1f} returns on average"
    yield from wrapped(f"The middle 95 % of {drawn} (stationary bootstrap), seed {one.seed}.")


def _document(given: Subject, chosen: Conventions, found: Measured, options: Namespace) -> dict[str, Any]:
    track = given.track
    body: dict[str, Any] = {
        "name": track.name,
        "benchmark": given.other.name if given.other else None,
        "start": str(track.start),
        "end": str(track.dates[-1]) if len(track.dates) else None,
        "count": len(track.dates),
        "per_year": track.per_year,
        "notes": list(given.notes),
        "conventions": chosen.named(),
        "figures": _plain(found.values),
        "missing": dict(found.reasons),
    }
    if options.explain:
        body["explained"] = {
            key: {"sentence": DEFINITIONS[key].sentence, "formula": DEFINITIONS[key].formula, "here": chosen_words(key, chosen)}
            for key in found.values
        }
    if options.by != "all":
        rows = by_period(given, options.by[0].upper(), frozenset(_asked(PERIOD, given)), chosen)
        body["periods"] = {name: _plain(row.values) for name, row in rows.items()}
    if options.rolling:
        dates, values = rolling(given, options.rolling, frozenset(_asked(MAIN, given)), chosen)
        body["rolling"] = {"dates": [str(one) for one in dates]} | {key: _listed(row) for key, row in values.items()}
    if options.intervals:
        ends = _intervals(given, chosen)
        body["intervals"] = {key: _plain({"low": one.low, "high": one.high}) for key, one in ends.items()}
    return body


def _plain(values: Mapping[str, float]) -> dict[str, float | None]:
    return {key: value if math.isfinite(value) else None for key, value in values.items()}


def _listed(values: Array) -> list[float | None]:
    return [value if math.isfinite(value) else None for value in values.tolist()]
