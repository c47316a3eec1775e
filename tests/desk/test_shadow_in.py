"""The shadow of an account of a book: when it begins, which overrides it has, where it ends, and what `attribute` says."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tests.surfaces.cli.desk_folder import POLICY, put, table
from tests.surfaces.cli.order_desk import Hands, activity, run
from trimtab.accounting.database.store import BookStore
from trimtab.core.errors import DataError, UsageError
from trimtab.desk.ladder import Shadow
from trimtab.desk.load import load_policy
from trimtab.desk.prepare import load_market
from trimtab.desk.shadow import begins_on, shadow_in
from trimtab.desk.shadow_words import shadow_words
from trimtab.surfaces.cli.main import main

OPEN = POLICY + "overrides: {size: 0.1, days: 90}\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A07 has 20,000 in two halves since 5 January 2010, and follows the policy from the evening of 31 December on."""
    place = put(tmp_path / "desk", policy=OPEN)
    monkeypatch.chdir(place)
    monkeypatch.delenv("TRIMTAB_BOOK", raising=False)
    clock = Hands(monkeypatch)
    run("book init")
    run("book account A07 --household Mueller --lots hifo")
    (place / "activity.csv").write_text(activity(20_000), encoding="utf-8")
    run("book import activity.csv --account A07 --commit")
    run("book follow A07 policy.yaml")
    clock.at = "2011-01-03T12:00:00"
    (place / "prices" / "prices.csv").write_text("\n".join(table(330)) + "\n", encoding="utf-8")
    return place


def overridden() -> None:
    words = ["override", "--account", "A07", "--shift", "SPY=+0.05", "--shift", "TLT=-0.05", "--until", "2011-03-15"]
    assert main([*words, "--reason", "a view", "--by", "anna", "--quiet"]) == 0


def told(as_of: date | None = None) -> Shadow:
    with BookStore.open("book.db") as book:
        return shadow_in(book, "A07", load_market, as_of=as_of)


def test_it_begins_when_the_account_came_under_the_policy_and_has_its_overrides(folder: Path) -> None:
    overridden()
    found = told()
    assert (str(found.dates[0]), str(found.dates[-1])) == ("2010-12-31", "2011-04-08")
    (one,) = found.costs
    assert one.name == "O-1"
    assert abs(one.linked) > 1e-4
    assert found.cost_of("O-1") is one
    assert found.cost_of("O-2") is None
    assert found.rest.money == found.total.money - one.money
    assert shadow_words(found)[0].startswith("From 2010-12-31 to 2011-04-08 A07 made ")


def test_it_knows_nothing_after_the_day_that_is_asked_for(folder: Path) -> None:
    overridden()
    whole, early = told(), told(date(2011, 2, 15))
    assert str(early.dates[-1]) == "2011-02-15"
    count = len(early.dates)
    assert (early.model == whole.model[:count]).all()
    assert (early.overridden == whole.overridden[:count]).all()
    with pytest.raises(DataError, match="no session follows the first decision"):
        told(date(2010, 12, 31))


def test_it_begins_with_the_first_decision_that_could_still_be_traded(folder: Path) -> None:
    """On the morning of 3 January the decision of 31 December is filled that day; a day later it is over."""
    policy = load_policy("policy.yaml")
    market = load_market(policy)
    assert begins_on(policy, market, date(2010, 12, 31)) == date(2010, 12, 31)
    assert begins_on(policy, market, date(2011, 1, 3)) == date(2010, 12, 31)
    assert begins_on(policy, market, date(2011, 1, 4)) == date(2011, 1, 31)
    with pytest.raises(DataError, match="no decision of mine is in the data since 2012-01-02"):
        begins_on(policy, market, date(2012, 1, 2))


def test_an_account_that_follows_nothing_has_none(folder: Path) -> None:
    run("book account B1 --household Mueller")
    with BookStore.open("book.db") as book, pytest.raises(UsageError, match="B1 follows no policy"):
        shadow_in(book, "B1", load_market)


def attributed(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    capsys.readouterr()
    assert main(["attribute", "A07", "--json"]) == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def test_attribution_has_a_row_of_overrides_where_there_are_any(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = attributed(capsys)
    overridden()
    after = attributed(capsys)
    names = [[cause["name"] for cause in one["causes"]] for one in (before, after)]
    assert set(names[1]) - set(names[0]) == {"overrides"}
    money = [{cause["name"]: float(cause["money"]) for cause in one["causes"]} for one in (before, after)]
    assert sum(money[0].values()) == pytest.approx(sum(money[1].values()), abs=1e-6)
    moved = sum(money[1][name] - money[0][name] for name in ("rest", "cash"))
    assert money[1]["overrides"] == pytest.approx(-moved, abs=0.011)  # cents are shared among one row more
    paid = float(told().costs[0].money) - money[1]["overrides"]  # what the trades of the override cost stands in no row here
    assert -20.0 < paid < 0.0


def test_an_override_with_no_day_yet_is_no_reason_to_stop(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    overridden()
    capsys.readouterr()
    assert main(["attribute", "A07", "--as-of", "2010-12-31"]) == 0
    assert "is not told apart" in " ".join(capsys.readouterr().out.split())
