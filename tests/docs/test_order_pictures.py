"""The pictures of docs/rebalancing.md, orders.md and shortfall.md are those that would be drawn today, and true by hand."""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise

import pytest

from tests.docs.drawn_today import require_drawn_today
from tests.docs.order_pictures import (
    AVERSIONS,
    BUNDLED,
    DOUBTED,
    FOLDER,
    MARKET,
    PICTURES,
    SETTLED,
    STEPS,
    UNITS,
    limit,
    single,
    skips,
    worked,
)
from tests.docs.pages import ROOT
from trimtab.core.orders import TRANSITIONS, Status
from trimtab.execution.schedules import frontier

PAGES = "".join((ROOT / "docs" / name).read_text(encoding="utf-8") for name in ("rebalancing.md", "orders.md", "shortfall.md"))


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_is_what_would_be_drawn_today(name: str) -> None:
    require_drawn_today(FOLDER / f"{name}.svg", PICTURES[name]())


def test_each_picture_stands_on_a_page_and_no_other_is_kept() -> None:
    assert {path.stem for path in FOLDER.iterdir()} == set(PICTURES)
    for name in PICTURES:
        assert f"](_static/orders/{name}.svg)" in PAGES


def test_every_step_of_the_table_has_an_arrow_alone_or_with_its_like() -> None:
    """Those that leave out a status in between, as sent to partial, go along the row; partial to partial stays in its box."""
    every = {(at, to) for at, after in TRANSITIONS.items() for to in after}
    drawn = {*single(), *BUNDLED, *DOUBTED, *SETTLED}
    assert every - drawn == {(at, to) for at, to in every if skips(at, to)} | {(Status.PARTIAL, Status.PARTIAL)}
    assert drawn <= every
    kept = (FOLDER / "statuses.svg").read_text(encoding="utf-8")
    assert all(f">{status.value}<" in kept for status in Status)


def test_a_month_end_goes_by_the_table_and_by_commands_of_the_page() -> None:
    """The statuses stand in a way that the table knows; each verb is run on the page, or told."""
    way = (Status.PLANNED, Status.APPROVED, Status.INTENT, Status.SENT, Status.FILLED)
    assert all(to in TRANSITIONS[at] for at, to in pairwise(way))
    shown = [status for *_, status in STEPS]
    assert sorted(shown, key=way.index) == shown
    page = (ROOT / "docs" / "rebalancing.md").read_text(encoding="utf-8")
    assert all(verb in page for _, _, verbs, *_ in STEPS for verb in verbs.split(", "))


def test_the_worked_shortfall() -> None:
    """Fees 17; 700 x .04 = 28; 700 x .01 = 7; 300 x .08 = 24; together 76 of 1,000 x 40."""
    assert worked().parts == (17, 28, 7, 24)
    assert worked().total / worked().paper == Decimal("0.0019")


def test_the_frontier_is_that_of_the_paper() -> None:
    """METHODS 6.2, cross-checked with DROP: expected costs, standard deviations."""
    points = frontier(MARKET, UNITS, AVERSIONS)
    assert points.cost.round().tolist() == [662_500, 670_057, 911_227, 1_140_715]
    assert points.deviation.round().tolist() == [1_040_673, 961_623, 603_431, 449_368]


def test_what_the_page_says_of_limits() -> None:
    """Who trades all in the end pays 3 bps at the market itself, and more the farther away; others wait at a distance."""
    best = limit(1.0).best()
    assert best.cost == pytest.approx(0.0003, abs=1e-6)
    assert best.distance == pytest.approx(0.0, abs=1e-5)
    half = limit(0.5).best()
    assert (round(1e4 * half.distance), round(half.probability, 2), round(1e4 * half.cost, 1)) == (66, 0.51, -10.4)
