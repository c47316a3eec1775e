"""Components of one's own: a new file that works at once, its verdict, and the list of what there is."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import pytest

import trimtab
from trimtab.core.errors import UsageError
from trimtab.desk import conformance, plugins, registry
from trimtab.desk.own_signal import own_signal, require_free
from trimtab.signals.trend import Trend
from trimtab.surfaces.cli.main import main

Capture = pytest.CaptureFixture[str]
HERE = "tests.desk.own_parts"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder, as the current one."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Audits on a few dates."""
    monkeypatch.setattr(conformance, "DAILY", (80, 400))
    monkeypatch.setattr(conformance, "MONTHLY", (80, 400))


def answered(words: list[str], capsys: Capture, code: int = 0) -> str:
    capsys.readouterr()
    found = main(words)
    said = capsys.readouterr()
    assert found == code, said.err
    return said.out if code < 2 else said.err


# A new signal.


def test_a_new_signal_works_at_once_and_passes_its_check(folder: Path, capsys: Capture) -> None:
    text = answered(["new", "signal", "SteadyClimb"], capsys)
    assert "wrote steady_climb.py" in text
    for step in (
        "trimtab check-signal steady_climb:SteadyClimb",
        "use: steady_climb:SteadyClimb",
        "trimtab signals policy.yaml",
    ):
        assert step in text
    before = list(sys.path)
    verdict = answered(["check-signal", "steady_climb:SteadyClimb", "--set", "window=3M"], capsys)
    assert "steady_climb:SteadyClimb passes all" in verdict
    assert "FAIL" not in verdict
    assert " pass  one date alone: " in verdict
    assert sys.path == before


def test_the_new_file_reads_as_house_style_asks(folder: Path, capsys: Capture) -> None:
    answered(["new", "signal", "house_style"], capsys)
    text = (folder / "house_style.py").read_text(encoding="utf-8")
    assert max(map(len, text.splitlines())) <= 128
    assert text.startswith('"""HouseStyle: ')
    ruff = Path(sys.executable).with_name("ruff")
    if ruff.exists():
        root = Path(__file__).parents[3]
        words = [ruff, "check", "--config", root / "pyproject.toml", "--ignore", "I001", folder / "house_style.py"]
        assert subprocess.run(words, check=False).returncode == 0  # I001: to us, our own package stands apart


def test_nothing_is_overwritten_and_names_are_checked(folder: Path, capsys: Capture) -> None:
    answered(["new", "signal", "Once"], capsys)
    (folder / "once.py").write_text("mine", encoding="utf-8")
    assert "once.py exists already" in answered(["new", "signal", "Once"], capsys, 2)
    assert (folder / "once.py").read_text(encoding="utf-8") == "mine"
    for name, said in {
        "my-value": "'my-value' is no name for a class",
        "class": "is no name for a class",
        "2nd": "is no name",
        "signal": "a module 'signal' is installed already",
        "numpy": "a module 'numpy' is installed already",
    }.items():
        assert said in answered(["new", "signal", name], capsys, 2)
    for out in ("my-file.py", "file.txt", "../up.py", str(folder / "else.py")):
        assert answered(["new", "signal", "Good", "--out", out], capsys, 2)
    assert [path.name for path in folder.iterdir()] == ["once.py"]


def test_a_new_signal_in_a_folder_below(folder: Path, capsys: Capture, quick: None) -> None:
    found = json.loads(answered(["new", "signal", "deep_one", "--out", "ideas/deep.py", "--json"], capsys))
    assert found["use"] == "ideas.deep:DeepOne"
    assert found["file"] == str(Path("ideas/deep.py"))
    assert len(found["next"]) == 3
    assert "passes all" in answered(["check-signal", "ideas.deep:DeepOne", "--set", "window=2M"], capsys)


@pytest.mark.parametrize(
    ("name", "kind", "snake"),
    [
        ("MyValue", "MyValue", "my_value"),
        ("my_value", "MyValue", "my_value"),
        ("Value", "Value", "value"),
        ("CAPESlope", "CAPESlope", "cape_slope"),
        ("top3", "Top3", "top3"),
    ],
)
def test_class_and_file_are_named_from_either(name: str, kind: str, snake: str) -> None:
    own = own_signal(name)
    assert (own.kind, own.name) == (kind, snake)


def test_a_module_that_hides_another_is_refused() -> None:
    require_free("my_value_of_mine")
    with pytest.raises(UsageError, match="cannot be imported"):
        require_free("ideas.my-file")


