"""`adherence` and `review`: the screen against its JSON, reviews that are held, codes as in cron, and no performance in it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import trimtab
from tests.desk.test_full_cycle import fan
from tests.surfaces.cli.desk_folder import table
from tests.surfaces.cli.order_desk import LONG, MORNING, Hands, night
from tests.surfaces.cli.test_book_verbs import Capture, document, ran
from tests.surfaces.cli.test_order_verbs import fitted
from tests.surfaces.cli.test_verbs import VERBS
from trimtab.core.errors import ApprovalRequired, UsageError
from trimtab.desk.expected import Expected, save_expected
from trimtab.desk.load import load_policy
from trimtab.governance.adherence import Adherence, Duty

APRIL, NEW_YEAR = "2011-04-04T12:00:00", "2014-01-04T12:00:00"
EARNED = re.compile(
    r"return|benchmark|perform|sharpe|alpha|wealth|ahead|behind|cagr|volatil|drawdown|profit|gain|loss|%|percent", re.IGNORECASE
)


@pytest.fixture
def lived(folder: Path, clock: Hands, capsys: Capture) -> Hands:
    """A07 decided, sent and filled in December; nobody else did anything."""
    ran("decide --account A07 --by anna", capsys, 5)
    ran("orders approve A07 --by ben", capsys)
    clock.at = MORNING
    ran("orders send A07", capsys)
    night(folder, clock)
    ran("reconcile --broker paper", capsys)
    return clock


def test_the_examples_of_the_help_run(lived: Hands, capsys: Capture) -> None:
    for verb in ("adherence", "review"):
        assert fitted(ran(VERBS[verb].get_default("example").removeprefix("trimtab "), capsys)[0], 120)


def test_the_score_on_the_screen_is_that_of_its_json(lived: Hands, capsys: Capture) -> None:
    """Of four accounts one decided: 25 points become 6.25, and nothing else is lost."""
    out = ran("adherence --all", capsys)[0]
    said = document("adherence --all", capsys)
    assert (said["score"], said["score_exact"], said["nothing_due"]) == (81.25, "325/4", False)
    assert " score 81.2 of 100" in out
    assert [one["weight"] for one in said["duties"]] == [25, 25, 20, 20, 10]
    assert {one["occasion"] for one in said["violations"]} == {f"{name} 2010-12-31" for name in ("B1", "G1", LONG)}
    for one in said["duties"]:
        due = rf"{one['due']} +{one['kept']}" if one["due"] else "- +-"
        assert re.search(rf"{one['words']} +{due} +{one['points']:.1f} +{one['weight']}", out)
    assert out.count("[no decision in the journal]") + out.count("[no decision in the\n") == 3
    one = document("adherence --account A07 --from 2010-12-01 --to 2010-12-31", capsys)
    assert (one["score"], one["first"], one["last"], one["of"]) == (100.0, "2010-12-01", "2010-12-31", "A07")
    assert "Nothing was due in this time." in ran("adherence --account A07 --from 2011-01-01 --to 2011-01-02", capsys)[0]


def test_a_quarter_is_reviewed_held_and_off_the_calendar(lived: Hands, capsys: Capture) -> None:
    assert "the next one is on 2011-03-31" in ran("review --quarter --account A07", capsys)[0]
    lived.at = APRIL
    out, err = ran("review --quarter --account A07", capsys, 5)
    assert "due 2011-03-31" in out
    assert "trimtab review --quarter --account A07 --hold --attended NAMES" in " ".join(err.split())
    before = document("review --account A07", capsys, 5)["reviews"][0]
    assert (before["due"], before["first"], before["last"], before["held"]) == ("2011-03-31", "2010-12-31", "2011-03-24", None)
    assert before["adherence"]["score_exact"] == "250/3"  # one of three decisions was made: 100 - 25 x 2 / 3
    assert "nothing is said of it" in ran("review --account A07 --hold --attended anna,ben", capsys, 2)[1]
    out = ran('review --account A07 --hold --attended anna,ben --said "a timer was missing" --by carl', capsys)[0]
    record = int(re.search(r"written down: journal (\d+)", out).group(1))  # type: ignore[union-attr]
    assert "2011-06-30 review of the process" in out
    assert "due: trimtab review" not in out
    assert f" {record} " in ran("journal show", capsys)[0]
    after = document("review --account A07", capsys)["reviews"][0]
    assert (after["due"], after["next"], after["first"]) == (None, "2011-06-30", "2011-03-25")
    assert document("adherence --account A07", capsys)["duties"][4] == {
        "duty": "reviews", "words": "reviews held", "due": 1, "kept": 1, "points": 10.0, "weight": 10,
    }  # fmt: skip
    assert (
        "no review of the process of A07 is due: the next one is on 2011-06-30"
        in ran("review --account A07 --hold --attended anna --said again", capsys, 2)[1]
    )


def test_the_json_of_both_verbs_keeps_its_keys(lived: Hands, capsys: Capture) -> None:
    said = document("adherence --account A07", capsys)
    score = {"score", "score_exact", "nothing_due", "duties", "violations"}
    assert set(said) == {"trimtab", "kind", "exit_code", "of", "first", "last"} | score
    review = document("review --account A07", capsys)
    assert set(review) == {"trimtab", "kind", "exit_code", "reviews"}
    (one,) = review["reviews"]
    assert set(one) == {
        *("account", "policy", "policy_sha256", "first", "last", "due", "next", "adherence", "incidents", "requests"),
        *("calendar", "held"),
    }
    assert set(one["adherence"]) == score
    assert set(one["calendar"][0]) == {"on", "kind", "of", "what", "do"}
    assert set(document("review --calendar --all", capsys)) == {"trimtab", "kind", "exit_code", "calendar"}


def test_all_reviews_are_held_at_once_or_none(lived: Hands, capsys: Capture) -> None:
    lived.at = APRIL
    ran("review --all --hold --attended anna", capsys, 2)
    assert all(one["due"] for one in document("review --all", capsys, 5)["reviews"])
    said = document("review --all --hold --attended anna --said noted", capsys)
    records = [one["held"] for one in said["reviews"]]
    assert records == list(range(records[0], records[0] + 4))
    assert ran("review --calendar --all", capsys)[0].count("2011-06-30") == 4


def test_the_calendar_says_what_is_due_and_what_to_do(lived: Hands, capsys: Capture) -> None:
    assert document("review --calendar --account A07", capsys)["calendar"][0]["on"] == "2011-03-31"
    lived.at = APRIL
    out = ran("review --calendar --household Mueller", capsys, 5)[0]
    assert out.splitlines()[0] == (
        " 2011-03-31 A07 (due): review of the process of mine, due: trimtab review --quarter --account A07 --hold"
    )
    assert "--hold goes with --quarter or --cycle" in ran("review --calendar --all --hold", capsys, 2)[1]


def test_parameters_are_closed_until_the_date_of_the_cycle(lived: Hands, capsys: Capture) -> None:
    err = ran("review --cycle --account A07", capsys, 5)[1]
    assert "parameters of mine are closed until the full cycle of A07 is over on 2013-12-31" in " ".join(err.split())
    lived.at = NEW_YEAR
    assert "prices of mine end on 2011-01-03, and the cycle on 2013-12-31" in ran("review --cycle --account A07", capsys, 4)[1]


def by_years(pair: tuple[str, float]) -> int:
    return int(pair[0])


@pytest.fixture
def three_years(folder: Path, lived: Hands) -> Hands:
    """Prices to the end of 2013, and what was expected before launch: months of 0.4 % and 3 % deviation."""
    (folder / "prices" / "prices.csv").write_text("\n".join(table(1045)) + "\n", encoding="utf-8")
    policy = load_policy("policy.yaml")
    source = {"model": "bootstrap", "years": 10, "first": "1990-01-01", "last": "2009-12-31"}
    save_expected(folder, Expected(policy.name, policy.sha256, fan(0.004), {}, source))
    lived.at = NEW_YEAR
    return lived


@pytest.mark.parametrize("width", [80, 120])
def test_a_full_cycle_tells_years_fan_odds_and_evidence(
    three_years: Hands, capsys: Capture, monkeypatch: pytest.MonkeyPatch, width: int
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    out = fitted(ran("review --cycle --account A07", capsys, 5)[0], width)
    whole = " ".join(out.split())
    said = document("review --cycle --account A07", capsys, 5)["reviews"][0]["cycle"]
    assert [one["name"] for one in said["spans"]] == ["3 years", "5 years", "full cycle", "whole record"]
    three = said["spans"][0]
    assert re.search(rf"3 years, a year +{100 * three['mine_a_year']:.1f} +{100 * three['theirs_a_year']:.1f}", out)
    assert said["verdict"] in whole
    odds = ", ".join(f"{100 * odds:.0f} % after {years}" for years, odds in sorted(said["lagging"].items(), key=by_years))
    assert f"Odds of being behind the benchmark, by years, as known before launch: {odds}." in whole
    assert set(said["percentiles"]) == {"wealth", "drawdown", "shortfall"}
    assert "There is no validation of this policy" in whole
    assert trimtab.Reviews("book.db").cycle("A07") == said
    ran('review --cycle --account A07 --hold --attended anna,ben --said "kept as it is"', capsys)
    assert "2016-12-31 A07" in ran("review --calendar --account A07", capsys)[0]
    assert ran("review --account A07", capsys)  # the review of the process that was due on that day was held with it


@pytest.mark.parametrize("width", [80, 120])
def test_every_line_keeps_to_the_width_of_the_terminal(
    lived: Hands, capsys: Capture, monkeypatch: pytest.MonkeyPatch, width: int
) -> None:
    lived.at = APRIL
    monkeypatch.setenv("COLUMNS", str(width))
    for words, code in (("adherence --all", 0), ("review --all", 5), ("review --calendar --all", 5)):
        for line in fitted(ran(words, capsys, code)[0], 1000).splitlines():  # a name of the user's is not cut
            assert len(line) <= width or LONG in line, line


def test_the_review_of_a_quarter_tells_nothing_of_what_was_earned(lived: Hands, capsys: Capture) -> None:
    lived.at = APRIL
    out = ran("review --all", capsys, 5)[0]
    keys = re.sub(r": .*", "", ran("review --all --json --quiet", capsys, 5)[0])
    for text in (out, keys):
        assert not EARNED.search(text), EARNED.search(text)
    names = set(Adherence.__slots__) | {duty.name for duty in Duty}
    assert names == {"due", "violations", "SIGNALS", "TRADES", "LIMITS", "OVERRIDES", "REVIEWS"}


def test_what_cannot_be_reviewed_is_said_in_one_line(folder: Path, clock: Hands, capsys: Capture) -> None:
    for words, said in (
        ("adherence", "no account is named"),
        ("adherence --account C1", "C1 follows no policy"),
        ("review --account C1", "C1 follows no policy"),
        ("adherence --account A07 --from 2011-02-01 --to 2011-01-01", "before it begins"),
        ("adherence --account A07 --from june", "--from 'june' is not a date"),
    ):
        err = ran(words, capsys, 2)[1]
        assert said in err
        assert len(err.splitlines()) == 1
    assert "not allowed with" in ran("review --cycle --quarter --account A07", capsys, 2)[1]


def test_python_says_what_the_command_line_says(folder: Path, lived: Hands, capsys: Capture) -> None:
    lived.at = APRIL
    said = document("review --account A07", capsys, 5)["reviews"][0]
    reviews = trimtab.Reviews("book.db", by="carl")
    found = reviews.adherence("A07", "2010-12-31", "2011-03-24")
    assert float(found.score) == said["adherence"]["score"]
    assert found.duties["points"].tolist() == [one["points"] for one in said["adherence"]["duties"]]
    assert found.violations.to_dict("records") == said["adherence"]["violations"]
    assert reviews.calendar("A07").to_dict("records") == said["calendar"]
    assert reviews.quarter("A07") == {key: value for key, value in said.items() if key != "held"}
    with pytest.raises(ApprovalRequired, match="closed until"):
        reviews.cycle("A07")
    with pytest.raises(UsageError, match="4 accounts that follow a policy, and one is asked for"):
        reviews.quarter("")
    with pytest.raises(UsageError, match="no review of the kind 'year'"):
        reviews.hold("A07", attended=["anna"], kind="year")
    record = reviews.hold("A07", attended=["anna", "ben"], said="a timer was missing")
    assert f" {record} " in ran("journal show", capsys)[0]
    assert reviews.quarter("A07")["due"] is None
    assert reviews.adherence("A07", "2011-01-01", "2011-01-02").violations.empty
