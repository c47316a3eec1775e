"""A year of an account by the command line, from its first commitment to the committee: what went well, and what did not.

Twelve months of `trimtab month` on a practice desk, on real funds of the shared data, else on those of the samples. Written
into the year: two overrides, of which the second goes beyond a limit that warns; a rebalance that is approved three sessions
late; an order that somebody declines; a price that is missing on the evening of a decision; spreads that widen from quarter
to quarter. Everything else is done as the process asks.
"""

from __future__ import annotations

import io
import json
import shlex
from collections.abc import Iterator, Mapping
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from tests.shared_data import SHARED
from trimtab.core.terms import CLOSE
from trimtab.data.samples import Samples
from trimtab.surfaces.cli.main import main

ACCOUNT = "A07"
BEGIN, END = "2018-01-31", "2019-01-31"  # the first decision, and the end of the year
FIRST, LAST = "2014-01-02", "2019-02-28"  # of the prices
CASH = 1_000_000
LATE, INCIDENT, BEYOND, DECLINED = "2018-05", "2018-06", "2018-08", "2018-10"
SPREADS = {"2018-01": 40, "2018-04": 60, "2018-07": 80, "2018-10": 100}  # half of it, in bp, from the month on
REVIEWS = ("2018-04", "2018-07", "2018-10", "2019-01")
REAL, SAMPLE = ("SPY", "EFA", "IEF", "GLD"), ("usmv", "qual", "vlue", "mtum")
POLICY = """\
trimtab: 1
name: year
title: Four funds with a trend overlay
since: 2014-01-02
data: {{use: folder, path: prices, market: XNYS}}
universe:
  A: {{series: {0}, class: equity, name: {0}}}
  B: {{series: {1}, class: equity, name: {1}}}
  C: {{series: {2}, class: bonds, name: {2}}}
  D: {{series: {3}, class: commodities, name: {3}}}
benchmark: {{A: 0.33, B: 0.19, C: 0.34, D: 0.10}}   # the rest is cash: spreads have to be paid
signals:
  trend: {{use: trend, window: 10M}}
combine: {{use: mean}}
allocator: {{use: overlay, tilt: 0.10}}
reacher: {{use: pace}}
rules:
  - limit: {{use: max_weight, at_most: {limit}}}
    id: IPS-4.1
    source: Investment Policy Statement, section 4.1
    effective_from: 2018-01-01
    severity: warn
  - limit: {{use: max_turnover, at_most: 0.20, per: quarter}}
    id: IPS-4.2
    source: Investment Policy Statement, section 4.2
    effective_from: 2018-01-01
    severity: block
costs: {{use: linear, bps: 5}}
schedule: {{decide: month-end, trade: next_open}}
execution: {{units: whole, dividends: pay}}
approval: {{four_eyes: true}}
overrides: {{size: 0.05, days: 60}}
review: {{every: 3M, full_cycle: 3Y}}
"""


def prices() -> dict[str, pd.DataFrame]:
    """By fund its days: open, close and dividend of real funds, or the adjusted closes of the samples."""
    if (SHARED / "etf_daily.parquet").is_file():
        frame = pd.read_parquet(SHARED / "etf_daily.parquet").assign(date=lambda one: one["date"].astype(str))
        frame = frame[frame["date"].between(FIRST, LAST)].rename(columns={"dividend_implied": "dividend"})
        columns = ["date", "open", "high", "low", "close", "volume", "dividend"]
        return {name: frame.loc[frame["ticker"] == name, columns] for name in REAL}
    found = {}
    for one in Samples().load(SAMPLE):
        table = pd.DataFrame({"date": one.dates.astype(str), "adjusted close": one.fields[CLOSE]})
        found[one.about.name] = table[table["date"].between(FIRST, LAST)]
    return found


@dataclass
class Year:
    """The folder of the desk, the sessions, and all that was printed: command, exit code, text."""

    folder: Path
    sessions: tuple[str, ...]
    names: tuple[str, ...]
    log: list[tuple[str, int, str]] = field(default_factory=list)

    def run(self, words: str, code: int | tuple[int, ...] = 0) -> str:
        """Run a command that must end with `code`, or one of them; what it printed."""
        stream = io.StringIO()
        with redirect_stdout(stream), redirect_stderr(stream):
            got = main([*shlex.split(words), "--quiet"])
        self.log.append((words, got, stream.getvalue()))
        assert got in (code if isinstance(code, tuple) else (code,)), (
            f"trimtab {words} ended with {got}, not {code}:\n{stream.getvalue()}"
        )
        return stream.getvalue()

    def document(self, words: str, code: int = 0) -> dict[str, Any]:
        """What a command answers in JSON."""
        return json.loads(self.run(f"{words} --json", code))  # type: ignore[no-any-return]

    def after(self, day: str, count: int = 1) -> str:
        """The session that follows a session by `count`."""
        return self.sessions[self.sessions.index(day) + count]

    @property
    def ends(self) -> list[str]:
        """The last session of each of the twelve months that are decided on."""
        pairs = zip(self.sessions, self.sessions[1:], strict=False)
        return [day for day, following in pairs if day[:7] != following[:7] and BEGIN <= day < END]


