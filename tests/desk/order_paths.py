"""Every way on which an order can leave, ready to: a book of record for each, and what each of them ends with.

One rule is put at the boundary of what the orders measure, or one unit below it, where the gate is made. A measure is taken
on the very batch that the path hands to the gate, so that no path can be judged on anything else.
"""

from __future__ import annotations

import shlex
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field, replace
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.promoted import put_files_at
from tests.surfaces.cli.desk_folder import POLICY, put
from tests.surfaces.cli.order_desk import EVENING, MORNING, Hands
from trimtab.core.controls import Circumstances, Line, Measured, Ruled
from trimtab.core.frictions import LimitKind
from trimtab.core.money import exact
from trimtab.core.orders import Status
from trimtab.core.region import Region
from trimtab.core.rules import Rule, Rules
from trimtab.core.trades import Book
from trimtab.core.venues import Report
from trimtab.desk import errands, judging, manual, reviewing
from trimtab.desk.judging import Judge
from trimtab.desk.outlook import outlook
from trimtab.desk.prepare import load_market
from trimtab.execution.batch import at_decision
from trimtab.execution.gate import Batch, Gate
from trimtab.governance.promotion import Stage
from trimtab.surfaces.cli import main as command_line
from trimtab.surfaces.cli import orders as cli_orders
from trimtab.surfaces.cli import rebalance as cli_rebalance
from trimtab.surfaces.cli import sending as cli_sending
from trimtab.surfaces.cli.verbs import parser

UNIT = Decimal("1e-8")
WEIGHT = 1e-6  # a unit of a weight
BOUGHT = """\
date,type,symbol,units,price,amount
2010-01-04,deposit,,,,20000
2010-01-05,buy,SPY,100,100,
2010-01-05,buy,TLT,60,99,
"""


@dataclass
class Double:
    """A venue that takes everything, and remembers what."""

    taken: list[str] = field(default_factory=list)
    name: str = "paper"
    live: bool = False
    unique: bool = True

    def submit(self, stamped: Any, order: str) -> Report:
        assert stamped.of(order).id == order
        self.taken.append(order)
        return Report(order, Status.ACKED, "v1")

    def find(self, order: str) -> Report | None:
        return Report(order, Status.ACKED, "v1") if order in self.taken else None

    def reports(self, _: Any) -> tuple[Report, ...]:
        return ()

    def positions(self, _: str) -> None:
        return None


@dataclass(frozen=True)
class Way:
    """How orders come about and are approved, and the command with which they leave."""

    name: str
    steps: tuple[str, ...]
    leave: str


_OK = "orders approve {} --by ben --reason seen"
PATHS = (
    Way("decide", ("decide --account A07", _OK.format("A07")), "orders send A07"),
    Way("rebalance", ("rebalance --account A07 --commit", _OK.format("A07")), "orders send A07"),
    Way("manual", ('orders add A07 SPY 20 --kind on_open --reason "by hand"', _OK.format("A07")), "orders send A07"),
    Way("schedule", ("decide --all --if-due", _OK.format("A07")), "orders send A07"),
    Way("repeat", ("decide --all", "decide --all", _OK.format("A07")), "orders send A07"),
    Way(
        "superseded",
        ("decide --account A07", 'rebalance --account A07 --commit --supersede "again"', _OK.format("A07")),
        "orders send A07",
    ),
    Way("block", ("decide --all", "orders block Mueller", _OK.format("Mueller")), "orders send Mueller"),
    Way("slice", ("decide --account A07", "orders slice A07 SPY --into 2", _OK.format("A07")), "orders send A07"),
    Way("file", ("decide --account A07", _OK.format("A07")), "orders export A07 --format fix"),
    Way("block in a file", ("decide --all", "orders block Mueller", _OK.format("Mueller")), "orders export Mueller"),
    Way("file again", ("decide --account A07", _OK.format("A07"), "> orders export A07"), "orders export A07 --again lost"),
)


def kept(work: Callable[..., Any]) -> Callable[..., Any]:
    """The same policy looks the same to every command: worked out once for all that is asked besides."""
    seen: dict[Any, Any] = {}

    def done(policy: Any, *rest: Any) -> Any:
        key = (policy.sha256, str(rest[-1]) if rest else "")
        if key not in seen:
            seen[key] = work(policy, *rest)
        return seen[key]

    return done


