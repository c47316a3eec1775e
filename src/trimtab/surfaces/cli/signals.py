"""`signals`: what each signal says as of a date, a line each, with what would turn it; `--history` writes it all down."""

from __future__ import annotations

import csv
import math
from argparse import Namespace
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from trimtab.core.errors import UsageError
from trimtab.core.formulas import neutral
from trimtab.core.saying import sentence_of
from trimtab.desk.policy import Policy
from trimtab.desk.readings import VOTE, Reading
from trimtab.desk.record import number
from trimtab.desk.registry import name_of
from trimtab.desk.signal_history import signal_history
from trimtab.desk.sounding import Sounding, sound
from trimtab.forecasts.none import NoForecast
from trimtab.surfaces.cli.markets import market_of
from trimtab.surfaces.cli.options import as_of, counted, opened, print_json, say
from trimtab.surfaces.cli.wrapping import wrapped


def signals(options: Namespace) -> int:
    """Print the signals of a policy; write their history where it is asked for."""
    day = as_of(options)
    policy = opened(options.policy, options).with_horizon(end=None)
    sounding = sound(policy, market_of(policy, options), None if day is None else np.datetime64(day))
    written = _written(sounding, options.history) if options.history else ""
    if options.json:
        print_json("signals", as_json(sounding) | ({"history": options.history} if options.history else {}))
        return 0
    for line in lines(sounding):
        say(line)
    if written:
        say(f" {written}")
    return 0


def lines(sounding: Sounding) -> Iterator[str]:
    """The screen: regime, then each asset with its signals and their vote."""
    policy = sounding.policy
    yield f" {policy.title}    policy {policy.sha256[:12]}"
    day = "a decision date" if sounding.due else "no decision date of the schedule"
    yield f" as of {sounding.as_of}, {day}; cut-off {str(sounding.view.days.cutoffs[-1])[:16]}Z"
    for note in sounding.notes:
        yield from wrapped(f"! {note}")
    yield from _regime(sounding)
    yield from _forecast(sounding)
    if not policy.voices:
        yield " the policy has no signals"
    for title, said in groups(policy, sounding.readings):
        yield ""
        yield f" {title}"
        names = [name_of("combiners", policy.combine) if reading.name == VOTE else reading.name for reading in said]
        for name, reading in zip(names, said, strict=True):
            yield from _line(f"{name:<{max(map(len, names))}}", reading)


def groups(policy: Policy, said: Sequence[Reading]) -> Iterator[tuple[str, list[Reading]]]:
    """Readings by what they speak of: first those that say the same on several assets, then asset by asset."""
    several: dict[tuple[int, ...], list[Reading]] = {}
    for reading in said:
        if len(reading.assets) > 1:
            several.setdefault(reading.assets, []).append(reading)
    for assets, shared in several.items():
        every = len(assets) == len(policy.universe)
        yield "Every asset" if every else ", ".join(policy.universe[a].title for a in assets), shared
    for a, asset in enumerate(policy.universe):
        own = [reading for reading in said if reading.assets == (a,)]
        if own:
            yield asset.title, own


def _regime(sounding: Sounding) -> Iterator[str]:
    weather = sounding.weather
    if weather is None:
        return
    since = f" since {weather.since}" if weather.since is not None else ""
    share = f" {weather.probability:.2f}" if math.isfinite(weather.probability) else ""
    yield from wrapped(f"regime: {weather.state}{share}{since}    {weather.why}")


def _forecast(sounding: Sounding) -> Iterator[str]:
    """What is forecast, and how far a covariance had to be repaired; nothing where nobody forecasts."""
    policy, forecast = sounding.policy, sounding.knowledge.forecast
    if isinstance(policy.forecaster, NoForecast):
        return
    yield from wrapped(f"forecast: {sentence_of(policy.forecaster, sounding.view.only(-1))}")
    mean, spread = forecast.mean[-1], np.sqrt(np.diagonal(forecast.covariance[-1]))
    for a, asset in enumerate(policy.universe):
        said = [f"expected {mean[a]:+.1%}"] if np.isfinite(mean[a]) else []
        said += [f"volatility {spread[a]:.1%}"] if np.isfinite(spread[a]) else []
        if said:
            yield f"   {asset.title}: {', '.join(said)} a year"


