"""What was expected of a policy with a signal of one's own belongs to that signal as it was."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from tests.desk.own_signal_worlds import OWN, put_own
from tests.surfaces.cli.test_expect import LIVE
from tests.surfaces.cli.test_trials import ran
from trimtab.core.errors import DataError
from trimtab.desk.expected import load_expected, place_of, with_other_code
from trimtab.desk.load import load_policy
from trimtab.desk.trial_code import code_of

Capture = pytest.CaptureFixture[str]
FEW = ("--paths", "3", "--years", "1")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(put_own(tmp_path, monkeypatch))
    (tmp_path / "live.csv").write_text(LIVE.format(last=0.0))
    return tmp_path


def told(capsys: Capture, *words: str, sign: str = "", code: int = 0) -> tuple[str, str]:
    """As another process answers, with the signal edited where `sign` is given."""
    for name in OWN:
        sys.modules.pop(name, None)
    if sign:
        Path("own_sign.py").write_text(f"SIGN = {sign}\n")
    out, said = ran(list(words), capsys, code=code)
    return out, " ".join(said.split())


def test_expectations_belong_to_the_policy_and_to_code_of_ones_own(folder: Path, capsys: Capture) -> None:
    """A regression: a live record was held against the fan of the rule before the edit, and the new one's was refused."""
    told(capsys, "expect", "policy.yaml", *FEW, "--save", sign="1.0")
    policy = load_policy("policy.yaml")
    before = place_of(Path(), policy.sha256, code_of(policy))
    assert before.exists()
    assert "After 3 periods wealth" in told(capsys, "expect", "policy.yaml", "--live", "live.csv")[0]
    _, said = told(capsys, "expect", "policy.yaml", "--live", "live.csv", sign="-1.0", code=2)
    assert f"nothing is written down of what mine (policy {policy.sha256[:12]})" in said
    assert f"with its owner's code as it is; written down with other code of one's own: {before}" in said
    _, said = told(capsys, "expect", "policy.yaml", *FEW, "--save")
    assert f"written down with other code of one's own: {before}" in said
    assert len(list((folder / "expectations").iterdir())) == 2
    out, said = told(capsys, "expect", "policy.yaml", "--live", "live.csv", "--json")
    assert json.loads(out)["source"]["own_code"] == code_of(load_policy("policy.yaml"))
    read = "Read as returns (prices=True, --prices: they are prices). Monthly, 12 periods a year, from the dates."
    assert said == f"written down with other code of one's own: {before} {read}"
    told(capsys, "expect", "policy.yaml", *FEW, "--save", sign="1.0")  # the same code once more changes nothing


def test_expectations_from_before_own_code_counted_are_not_those_of_this_code(folder: Path, capsys: Capture) -> None:
    told(capsys, "expect", "policy.yaml", *FEW, "--save", sign="1.0")
    policy = load_policy("policy.yaml")
    own = code_of(policy)
    here = place_of(Path(), policy.sha256, own)
    old = place_of(Path(), policy.sha256)
    plain = json.loads(here.read_text())
    del plain["source"]["own_code"]
    old.write_text(json.dumps(plain))
    assert with_other_code(Path(), policy.sha256, own) == (old,)
    here.write_text(old.read_text())
    with pytest.raises(DataError, match="are those of other code"):
        load_expected(Path(), policy.sha256, own)
    here.unlink()
    assert load_expected(Path(), policy.sha256, own) is None


@pytest.mark.parametrize("verb", ["validate", "report", "why"])
def test_a_run_whose_code_was_edited_since_is_no_longer_told_of(verb: str, folder: Path, capsys: Capture) -> None:
    """A regression: the edited rule was validated, reported and explained under the name of the run of the rule before."""
    run = json.loads(told(capsys, "backtest", "policy.yaml", "--json", sign="1.0")[0])["run"]
    words = ["why", "A", "--run", run] if verb == "why" else [verb, run]
    _, said = told(capsys, *words, sign="-1.0", code=2)
    assert f"the code of one's own that run {run} was made with was edited since" in said
    assert not (folder / "runs" / run / "validation.json").exists()


def test_the_report_of_an_edited_rule_does_not_show_the_fan_of_the_rule_before(folder: Path, capsys: Capture) -> None:
    """A regression: it did, as what had been expected before launch."""
    told(capsys, "expect", "policy.yaml", *FEW, "--save", sign="1.0")
    (kept,) = (folder / "expectations").iterdir()
    for sign in ("1.0", "-1.0"):
        run = json.loads(told(capsys, "backtest", "policy.yaml", "--json", sign=sign)[0])["run"]
        _, said = told(capsys, "report", run)
        page = (folder / "runs" / run / "report.html").read_text()
        assert ("Expected before launch" in page) == (sign == "1.0")
        assert (f"Expectations of other code of one's own are not shown: {kept.name}." in said) == (sign == "-1.0")