def begun(folder: Path) -> Year:
    """Prices, the policy, and a practice desk on which, by what it knew, it was committed to, validated and put on paper."""
    tables = prices()
    names = tuple(tables)
    (folder / "prices").mkdir(parents=True)
    for name, table in tables.items():
        table.to_csv(folder / "prices" / f"{name}.csv", index=False)
    (folder / "year.yaml").write_text(POLICY.format(*names, limit=0.40 if names == REAL else 0.345), encoding="utf-8")
    days = sorted(set.intersection(*(set(table["date"]) for table in tables.values())))
    year = Year(folder, tuple(days), names)
    year.run(f'practice year.yaml --account {ACCOUNT} --cash "{CASH} USD" --at {BEGIN}')
    year.run("expect year.yaml --paths 8 --years 1 --save")  # from here on: a desk expects by what it knows
    year.run('policy commit year.yaml --hypothesis "trend keeps us out of long falls" --by anna')
    year.run("policy promote year.yaml --to candidate --by ben")
    year.run("validate year.yaml --grid allocator.tilt=0.05,0.10", (0, 1))
    year.run('policy promote year.yaml --to paper --by ben --accept "a year on paper decides, not ten years of data"')
    return year


def live_through(year: Year) -> None:
    """The twelve months, one after the other, and the reviews between them."""
    for number, day in enumerate(year.ends):
        if day[:7] in SPREADS:
            spread(year, SPREADS[day[:7]])
        if number:
            year.run(f"practice --to {day}")
        if day[:7] == INCIDENT:
            without_price(year, day)
        override(year, day)
        if "nothing is to be traded" not in year.run(f"month --account {ACCOUNT} --by anna", (0, 5)):
            arrive(year, day)
        if day[:7] in REVIEWS:
            hold(year)
    year.run(f"practice --to {END}")
    hold(year)


def spread(year: Year, half: int) -> None:
    """From now on the paper broker takes half a spread of so many basis points."""
    (year.folder / "paper").mkdir(exist_ok=True)
    (year.folder / "paper" / "paper.yaml").write_text(f"participation: 0\nhalf_spread_bps: {half}\n", encoding="utf-8")


def without_price(year: Year, day: str) -> None:
    """On the evening of a decision a fund has no price; by the time the month is walked again it is there."""
    place = year.folder / "prices" / f"{year.names[3]}.csv"
    text = place.read_text(encoding="utf-8")
    place.write_text("".join(line for line in text.splitlines(keepends=True) if not line.startswith(day)), encoding="utf-8")
    year.run(f"month --account {ACCOUNT} --by anna", 4)
    place.write_text(text, encoding="utf-8")


def override(year: Year, day: str) -> None:
    """Two opinions: in February for a month and a half, and later for two weeks, beyond what a limit allows."""
    if day[:7] == "2018-02":
        moves = "--shift A=-0.03 --shift B=+0.03 --until 2018-04-15"
        year.run(f'override --account {ACCOUNT} {moves} --reason "cheaper abroad" --by anna')
    if day[:7] == BEYOND:
        moves = "--shift C=+0.05 --shift A=-0.05 --until 2018-09-15"
        year.run(f'override --account {ACCOUNT} {moves} --reason "more of what does well" --by anna')


def arrive(year: Year, day: str) -> None:
    """From the proposal to the fills: approved by another person, late in one month, without one order in another."""
    if day[:7] == LATE:
        year.run(f"practice --to {year.after(day, 3)}")
    if day[:7] == DECLINED:
        listed = year.document(f"orders list --account {ACCOUNT} --status planned", 5)["orders"]
        year.run(f'orders reject {listed[0]["ticket"]["id"]} --reason "not before the meeting" --by ben')
    reason = ' --reason "the committee knows of it"' if day[:7] == BEYOND else ""
    year.run(f"orders approve {ACCOUNT} --by ben{reason}")
    year.run(f"month --account {ACCOUNT} --by anna")
    year.run(f"practice --to {year.after(day, 4 if day[:7] == LATE else 1)}")
    year.run(f"month --account {ACCOUNT} --by anna")


def hold(year: Year) -> None:
    """The review of the process, with what follows from it."""
    year.run(f'review --quarter --account {ACCOUNT} --hold --attended anna,ben --said "looked at, and told" --by anna')


def violations(document: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Duty and date of what was not kept, each once."""
    yield from dict.fromkeys((one["duty"], one["when"]) for one in document["violations"])
