"""A first policy for a folder of one's own prices: equal weights, ten-month timing, every line explained."""

from __future__ import annotations

import itertools
import os
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from trimtab.core.calendar import is_monthly
from trimtab.core.errors import DataError
from trimtab.data.history import History
from trimtab.data.sessions import NEW_YORK
from trimtab.desk.prepare import source_in
from trimtab.desk.registry import name_of
from trimtab.desk.sessions_ahead import keeps_to_new_york

TEMPLATE = """\
# Ten-month-average timing on your own prices: hold each asset while it stands above its average, else cash.
trimtab: 1
name: my-policy
title: Ten-month timing on my prices
base_currency: USD
since: {first}                # memory runs from here: the first date on which all series exist
data: {{use: {use}, path: {path}{market}}}

universe:
{universe}
benchmark: {{{benchmark}}}   # fractions; what they leave of 1 is cash

signals:
  average: {{use: trend, window: 10M}}   # above or below the mean of the last ten month-ends
combine: {{use: vote}}
allocator: {{use: timing}}               # in at benchmark weight, or out, in cash
reacher: {{use: pace, band: 0.01}}       # drift below 1 % of the portfolio is left alone
rules:
  - {{use: max_turnover, at_most: 1.00, per: quarter}}   # one-way, of the portfolio
costs: {{use: linear, bps: 10}}          # one-way, of what is traded
schedule: {{decide: month-end, trade: {trade}}}   # {reason}
execution: {{units: fractional, dividends: reinvest}}
"""


def starter(folder: str, place: Path) -> str:
    """The text of a policy for the series in `folder`, to be written at `place`. Raises DataError where nothing is held."""
    source = source_in(folder)
    held = [history for history in source.load(source.names()) if history.about.holdable]
    if not held:
        raise DataError(f"{folder} holds no prices", remedy="Put a CSV of closing prices there.")
    first = max(history.span[0] for history in held)
    path = Path(os.path.relpath(folder, place.parent)).as_posix()
    return _text(held, first, path, use=name_of("sources", source))


def market_of(held: Sequence[History]) -> str:
    """New York (XNYS) where prices that name no market keep to its sessions, every day of them: their policy says so then."""
    plain = all(not history.about.market and not is_monthly(history.dates) for history in held)
    return NEW_YORK if plain and all(keeps_to_new_york(history.dates) for history in held) else ""


def _text(held: list[History], first: np.datetime64, path: str, *, use: str = "folder") -> str:
    ids = _ids([history.about.name for history in held])
    share = int(10_000 / len(held)) / 10_000
    monthly = is_monthly(held[0].dates)
    market = market_of(held) if use == "folder" else ""
    return TEMPLATE.format(
        first=first,
        use=use,
        path=_quoted(path),
        market=f", market: {market}" if market else "",
        universe="\n".join(f"  {key}: {{series: {_quoted(name)}, class: all}}" for name, key in ids.items()),
        benchmark=", ".join(f"{key}: {share:.4f}" for key in ids.values()),
        trade="next_observation" if monthly else "next_open",
        reason="monthly data hold no next session" if monthly else "the next open, or that close where no open is known",
    )


def _ids(names: list[str]) -> dict[str, str]:
    """An id for each series: plain, different from the others, and not `cash`, which is what the weights leave."""
    found: dict[str, str] = {}
    for name in names:
        plain = re.sub(r"[^A-Za-z0-9_]", "_", name).strip("_")
        plain = plain if plain and plain.lower() != "cash" else f"{plain or 'ASSET'}_1"
        ways = itertools.chain([plain], (f"{plain}_{k}" for k in itertools.count(2)))
        found[name] = next(way for way in ways if way not in found.values())
    return found


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
