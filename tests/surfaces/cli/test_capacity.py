"""`trimtab capacity`: the screen, the document, and one line for whatever cannot be used."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.surfaces.cli.desk_folder import POLICY, everything, put, with_volumes
from trimtab.surfaces.cli.main import main

Capture = pytest.CaptureFixture[str]

OWN = POLICY.replace("signals:\n  average: {use: trend, window: 3M}\ncombine: {use: vote}\n", "").replace(
    "allocator: {use: overlay, tilt: 0.10}", "allocator: {use: static}"
)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a policy of two assets on daily prices with volumes: about 100 million a session each."""
    put(tmp_path, policy=OWN)
    (tmp_path / "prices" / "prices.csv").unlink()
    with_volumes(tmp_path / "prices", ("SPY", "TLT"), 400, "2010-01-04")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(words: str, capsys: Capture, code: int = 0) -> tuple[str, str]:
    capsys.readouterr()
    assert main(["capacity", *words.split()]) == code
    said = capsys.readouterr()
    return said.out, said.err


def document(words: str, capsys: Capture) -> dict[str, Any]:
    return json.loads(run(f"{words} --json --quiet", capsys)[0])  # type: ignore[no-any-return]


def test_the_screen_says_the_answer_asset_by_asset_the_cost_and_what_would_lift_it(folder: Path, capsys: Capture) -> None:
    out, err = run("policy.yaml", capsys)
    flat = " ".join(out.split())
    assert "mine policy " in flat
    assert "At 10 % of what a market trades in a day the least capacity is" in flat
    assert "US equity" in flat
    assert "TLT" in flat
    assert "Cost of trading by size" in flat
    assert "1,000,000 USD" in flat
    assert "10,000,000,000 USD" in flat
    assert "What would lift it" in flat
    for words in ("trading in 2 days", "trading in 5 days", "deciding at quarter-end", "futures, or larger funds"):
        assert words in flat
    assert "next: a rule {use: max_participation, share: 0.10}" in err
    assert "nan" not in flat
    assert max(map(len, out.splitlines())) <= 120


def test_nothing_is_written(folder: Path, capsys: Capture) -> None:
    before = everything(folder)
    run("policy.yaml --quiet", capsys)
    assert everything(folder) == before


def test_json_is_one_document_with_stable_keys(folder: Path, capsys: Capture) -> None:
    found = document("policy.yaml", capsys)
    keys = {"policy", "share", "days", "worst", "fifth", "median", "by_asset", "binds", "by_date", "cost_by_size", "lifts"}
    assert found.keys() == keys | {"trimtab", "kind"}
    assert (found["trimtab"], found["kind"], found["policy"]) == (1, "capacity", "mine")
    assert (found["share"], found["days"]) == (0.1, 1.0)
    assert set(found["by_asset"]) == set(found["binds"]) == {"SPY", "TLT"}
    assert found["worst"] == min(found["by_asset"].values()) == min(row["capacity"] for row in found["by_date"])
    assert found["worst"] <= found["fifth"] <= found["median"]
    assert sum(found["binds"].values()) == len(found["by_date"])
    assert all(row["binds"] in ("SPY", "TLT") for row in found["by_date"])
    assert [row["size"] for row in found["cost_by_size"]] == [1e6, 1e7, 1e8, 1e9, 1e10]
    costs = [row["annual"] for row in found["cost_by_size"]]
    assert costs == sorted(costs)
    assert all(one.keys() == {"what", "worst", "fifth", "median", "possible"} for one in found["lifts"])


def test_twice_the_share_or_the_days_is_twice_the_money(folder: Path, capsys: Capture) -> None:
    one = document("policy.yaml", capsys)["worst"]
    assert document("policy.yaml --share 0.2", capsys)["worst"] == pytest.approx(2.0 * one)
    assert document("policy.yaml --days 2", capsys)["worst"] == pytest.approx(2.0 * one)


