"""R9: every way on which an order can leave x everything that is checked x at the boundary, and one unit beyond it.

At the boundary the order leaves; beyond it nothing does, the exit code is that of the rule, and the order stays approved. A
gate that stamps anything makes the table fail. That there is no other way is read off the syntax trees.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import trimtab
from tests.desk.order_paths import PATHS, UNIT, InTheWay, Way, World, doctored
from tests.desk.worlds import market, policy
from tests.surfaces.cli.order_desk import EVENING
from trimtab.core.frictions import LimitKind
from trimtab.core.money import Money
from trimtab.core.orders import TradingState
from trimtab.core.values import Asset
from trimtab.desk import backtest as backtesting
from trimtab.desk import gates, judging, manual, reviewing
from trimtab.execution import gate
from trimtab.execution.batch import Dated
from trimtab.execution.checks import ALWAYS
from trimtab.execution.controls.day_count import DayCount
from trimtab.execution.controls.day_notional import DayNotional
from trimtab.execution.controls.day_turnover import DayTurnover
from trimtab.execution.controls.duplicates import Duplicates
from trimtab.execution.controls.minute_count import MinuteCount
from trimtab.execution.controls.order_notional import OrderNotional
from trimtab.execution.controls.order_units import OrderUnits
from trimtab.execution.controls.price_collar import PriceCollar
from trimtab.execution.controls.quote_age import QuoteAge
from trimtab.execution.controls.restricted import RestrictedList
from trimtab.execution.controls.trading_window import TradingWindow
from trimtab.execution.controls.volume_share import VolumeShare
from trimtab.execution.gate import Batch, Gate, Stamped

SECOND = np.timedelta64(1, "s")
ONE = Money(Decimal(1))
UNIVERSE = (Asset("SPY", "SPY", "equity"), Asset("TLT", "TLT", "bonds"))


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with pytest.MonkeyPatch.context() as patch:
        yield World(tmp_path_factory.mktemp("paths"), patch)


# Everything that is always checked: what is changed so that it stands at the boundary, and a unit beyond; and the exit code.


def _later(batch: Batch, units: np.timedelta64) -> Batch:
    return replace(batch, dates=tuple(Dated(one.on, one.cutoff + units, one.cutoff) for one in batch.dates))


def _twice(batch: Batch, beyond: bool) -> Batch:
    if not beyond:
        return batch
    return replace(batch, orders=(*batch.orders, batch.orders[0]), tickets=(*batch.tickets, batch.tickets[0]))


def _first(batch: Batch, **changes: Any) -> Batch:
    return replace(batch, orders=(batch.orders[0]._replace(**changes), *batch.orders[1:]))


def _money(batch: Batch, less: Decimal) -> Batch:
    need = sum((line.units * line.reference for line in batch.lines), Decimal(0))
    return replace(batch, book=replace(batch.book, money=need - less))


def _sold(batch: Batch, less: Decimal) -> Batch:
    """The first order sells all that is held of its asset, and `less` more."""
    units = batch.book.units[batch.orders[0].asset]
    return _first(batch, units=-units - less)


def _invested(batch: Batch, beyond: bool) -> Batch:
    """Weights that sum to 1 and a cent of money; beyond it, another millionth."""
    target = batch.target / batch.target.sum() * (1.0 + (0.01 / batch.book.nav) + (1e-6 if beyond else 0.0))
    return replace(batch, target=target, before=batch.target / 2.0)


def _parent(now: Any, beyond: bool) -> Any:
    return replace(now, parents={one: units - (UNIT if beyond else 0) for one, units in now.parents.items()})


def _past(now: Any, beyond: bool) -> Any:
    return replace(now, cutoff=now.now + (SECOND if beyond else 0 * SECOND))


def _state(now: Any, beyond: bool) -> Any:
    return replace(now, state=TradingState.REDUCING) if beyond else now


def _strange(batch: Batch, beyond: bool) -> Batch:
    return replace(batch, tickets=(replace(batch.tickets[0], account="Z"), *batch.tickets)) if beyond else batch


def _older(batch: Batch, beyond: bool) -> Batch:
    return replace(batch, tickets=tuple(replace(one, code="0.0") for one in batch.tickets)) if beyond else batch


CHECKS: dict[str, tuple[str, Callable[[Any, bool], Any], int]] = {
    "sound": ("batch", lambda batch, beyond: _first(batch, units=Decimal(0)) if beyond else batch, 3),
    "known": ("batch", lambda batch, beyond: _later(batch, SECOND if beyond else 0 * SECOND), 4),
    "past": ("circumstances", _past, 4),
    "state": ("circumstances", _state, 6),
    "account": ("batch", _strange, 1),
    "version": ("batch", _older, 3),
    "market_open": ("circumstances", lambda now, beyond: replace(now, open=np.full(2, not beyond)), 3),
    "restricted": ("circumstances", lambda now, beyond: replace(now, restricted=frozenset({0, 1} if beyond else {9})), 3),
    "distinct": ("batch", _twice, 3),
    "target": ("batch", _invested, 3),
    "held": ("batch", lambda batch, beyond: _sold(batch, UNIT if beyond else Decimal(0)), 3),
    "cash": ("batch", lambda batch, beyond: _money(batch, Decimal("0.01") if beyond else Decimal(0)), 3),
}
TOGETHER = tuple(CHECKS)[:-3]  # these stand at their boundaries at once; the others change the weights or the money


# Every control and every kind of rule of construction: the gate is made with the limit at what the batch measures.


def _traded(target: Any, book: Any) -> float:
    return 0.5 * float(np.abs(target - book.held).sum())


def _held(target: Any, _: Any) -> float:
    return float(target.sum())


RULES: dict[str, tuple[Any, int]] = {
    "order units": (OrderUnits(1.0), 3),
    "order notional": (OrderNotional(ONE), 3),
    "day notional": (DayNotional(ONE), 3),
    "day turnover": (DayTurnover(0.1), 3),
    "day count": (DayCount(1), 3),
    "minute count": (MinuteCount(1), 3),
    "duplicates": (Duplicates(), 3),
    "price collar": (PriceCollar(0.1), 3),
    "quote age": (QuoteAge(days=4.0), 4),
    "restricted list": (RestrictedList(only=("GLD",), universe=(*UNIVERSE, Asset("GLD", "GLD", "gold"))), 3),
    "trading window": (TradingWindow("00:00", "23:59"), 3),
    "volume share": (VolumeShare(0.1), 3),
    **{f"limit: {kind.value}": ((kind, _traded if kind is LimitKind.TURNOVER else _held), 3) for kind in LimitKind},
}


def put(patch: pytest.MonkeyPatch, names: tuple[str, ...], *, beyond: bool) -> int:
    """Put rules in the way where the gate is made or asked; the exit code that the last of them ends with."""
    more, code = [], 0
    for name in names:
        if name in CHECKS:
            what, change, code = CHECKS[name]
            doctored(patch, what, lambda real, change=change: change(real, beyond))
        else:
            rule, code = RULES[name]
            more.append(rule)
    if "volume share" in names:
        doctored(patch, "circumstances", lambda now: replace(now, adv=np.array([1e7, 1e7])))
    if more:
        for module in (judging, reviewing, manual, backtesting):
            patch.setattr(module, "gate_of", lambda asked: InTheWay(gates.gate_of(asked), tuple(more), beyond))
    return code


def refused(world: World, way: Way, name: str) -> None:
    """Beyond the boundary: the exit code of the rule, and nothing has left."""
    before = world.left()
    with pytest.MonkeyPatch.context() as patch:
        code = put(patch, (name,), beyond=True)
        got, said = world.ran(way.leave)
    assert (got, world.left()) == (code, before), (way.name, name, said)


@pytest.mark.parametrize("way", PATHS, ids=lambda way: way.name)
def test_at_the_boundary_an_order_leaves_and_a_unit_beyond_it_does_not(world: World, way: Way) -> None:
    world.at(way)
    for name in (*CHECKS, *RULES):
        refused(world, way, name)
    for names in (tuple(RULES), TOGETHER, *((name,) for name in CHECKS if name not in TOGETHER)):
        world.at(way)
        before = world.left()
        with pytest.MonkeyPatch.context() as patch:
            put(patch, names, beyond=False)
            code, said = world.ran(way.leave)
        assert code in (0, 5), (way.name, names, code, said)
        assert world.left() != before, (way.name, names, said)


def test_every_check_of_the_gate_is_in_the_table() -> None:
    assert {*CHECKS, "parents"} == {check.name for check in ALWAYS}
    controls = Path(trimtab.__file__).parent / "execution" / "controls"
    named = {type(rule).__module__.rpartition(".")[2] for rule, _ in RULES.values() if not isinstance(rule, tuple)}
    assert named == {one.stem for one in controls.glob("*.py")} - {"__init__", "defaults", "measures"}


def test_slices_never_come_to_more_than_their_parent(world: World) -> None:
    """Half of it is under way, and the other half may go; a hundred-millionth less is left of it, and it may not."""
    way = next(one for one in PATHS if one.name == "slice")
    for beyond in (True, False):
        world.at(way)
        assert world.ran(way.leave)[0] == 0
        before = world.left()
        with pytest.MonkeyPatch.context() as patch:
            doctored(patch, "circumstances", lambda now, less=beyond: _parent(now, less))
            code, said = world.ran(way.leave)
        assert code == (3 if beyond else 0), said
        assert (world.left() == before) is beyond


@pytest.mark.parametrize("words", ["decide --account A07", 'orders add A07 SPY 20 --kind on_open --reason "by hand"'])
def test_what_a_rule_blocks_is_not_even_planned(world: World, words: str) -> None:
    """All rules at their boundaries let it be planned; each of them, a unit beyond, does not. Volumes are not known here."""
    names = tuple(name for name in RULES if name != "volume share")
    world.restore(world.empty)
    world.clock.at = EVENING
    for name in names:
        with pytest.MonkeyPatch.context() as patch:
            code = put(patch, (name,), beyond=True)
            got, said = world.ran(words)
        assert got in {code, 3}, (name, said)
        assert world.planned() == 0, (name, said)
    with pytest.MonkeyPatch.context() as patch:
        put(patch, names, beyond=False)
        assert world.ran(words)[0] == 5
    assert world.planned() > 0


BACKTESTED = ("order units", "order notional", "price collar", "day count", *(f"limit: {kind.value}" for kind in LimitKind))


def test_a_backtest_stops_at_the_same_rules() -> None:
    """Its gate is made where all are; what asks of the moment alone has nothing to ask there."""
    mine = policy(rules=[])
    past = market(mine, count=80)
    plain = backtesting.backtest(mine, past)
    assert plain.fills
    with pytest.MonkeyPatch.context() as patch:
        put(patch, BACKTESTED, beyond=False)
        assert backtesting.backtest(mine, past).fills == plain.fills
    for name in BACKTESTED:
        with pytest.MonkeyPatch.context() as patch:
            put(patch, (name,), beyond=True)
            stopped = backtesting.backtest(mine, past)
        assert not stopped.fills, name
        assert all("R9 would be broken" in why for why in stopped.blocked), name


def test_a_gate_that_stamps_anything_is_found_out_on_every_path(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: the table does not hold where the gate is bypassed."""

    def anything(_: Gate, asked: Any, base: Any = None, now: Any = None) -> Stamped:
        return Stamped(asked.stamped, (), None, gate._SEAL)

    for way in PATHS:
        world.at(way)
        with monkeypatch.context() as patch:
            patch.setattr(Gate, "stamp", anything)
            with pytest.raises(AssertionError):
                refused(world, way, "order units")