def _line(name: str, reading: Reading) -> Iterator[str]:
    """`average  +3.4 %  score +1  up since 2016-03-31  flips below 541.20 at the next month-end close`."""
    since = f"since {reading.since}" if reading.since is not None else ""
    score = "      " if math.isnan(reading.score) else f"{reading.score:+6.2f}"
    tail = reading.flips or (reading.why if reading.state == "unknown" else "")
    yield from wrapped(f"  {name} {shown(reading):>10}  {score}  {reading.state:<7} {since:<16}  {tail}".rstrip(), indent=6)


def shown(reading: Reading) -> str:
    """The number behind a signal, as a person reads it."""
    if reading.name == VOTE or math.isnan(reading.value):
        return "" if reading.name == VOTE else "-"
    return f"{100.0 * reading.value:+.2f} %" if reading.percent else f"{reading.value:+.2f}"


def as_json(sounding: Sounding) -> dict[str, Any]:
    """Everything on the screen as plain values."""
    weather = sounding.weather
    return {
        "policy": sounding.policy.name,
        "policy_sha256": sounding.policy.sha256,
        "data_sha256": sounding.market.digest,
        "as_of": str(sounding.as_of),
        "due": sounding.due,
        "notes": list(sounding.notes),
        "regime": None
        if weather is None
        else {
            "state": weather.state,
            "since": _text(weather.since),
            "why": weather.why,
            "probabilities": {name: number(p) for name, p in weather.probabilities},
        },
        "forecast": _forecast_plain(sounding),
        "readings": [_plain(sounding.policy, reading) for reading in sounding.readings],
    }


def _forecast_plain(sounding: Sounding) -> dict[str, Any] | None:
    """Expected return and covariance by id; None where nobody forecasts."""
    policy, forecast = sounding.policy, sounding.knowledge.forecast
    if isinstance(policy.forecaster, NoForecast):
        return None
    ids = [asset.id for asset in policy.universe]
    rows = {one: {two: number(forecast.covariance[-1, a, b]) for b, two in enumerate(ids)} for a, one in enumerate(ids)}
    why = sentence_of(policy.forecaster, sounding.view.only(-1))
    return {"why": why, "expected": {one: number(forecast.mean[-1, a]) for a, one in enumerate(ids)}, "covariance": rows}


def _plain(policy: Policy, reading: Reading) -> dict[str, Any]:
    return {
        "name": reading.name,
        "assets": [policy.universe[a].id for a in reading.assets],
        "value": number(reading.value),
        "measured": reading.measured,
        "score": number(reading.score),
        "state": reading.state,
        "since": _text(reading.since),
        "why": reading.why,
        "flips": reading.flips,
    }


def _text(day: np.datetime64 | None) -> str | None:
    return None if day is None else str(day)


def _written(sounding: Sounding, file: str) -> str:
    """Write the history as CSV or Parquet, by the name of the file; what was written, in words."""
    table = signal_history(sounding.policy, sounding.view, sounding.knowledge)
    place, kind = Path(file), Path(file).suffix.lower()
    if kind not in (".csv", ".parquet"):
        remedy = "Name it history.csv or history.parquet."
        raise UsageError(f"--history {file}: {kind or 'no ending'} is neither CSV nor Parquet", remedy=remedy)
    place.parent.mkdir(parents=True, exist_ok=True)
    if kind == ".csv":
        _csv(table, place)
    else:
        _parquet(table, place)
    return f"history: {counted(len(table['date']), 'row')} in {place}"


def _csv(table: dict[str, Any], place: Path) -> None:
    texts = {"name", "asset", "measured", "state"}
    columns = [[neutral(cell) for cell in part] if name in texts else _cells(part) for name, part in table.items()]
    with place.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(table)
        writer.writerows(zip(*columns, strict=True))


def _cells(values: Any) -> list[str]:
    """Dates as text, instants in UTC, numbers in full; empty where unknown."""
    if values.dtype.kind == "M":
        zone = "Z" if np.datetime_data(values.dtype)[0] == "s" else ""
        return [f"{text}{zone}" for text in np.datetime_as_string(values)]
    return ["" if math.isnan(value) else repr(value) for value in values.tolist()]


def _parquet(table: dict[str, Any], place: Path) -> None:
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError:
        raise UsageError("pyarrow is not installed", remedy="Install it: pip install 'trimtab[parquet]'.") from None
    pq.write_table(pa.table(table), place)
