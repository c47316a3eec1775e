"""`expect`: the fan of wealth, drawdown and shortfall that a policy's own history lets expect, and the live record in it."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from trimtab.core.arrays import Array
from trimtab.core.errors import UsageError
from trimtab.desk import gallery
from trimtab.desk.expected import Expected, expected_of, save_expected, with_other_code
from trimtab.desk.foreseen import seen_expected
from trimtab.desk.notes import notes
from trimtab.desk.policy import Policy
from trimtab.desk.resampled import Resampled, resample
from trimtab.desk.trial_code import code_of
from trimtab.numerics.resampling import Futures, Model
from trimtab.surfaces.cli.markets import market_of
from trimtab.surfaces.cli.options import ended, hint, on_data, opened, print_json, progress, say, workspace
from trimtab.surfaces.cli.wrapping import wrapped
from trimtab.surfaces.expected import live_series, monthly_wealth
from trimtab.surfaces.series import aligned
from trimtab.validation.expectations import SHOWN, YEARS
from trimtab.validation.standing import Standing, stand

FIGURES = {
    "cagr": "return a year",
    "benchmark_cagr": "  of the benchmark",
    "max_drawdown": "deepest fall",
    "benchmark_max_drawdown": "  of the benchmark",
    "alpha": "alpha a year",
}


def expect(options: Namespace) -> int:
    """Draw, print, and with `--save` write down; with `--live` say where the record lies in what was written down."""
    policy = _policy(options)
    if options.live:
        return _live(policy, options)
    futures = Futures(options.years, options.seed, options.paths, options.block, Model(options.model))
    market = market_of(policy, options)
    found = resample(policy, market, futures, progress=progress(options, policy.name, unit="path"))
    expected = expected_of(found)
    place = save_expected(workspace(options).folder, expected) if options.save else None
    hint(_of_other_code(policy, expected.own_code, options), options)
    if options.json:
        flaws = {"notes": list(notes(policy, market))}
        print_json("expect", expected.to_dict() | flaws | {"saved": None if place is None else str(place)})
        return 0
    for line in lines(expected, notes(policy, market)):
        say(line)
    hint(_alone(found), options)
    if place is not None:
        say(f" written down: {place}")
    hint(" next: trimtab expect POLICY --save, before launch; then --live FILE" if place is None else "", options)
    return 0


def _alone(found: Resampled) -> str:
    """Why histories took long, if any had to be run by themselves."""
    if found.why:
        return f"each history was run by itself: {found.why}"
    if not found.alone:
        return ""
    how = "fees, taxes, smallest tickets and what else hangs on one account are worked out there session by session"
    return f"{found.alone:,} of {len(found.wealth):,} histories were run by themselves: {how}"


def lines(expected: Expected, flaws: Sequence[str] = ()) -> Iterator[str]:
    """The screen: what is wrong with data and execution, figures, the fan by years, and the odds of lagging."""
    fan = expected.fan
    yield from _origin(expected)
    for flaw in (*_short(expected), *flaws):
        yield from wrapped(f"! {flaw}")
    yield ""
    yield f" {'':<22}{'1 in 20 below':>15}{'median':>12}{'1 in 20 above':>15}"
    for key, words in FIGURES.items():
        one = expected.ranges[key]
        yield f" {words:<22}{_percent(one['low']):>15}{_percent(one['median']):>12}{_percent(one['high']):>15}"
    for title, key, scale in (
        ("wealth from 1", "wealth", 1.0),
        ("deepest fall so far, %", "drawdown", 100.0),
        ("ahead of the benchmark, %", "shortfall", 100.0),
    ):
        yield ""
        yield f" {f'{title}, after':<28}" + "".join(f"{f'{level:g} %':>10}" for level in SHOWN)
        for years in _shown(expected):
            row = fan.ages.index(round(years * fan.per_year))
            values = [fan.quantiles(key)[level][row] * scale + 0.0 for level in SHOWN]
            yield f" {f'{years} year' + 's' * (years > 1):<28}" + "".join(
                f"{value:>10.{2 if scale == 1.0 else 1}f}" for value in values
            )
    if fan.lagging:
        odds = ", ".join(f"{100.0 * odds:.0f} % after {years}" for years, odds in fan.lagging.items())
        yield ""
        yield from wrapped(f"Odds of lagging the benchmark, by years: {odds}.")


def _origin(expected: Expected) -> Iterator[str]:
    """Whose they are, and what the histories were drawn from."""
    origin, source = expected.fan.origin, expected.source
    how = f"blocks of {origin.block:.1f} rows on average" if origin.block else f"a {source['model']} distribution"
    yield f" {expected.name}    policy {expected.policy_sha256[:12]}"
    said = f"{origin.paths:,} histories of {source['years']} years (seed {origin.seed}), drawn from {origin.history:,} rows"
    falls = "Falls are those of month ends: within a month they may be deeper."
    span = f"{source['first']} to {source['last']}"
    yield from wrapped(f"{said}, {span}, {how}; signals recomputed on each, costs paid. {falls}")


def _short(expected: Expected) -> Iterator[str]:
    """Whether longer histories are drawn than there is one."""
    first, last = (date.fromisoformat(expected.source[name]) for name in ("first", "last"))
    years = (last - first).days / 365.25
    if years < float(expected.source["years"]):
        yield f"The data are {years:.1f} years long: what did not happen in them is in no history that is drawn from them."


def _shown(expected: Expected) -> list[int]:
    last = int(expected.source["years"])
    return sorted({*(years for years in YEARS if years <= last), last})


def _percent(value: float) -> str:
    return f"{100.0 * value + 0.0:.1f} %"


def _policy(options: Namespace) -> Policy:
    """A policy by file or name, or that of a run."""
    if Path(options.target).is_file() or options.target in gallery.names() or Path(options.target).suffix:
        return opened(options.target, options)
    return ended(on_data(workspace(options).policy(options.target), options), options)


def _of_other_code(policy: Policy, own: Mapping[str, str], options: Namespace) -> str:
    """Which expectations of the policy are not looked at, as its owner's code was another; empty where there are none."""
    places = with_other_code(workspace(options).folder, policy.sha256, own)
    return f"written down with other code of one's own: {', '.join(map(str, places))}" if places else ""


