"""`advise` by flags, from a file and in a terminal: one answer however it was asked, and nothing is written over."""

from __future__ import annotations

import json
import os
import pty
import sys
from io import StringIO
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from tests.surfaces.cli.desk_folder import everything, put, with_volumes
from trimtab.desk.advice_answers import KEYS, Said, read_said
from trimtab.governance.answers import QUESTIONS
from trimtab.governance.checklist import WATCH
from trimtab.governance.decision_table import ORDER, Approach
from trimtab.surfaces.cli import advice_verbs
from trimtab.surfaces.cli.main import main

Capture = pytest.CaptureFixture[str]
FLAGS = advice_verbs.EXAMPLE.split()
FILE = "horizon: long\ntolerance: medium\ncapacity: small\ntax: taxable\nview: systematic\nsuccess: defined\n"
JSON = {
    "answers",
    "approach",
    "scores",
    "settings",
    "standing",
    "reasons",
    "conflicts",
    "core",
    "satellite",
    "blocked",
    "success",
    "economics",
}


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "120")
    return tmp_path


def document(capsys: Capture, *words: str, code: int = 0) -> dict[str, Any]:
    capsys.readouterr()
    assert main(["advise", *words, "--json"]) == code
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert (found.pop("trimtab"), found.pop("kind")) == (1, "advice")
    return found


class Terminal(StringIO):
    """What somebody types."""

    def isatty(self) -> bool:
        return True


def typed(monkeypatch: pytest.MonkeyPatch, *lines: str) -> None:
    monkeypatch.setattr(sys, "stdin", Terminal("".join(f"{line}\n" for line in lines)))


# One answer, however it was asked.


