"""Faults that a policy shows when it is read or meets its data: wrong names, and series that are something else."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.desk import worlds
from trimtab.core.errors import PolicyError
from trimtab.core.terms import CLOSE, DAY, MONTH, TOTAL_RETURN, WEEK
from trimtab.data.history import About, History, Kind
from trimtab.data.market import Market
from trimtab.data.view import look
from trimtab.desk.load import load_policy
from trimtab.desk.notes import notes
from trimtab.desk.policy import Policy
from trimtab.desk.reading_kinds import require_kinds

LINES = ["trimtab: 1", "name: x", "since: 2000-01-31", "universe: {STOCKS: {}, BONDS: {}}", "benchmark: {STOCKS: 1}"]


@pytest.mark.parametrize(
    ("line", "place", "says"),
    [
        ("signals: {d: {use: dual_momentum, among: [STOCKS, BOND], refuge: X, bills: b}}", "6:42", "Did you mean BONDS?"),
        ("signals: {c: {use: carry, yields: {STOKS: y}, financing: b}}", "6:35", "Did you mean STOCKS?"),
        ("signals: {e: {use: ensemble, of: {use: trend, assets: [Z]}, parameter: window, values: [6M, 9M]}}", "6:14", "'Z'"),
        ("signals: {t: {use: trend}}\ncombine: {use: weighted, weights: {u: 1}}", "7:35", "'u', no signal"),
        ("signals: {t: {use: trend}}\ncombine: {use: weighted, by_state: {calm: {t: 1}}}", "7:36", "calm"),
        ("regime: {use: stock_bond, stocks: STOCK, bonds: BONDS}", "6:35", "Did you mean STOCKS?"),
    ],
)
def test_names_that_do_not_fit_are_found_when_the_policy_is_read(line: str, place: str, says: str, tmp_path: Path) -> None:
    file = tmp_path / "p.yaml"
    file.write_text("\n".join([*LINES, line, ""]), encoding="utf-8")
    with pytest.raises(PolicyError) as caught:
        load_policy(file)
    assert says in str(caught.value)
    assert str(caught.value).startswith(f"{file}:{place} ")


def with_series(use: dict[str, Any], name: str, history: History, **changes: Any) -> tuple[Policy, Market]:
    policy = worlds.policy(signals={"one": use}, combine={"use": "vote"}, cash=None, **changes)
    return policy, replace(worlds.market(replace(policy, series=())), series={name: history})


def named(name: str, kind: Kind, values: Any) -> History:
    return History(About(name, name, kind, "made up"), worlds.dates(len(values)), {CLOSE: np.asarray(values, dtype=float)})


def test_a_yield_is_no_index_of_bills() -> None:
    policy, market = with_series({"use": "momentum", "excess_of": "tbill"}, "tbill", named("tbill", Kind.YIELD, [0.03] * 320))
    with pytest.raises(PolicyError, match=r"signals\.one takes tbill for an index, but it is a yield"):
        require_kinds(policy, market)


@pytest.mark.parametrize(("size", "refused"), [(4.2, True), (0.042, False)])
def test_rates_in_percent_are_refused(size: float, refused: bool) -> None:
    carry = {"use": "carry", "yields": {"A": "rate"}, "financing": "rate"}
    policy, market = with_series(carry, "rate", named("rate", Kind.LEVEL, [size] * 320))
    if refused:
        with pytest.raises(PolicyError, match=r"rate per year in decimals, but its values are typically 4\.2"):
            require_kinds(policy, market)
    else:
        require_kinds(policy, market)


@pytest.mark.parametrize(("series_are", "refused"), [("returns", True), ("index", False)])
def test_an_index_is_taken_for_returns_only_where_that_is_said(series_are: str, refused: bool) -> None:
    use = {"use": "factor_exposure", "factor": "hml", "series_are": series_are}
    policy, market = with_series(use, "hml", named("hml", Kind.LEVEL, np.linspace(1.0, 4.0, 320)))
    if refused:
        with pytest.raises(PolicyError, match="series_are: index"):
            require_kinds(policy, market)
    else:
        require_kinds(policy, market)


def test_a_series_that_stopped_is_named() -> None:
    spread = {"use": "spread", "long": "old"}
    for count, said in ((100, True), (319, False)):
        policy, market = with_series(spread, "old", named("old", Kind.LEVEL, [0.01, 0.02] * (count // 2)))
        assert any(line.startswith("old ends on") for line in notes(policy, market)) == said


def monthly(market: Market) -> Market:
    """The same rows, a month apart."""
    months = np.datetime64("1990-01", "M") + np.arange(len(market.sessions))
    return replace(market, sessions=np.busday_offset((months + 1).astype("datetime64[D]"), -1, roll="forward"))


def test_sessions_that_are_months_are_said_and_counted_as_such() -> None:
    policy = worlds.policy(signals={"calm": {"use": "low_volatility", "window": "36D"}}, combine={"use": "weighted"}, cash=None)
    daily = worlds.market(policy)
    assert not [line for line in notes(policy, daily) if "which are months here" in line]
    assert [line for line in notes(policy, monthly(daily)) if "which are months here: calm." in line]
    for market, per_year in ((daily, (252, 52, 12)), (monthly(daily), (12, 12, 12))):
        view = look(market, np.array([200]), cut_off=np.timedelta64(7200, "s"), since=market.sessions[0])
        assert tuple(view.per_year(every) for every in (DAY, WEEK, MONTH)) == per_year
        index = market.fields[TOTAL_RETURN][164:201, 0]
        found = policy.signals["calm"].measure(view).values[0, 0]  # type: ignore[attr-defined]
        assert found == pytest.approx(np.std(index[1:] / index[:-1], ddof=1) * per_year[0] ** 0.5)