def _live(policy: Policy, options: Namespace) -> int:
    own = code_of(policy)
    (expected, unseen), others = seen_expected(workspace(options).folder, policy), _of_other_code(policy, own, options)
    if unseen:
        raise UsageError(unseen, remedy="A record is held against what could be expected before it: move that file away.")
    if expected is None:
        what = f"nothing is written down of what {policy.name} (policy {policy.sha256[:12]}) was expected to do"
        said = f"{what} with its owner's code as it is; {others}" if others else what
        raise UsageError(said, remedy="Write it down before launch: trimtab expect POLICY --save.")
    hint(others, options)
    found = stand(expected.fan, *_record(options))
    if options.json:
        print_json("expect-live", _document(expected, found))
        return 0
    yielded = f" {expected.name}    policy {expected.policy_sha256[:12]}    expected as of {expected.source['last']}"
    say(yielded)
    for line in wrapped(found.words):
        say(line)
    for line in wrapped(_verdict(found)):
        say(line)
    return 0


def _record(options: Namespace) -> tuple[Array, Array]:
    """Wealth of the live record and of its benchmark at the launch and at each month end after it."""
    told = True if options.prices else False if options.returns else None
    if options.benchmark:
        mine, theirs = (live_series(file, prices=told) for file in (options.live, options.benchmark))
    else:
        mine, theirs = (live_series(options.live, column=name, prices=told) for name in ("portfolio", "benchmark"))
    for note in dict.fromkeys((*mine.notes, *theirs.notes)):  # whether it was read as prices or as returns, too
        hint(note, options)
    mine, theirs = aligned(mine, theirs)
    return monthly_wealth(mine), monthly_wealth(theirs)


def _verdict(found: Standing) -> str:
    if found.judged is None:
        return "Ask again after a month."
    if found.inside:
        return "Inside what was expected: no reason to change anything."
    return "Outside of what 19 of 20 histories did: find out why, before anything is changed."


def _document(expected: Expected, found: Standing) -> dict[str, Any]:
    marks = {
        name: {"value": _plain(mark.value), "percentile": _plain(mark.percentile), "place": mark.place.value}
        for name, mark in (("wealth", found.wealth), ("drawdown", found.drawdown), ("shortfall", found.shortfall))
    }
    head = {"name": expected.name, "policy_sha256": expected.policy_sha256, "source": expected.source}
    return head | {"age": found.age, "judged": found.judged, "inside": found.inside, "words": found.words, **marks}


def _plain(value: float) -> float | None:
    return value if np.isfinite(value) else None
