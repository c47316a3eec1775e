"""The API alone drives a month: decision, proposal, approval, export, fills, reconcile, against another system's double."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.surfaces.api.managed import Managed
from tests.surfaces.cli.desk_folder import table
from tests.surfaces.cli.order_desk import EVENING, MORNING, NIGHT, put_orders
from tests.surfaces.web.served_desk import Served, serving
from trimtab.desk.live import SystemClock

PROGRAM = str(Path(__file__).with_name("served_at.py"))


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Served]:
    """An adviser's real book on the last evening of 2010, served."""
    folder = put_orders(tmp_path, monkeypatch)
    clock = tmp_path / "clock.txt"
    clock.write_text(EVENING)
    root = str(Path(__file__).parents[3])
    extra = {"TRIMTAB_TEST_CLOCK": str(clock), "PYTHONPATH": root}
    assert str(SystemClock().now()) == EVENING  # as the users are made
    with serving(folder, extra=extra, program=(PROGRAM,)) as found:
        yield found


def test_a_month_by_the_api_alone(desk: Served, tmp_path: Path) -> None:
    """Anna's system proposes, ben's approves; fills come back, and both books agree to the unit."""
    clock = tmp_path / "clock.txt"
    trader, approver = Managed(desk.api("tom")), Managed(desk.api("ben"))

    before = trader.told("/book/show", name="G1")
    assert trader.told("/status", 5)["act"]
    decided = trader.done("/decide", 5, account="G1")
    assert [one["account"] for one in decided["accounts"]] == ["G1"]  # type: ignore[attr-defined,union-attr]
    waiting = trader.told("/orders/list", 5, account="G1")["orders"]
    assert {one["status"] for one in waiting} == {"planned"}  # type: ignore[attr-defined,union-attr]

    own = trader.desk.post("/orders/approve", json={"orders": ["G1"]}, headers={"idempotency-key": "own"})
    assert own.status_code == 403  # a trader does not approve
    approver.done("/orders/approve", orders=["G1"])

    clock.write_text(MORNING)
    sent = trader.done("/orders/export", orders=["G1"], format="blotter")
    assert sent["refused"] == []
    blotter = trader.fetched(str(sent["file"]))
    again = trader.desk.post("/orders/export", json={"orders": ["G1"]}, headers={"idempotency-key": "again"})
    assert again.status_code == 409  # a basket that is read twice trades twice

    (desk.folder / "prices" / "prices.csv").write_text("\n".join(table(261)) + "\n", encoding="utf-8")
    clock.write_text(NIGHT)
    fills = trader.filled(blotter, {"TLT": 104.00, "SPY": 86.80}, "2011-01-03")
    name = trader.uploaded("fills.csv", fills)
    settled = trader.done("/reconcile", file=name)
    assert settled["breaks"] == settled["contradictions"] == []
    assert settled["shortfall"]
    repeated = trader.done("/reconcile", file=name)  # the same file twice books nothing twice
    assert repeated["breaks"] == repeated["contradictions"] == []

    _require_same(trader, before)


def _require_same(trader: Managed, before: dict[str, object]) -> None:
    """What the desk's book gained is what the other system traded."""
    after = trader.told("/book/show", name="G1")
    moved = {line["instrument"]: float(line["units"]) for line in after["lines"]}  # type: ignore[attr-defined,index,union-attr]
    start = {line["instrument"]: float(line["units"]) for line in before["lines"]}  # type: ignore[attr-defined,index,union-attr]
    for (account, instrument), units in trader.positions.items():
        assert account == "G1"
        assert moved[instrument] - start[instrument] == pytest.approx(units, abs=1e-9)
    assert trader.told("/verify")["findings"] == []
