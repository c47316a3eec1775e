"""`trimtab validate`: lights as words and signs, the exit code, what is kept beside the run, and the section of the report."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.desk.test_validating import NAMES
from tests.surfaces.cli.desk_folder import POLICY, put, table
from trimtab.core.errors import ParameterError
from trimtab.desk import knowing_checks
from trimtab.desk.damaged_sweeps import damage_words
from trimtab.desk.trials import Registry
from trimtab.desk.validation import FILE, Validation, keep, kept
from trimtab.surfaces import python
from trimtab.surfaces import validation as surface
from trimtab.surfaces.backtest import Backtest
from trimtab.surfaces.cli.main import main
from trimtab.surfaces.cli.validate import lines
from trimtab.surfaces.python import Workspace as Desk
from trimtab.surfaces.report.page import INTERNAL

Capture = pytest.CaptureFixture[str]
SHORT = POLICY.replace("window: 3M", "window: 2M")


@pytest.fixture(scope="module")
def validated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which a policy on three years of random walks was validated, with its report."""
    folder = put(tmp_path_factory.mktemp("validate"), table(760), SHORT)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setattr(knowing_checks, "_audits", lambda _: ())
        code = main(["validate", "policy.yaml", "--quiet", "--out", "report.html", "--grid", "signals.average.window=2M,3M,4M"])
    (folder / "run").write_text((folder / "last").read_text(encoding="utf-8").strip(), encoding="utf-8")
    (folder / "code").write_text(str(code), encoding="utf-8")
    return folder


@pytest.fixture
def folder(validated: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(validated)
    monkeypatch.setattr(knowing_checks, "_audits", lambda _: ())
    return validated


def only_run(folder: Path) -> Path:
    return folder / "runs" / (folder / "run").read_text(encoding="utf-8")


def result_in(folder: Path) -> Validation:
    found = kept(only_run(folder))
    assert found is not None
    return found


def test_it_is_kept_beside_the_run_and_the_exit_code_says_whether_a_check_failed(folder: Path) -> None:
    found = result_in(folder)
    assert tuple(check.name for check in found.checks) == NAMES
    assert (folder / "code").read_text(encoding="utf-8") == ("1" if found.failed else "0")
    assert found.trials == Registry(folder).count().distinct


def test_a_run_is_validated_as_its_policy_is_and_counts_nothing_more(folder: Path, capsys: Capture) -> None:
    before = Registry(folder).count()
    capsys.readouterr()
    run = only_run(folder).name
    code = main(["validate", run[:6], "--json", "--quiet", "--grid", "signals.average.window=2M,3M,4M"])
    body = json.loads(capsys.readouterr().out)
    assert Registry(folder).count() == before
    assert body["kind"] == "validate"
    assert body["run"] == run
    assert body["exit_code"] == code
    assert body["checks"] == result_in(folder).to_dict()["checks"]
    assert body["notes"]
    assert "filled" in body["execution"]


@pytest.mark.parametrize("width", [60, 120])
def test_a_light_is_a_sign_and_a_word_and_nothing_is_wider_than_the_terminal(
    folder: Path, width: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    found = result_in(folder)
    shown = list(lines(found))
    assert all(len(line) <= width for line in shown)
    for check in found.checks:
        sign = {"PASS": "+", "WARN": "!", "FAIL": "x", "UNKNOWN": "?"}[check.light.value]
        assert any(line.startswith(f" {sign} {check.light.value:<8}{check.name}") for line in shown)
    together = " ".join(" ".join(shown).split())
    assert all(" ".join(check.words.split()) in together for check in found.checks) or width == 120
    assert found.words in together
    assert "\x1b" not in together


def test_the_report_has_its_section_now_and_later(folder: Path) -> None:
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert 'id="validation"' in page
    for name in NAMES:
        assert f">{name}</th>" in page
    assert "3 variants were tried, the policy and those of the grid." in page
    assert f"[{result_in(folder).ground.plane[0, 0] + 0.0:.2f}]".replace("-", "\u2212") in page  # the policy's own cell
    assert main(["report", only_run(folder).name, "--quiet", "--out", "later.html"]) == 0
    assert 'id="validation"' in (folder / "later.html").read_text(encoding="utf-8")
    assert "validation" in INTERNAL  # a client is not shown it


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["nowhere.yaml"], 2, "there is no such file"),
        (["ffffff"], 2, "there is no run 'ffffff'"),
        (["policy.yaml", "--grid", "window"], 2, "is no axis of a grid"),
        (["policy.yaml", "--grid", "universe.SPY=1,2"], 2, "cannot be varied"),
        (["policy.yaml", "--as-of", "2011-01-31"], 4, "too few to validate anything"),
        (["policy.yaml", "--seed", "-1"], 2, "'-1' is no seed: give a whole number from 0 on"),
        (["policy.yaml", "--seed", "1.5"], 2, "'1.5' is no seed"),
    ],
)
def test_what_cannot_be_validated_says_so(folder: Path, capsys: Capture, words: list[str], code: int, said: str) -> None:
    assert main(["validate", *words, "--quiet"]) == code
    assert said in " ".join(capsys.readouterr().err.split())


