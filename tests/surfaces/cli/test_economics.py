"""`trimtab economics`: the screen, the document, what counts as a trial, an account's costs, and one line for bad input."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

import trimtab
from tests.desk.test_economising import creep
from tests.surfaces.cli.desk_folder import POLICY, put, with_volumes
from trimtab.accounting.database.store import BookStore
from trimtab.core.errors import UsageError
from trimtab.desk.live import SystemClock
from trimtab.desk.workspace import Workspace
from trimtab.surfaces.amounts import amount, rate
from trimtab.surfaces.cli import economics as verb
from trimtab.surfaces.cli.main import main

Capture = pytest.CaptureFixture[str]
KEYS = {
    *("trimtab", "kind", "policy", "policy_sha256", "notes", "remarks", "trials", "aum", "benefit", "source", "validation"),
    *("fixed", "rates", "cost", "fixed_share", "net", "marginal", "verdict", "hurdle", "break_even", "gross_needed"),
    *("capacity", "no_capacity", "schedules", "faster", "costs_of", "quarters", "alarm", "alarm_words"),
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a policy of two assets on three years of daily prices."""
    put(tmp_path, policy=POLICY)
    (tmp_path / "prices" / "prices.csv").unlink()
    with_volumes(tmp_path / "prices", ("SPY", "TLT"), 780, "2010-01-04")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("TRIMTAB_BOOK", raising=False)
    return tmp_path


def run(words: str, capsys: Capture, code: int = 0) -> tuple[str, str]:
    capsys.readouterr()
    assert main(["economics", *words.split()]) == code
    said = capsys.readouterr()
    return said.out, said.err


def document(words: str, capsys: Capture) -> dict[str, Any]:
    return json.loads(run(f"{words} --json --quiet", capsys)[0])  # type: ignore[no-any-return]


