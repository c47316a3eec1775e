"""The score where orders went as blocks, as slices, and out of sleeves: through the verbs, as an adviser would."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.surfaces.cli.order_desk import MORNING, Hands, activity, night
from tests.surfaces.cli.test_book_verbs import Capture, document, ran
from tests.surfaces.cli.test_order_verbs_month import exported, filled

OVER = "2011-01-06T12:00:00"  # two sessions after the trade: everything is due


def points(words: str, capsys: Capture) -> dict[str, tuple[int, int]]:
    """How often each duty was due and kept."""
    return {one["duty"]: (one["due"], one["kept"]) for one in document(f"adherence {words}", capsys)["duties"]}


def test_members_of_a_block_are_filled_with_it(folder: Path, clock: Hands, capsys: Capture) -> None:
    ran("decide --household Mueller --by anna", capsys, 5)
    made = document("orders block Mueller --by anna", capsys, 5)
    blocks = {one["ticket"]["instrument"]: one for one in made["blocks"]}
    ran("orders approve Mueller --by ben", capsys)
    clock.at = MORNING
    exported("orders export Mueller --format fix", capsys)
    night(folder, clock)
    (folder / "fills.csv").write_text(filled(blocks, {"TLT": "104", "SPY": "87"}), encoding="utf-8")
    ran("reconcile fills.csv", capsys)
    clock.at = OVER
    assert document("adherence --household Mueller", capsys)["score_exact"] == "100"
    assert points("--household Mueller", capsys)["trades"] == (2, 2)


def test_a_period_that_goes_beyond_today_ends_today(folder: Path, clock: Hands, capsys: Capture) -> None:
    """Regression: what was asked about to 2030 was headed so, as if all of it had been looked at."""
    clock.at = OVER
    assert document("adherence --account G1 --to 2030-01-01", capsys)["last"] == "2011-01-06"


def test_a_block_that_is_declined_is_declined_for_each_of_its_accounts(folder: Path, clock: Hands, capsys: Capture) -> None:
    """The evidence is the one record of the block."""
    ran("decide --household Mueller --by anna", capsys, 5)
    ran("orders block Mueller --by anna", capsys, 5)
    ran("orders reject Mueller --reason no --by ben", capsys)
    clock.at = OVER
    said = document("adherence --household Mueller", capsys)
    assert said["score"] == 75.0
    assert sorted(one["occasion"] for one in said["violations"]) == [*["A07 2010-12-31"] * 2, *["B1 2010-12-31"] * 2]
    assert len({one["evidence"] for one in said["violations"]}) == 2


def test_slices_count_with_the_order_that_they_are_slices_of(folder: Path, clock: Hands, capsys: Capture) -> None:
    ran("decide --account G1 --by anna", capsys, 5)
    ran("orders slice G1 SPY --into 3 --by anna", capsys, 5)
    ran("orders approve G1 --by ben", capsys)
    clock.at = MORNING
    ran("orders send G1", capsys)
    clock.at = OVER
    part = document("adherence --account G1", capsys)  # two of three slices have not left
    assert [one["what"].partition(":")[0] for one in part["violations"] if one["duty"] == "trades"] == ["TLT", "SPY"]
    clock.at = MORNING
    for _ in range(2):
        ran("orders send G1", capsys)
    night(folder, clock)
    ran("reconcile --broker paper", capsys)
    clock.at = OVER
    assert document("adherence --account G1", capsys)["score_exact"] == "100"


def test_a_sleeve_has_a_process_of_its_own_and_the_account_has_both(folder: Path, clock: Hands, capsys: Capture) -> None:
    ran("book sleeve B1 core --by anna", capsys)
    (folder / "activity.csv").write_text(activity(20_000), encoding="utf-8")
    ran("book import activity.csv --account B1/core --commit", capsys)
    ran("book follow B1/core policy.yaml", capsys)
    ran("decide --account B1/core --by anna", capsys, 5)
    ran("orders approve B1 --by ben", capsys)
    clock.at = MORNING
    ran("orders send B1", capsys)
    night(folder, clock)
    ran("reconcile --broker paper", capsys)
    clock.at = OVER
    assert document("adherence --account B1/core", capsys)["score_exact"] == "100"
    assert points("--account B1/core", capsys)["trades"] == (1, 1)
    both = points("--account B1", capsys)
    assert (both["signals"], both["trades"]) == ((2, 1), (1, 1))  # the account itself was not looked at


@pytest.mark.parametrize("session", ["2011-01-05T20:00:00", "2011-01-06T12:00:00"])
def test_an_order_that_may_still_be_filled_in_time_is_not_due(
    folder: Path, clock: Hands, capsys: Capture, session: str
) -> None:
    """The trade is due on 3 January and everything on the 4th, which ends at 21:00 UTC."""
    ran("decide --account A07 --by anna", capsys, 5)
    ran("orders hold A07", capsys)
    clock.at = "2011-01-04T20:00:00"
    assert points("--account A07", capsys)["trades"] == (0, 0)
    clock.at = session
    assert points("--account A07", capsys)["trades"] == (1, 0)