def test_flags_a_file_and_a_dialogue_say_the_same(here: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    by_flags = document(capsys, *FLAGS, "--policy", "a.yaml")
    (here / "answers.yaml").write_text(FILE, encoding="utf-8")
    by_file = document(capsys, "--file", "answers.yaml", "--policy", "b.yaml")
    typed(monkeypatch, "3", "2", "small", "tax", "2", "1", "", "")
    by_dialogue = document(capsys, "--policy", "c.yaml")
    for found, name in ((by_flags, "a.yaml"), (by_file, "b.yaml"), (by_dialogue, "c.yaml")):
        assert found.pop("policy") == name
        assert (here / name).is_file()
    assert by_flags == by_file == by_dialogue
    assert set(by_flags) == JSON
    assert by_flags["approach"] == Approach.STRATEGIC_TILT.value
    assert list(by_flags["scores"].values()) != sorted(by_flags["scores"].values())
    assert by_flags["scores"] == dict(zip([one.value for one in ORDER], (6, 3, 3, 1, 2, -3), strict=True))


def test_flags_go_before_the_file_and_the_dialogue_asks_only_what_is_missing(
    here: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    (here / "answers.yaml").write_text(FILE.replace("tax: taxable\n", ""), encoding="utf-8")
    typed(monkeypatch, "mixed", "0.1", "0.3")
    capsys.readouterr()
    assert main(["advise", "--file", "answers.yaml", "--horizon", "short"]) == 0
    told = capsys.readouterr()
    assert told.err.count(" of 6  ") == 1
    assert "4 of 6  How are gains taxed?" in told.err
    assert "1 to 3" not in told.out  # results go to stdout, questions to stderr
    text = (here / "my-policy.yaml").read_text(encoding="utf-8")
    assert "horizon short" in text
    assert "tax mixed" in text
    assert "volatility of 10.0% a year; a fall of at most 30% is tolerated" in " ".join(text.split())


def test_a_question_mark_explains_and_enter_answers_nothing(capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    typed(monkeypatch, "?", "", "9", "m", "2")
    assert main(["advise", *FLAGS[2:], "--volatility", "0.1", "--max-drawdown", "0.3"]) == 0
    told = capsys.readouterr().err
    assert "medium: tilts of at most 10 % (our choice: the article says nothing)." in told
    assert told.count("Give a number from 1 to 3, or a word: short, medium, long.") == 2
    assert told.count("horizon (1 to 3, ? explains):") == 4


def test_whoever_has_not_defined_success_may_do_it_now_or_is_blocked(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    typed(monkeypatch, "2", "0.1", "")
    assert main(["advise", *FLAGS[:-2]]) == 3
    assert everything(here) == {}
    typed(monkeypatch, "undefined", "0.1", "0.25")
    assert main(["advise", *FLAGS[:-2]]) == 0
    text = " ".join((here / "my-policy.yaml").read_text(encoding="utf-8").split())
    assert "success defined" in text
    assert "a fall of at most 25% is tolerated" in text


def test_numbers_are_asked_for_again_until_they_are_fractions(
    here: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    typed(monkeypatch, "long", "ten", "10", "0.1", "0.25")
    assert main(["advise", *FLAGS[2:]]) == 0
    assert capsys.readouterr().err.count("Give a fraction between 0 and 1, such as 0.10.") == 2


def test_when_the_answers_end_nothing_is_left(here: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    typed(monkeypatch, "long", "medium")
    assert main(["advise", "--save", "answers.yaml"]) == 2
    assert "the answers ended before the questions did" in capsys.readouterr().err
    assert everything(here) == {}


def test_ctrl_c_leaves_nothing(here: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    typed(monkeypatch)
    monkeypatch.setattr(sys.stdin, "readline", lambda: (_ for _ in ()).throw(KeyboardInterrupt))
    assert main(["advise", "--save", "answers.yaml"]) == 1
    assert "nothing half-written was kept" in capsys.readouterr().err
    assert everything(here) == {}


def test_a_real_terminal_is_asked(here: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    mine, theirs = pty.openpty()
    with os.fdopen(mine, "w", encoding="utf-8") as hands, os.fdopen(theirs, encoding="utf-8") as screen:
        monkeypatch.setattr(sys, "stdin", screen)
        hands.write("3\n2\n1\n1\n2\n1\n\n\n")
        hands.flush()
        assert main(["advise"]) == 0
    assert "What fits: strategic allocation with tilts" in capsys.readouterr().out


def test_without_a_terminal_one_line_names_what_is_missing(here: Path, capsys: Capture) -> None:
    assert main(["advise", "--horizon", "long", "--tax", "mixed"]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "no answer to tolerance, capacity, view and success. Give --tolerance, one of low, medium, high" in line
    assert everything(here) == {}


# What it says.


def test_the_screen_tells_scores_settings_reasons_and_what_to_do(here: Path, capsys: Capture) -> None:
    assert main(["advise", *FLAGS]) == 0
    told = capsys.readouterr()
    text = " ".join(told.out.split())
    for words in (
        "tilts of at most 5%",
        "at most 2 signals",
        "no overrides",
        "our choice",
        "this is no investment advice",
        WATCH,
    ):
        assert words in text
    places = [told.out.index(f"  {one.value} ") for one in ORDER]
    assert places == sorted(places)
    assert told.out.count("<- fits") == 1
    for verb in ("backtest", "practice", "validate", "policy commit"):
        assert f"trimtab {verb} my-policy.yaml" in told.err
    assert "trimtab month --account ME --workspace practice" in told.err
    assert "six months are those on paper" in text
    assert told.out.isascii()


@pytest.mark.parametrize("columns", [80, 120])
def test_it_fits_the_terminal(columns: int, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    words = ["--horizon", "short", "--tolerance", "low", "--capacity", "small", "--tax", "mixed", "--view", "conviction"]
    assert main(["advise", *words, "--success", "defined", "--wanted", "risk-parity"]) == 0
    assert max(map(len, capsys.readouterr().out.splitlines())) <= columns


def test_a_satellite_is_offered_and_an_own_choice_is_told_what_speaks_against_it(capsys: Capture) -> None:
    words = ["--horizon", "short", "--tolerance", "low", "--capacity", "large", "--tax", "advantaged", "--view", "conviction"]
    assert main(["advise", *words, "--success", "defined"]) == 0
    text = capsys.readouterr().out
    assert "<- close: a satellite" in text
    assert "70% in trend-following tactical allocation, 30% in" in text
    assert main(["advise", *words, "--success", "defined", "--wanted", "risk-parity", "--policy", "rp.yaml"]) == 0
    text = capsys.readouterr().out
    assert "What was wanted: risk parity. What fits the answers: trend-following tactical allocation" in text
    assert "<- wanted" in text
    assert "! risk parity suits medium to long horizons: this one is short" in text


def test_what_is_marginal_comes_down_to_a_static_allocation(here: Path, capsys: Capture) -> None:
    found = document(capsys, *FLAGS, "--marginal")
    assert found["approach"] == "static allocation with bands"
    assert "marginal after its costs" in found["conflicts"][0]
    assert "reacher: {use: pace, each: 0.05, to: target}" in (here / "my-policy.yaml").read_text(encoding="utf-8")


def test_at_a_small_size_a_dear_tool_makes_it_marginal(here: Path, capsys: Capture) -> None:
    """30,000 a year for software are 3 % of one million and 0.006 % of 500 million; a tilt of 5 % brings less than 1 %."""
    small = document(capsys, *FLAGS, "--aum", "1m", "--software", "30k", "--policy", "small.yaml")
    assert small["economics"].keys() == {"aum", "benefit", "cost", "marginal", "verdict"}
    assert small["economics"]["marginal"]
    assert small["economics"]["cost"] > 0.03
    assert small["approach"] == "static allocation with bands"
    assert "title: 60/40 with bands" in (here / "small.yaml").read_text(encoding="utf-8").replace("'", "")
    assert (here / "trials.jsonl").is_file()  # what was looked at is counted
    assert main(["advise", *FLAGS, "--aum", "500m", "--software", "30k"]) == 0
    text = " ".join(capsys.readouterr().out.split())
    assert "What fits: strategic allocation with tilts" in text
    assert "At 500m: " in text
    assert "Marginal" not in text
    assert main(["advise", *FLAGS, "--software", "30k"]) == 2
    assert "--software needs --aum" in capsys.readouterr().err


def test_where_success_is_not_defined_nothing_is_written(here: Path, capsys: Capture) -> None:
    words = [*FLAGS[:-1], "undefined"]
    found = document(capsys, *words, code=3)
    assert found["policy"] is None
    assert "written down" in found["blocked"]
    assert everything(here) == {}
    assert main(["advise", *words]) == 3
    assert "NOTHING MAY START YET" in capsys.readouterr().out
    risk = ["--benchmark", "static-60-40", "--volatility", "0.1", "--max-drawdown", "0.3"]
    assert document(capsys, *FLAGS[:-2], *risk)["success"]["missing"] == []  # who says what it is has defined it
    assert document(capsys, *words, *risk, "--policy", "other.yaml", code=3)["blocked"]


# What it writes.


def test_a_policy_is_never_written_over(here: Path, capsys: Capture) -> None:
    (here / "my-policy.yaml").write_text("mine\n", encoding="utf-8")
    assert main(["advise", *FLAGS, "--policy", "my-policy.yaml"]) == 2
    assert "my-policy.yaml exists already" in capsys.readouterr().err
    assert document(capsys, *FLAGS)["policy"] is None
    assert main(["advise", *FLAGS]) == 0
    assert "was kept: give the new one a name" in capsys.readouterr().err
    assert (here / "my-policy.yaml").read_text(encoding="utf-8") == "mine\n"


def test_the_policy_that_is_written_holds_and_says_where_it_comes_from(here: Path, capsys: Capture) -> None:
    assert (
        main(["advise", *FLAGS, "--benchmark", "US_EQ=0.5,CORP=0.5", "--law", "us_federal", "--policy", "deep/own.yaml"]) == 0
    )
    capsys.readouterr()
    assert main(["policy", "check", "deep/own.yaml"]) == 0
    text = (here / "deep" / "own.yaml").read_text(encoding="utf-8")
    assert "name: own\n" in text
    assert "benchmark: {US_EQ: 0.5, CORP: 0.5}   # advice:" in text
    assert "tax: {use: us_federal}   # advice:" in text


def test_on_prices_of_ones_own(here: Path, capsys: Capture) -> None:
    put(here)
    assert main(["advise", *FLAGS, "--data", "prices"]) == 2
    assert "prices has no prices of EFA, IEF, GLD, BIL" in capsys.readouterr().err
    with_volumes(here / "funds", ("SPY", "EFA", "IEF", "GLD", "BIL"), count=900)
    assert document(capsys, *FLAGS, "--data", "funds", "--policy", "sub/own.yaml")["policy"] == "sub/own.yaml"
    assert main(["backtest", "sub/own.yaml", "--quiet"]) == 0


def test_answers_are_saved_and_read_again(here: Path, capsys: Capture) -> None:
    risk = ["--benchmark", "US_EQ=0.5,CORP=0.5", "--tracking-error", "0.03", "--max-drawdown", "0.3"]
    first = document(capsys, *FLAGS, *risk, "--save", "answers.yaml", "--policy", "a.yaml")
    again = document(capsys, "--file", "answers.yaml", "--policy", "b.yaml")
    assert first | {"policy": ""} == again | {"policy": ""}
    assert main(["advise", *FLAGS, "--save", "answers.yaml"]) == 2
    assert "answers.yaml exists already" in capsys.readouterr().err
    assert Said().text() == "\n"
    assert set(read_said("answers.yaml").told) == set(QUESTIONS)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("horizont: long\n", "answers.yaml:1:1 unknown key horizont. Did you mean horizon?"),
        ("horizon: soon\n", "answers.yaml:1:10 'soon' is no answer to horizon. Choices: short, medium, long."),
        ("horizon: 3\n", "answers.yaml:1:10 horizon is 3, not a word"),
        ("volatility: 10 %\n", "answers.yaml:1:13 volatility is '10 %', not a number"),
        ("max_drawdown: 25\n", "answers.yaml:1:15 max_drawdown is 25, not between 0 and 1"),
        ("benchmark: gold\n", "answers.yaml:1:12 no policy 'gold' in the gallery"),
        ("benchmark: {A: x}\n", "answers.yaml:1:16 benchmark.A is 'x', not a number"),
        ("- long\n", "must be a mapping"),
    ],
)
def test_a_fault_in_the_file_is_pointed_to(text: str, said: str, here: Path, capsys: Capture) -> None:
    (here / "answers.yaml").write_text(text, encoding="utf-8")
    assert main(["advise", "--file", "answers.yaml"]) == 2
    assert said in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--horizon", "soon"], "'soon' is no answer to horizon"),
        (["--benchmark", "gold"], "--benchmark 'gold' is no policy of the gallery"),
        (["--benchmark", "US_EQ=x"], "holds what is no number"),
        (["--benchmark", "US_EQ=0.6,GOLD=0.4"], "the benchmark holds GOLD, which is no asset of trend-overlay"),
        (["--volatility", "12"], "volatility is 12, not between 0 and 1"),
        (["--law", "moon"], "moon"),
    ],
)
def test_a_fault_in_a_flag_is_one_line(words: list[str], said: str, here: Path, capsys: Capture) -> None:
    assert main(["advise", *FLAGS, *words]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert said in line
    assert everything(here) == {}


# The verbs know the words of the checklist.


def test_the_help_names_every_answer_and_approach() -> None:
    assert {name: tuple(one.value for one in kind) for name, kind in QUESTIONS.items()} == advice_verbs.ANSWERS
    assert set(advice_verbs.QUESTIONS) == set(QUESTIONS)
    assert {one.name.lower().replace("_", "-") for one in Approach} == set(advice_verbs.APPROACHES)
    assert set(KEYS) >= set(QUESTIONS)


def test_every_combination_answers_without_a_fault(capsys: Capture) -> None:
    """A sample of the 216 through the whole verb; the others run in tests of the checklist and of the policies."""
    every = list(product(*advice_verbs.ANSWERS.values()))[::24]
    for number, answers in enumerate(every):
        flags = [word for name, answer in zip(advice_verbs.ANSWERS, answers, strict=True) for word in (f"--{name}", answer)]
        code = 0 if answers[-1] == "defined" else 3
        document(capsys, *flags, "--policy", f"p{number}.yaml", code=code)
