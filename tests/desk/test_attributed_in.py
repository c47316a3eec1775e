"""The attribution of an account and of a sleeve of a book, each with money beside what it holds, and with an override."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from tests.surfaces.cli.desk_folder import POLICY, put, table
from tests.surfaces.cli.order_desk import Hands, activity, run
from trimtab.accounting.database.store import BookStore
from trimtab.attribution.tactical import Part
from trimtab.desk.attributed_accounts import attribute_in
from trimtab.desk.prepare import load_market
from trimtab.desk.shadow import shadow_in
from trimtab.surfaces.cli.main import main

BY = date(2011, 4, 8)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A07 and its sleeve `core`: 20,000 in halves, 30,000 and 20,000 in money; each has an override of its own."""
    place = put(tmp_path_factory.mktemp("desk"), policy=POLICY + "overrides: {size: 0.2, days: 90}\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(place)
        patch.delenv("TRIMTAB_BOOK", raising=False)
        clock = Hands(patch)
        run("book init")
        run("book account A07 --household Mueller --lots hifo")
        run("book sleeve A07 core")
        for name, money in (("A07", 30_000), ("A07/core", 20_000)):
            more = f"2010-01-06,Deposit,,,,{money}\n"
            (place / "activity.csv").write_text(activity(20_000) + more, encoding="utf-8")
            run(f"book import activity.csv --account {name} --commit")
            run(f"book follow {name} policy.yaml")
        clock.at = "2011-01-03T12:00:00"
        for name, shift in (("A07", "0.05"), ("A07/core", "0.10")):
            words = ["override", "--account", name, "--shift", f"SPY=+{shift}", "--shift", f"TLT=-{shift}"]
            assert main([*words, "--until", "2011-03-15", "--reason", "a view", "--by", "anna", "--quiet"]) == 0
        (place / "prices" / "prices.csv").write_text("\n".join(table(330)) + "\n", encoding="utf-8")
    return place


@pytest.mark.parametrize("name", ["A07", "A07/core"])
def test_rows_add_up_and_what_overrides_brought_is_what_the_shadow_says(
    name: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    with BookStore.open("book.db") as book:
        found, shadow = attribute_in(book, name, load_market, as_of=BY), shadow_in(book, name, load_market, as_of=BY)
    one, (cost,) = found.attribution, shadow.costs
    assert one.linked().sum() == pytest.approx(one.total - one.benchmark_total, abs=1e-12)
    assert sum(row.money for row in one.rows) == one.gain - one.benchmark_gain
    (row,) = (row for row in one.rows if row.part is Part.OVERRIDES)
    # One decision bears it, at 5 bp of a trade of some per cent: the row is the same but for that and for compounding.
    assert abs(cost.linked) > 1e-3
    assert row.by_period.sum() == pytest.approx(cost.linked, rel=0.15)
    assert f"overrides brought {100 * cost.linked:+.2f} %" in next(note for note in found.notes if "Day by day" in note)