@pytest.mark.parametrize("seed", [-1, 1.5, "1", True, None])
def test_what_is_no_seed_is_refused_before_anything_is_run(folder: Path, seed: Any) -> None:
    """A regression: it ended in a fault of Trimtab after everything had been run, or True was taken for 1."""
    before = Registry(folder).count()
    with pytest.raises(ParameterError, match=f"seed is {seed!r}"):
        surface.validated(None, (), None, seed=seed)  # type: ignore[arg-type]  # none of them is looked at
    with pytest.raises(ParameterError, match="Give a whole number from 0 on"):
        Desk(folder).validate(folder / "policy.yaml", seed=seed)
    assert Registry(folder).count() == before


def test_python_validates_around_the_grid_that_a_sweep_takes(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A regression: a grid by key was read letter by letter."""
    seen = list[Any]()
    monkeypatch.setattr(python, "backtest", lambda *_: Backtest(None, (), ""))  # type: ignore[arg-type]
    monkeypatch.setattr(python, "validated", lambda *_, **told: seen.append(told))
    for grid in ({"signals.average.window": ["2M", "3M"]}, ["signals.average.window=2M,3M"], "signals.average.window=2M..3M"):
        Desk(folder).validate(folder / "policy.yaml", grid=grid, seed=np.int64(3))
    assert [one["grid"].text for one in seen] == [[["signals.average.window", ["2M", "3M"]]]] * 3
    assert surface.require_seed(np.int64(3)) == 3


def test_a_damaged_sweep_is_named_in_a_note(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A regression: a finished sweep whose results were damaged was passed over without a word."""
    monkeypatch.chdir(put(tmp_path, table(300), SHORT))
    assert main(["sweep", "policy.yaml", "--quiet", "--grid", "signals.average.window=2M,3M"]) == 0
    result = python.backtest("policy.yaml").result
    assert damage_words(tmp_path, result) == ()
    place = next(tmp_path.glob("sweeps/*/results.parquet"))
    place.write_bytes(place.read_bytes()[:-9])
    (told,) = damage_words(tmp_path, result)
    assert told.startswith(f"The results of the sweep in {place.parent} are damaged")
    other = python.backtest("trend-overlay").result
    assert damage_words(tmp_path, other) == ()  # on other data


def test_a_damaged_run_says_so(folder: Path, capsys: Capture) -> None:
    place = only_run(folder) / "policy.yaml"
    text = place.read_bytes()
    place.unlink()
    try:
        for verb in ("validate", "report"):
            assert main([verb, only_run(folder).name, "--quiet"]) == 2
            assert "the run is damaged" in capsys.readouterr().err
    finally:
        place.write_bytes(text)


def test_variants_that_are_not_looked_at_are_named_with_their_reason(folder: Path) -> None:
    found = result_in(folder)
    reasons = tuple(f"signals.average.window={k}M: would leave too little" for k in range(5))
    shown = " ".join(" ".join(lines(replace(found, ground=replace(found.ground, left_out=reasons)))).split())
    assert f"not looked at: {'; '.join(reasons[:3])}; and 2 more" in shown
    assert ("not looked at" in " ".join(lines(found))) == bool(found.ground.left_out)
    place = only_run(folder) / FILE
    before = place.read_bytes()
    keep(replace(found, ground=replace(found.ground, left_out=reasons)), place.parent)
    try:
        assert main(["report", place.parent.name, "--quiet", "--out", "left.html"]) == 0
    finally:
        place.write_bytes(before)
    assert f"Variants not looked at: {reasons[0]}; " in (folder / "left.html").read_text(encoding="utf-8")


def test_a_run_has_its_own_data(folder: Path, capsys: Capture) -> None:
    assert main(["validate", only_run(folder).name, "--data", "prices", "--quiet"]) == 2
    assert "do not go with a run" in capsys.readouterr().err