# There is no other way.


SOURCES = {
    place.relative_to(Path(trimtab.__file__).parent).as_posix(): place.read_text(encoding="utf-8")
    for place in sorted(Path(trimtab.__file__).parent.rglob("*.py"))
}


def calls(*names: str) -> dict[str, dict[str, set[str]]]:
    """Where something of these names is called in our source: by name and file, what it is called on."""
    found: dict[str, dict[str, set[str]]] = {name: {} for name in names}
    for place, text in SOURCES.items():
        for node in ast.walk(ast.parse(text)) if any(f"{name}(" in text for name in names) else ():
            on = node.func if isinstance(node, ast.Call) else None
            name = on.id if isinstance(on, ast.Name) else on.attr if isinstance(on, ast.Attribute) else ""
            if name in found:
                owner = ast.unparse(on.value) if isinstance(on, ast.Attribute) else ""
                found[name].setdefault(place, set()).add(owner)
    return found


def test_only_the_gate_makes_stamps_and_only_the_outbox_submits() -> None:
    found = calls("Stamped", "submit", "export", "again", "intend")
    assert set(found["Stamped"]) == {"execution/gate.py"}
    assert found["submit"].pop("desk/gangs.py") == {"self._client"}  # Dask's: it is handed parts of a sweep
    # the outbox, through a venue that asks whether it is armed and hands on what it is given
    assert found["submit"] == {"execution/outbox.py": {"venue"}, "desk/venues.py": {"self.venue"}}
    for name in ("export", "again"):
        assert {place for place, on in found[name].items() if "venue" in on} == {"desk/exporting.py"}
    assert set(found["intend"]) == {"execution/outbox.py", "execution/brokers/file.py"} | (
        set(found["intend"]) & {"execution/followed.py"}  # of a backtest, in memory
    )
    assert [place for place, text in SOURCES.items() if "_SEAL" in text] == ["execution/gate.py"]
