"""Dates on which nothing can be decided: nothing is traded, the run goes on, and date and reason are said everywhere."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.desk import worlds
from tests.surfaces.reading import read
from trimtab.accounting.journal import MemoryJournal
from trimtab.accounting.ledger import replay
from trimtab.construction.pace import Pace
from trimtab.core.calendar import Frequency, period_ends
from trimtab.core.errors import BreachError, DataError
from trimtab.core.money import exact
from trimtab.core.terms import CLOSE, TRADED
from trimtab.core.trades import Decision
from trimtab.data.market import Market
from trimtab.desk.backtest import backtest
from trimtab.desk.dates import decision_rows
from trimtab.desk.policy import Policy
from trimtab.desk.propose import propose
from trimtab.desk.record import decision_record
from trimtab.desk.result import Result
from trimtab.desk.why import explain, reasons
from trimtab.surfaces.cli.decide import proposal_lines, recorded
from trimtab.surfaces.cli.main import main
from trimtab.surfaces.cli.screen import screen
from trimtab.surfaces.report.page import render
from trimtab.surfaces.report.study import study

PARITY: dict[str, Any] = {
    "signals": {}, "combine": None, "rules": None, "reacher": {"use": "pace"}, "costs": {"use": "linear", "bps": 5},
    "forecast": {"use": "ewma", "window": "20D"}, "allocator": {"use": "risk_parity"},
}  # fmt: skip
IMPACT: dict[str, Any] = {
    **PARITY, "forecast": {"use": "none"}, "allocator": {"use": "static"},
    "costs": {"use": "impact", "bps": 5}, "liquidity": {"volume": "20D", "volatility": "20D"},
}  # fmt: skip
LIMITED: dict[str, Any] = {
    **IMPACT, "costs": {"use": "linear"},
    "rules": [
        {"limit": {"use": "restricted", "only": ["A"]}, "id": "IPS-1"},
        {"limit": {"use": "min_weight", "at_least": 0.5, "only": ["A"]}, "id": "IPS-2"},
    ],
}  # fmt: skip


def month_ends(world: Market) -> Any:
    return period_ends(world.sessions, Frequency.MONTH_END)


def without(world: Market, rows: slice, asset: int) -> Market:
    """The market that knows no prices of an asset in `rows`."""
    changed = {name: values.copy() for name, values in world.fields.items()}
    for name in changed.keys() - {TRADED}:
        changed[name][rows, asset] = np.nan
    return replace(world, fields=changed)


def unknown_covariance(**changes: Any) -> tuple[Policy, Market, np.datetime64]:
    """A gap in the prices of B within the window of one month-end, and of no other."""
    policy = worlds.policy(**(PARITY | changes))
    world = worlds.market(policy, 5, traded=1e8)
    row = int(month_ends(world)[6])
    return policy, without(world, slice(row - 12, row), 1), world.sessions[row]


def unknown_volume(**changes: Any) -> tuple[Policy, Market, np.datetime64]:
    """No volume of B is known in the window of one month-end."""
    policy = worlds.policy(**(IMPACT | changes))
    world = worlds.market(policy, 5, traded=1e8)
    row = int(month_ends(world)[6])
    traded = world.fields[TRADED].copy()
    traded[row - 12 : row + 1, 1] = np.nan
    return policy, replace(world, fields={**world.fields, TRADED: traded}), world.sessions[row]


def at(result: Result, when: np.datetime64) -> Decision:
    return next(decision for decision in result.decisions if decision.today.when == when)


CASES = {
    "covariance": (unknown_covariance, "the weights cannot be worked out: the covariance of B is unknown"),
    "volume": (unknown_volume, "what trading costs is not known: no volume or volatility of B"),
}


@pytest.mark.parametrize("name", CASES)
def test_nothing_is_traded_and_the_run_goes_on(name: str) -> None:
    made, why = CASES[name]
    policy, world, when = made()
    result = backtest(policy, world)
    bad = at(result, when)
    assert (bad.refused, bad.orders) == (why, ())
    np.testing.assert_array_equal(bad.target, bad.book.held)
    number = result.decisions.index(bad)
    assert result.traded[number] is None
    assert all(day is not None for day in result.traded[number + 1 : -1])
    assert result.blocked == (f"{when}: {why}",)
    assert not any(fill.order.startswith(f"{when}:") for fill in result.fills)
    assert [d for d in result.decisions if d.refused] == [bad]


@pytest.mark.parametrize("name", CASES)
def test_the_decision_of_that_day_says_so(name: str) -> None:
    made, why = CASES[name]
    policy, world, when = made()
    proposal = propose(policy, world, when)
    assert proposal.decision.refused == why
    assert proposal.exit_code == 4
    lines = "\n".join(proposal_lines(proposal))
    assert "NOTHING IS TRADED: " in lines
    assert why in " ".join(lines.split())
    assert "turnover budget is spent" not in lines
    record = recorded(proposal)
    assert record["refused"] == why
    assert record["turnover_left"] is None
    json.dumps(record, allow_nan=False)
    assert f"nothing is traded: {why}" in record["reasons"]


@pytest.mark.parametrize("name", CASES)
def test_why_says_it_first_and_makes_up_no_number(name: str) -> None:
    made, why = CASES[name]
    policy, world, when = made()
    bad = at(backtest(policy, world), when)
    assert reasons(policy, world, bad)[0] == f"nothing is traded: {why}"
    said = explain(policy, world, bad, 1)
    assert said[1] == f"nothing is traded: {why}"
    assert "nan" not in " ".join(said)
    assert said[-1].endswith(": no order")
    assert not any("drift" in line for line in (*said, *reasons(policy, world, bad)))  # no band, no budget was asked
    good = backtest(policy, world).decisions[-1]
    assert not any("nothing is traded" in line for line in reasons(policy, world, good))
    assert "refused" not in decision_record(policy, good)


@pytest.mark.parametrize("name", CASES)
def test_the_report_says_it_on_the_first_screen_and_in_its_section(name: str) -> None:
    made, why = CASES[name]
    policy, world, when = made()
    page = read(render(study(backtest(policy, world))))
    text = " ".join(page.text.split())
    assert "On 1 date nothing could be decided and nothing was traded" in text
    assert f"{when}: {why}" in text
    assert "stopped by a blocking rule" not in text
    last = read(render(study(propose(policy, world, when).result)))
    section = last.one("section", id="decision").text
    assert "nothing is traded, for nothing can be decided" in section
    assert f"nothing is traded: {why}" in " ".join(section.split())
    assert "0 % of the way" not in section
    assert f"! blocked {when}: " in "\n".join(screen(backtest(policy, world)))


@pytest.mark.parametrize("name", CASES)
def test_the_journal_replays_and_tells_a_refusal_from_a_day_without_need(name: str) -> None:
    made, _ = CASES[name]
    policy, world, when = made()
    one, two = backtest(policy, world), backtest(policy, world)
    assert one.journal_head == two.journal_head
    bad = at(one, when)
    idle = replace(bad, refused="")
    heads = []
    for decision in (bad, idle):
        journal = MemoryJournal()
        journal.append("decision", when, decision)
        heads.append(journal.head())
    assert heads[0] != heads[1]
    with exact():
        held = replay(one.entries, 3)
    closes = one.market.fields[CLOSE][-1]
    value = float(held.cash) + sum(float(u) * p for u, p in zip(held.units, closes, strict=True))
    assert value == pytest.approx(one.wealth[-1], abs=0.02)


def test_live_refuses_as_the_backtest_did() -> None:
    for made, _ in CASES.values():
        policy, world, _ = made()
        for decision in backtest(policy, world).decisions:
            live = propose(policy, world, decision.today.when).decision
            assert live.refused == decision.refused
            np.testing.assert_array_equal(live.target, decision.target)
            assert live.orders == decision.orders


def test_a_floor_gives_way_to_a_list_and_refuses_nothing() -> None:
    # A may not be bought, and half must be held in it: legal limits come first, and the floor gives way
    policy = worlds.policy(**LIMITED)
    eased = backtest(policy, worlds.market(policy, 5, traded=1e8))
    assert not eased.blocked
    assert all(decision.target[0] == 0.0 for decision in eased.decisions)


def test_a_refusal_of_the_reacher_is_passed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    policy = worlds.policy(**(PARITY | {"forecast": {"use": "none"}, "allocator": {"use": "static"}}))
    world = worlds.market(policy, 5)
    bad = world.sessions[int(month_ends(world)[6])]
    calm = Pace.__call__

    def stubborn(self: Pace, today: Any, *rest: Any) -> Any:
        if today.when == bad:
            raise BreachError("no portfolio keeps the rules: IPS-7", remedy="Nothing is traded. Loosen one of them.")
        return calm(self, today, *rest)

    monkeypatch.setattr(Pace, "__call__", stubborn)
    result = backtest(policy, world)
    (said,) = result.blocked
    assert said == f"{bad}: no portfolio keeps the rules: IPS-7. Nothing is traded. Loosen one of them."
    assert sum(day is None for day in result.traded[:-1]) == 1


def test_tracking_error_that_cannot_be_measured_refuses_that_date_alone() -> None:
    policy, world, when = unknown_covariance(allocator={"use": "static"}, rules=[{"use": "tracking_error", "at_most": 0.02}])
    result = backtest(policy, world)
    assert [line[:10] for line in result.blocked] == [str(when)]


def test_an_unknown_volume_stops_nobody_who_does_not_trade_it() -> None:
    """Regression: with nothing to trade in B, its unknown volume made every other order a number that is none."""
    limits = [{"use": "max_participation", "share": 0.1}]
    policy, world, when = unknown_volume(rules=limits)
    result = backtest(policy, world)
    there = at(result, when)
    assert not result.blocked
    assert {order.asset for order in there.orders} == {0, 2}


def test_where_no_date_can_be_decided_the_run_says_so() -> None:
    policy, world, _ = unknown_covariance()
    blind = without(world, slice(0, len(world.sessions)), 1)
    with pytest.raises(DataError, match=r"no decision date between .* has all prices, signals and weights"):
        backtest(policy, blind)


# At the command line.


def desk(folder: Path, world: Market) -> None:
    """The folder of a user with these prices and volumes, and a policy on them."""
    (folder / "prices").mkdir()
    for a, asset in enumerate(world.assets):
        columns = [world.fields[CLOSE][:, a], world.fields[TRADED][:, a] / world.fields[CLOSE][:, a]]
        rows = ["date,close,volume", *lines(world, columns)]
        (folder / "prices" / f"{asset.series}.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    (folder / "policy.yaml").write_text(
        "trimtab: 1\nname: refusing\ndata: {use: folder, path: prices}\nsince: 2001-01-02\n"
        "universe: {A: {}, B: {}, C: {}}\nbenchmark: {A: 0.4, B: 0.2, C: 0.3}\n"
        "forecast: {use: ewma, window: 20D}\nallocator: {use: risk_parity}\n"
        "costs: {use: linear, bps: 5}\nschedule: {decide: month-end, trade: next_close}\n",
        encoding="utf-8",
    )


def lines(world: Market, columns: Sequence[Any]) -> list[str]:
    kept = [r for r in range(len(world.sessions)) if np.isfinite(columns[0][r])]
    return [f"{world.sessions[r]},{columns[0][r]:.4f},{columns[1][r]:.0f}" for r in kept]


def test_decide_and_why_at_the_command_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _, world, when = unknown_covariance()
    desk(tmp_path, world)
    monkeypatch.chdir(tmp_path)
    assert main(["decide", "policy.yaml", "--as-of", str(when), "--quiet"]) == 4
    said = " ".join(capsys.readouterr().out.split())
    assert "NOTHING IS TRADED: the weights cannot be worked out" in said
    (record,) = (tmp_path / "decisions").iterdir()
    assert json.loads(record.read_text(encoding="utf-8"))["refused"].startswith("the weights cannot be worked out")
    assert main(["backtest", "policy.yaml", "--quiet"]) == 0
    out = " ".join(capsys.readouterr().out.split())
    assert f"! blocked {when}: the weights cannot be worked out" in out
    assert main(["why", "B", "--as-of", str(when), "--quiet"]) == 0
    assert "nothing is traded: the weights cannot be worked out" in " ".join(capsys.readouterr().out.split())


def test_every_decision_date_of_the_world_is_a_month_end() -> None:
    policy, world, when = unknown_covariance()
    assert when in world.sessions[decision_rows(policy, world)]


def test_a_run_that_never_has_weights_says_which_asset_has_none() -> None:
    policy = worlds.policy(**PARITY)
    world = worlds.market(policy, 5, traded=1e8)
    still = {name: values.copy() for name, values in world.fields.items()}
    for name in still.keys() - {TRADED}:
        still[name][:, 1] = 100.0  # a price that does not move has no share of risk
    with pytest.raises(DataError, match="the weights cannot be worked out: B has no variance"):
        backtest(policy, replace(world, fields=still))