class World:
    """A folder with prices, a policy and two accounts of Mueller with cash to invest; a book of record for every path."""

    def __init__(self, base: Path, patch: pytest.MonkeyPatch, stage: Stage | None = Stage.LIVE) -> None:
        self.folder = put(base / "desk", policy=POLICY + "overrides: {size: 1}\n")
        self.patch, self.double = patch, Double()
        self.clock = Hands(patch)
        patch.chdir(self.folder)
        patch.delenv("TRIMTAB_BOOK", raising=False)
        (self.folder / "activity.csv").write_text(BOUGHT, encoding="utf-8")
        self.ran("book init")
        for account in ("A07", "B1"):
            self.ran(f"book account {account} --household Mueller")
            self.ran(f"book import activity.csv --account {account} --commit")
            self.ran(f"book follow {account} policy.yaml")
        if stage is not None:
            put_files_at("book.db", ["policy.yaml"], stage, at=EVENING)
        patch.setattr(errands, "open_venue", lambda *_: self.double)
        looked, loaded, whole = kept(outlook), kept(load_market), parser()
        patch.setattr(command_line, "parser", lambda: whole)
        for module in (judging, reviewing, manual):
            patch.setattr(module, "outlook", looked)
        for surface in (cli_sending, cli_orders, cli_rebalance):
            patch.setattr(surface, "loader_of", lambda _: loaded)
        self.empty = self._kept()
        self.ready: dict[str, dict[str, bytes]] = {}

    def _kept(self) -> dict[str, bytes]:
        files = [path for path in self.folder.rglob("*") if path.is_file() and path.suffix not in (".csv", ".yaml")]
        files += (self.folder / "orders").glob("*.csv") if (self.folder / "orders").exists() else []
        return {str(path.relative_to(self.folder)): path.read_bytes() for path in files}

    def restore(self, files: dict[str, bytes]) -> None:
        """The book and the files that were sent, as they were."""
        for name in set(self._kept()) - set(files):
            (self.folder / name).unlink()
        for name, raw in files.items():
            (self.folder / name).write_bytes(raw)
        self.double.taken.clear()

    def at(self, path: Way) -> None:
        """The book in which the orders of a path are approved, on the morning after."""
        if path.name not in self.ready:
            self.restore(self.empty)
            self.clock.at = EVENING
            for step in path.steps:
                self.clock.at = MORNING if step.startswith(">") else EVENING
                code, said = self.ran(step.removeprefix("> "))
                assert code in (0, 5), (step, said)
            self.ready[path.name] = self._kept()
        self.restore(self.ready[path.name])
        self.clock.at = MORNING

    def ran(self, words: str) -> tuple[int, str]:
        """A command: its exit code, and all it said."""
        out = StringIO()
        with redirect_stdout(out), redirect_stderr(out):
            return command_line.main([*shlex.split(words), "--quiet"]), out.getvalue()

    def left(self) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
        """What the venue has taken, the files that were written, and the orders that have left by the book."""
        with closing(sqlite3.connect(f"file:{self.folder / 'book.db'}?mode=ro", uri=True)) as book:
            sent = tuple(one for (one,) in book.execute("SELECT id FROM orders WHERE sent_at <> '' ORDER BY id"))
        files = tuple(sorted(str(path) for path in self.folder.glob("orders/*") if path.is_file()))
        return tuple(self.double.taken), files, sent

    def planned(self) -> int:
        """How many orders the book has."""
        with closing(sqlite3.connect(f"file:{self.folder / 'book.db'}?mode=ro", uri=True)) as book:
            return int(book.execute("SELECT count(*) FROM orders").fetchone()[0])


# What is put into the way.


@dataclass(frozen=True)
class At:
    """A control that allows so much and no more, and measures what another one does."""

    control: Any
    most: Measured

    @property
    def batch(self) -> bool:
        return bool(self.control.batch)

    @property
    def dates(self) -> bool:
        return bool(getattr(self.control, "dates", False))

    def values(self, lines: Sequence[Line], now: Circumstances) -> Sequence[Measured | None]:
        return self.control.values(lines, now)  # type: ignore[no-any-return]

    @property
    def words(self) -> str:
        return str(self.control.words)


@dataclass(frozen=True)
class Bounded:
    """A limit of a kind on a measure of weights: what it measures, less what it allows."""

    of: LimitKind
    measure: Callable[[Any, Book], float]
    most: float
    count: int

    @property
    def kind(self) -> LimitKind:
        return self.of

    @property
    def region(self) -> Region:
        return Region.everything(self.count)

    def left(self, _: Book) -> Any:
        return np.asarray(np.inf)

    def breach(self, target: Any, book: Book) -> float:
        return self.measure(target, book) - self.most

    @property
    def words(self) -> str:
        return f"a measure of at most {self.most}"


@dataclass(frozen=True)
class InTheWay:
    """The gate of a policy with more rules, which allow what the batch measures, or a unit less (`beyond`)."""

    gate: Gate
    more: tuple[Any, ...]
    beyond: bool

    @property
    def borrow(self) -> float:
        return self.gate.borrow

    def judge(self, batch: Batch, now: Circumstances) -> Any:
        return self._for(batch, now).judge(batch, now)

    def stamp(self, asked: Any, base: Any = None, now: Circumstances | None = None) -> Any:
        batch = asked if isinstance(asked, Batch) else Batch.of(asked, base)
        return self._for(batch, now).stamp(batch, now=now) if batch.orders else self.gate.stamp(batch, now=now)

    def _for(self, batch: Batch, now: Circumstances | None) -> Gate:
        book = batch.book if batch.base is batch.book.held else replace(batch.book, base=batch.base)
        rules, controls = self.gate.rules, []
        for one in self.more:
            if isinstance(one, tuple):
                kind, measure = one
                limit = Bounded(kind, measure, measure(batch.target, book) - WEIGHT * self.beyond, len(batch.target))
                rules = Rules((*rules.rules, Rule(limit, "R9")), rules.count)
            else:
                with exact():
                    values = [value for value in one.values(batch.lines, now or at_decision(batch)) if value is not None]
                    controls.append(Ruled(At(one, max(values, default=Decimal(0)) - UNIT * self.beyond), "R9"))
        return replace(self.gate, rules=rules, controls=(*self.gate.controls, *controls))


def doctored(patch: pytest.MonkeyPatch, what: str, change: Callable[[Any], Any]) -> None:
    """What the judge hands to the gate (`batch`, `book` or `circumstances`), changed."""
    real = getattr(Judge, what)
    patch.setattr(Judge, what, lambda *given, **named: change(real(*given, **named)))
