"""`trimtab expect`: the fan on the screen, in the workspace, in the report and in pandas, and the live record in it."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest

import trimtab
from tests.surfaces.cli.desk_folder import put
from tests.surfaces.cli.test_trials import ran
from trimtab.core.errors import DataError, UsageError
from trimtab.desk import expected as store
from trimtab.desk import gallery
from trimtab.desk.expected import Expected, load_expected, place_of
from trimtab.surfaces.cli.verbs import parser
from trimtab.surfaces.expected import monthly_wealth
from trimtab.surfaces.report.figures import columns
from trimtab.surfaces.report.page import sections
from trimtab.surfaces.report.study import study
from trimtab.surfaces.series import read_series

Capture = pytest.CaptureFixture[str]
LIVE = "date,portfolio,benchmark\n2019-01-31,0.01,0.01\n2019-02-28,-0.02,-0.01\n2019-03-29,{last},0.01\n"
FEW = ("--paths", "60", "--years", "3", "--quiet")


@pytest.fixture(scope="module")
def known() -> trimtab.Expectation:
    return trimtab.expect("trend-overlay", futures=trimtab.Futures(years=3, seed=1, paths=60))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_screen_says_what_the_numbers_are(folder: Path, capsys: Capture, known: trimtab.Expectation) -> None:
    out, _ = ran(["expect", "trend-overlay", *FEW], capsys)
    fan, ranges = known.expected.fan, known.ranges
    rate = next(row for row in out.splitlines() if row.startswith(" return a year"))
    assert rate.split()[3:] == " ".join(f"{100 * ranges.loc['cagr', end]:.1f} %" for end in ("low", "median", "high")).split()
    wealth = next(row for row in out.splitlines() if row.startswith(" 3 years"))
    assert wealth.split()[2:] == [f"{known.wealth.loc[36, level]:.2f}" for level in (5.0, 25.0, 50.0, 75.0, 95.0)]
    assert f"Odds of lagging the benchmark, by years: {100 * fan.lagging[1]:.0f} % after 1" in out
    assert "60 histories of 3 years (seed 1), drawn from 1,109 rows" in out
    assert "Falls are those of month ends: within a month they may be deeper." in " ".join(out.split())
    assert not list(folder.iterdir())


def test_flaws_stand_before_the_numbers_and_in_json(folder: Path, capsys: Capture) -> None:
    """A regression: of price-only data, or fills at the very close, `expect` said nothing."""
    out, _ = ran(["expect", "trend-overlay", *FEW], capsys)
    assert 0 < out.index("! Trades fill at the very close that decided them") < out.index("return a year")
    assert "years long: what did not happen" not in out
    told, _ = ran(["expect", "trend-overlay", *FEW, "--json"], capsys)
    assert any("very close" in note for note in json.loads(told)["notes"])


def test_little_data_are_told_and_less_than_a_year_is_refused(folder: Path, capsys: Capture) -> None:
    """A regression: two months of data gave the odds of ten years, with nothing said."""
    out, _ = ran(["expect", "trend-overlay", *FEW, "--as-of", "1928-12-31"], capsys)
    assert "! The data are 2.4 years long: what did not happen in them is in no history" in " ".join(out.split())
    put(folder)
    _, said = ran(["expect", "policy.yaml", *FEW, "--as-of", "2010-09-30", "--save"], capsys, code=4)
    assert "are too few to expect anything of" in said
    assert not (folder / "expectations").exists()


def test_json_is_what_is_written_down_once(folder: Path, capsys: Capture, known: trimtab.Expectation) -> None:
    out, _ = ran(["expect", "trend-overlay", *FEW, "--save", "--json"], capsys)
    told = json.loads(out)
    place = Path(told.pop("saved"))
    assert place == place_of(Path(), known.expected.policy_sha256)
    kept = json.loads(place.read_text(encoding="utf-8"))
    assert {key: told[key] for key in kept} == kept
    before = place.read_bytes()
    ran(["expect", "trend-overlay", *FEW, "--save"], capsys)  # the same once more changes nothing
    assert known.save(folder) == folder / place
    assert place.read_bytes() == before
    _, said = ran(["expect", "trend-overlay", *FEW, "--seed", "2", "--save"], capsys, code=2)
    assert "other expectations of this policy are written down already" in said
    assert place.read_bytes() == before


@pytest.mark.parametrize(("last", "verdict"), [(0.02, "Inside what was expected"), (-0.4, "find out why")])
def test_a_live_record_lies_in_what_was_written_down(
    folder: Path, capsys: Capture, known: trimtab.Expectation, last: float, verdict: str
) -> None:
    known.save(folder)
    (folder / "live.csv").write_text(LIVE.format(last=last), encoding="utf-8")
    out, _ = ran(["expect", "trend-overlay", "--live", "live.csv"], capsys)
    assert "After 3 periods wealth" in out
    assert verdict in out
    told = json.loads(ran(["expect", "trend-overlay", "--live", "live.csv", "--json"], capsys)[0])
    assert (told["age"], told["judged"], told["inside"]) == (3, 3, last > 0.0)
    assert told["wealth"]["value"] == pytest.approx(1.01 * 0.98 * (1.0 + last))


def test_it_is_said_how_a_live_record_was_read(folder: Path, capsys: Capture, known: trimtab.Expectation) -> None:
    """A regression: returns in percent were read as prices without a word."""
    known.save(folder)
    live = "date,portfolio,benchmark\n2019-01-31,1.1,1.4\n2019-02-28,3.2,2.1\n2019-03-29,4.4,5.9\n"
    Path("live.csv").write_text(live, encoding="utf-8")
    _, said = ran(["expect", "trend-overlay", "--live", "live.csv"], capsys)
    assert "Read as prices" in said
    _, said = ran(["expect", "trend-overlay", "--live", "live.csv", "--returns"], capsys, code=4)
    assert "Percent? Divide them by 100" in said


def test_the_benchmark_may_stand_in_a_file_of_its_own_and_days_make_months(
    folder: Path, capsys: Capture, known: trimtab.Expectation
) -> None:
    known.save(folder)
    days = np.busday_offset("2019-01-01", np.arange(45), roll="forward")
    for name, step in (("mine", 0.001), ("theirs", 0.0005)):
        rows = "".join(f"{day},{step}\n" for day in days)
        (folder / f"{name}.csv").write_text(f"date,{name}\n{rows}", encoding="utf-8")
    told = json.loads(ran(["expect", "trend-overlay", "--live", "mine.csv", "--benchmark", "theirs.csv", "--json"], capsys)[0])
    assert told["age"] == 2  # January and February, 23 and 20 weekdays; of March there are two, to the 4th
    assert told["wealth"]["value"] == pytest.approx(1.001**43)
    assert told["shortfall"]["value"] == pytest.approx((1.001 / 1.0005) ** 43 - 1.0)
    standing = known.against("mine.csv", "theirs.csv")
    assert standing.wealth.value == pytest.approx(1.001**43)


@pytest.mark.parametrize(
    ("first", "last", "months", "rows"),
    [
        ("2019-01-02", "2019-01-30", 0, 0),  # from the first session of the year, Thursday the 31st to come
        ("2019-01-02", "2019-01-31", 1, 22),
        ("2019-01-16", "2019-02-14", 0, 0),  # launched at the close of the 15th
        ("2019-01-16", "2019-02-15", 1, 23),
        ("2019-02-01", "2019-03-29", 2, 41),  # the 29th is a Friday, the 31st a Sunday
        ("2019-05-31", "2019-06-27", 0, 0),  # launched on the 30th: that of June is a Sunday, and the 28th a Friday
        ("2019-05-31", "2019-06-28", 1, 21),
    ],
)
def test_only_whole_months_since_the_launch_are_judged(first: str, last: str, months: int, rows: int) -> None:
    """Days at 1 % each; a month from the close of the 15th runs to that of the next 15th."""
    days = np.busday_offset(first, np.arange(np.busday_count(first, np.datetime64(last) + 1)))
    wealth = monthly_wealth(read_series((days, np.where(np.arange(len(days)) % 2, 0.01, -0.01)), prices=False))
    assert len(wealth) == months + 1
    assert wealth[-1] == pytest.approx(0.99 ** (-(-rows // 2)) * 1.01 ** (rows // 2))


def test_a_monthly_row_from_within_a_month_is_not_a_month(known: trimtab.Expectation) -> None:
    ends = ["2019-01-31", "2019-02-28", "2019-03-29"]
    for dates, months in ((ends, 3), ([*ends, "2019-04-12"], 3), (["2019-01-01", "2019-02-01", "2019-03-01"], 3)):
        assert known.against((dates, [0.01] * len(dates)), (dates, [0.0] * len(dates))).judged == months


def test_a_hole_in_a_live_record_is_refused(known: trimtab.Expectation) -> None:
    months = ["2019-01-31", "2019-02-28", "2019-04-30", "2019-05-31"]
    days = np.busday_offset("2019-01-02", np.delete(np.arange(80), np.s_[20:41]))
    for dates in (months, days):
        with pytest.raises(DataError, match=r"nothing between 2019-0.*: a month or more is missing"):
            known.against((dates, np.resize([0.01, -0.01], len(dates))), (dates, np.zeros(len(dates))))


def test_an_unknown_return_of_a_live_record_is_refused_with_a_way_out(
    folder: Path, capsys: Capture, known: trimtab.Expectation
) -> None:
    """A regression: it advised `--drop`, which `expect` has not."""
    known.save(folder)
    (folder / "live.csv").write_text(LIVE.format(last=0.0).replace("-0.02,", ","), encoding="utf-8")
    _, said = ran(["expect", "trend-overlay", "--live", "live.csv"], capsys, code=4)
    assert "returns are unknown in the middle: 1, the first on 2019-02-28. Fill them in: of a live" in " ".join(said.split())
    assert "drop" not in said


def test_a_record_without_a_month_is_too_young(folder: Path, known: trimtab.Expectation) -> None:
    assert known.against((["2019-01-31"], [0.01]), (["2019-01-31"], [0.0])).judged is None  # it may be that of a day
    assert known.against((["2018-12-31", "2019-01-31"], [1.0, 1.01]), (["2018-12-31", "2019-01-31"], [1.0, 1.0])).judged == 1
    days = np.busday_offset("2019-01-16", np.arange(15))
    standing = known.against((days, np.resize([0.01, -0.01], 15)), (days, np.zeros(15)))
    assert (standing.age, standing.judged) == (0, None)
    assert "too young" in standing.words
    young = trimtab.expect("static-60-40", futures=trimtab.Futures(years=1, seed=1, paths=12))
    assert young.lagging.index.tolist() == [1]
    assert young.shortfall.abs().max().max() < 0.02  # against itself, but for what its bonds cost


def test_nothing_written_down_is_said(folder: Path, capsys: Capture) -> None:
    (folder / "live.csv").write_text(LIVE.format(last=0.0), encoding="utf-8")
    _, said = ran(["expect", "static-60-40", "--live", "live.csv"], capsys, code=2)
    assert "nothing is written down of what static-60-40" in said
    assert "--save" in said


def test_damage_is_told(folder: Path, known: trimtab.Expectation) -> None:
    place = known.save(folder)
    sha = known.expected.policy_sha256
    good = json.loads(place.read_text(encoding="utf-8"))
    for damage, words in (
        ("{", "no JSON"),
        ("{}", "damaged"),
        (json.dumps(good | {"policy_sha256": "0" * 64}), "another policy"),
        (json.dumps(good | {"source": {}}), "damaged"),
        (json.dumps(good | {"source": good["source"] | {"years": "some"}}), "damaged"),
        (json.dumps(good | {"ranges": {"cagr": {}}}), "damaged"),
        (json.dumps(good | {"ranges": {"cagr": 1.0}}), "damaged"),
        (json.dumps(good | {"fan": good["fan"] | {"origin": {"paths": 3}}}), "damaged"),
    ):
        place.write_text(damage, encoding="utf-8")
        with pytest.raises(DataError, match=words):
            load_expected(folder, sha)
    assert load_expected(folder, "1" * 64) is None
    assert Expected.from_dict(good).to_dict() == good
    with pytest.raises(UsageError, match="already"):
        known.save(folder)
    assert store.FOLDER == "expectations"


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (["--paths", "0"], "0 paths"),
        (["--block", "0.2"], "below 1"),
        (["--seed", "-1"], "seed"),
        (["--years", "101"], "whole years, 100 at most"),
        (["--years", "399"], "whole years, 100 at most"),
        (["--years", "10000000000"], "whole years, 100 at most"),
        (["--block", "1e308"], "block of 1e+308 rows is longer than the history, which has 1,109"),
        (["--block", "1110"], "is longer than the history"),
        (["--block", "nan"], "block"),
        (["--model", "normal", "--block", "5"], "a mean block of 5 rows with the normal distribution"),
        (["--model", "student", "--block", "1"], "Leave one of the two out"),
    ],
)
def test_what_cannot_be_drawn_is_refused(folder: Path, capsys: Capture, wrong: list[str], words: str) -> None:
    _, said = ran(["expect", "trend-overlay", *wrong], capsys, code=2)
    assert words in said


def test_what_is_run_history_by_history_is_said(folder: Path, capsys: Capture) -> None:
    """Fees are charged account by account, which is slow."""
    text = gallery.named("trend-overlay").identity.source
    few = ("--paths", "2", "--years", "1")
    assert "by themselves" not in ran(["expect", "trend-overlay", *few], capsys)[1]
    (folder / "charged.yaml").write_text(f"{text}\nfees: [{{use: adviser, tiers: [{{rate: 0.01}}]}}]\n", encoding="utf-8")
    _, said = ran(["expect", "charged.yaml", *few], capsys)
    assert "2 of 2 histories were run by themselves: fees" in " ".join(said.split())


def test_models_on_the_command_line_are_all_there_are() -> None:
    made = parser().parse_args(["expect", "x", "--model", "student"])
    assert made.model == "student"


def test_the_report_shows_the_fan(known: trimtab.Expectation) -> None:
    held = gallery.named("trend-overlay").with_horizon(end=date(1929, 12, 31))
    shown = study(trimtab.backtest(held).result, [])
    assert "expected" not in {part.id for part in sections(shown, columns(shown))}
    (part,) = (part for part in sections(replace(shown, expected=known.expected), columns(shown)) if part.id == "expected")
    low, high = known.wealth.loc[36, 5.0], known.wealth.loc[36, 95.0]
    finding = f"After 3 years nine of ten drawn histories end between {low:.2f} and {high:.2f} times the money put in."
    assert finding in str(part.markup)
    assert set(part.charts) == {"expected-wealth", "expected-lead"}
    for spec, fan in zip(part.charts.values(), (known.wealth, known.shortfall), strict=True):
        drawn = [trace["y"] for trace in spec["data"]]
        assert drawn[-1] == pytest.approx(np.round(fan[50.0].to_numpy(), 5).tolist())
        assert drawn[1] == pytest.approx(np.round(fan[95.0].to_numpy(), 5).tolist())
        assert spec["data"][0]["x"][0] == "1930-01-31"


def test_quarters_say_nothing_about_months(known: trimtab.Expectation) -> None:
    quarters = [f"20{year}-{month}-28" for year in (19, 20) for month in ("03", "06", "09", "12")]
    with pytest.raises(DataError, match="quarterly"):
        known.against((quarters, [0.01] * 8), (quarters, [0.01] * 8))