@pytest.mark.parametrize("columns", ["80", "120"])
def test_the_screen_says_benefit_costs_what_is_left_and_from_which_size_on(
    folder: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch, columns: str
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    out, err = run("policy.yaml --aum 5m --data-cost 30k --software 6_000 --management 20bp --hurdle 0.1%", capsys)
    flat = " ".join(out.split())
    for words in (
        "mine policy ",
        "trials in this workspace: 2 (2 different)",
        "Expected over its benchmark, before costs and taxes:",
        "not validated in this workspace",
        "Cost a year of 5,000,000 USD USD bp data 30,000 60.0 fixed software 6,000 12.0 fixed trading",
        "management 10,000 20.0",
        "Net benefit:",
        "Break-even with 0.10 % left over:",
        "To leave 0.10 % a year it has to bring",
        "Capacity: At 10 %",
        "The same, deciding at benefit cost net a year month-end",
        "quarter-end",
        "Realised against assumed",
        "2012 Q2",
    ):
        assert words in flat, words
    assert max(map(len, out.splitlines())) <= int(columns)
    assert out.isascii()
    assert "nan" not in flat
    assert "next: trimtab capacity" in err


def test_money_above_the_capacity_is_said(folder: Path, capsys: Capture) -> None:
    above = "is above it on more than one date in twenty"
    assert f"! 900,000,000,000 USD {above}" in " ".join(run("policy.yaml --aum 900bn --quiet", capsys)[0].split())
    assert above not in run("policy.yaml --aum 5m --quiet", capsys)[0]


def test_the_document_keeps_its_keys_and_says_the_same(folder: Path, capsys: Capture) -> None:
    found = document("policy.yaml --aum 5m --data-cost 30k", capsys)
    assert set(found) == KEYS
    assert found["fixed"] == {"data": "30000 USD"}
    assert found["cost"] == pytest.approx(30_000 / 5e6 + found["rates"]["trading"])
    assert found["net"]["value"] == pytest.approx(found["benefit"]["value"] - found["cost"])
    left = found["benefit"]["value"] - found["rates"]["trading"]
    assert found["break_even"] == (pytest.approx(30_000 / left) if left > 0 else None)
    assert [one["decide"] for one in found["schedules"]] == ["month-end", "quarter-end"]


def test_what_was_looked_at_is_counted_once_however_often_and_at_whatever_size(folder: Path, capsys: Capture) -> None:
    for size in ("5m", "5m", "80m"):
        assert document(f"policy.yaml --aum {size}", capsys)["trials"] == 2
    assert main(["backtest", "policy.yaml", "--quiet", "--json"]) == 0
    assert len(Workspace(folder).trials()) == 3  # the same run again is a line, and no other trial


def test_net_of_the_benchmark_counts_only_what_it_costs_more(folder: Path, capsys: Capture) -> None:
    whole, more = (document(f"policy.yaml --aum 5m {words}", capsys) for words in ("", "--net-of benchmark"))
    assert more["benefit"] == whole["benefit"]
    assert more["rates"]["trading"] < whole["rates"]["trading"]


def test_an_alarm_is_said_first_and_is_no_error(folder: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    made = verb.economics_of

    def dear(*given: Any, **more: Any) -> Any:
        return replace(made(*given, **more), quarters=creep(1.3, 1.3, 1.4, 1.5), costs_of="account A07")

    monkeypatch.setattr(verb, "economics_of", dear)
    out, _ = run("policy.yaml --aum 5m", capsys)
    said = "ALARM account A07: trading cost more than 1.25 times what was assumed in each quarter"
    assert " ".join(out.split()).startswith(said)
    assert document("policy.yaml --aum 5m", capsys)["alarm"] is True


def test_an_account_of_the_book_stands_in_place_of_the_backtest(folder: Path, capsys: Capture) -> None:
    with BookStore.create(str(folder / "book.db"), recorded=SystemClock().now(), author="anna"):
        pass
    assert main(["book", "account", "A07", "--household", "Mueller", "--quiet"]) == 0
    found = document("policy.yaml --aum 5m --account A07", capsys)
    assert found["costs_of"] == "account A07"
    assert found["quarters"] == []
    assert "nothing was traded" in run("policy.yaml --aum 5m --account A07 --quiet", capsys)[0]
    assert "A08" in run("policy.yaml --aum 5m --account A08 --quiet", capsys, 2)[1]


def test_what_is_written_down_before_launch_comes_first(folder: Path, capsys: Capture) -> None:
    assert main(["expect", "policy.yaml", "--paths", "40", "--years", "2", "--save", "--quiet", "--json"]) == 0
    found = document("policy.yaml --aum 5m", capsys)
    assert "written down before launch" in found["source"]


@pytest.mark.parametrize(
    ("words", "what"),
    [
        ("--aum 50x", "aum '50x' is not an amount of money"),
        ("--aum 0", "aum is 0"),
        ("--aum=-5m", "aum '-5m' is not an amount of money"),
        ("--aum 5m --software -3", "software '-3' is not an amount"),
        ("--aum 5m --management 0.5", "did you mean 0.5%?"),
        ("--aum 5m --management 30%", "above 20 % a year"),
        ("--aum 5m --hurdle x", "hurdle 'x' is not a rate a year"),
        ("", "--aum"),
    ],
)
def test_bad_input_gets_one_line(folder: Path, capsys: Capture, words: str, what: str) -> None:
    capsys.readouterr()
    try:
        code = main(["economics", "policy.yaml", *words.split()])
    except SystemExit as error:  # argparse's own
        code = int(error.code or 0)
    said = capsys.readouterr().err
    assert code == 2
    assert what in said
    assert len(said.splitlines()) == 1
    assert not (folder / "trials.jsonl").exists()


# Amounts and rates as people write them.


AMOUNTS = [
    *(("50m", "50000000 USD"), ("1.2bn EUR", "1200000000 EUR"), ("30_000", "30000 USD"), ("1,000", "1000 USD")),
    *(("5e7", "50000000 USD"), ("50000000.0", "50000000 USD"), ("3k", "3000 USD")),
]


@pytest.mark.parametrize(("text", "value"), AMOUNTS)
def test_amounts(text: str, value: str) -> None:
    assert str(amount(text, "aum", "USD")) == value


@pytest.mark.parametrize(("text", "value"), [("0.5%", "0.005"), ("50bp", "0.0050"), ("0.005", "0.005"), ("0.0", "0.0")])
def test_rates(text: str, value: str) -> None:
    assert rate(text, "hurdle") == Decimal(value)


# Python.


def test_python_says_the_same_and_counts_nothing_without_a_workspace(folder: Path, capsys: Capture) -> None:
    found = trimtab.economics("policy.yaml", aum=5e6, data_cost=30_000, management="0.2%", net_of="benchmark")
    assert not (folder / "trials.jsonl").exists()
    told = document("policy.yaml --aum 5m --data-cost 30k --management 0.2% --net-of benchmark", capsys)
    assert found.benefit == told["benefit"]["value"]
    assert (found.cost, found.net, found.break_even) == (told["cost"], told["net"]["value"], told["break_even"])
    assert found.interval == (told["net"]["low"], told["net"]["high"])
    assert (found.marginal, found.verdict, found.alarm) == (told["marginal"], told["verdict"], told["alarm"])
    assert found.costs["money"].sum() == pytest.approx(found.cost * 5e6)
    assert found.costs.loc["data", "fixed"]
    assert found.schedules["net"].tolist() == [one["net"] for one in told["schedules"]]
    assert found.quarters["realised"].tolist() == [one["realised"] for one in told["quarters"]]
    assert trimtab.economics("policy.yaml", aum="5m", workspace=folder).found.result.trials.distinct == 2
    with pytest.raises(UsageError, match="net_of is 'saa'"):
        trimtab.economics("policy.yaml", aum="5m", net_of="saa")