def test_longer_than_already_asked_for_is_all_that_lifts(folder: Path, capsys: Capture) -> None:
    """Regression: trading in one day stood among what would lift the capacity of trading in five."""
    what = [one["what"] for one in document("policy.yaml --days 5", capsys)["lifts"]]
    assert what == ["trading in 10 days", "deciding at quarter-end"]


def test_a_basket_lifts_by_asset_or_by_class_and_is_flagged(folder: Path, capsys: Capture) -> None:
    one = document("policy.yaml", capsys)
    both = document("policy.yaml --basket SPY=5e9 --basket bonds=5e9", capsys)
    assert both["worst"] > 10.0 * one["worst"]
    out, _ = run("policy.yaml --basket SPY=5e9", capsys)
    assert "SPY rest on the capacity of a fund's basket" in " ".join(out.split())
    assert out.count("by its basket") == 1


def test_sizes_and_dates_are_those_asked_for(folder: Path, capsys: Capture) -> None:
    found = document("policy.yaml --sizes 2e6,5e7 --as-of 2010-12-31", capsys)
    assert [row["size"] for row in found["cost_by_size"]] == [2e6, 5e7]
    assert found["by_date"][-1]["date"] <= "2010-12-31"


def test_a_name_of_the_gallery_on_own_data(folder: Path, capsys: Capture) -> None:
    with_volumes(folder / "funds", ("SPY", "AGG", "BIL"))
    assert document("sixty-forty --data funds", capsys)["policy"] == "sixty-forty"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("--sizes a,b", "--sizes 'a,b' are not amounts"),
        ("--sizes 1e6,,1e7", "--sizes '1e6,,1e7' are not amounts"),
        ("--sizes 0", "--sizes '0' are not amounts above 0"),
        ("--sizes=-5", "--sizes '-5' are not amounts above 0"),
        ("--sizes nan", "are not amounts"),
        ("--sizes inf", "are not amounts"),
        ("--basket SPY", "--basket 'SPY' is no asset and amount"),
        ("--basket SPY=", "is no asset and amount"),
        ("--basket SPY=nan", "is no asset and amount"),
        ("--basket SPY=-1", "is no asset and amount"),
        ("--basket =5e9", "is no asset and amount"),
        ("--basket XYZ=5e9", "--basket names 'XYZ', no asset or class of mine. Known: SPY, equity, TLT, bonds."),
        ("--share 2", "--share is 2. Give a fraction above 0"),
        ("--share 0", "--share is 0"),
        ("--share=-0.1", "--share is -0.1"),
        ("--share nan", "--share is nan"),
        ("--share a", "argument --share: invalid float value: 'a'"),
        ("--days 0", "--days is 0. Give a number of days above 0."),
        ("--days inf", "--days is inf"),
        ("--days=-1", "--days is -1"),
    ],
)
def test_what_cannot_be_used_is_one_line_and_exit_2(words: str, said: str, folder: Path, capsys: Capture) -> None:
    (folder / "prices" / "SPY.csv").write_text("not a price\n", encoding="utf-8")  # and nothing is loaded for it
    out, err = run(f"policy.yaml {words}", capsys, 2)
    assert out == ""
    assert len(err.splitlines()) == 1
    assert err.startswith("error TT-USE-00")
    assert said in err
    assert "[exit 2]" in err


def test_without_volumes_or_on_months_it_is_exit_4(folder: Path, capsys: Capture) -> None:
    put(folder, policy=OWN)
    for name in ("SPY", "TLT"):
        (folder / "prices" / f"{name}.csv").unlink()
    _, err = run("policy.yaml", capsys, 4)
    assert "capacity is about what markets trade in a day, and the data hold no volumes. Give data with a volume column" in err
    assert len(err.splitlines()) == 1
    _, err = run("static-60-40", capsys, 4)  # monthly samples
    assert len(err.splitlines()) == 1


def test_an_unknown_policy_is_exit_2(folder: Path, capsys: Capture) -> None:
    _, err = run("nobody.yaml", capsys, 2)
    assert "nobody.yaml" in err