# The verdict.


PEEKS = '''
"""Peeks."""
from dataclasses import dataclass
import numpy as np
from trimtab.core.terms import CLOSE
from trimtab.core.values import Scores

@dataclass(frozen=True)
class Peek:
    """Tomorrow's price."""
    ahead: int = 1
    def __call__(self, view):
        close = view.window(CLOSE, 1)[:, -1]
        return Scores(view.assets, np.concatenate([close[self.ahead:], close[len(close) - self.ahead:]])[:len(close)])
    def sentence(self, view, asset):
        return "peeks"
'''


def test_a_leak_fails_in_words_and_with_exit_1(folder: Path, capsys: Capture, quick: None) -> None:
    (folder / "peeking.py").write_text(PEEKS, encoding="utf-8")
    text = " ".join(answered(["check-signal", "peeking:Peek"], capsys, 1).split())
    assert "FAIL one date alone: it reads along the dates, 20" in text
    assert "peeking:Peek FAILS" in text
    found = json.loads(answered(["check-signal", "peeking:Peek", "--json"], capsys, 1))
    assert found["kind"] == "check-signal"
    assert found["passed"] is False
    assert found["findings"][0].keys() == {"name", "passed", "detail"}
    assert "passes all" in answered(["check-signal", "peeking:Peek", "--set", "ahead=0"], capsys)


def test_other_roles_and_names_of_ours(capsys: Capture, quick: None) -> None:
    assert "none passes all" in answered(["check-signal", "none", "--role", "regimes"], capsys)
    assert "momentum passes all" in answered(["check-signal", "momentum", "--set", "lookback=2M"], capsys)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["no_such_thing:X"], "cannot import 'no_such_thing:X'"),
        (["momentun"], "Did you mean momentum?"),
        (["trimtab.core.values:Asset"], "it has no __call__"),
        (["momentum", "--set", "lookback"], "--set lookback has no value"),
        (["momentum", "--set", "lookback=12"], "12 is not a duration"),
        (["momentum", "--set", "lookbak=2M"], "unknown key momentum.lookbak. Did you mean lookback?"),
    ],
)
def test_what_cannot_be_checked_is_exit_2(words: list[str], said: str, capsys: Capture) -> None:
    assert said in answered(["check-signal", *words], capsys, 2)


def test_python_gives_the_same_verdict(quick: None) -> None:
    verdict = trimtab.check_signal(Trend())
    assert verdict.passed
    assert verdict == trimtab.check_signal("trend")
    assert trimtab.check_signal("none", role="regimes").passed
    assert "check_signal" in trimtab.__all__


# The list.


def test_every_component_of_ours_is_listed_and_loads(capsys: Capture) -> None:
    rows = json.loads(answered(["plugins", "list", "--json"], capsys))["components"]
    ours = {(row["role"], row["name"], row["class"]) for row in rows if row["from"] == "built-in"}
    assert ours == {(role, name, target) for role, known in registry.BUILT_IN.items() for name, target in known.items()}
    assert all(row["loads"] for row in rows if row["from"] == "built-in")
    text = answered(["plugins", "list", "--quiet"], capsys)
    assert "trimtab.signals.trend:Trend" in text


def test_a_broken_plugin_is_a_line_and_no_crash(capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    points = [
        EntryPoint("dear", f"{HERE}:Dear", "trimtab.signals"),
        EntryPoint("mute", "trimtab.core.values:Asset", "trimtab.signals"),
        EntryPoint("broken", "no.such:X", "trimtab.signals"),
        EntryPoint("trend", f"{HERE}:Dear", "trimtab.signals"),
    ]

    def found(group: str) -> list[Any]:
        return points if group == "trimtab.signals" else []

    for module in (registry, plugins):
        monkeypatch.setattr(module, "entry_points", found)
    rows = {
        (row["name"], row["from"]): row for row in json.loads(answered(["plugins", "list", "--json"], capsys))["components"]
    }
    assert rows["dear", "unknown package"]["loads"]
    assert "has no __call__" in rows["mute", "unknown package"]["fault"]
    assert "cannot import" in rows["broken", "unknown package"]["fault"]
    assert "the name trend is taken" in rows["trend", "unknown package"]["fault"]
    text = answered(["plugins", "list"], capsys)
    assert "! 'mute' is none of the signals: it has no __call__" in text
    assert "3 cannot be loaded" in text
