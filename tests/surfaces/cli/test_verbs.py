"""Every verb: the example of its help runs, its JSON keeps its keys, its exit code is the promised one."""

from __future__ import annotations

import argparse
import json
import shlex
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.surfaces.cli.desk_folder import POLICY, everything, put, table, with_volumes
from trimtab.data import sample_files
from trimtab.desk import gallery
from trimtab.surfaces.cli import begin, delivery
from trimtab.surfaces.cli.main import main
from trimtab.surfaces.cli.verbs import parser

Capture = pytest.CaptureFixture[str]


def verbs(of: argparse.ArgumentParser, path: tuple[str, ...] = ()) -> Iterator[tuple[str, argparse.ArgumentParser]]:
    """Every verb with its own parser, `policy check` and the like too."""
    groups = [action for action in of._actions if isinstance(action, argparse._SubParsersAction)]
    if not groups:
        yield " ".join(path), of
    for name, inner in (pair for group in groups for pair in group.choices.items()):
        yield from verbs(inner, (*path, name))


VERBS = dict(verbs(parser()))


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with prices, a policy and two runs."""
    folder = put(tmp_path_factory.mktemp("desk"))
    (folder / "other.yaml").write_text(POLICY.replace("tilt: 0.10}", "tilt: 0.05}"), encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        assert main(["backtest", "other.yaml", "--quiet"]) == 0
        assert main(["backtest", "policy.yaml", "--quiet"]) == 0
    return folder


@pytest.fixture
def folder(desk: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of that folder, as the current one."""
    copy = tmp_path / "copy"
    shutil.copytree(desk, copy)
    monkeypatch.chdir(copy)
    return copy


def said(words: str, capsys: Capture, code: int = 0) -> str:
    capsys.readouterr()
    assert main(words.split()) == code
    return capsys.readouterr().out


def document(words: str, capsys: Capture, code: int = 0) -> dict[str, Any]:
    return json.loads(said(f"{words} --json --quiet", capsys, code))  # type: ignore[no-any-return]


# Help.


def test_the_verbs_are_those_of_the_issue() -> None:
    assert set(VERBS) == {
        *("demo", "init", "gallery", "samples list", "doctor", "backtest", "decide", "why", "compare", "signals", "capacity"),
        *("attribute", "sweep", "expect"),
        *("advise", *(f"mandate {verb}" for verb in ("init", "check", "rules", "show", "sign"))),
        "report",
        *("economics", "policy pack", "policy verify"),
        *("metrics", "trials list", "trials accept-loss", "validate"),
        *("policy check", "policy show", "policy diff", "policy schema"),
        *("committee pack", "committee minutes"),
        *(f"policy {verb}" for verb in ("commit", "promote", "status", "change", "sign", "changes")),
        *("new signal", "check-signal", "plugins list"),
        *(f"data {verb}" for verb in ("init", "add", "update", "status", "check", "show", "vintages", "sql")),
        *("month", "status", "practice", "serve", "mcp"),
        *("drift", "verify", "journal show", "journal export", "backup", "restore", "upgrade"),
        *(f"book {verb}" for verb in ("init", "account", "sleeve", "instrument", "cancel", "import", "export")),
        *(f"book {verb}" for verb in ("list", "show", "lots", "gains", "flows")),
        *(f"tax {verb}" for verb in ("report", "harvest", "locate", "rates")),
        *("book follow", "rebalance", "what-if", "reconcile", "kill", "release"),
        *(f"orders {verb}" for verb in ("list", "add", "edit", "approve", "reject", "hold", "block", "slice")),
        *(f"orders {verb}" for verb in ("send", "export", "cancel", "arm")),
        *("override", "overrides", "shadow"),
        *("adherence", "review"),
    }


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_has_the_common_options_and_ends_its_help_with_an_example(verb: str, capsys: Capture) -> None:
    text = said(f"{verb} --help", capsys)
    for option in ("--json", "--as-of", "--workspace", "--quiet", "--yes", "--debug"):
        assert option in text
    example = VERBS[verb].get_default("example")
    assert example.startswith(f"trimtab {verb}")
    assert " ".join(text.split()).endswith(f"example: {example}")


def test_the_examples_of_the_help_run(folder: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the order in which a newcomer meets them, in a folder of their own."""
    home = folder / "home"
    home.mkdir()
    monkeypatch.chdir(home)
    examples = {verb: one.get_default("example") for verb, one in VERBS.items()}
    runs = []
    for verb in ("data init", "data add", "data update", "data status", "data check", "data show", "data vintages"):
        assert said(examples[verb].removeprefix("trimtab "), capsys)
    query = shlex.split(examples["data sql"].removeprefix("trimtab "))
    assert main(query) == 0
    for verb in ("samples list", "doctor", "init", "policy check", "policy show", "policy diff", "policy schema", "backtest"):
        assert said(examples[verb].removeprefix("trimtab "), capsys)
    runs.append((home / "last").read_text(encoding="utf-8").strip())
    assert said("backtest static-60-40 --as-of 1940-12-31 --quiet", capsys)
    runs.append((home / "last").read_text(encoding="utf-8").strip())
    compare = examples["compare"].removeprefix("trimtab ").replace("RUN1", runs[0]).replace("RUN2", runs[1])
    assert runs[0] in said(compare, capsys)
    assert said(examples["trials list"].removeprefix("trimtab "), capsys)
    for verb in ("new signal", "check-signal", "plugins list"):
        assert said(examples[verb].removeprefix("trimtab "), capsys)
    for verb in ("advise", "mandate init", "mandate check", "mandate rules", "mandate show"):
        assert said(examples[verb].removeprefix("trimtab "), capsys)
    with_volumes(home / "prices", ("SPY", "AGG", "BIL"))  # a newcomer's own prices
    for verb in ("gallery", "capacity", "economics"):
        assert said(examples[verb].removeprefix("trimtab "), capsys)
    for name, step in (("returns.csv", 7), ("index.csv", 5)):  # a year of weekdays, up and down
        days = np.busday_offset("2023-01-02", np.arange(260))
        rows = [f"{day},{0.01 * ((k * step) % 11 - 4.9) / 5.0:.6f}" for k, day in enumerate(days)]
        (home / name).write_text("\n".join(["date,returns", *rows]) + "\n", encoding="utf-8")
    for verb in ("decide", "signals", "why", "attribute", "metrics", "report", "demo"):
        assert said(examples[verb].removeprefix("trimtab "), capsys)
    assert (home / "out" / "demo" / "report.html").exists()


def test_help_without_words_and_version(capsys: Capture) -> None:
    assert "exit codes: 0 done" in " ".join(said("", capsys).split())
    assert said("--version", capsys).startswith("trimtab 0.")


# JSON.

RUN = {
    *("run", "name", "title", "policy_sha256", "data_sha256", "code", "folder", "data", "end", "execution", "trials"),
    *("own_code", "moved", "journal_head", "notes", "issues", "blocked", "summary", "trials_missing", "deflated_words"),
}
SUMMARY = {
    *("first", "last", "start_value", "end_value", "cagr", "volatility", "sharpe", "sharpe_low", "sharpe_high", "max_drawdown"),
    *("worst_month", "turnover_per_year", "cost_per_year", "costs", "decisions", "fills", "trials", "distinct_trials"),
    *("cagr_before_taxes", "cagr_after_sale", "tax_per_year", "taxes_paid", "taxes_owed", "tax_on_sale", "losses_disallowed"),
    *("cagr_gross_of_fees", "cagr_gross_of_funds", "fee_per_year", "fees"),
    *("effective_trials", "deflated_sharpe", "deflated_target"),
}
DECISION = {
    *("id", "when", "cut_off", "known", "book", "nav", "share", "turnover_left", "relaxed", "assets", "as_of", "due", "policy"),
    *("policy_sha256", "data_sha256", "execution", "breaches", "stale", "reasons", "exit_code", "regime"),
}
ASSET = {"benchmark", "signals", "score", "aim", "goal", "held", "target", "after", "units", "price"}
KEYS = {
    "backtest policy.yaml": ("backtest", RUN | {"report"}),
    "decide policy.yaml": ("decision", DECISION),
    "why SPY": ("why", {"run", "asset", "when", "lines"}),
    "signals policy.yaml": (
        "signals",
        {"policy", "policy_sha256", "data_sha256", "as_of", "due", "notes", "regime", "forecast", "readings"},
    ),
    "policy check policy.yaml": ("policy-check", {"name", "sha256", "valid"}),
    "policy show policy.yaml": ("policy", {"canonical", "sha256", "words"}),
    "policy diff policy.yaml other.yaml": ("policy-diff", {"differences", "same"}),
    "new signal FreshIdea": ("new-signal", {"file", "use", "next"}),
    "check-signal momentum --set lookback=1M": ("check-signal", {"component", "passed", "findings"}),
    "plugins list": ("plugins", {"components"}),
    "trials list --limit 1": (
        "trials-list",
        {"entries", "left_out", "trials", "distinct_trials", "effective_trials", "missing_trials", "missing", "best"},
    ),
    "samples list": ("samples", {"series", "policies"}),
    "doctor": ("doctor", {"python", "code", "found"}),
    "init --out new.yaml": ("init", {"policy", "schema"}),
    "demo --synthetic --as-of 1936-12-31": ("demo", RUN | {"report"}),
}


@pytest.mark.parametrize("words", KEYS)
def test_json_is_one_document_with_stable_keys(
    words: str, folder: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    kind, keys = KEYS[words]
    monkeypatch.setattr(delivery, "write_report", lambda _, path, **__: path)
    found = document(words, capsys)
    assert found.pop("trimtab") == 1
    assert found.pop("kind") == kind
    assert found.keys() == keys
    if "summary" in found:
        assert found["summary"].keys() == SUMMARY
    if kind == "decision":
        assert found["assets"].keys() == {"SPY", "TLT"}
        assert found["assets"]["SPY"].keys() == ASSET


def test_json_of_two_runs(folder: Path, capsys: Capture) -> None:
    runs = sorted(path.name for path in (folder / "runs").glob("[!.]*"))
    found = document(f"compare {runs[0]} {runs[1][:6]}", capsys)
    assert found.keys() == {"trimtab", "kind", "runs", "differences"}
    assert [run["run"] for run in found["runs"]] == runs
    (change,) = found["differences"]
    assert change.startswith("allocator tilt: 0.")


def test_the_schema_is_the_document_itself(folder: Path, capsys: Capture) -> None:
    assert json.loads(said("policy schema", capsys))["title"] == "Trimtab policy"


# Verbs one by one.


def test_init_writes_a_policy_and_its_schema_and_nothing_else(folder: Path, capsys: Capture) -> None:
    before = everything(folder)
    for name in gallery.samples():
        said(f"init --from {name} --out {name}/policy.yaml", capsys)
        assert "valid" in said(f"policy check {name}/policy.yaml", capsys)
        first = (folder / name / "policy.yaml").read_text(encoding="utf-8").splitlines()[0]
        assert first == "# yaml-language-server: $schema=trimtab-policy.schema.json"
        assert (folder / name / "trimtab-policy.schema.json").exists()
    new = set(everything(folder)) - set(before)
    assert new == {path for n in gallery.samples() for path in (n, f"{n}/policy.yaml", f"{n}/trimtab-policy.schema.json")}
    said("init --data prices --out sub/own.yaml", capsys)
    assert "path: '../prices'" in (folder / "sub" / "own.yaml").read_text(encoding="utf-8")
    assert "run " in said("backtest sub/own.yaml --quiet", capsys)


def test_a_backtest_counts_saves_and_reports(folder: Path, capsys: Capture) -> None:
    text = said("backtest policy.yaml --vs saa,other.yaml --quiet", capsys)
    assert "trials in this workspace: 4 (2 different)" in text
    assert "Static benchmark 60 / 40" in text
    name = (folder / "last").read_text(encoding="utf-8").strip()
    assert f"run {name}    report: runs/{name}/report.html" in text
    assert (folder / "runs" / name / "report.html").stat().st_size > 10_000
    assert len((folder / "trials.jsonl").read_text(encoding="utf-8").splitlines()) == 4  # with its rival


def test_a_backtest_up_to_a_date_on_other_data_in_another_workspace(folder: Path, capsys: Capture) -> None:
    put(folder / "elsewhere", table(200))
    words = "backtest policy.yaml --as-of 2010-09-30 --data elsewhere/prices --workspace desk2 --report my/report.html"
    found = document(words, capsys)
    assert found["summary"]["last"] == "2010-09-30"
    assert found["end"] == "2010-09-30"
    assert Path(found["data"]["path"]) == folder / "elsewhere" / "prices"
    assert (folder / "my" / "report.html").exists()
    assert (folder / "desk2" / "last").read_text(encoding="utf-8").strip() == found["run"]
    lines = document("why TLT --workspace desk2", capsys)  # the run is replayed on the data it saw
    assert lines["when"] == "2010-09-30"


def test_decide_records_and_is_exit_0_3_or_4(folder: Path, capsys: Capture) -> None:
    last = table()[-1].split(",")[0]
    fresh = document("decide policy.yaml", capsys)
    assert (fresh["exit_code"], fresh["as_of"], fresh["stale"], fresh["breaches"]) == (0, last, [], [])
    (record,) = (folder / "decisions").iterdir()
    assert record.name == f"{last}-{fresh['policy_sha256'][:12]}.json"
    assert json.loads(record.read_text(encoding="utf-8")) == {k: v for k, v in fresh.items() if k not in ("trimtab", "kind")}
    stale = document("decide policy.yaml --as-of 2011-01-31", capsys, 4)
    assert len(stale["stale"]) == 2
    assert not document("decide policy.yaml --as-of 2010-09-15", capsys)["due"]
    text = said("decide policy.yaml --as-of 2010-09-15 --quiet", capsys)
    assert "2010-09-15 is no decision date of the schedule: shown for information" in text
    assert "nothing was sent" in text
    tight = POLICY.replace("at_most: 0.10", "at_most: 0.01").replace("costs:", "  - {use: max_weight, at_most: 0.55}\ncosts:")
    put(folder, policy=tight)
    assert document("decide policy.yaml", capsys, 3)["breaches"]
    assert "BREACH IPS-1" in said("decide policy.yaml --quiet", capsys, 3)


def test_decide_decides_what_the_backtest_decided(folder: Path, capsys: Capture) -> None:
    run = folder / "runs" / (folder / "last").read_text(encoding="utf-8").strip()
    for line in (run / "decisions.jsonl").read_text(encoding="utf-8").splitlines():
        past = json.loads(line)
        now = document(f"decide policy.yaml --as-of {past['when']}", capsys)
        assert {key: now[key] for key in past} == past


def test_why_by_id_by_name_by_run_and_by_date(folder: Path, capsys: Capture) -> None:
    one = document("why spy", capsys)
    capsys.readouterr()
    assert main(["why", "US equity", "--json", "--quiet"]) == 0
    assert json.loads(capsys.readouterr().out) == one
    assert one["lines"][0].startswith("US equity: benchmark 60.0%")
    first = document("why SPY --as-of 2010-06-15", capsys)
    assert first["when"] == "2010-05-31"
    changed = document("why SPY --since last-run", capsys)
    assert changed["lines"][0].startswith("target ")
    other = next(path.name for path in (folder / "runs").glob("[!.]*") if path.name != one["run"])
    assert document(f"why TLT --run {other[:8]}", capsys)["run"] in other
    assert main(["why", "SPX"]) == 2
    assert "no asset 'SPX' in policy mine. Did you mean SPY?" in capsys.readouterr().err
    assert main(["why", "SPY", "--as-of", "2010-01-05"]) == 2
    assert "no decision up to 2010-01-05. The first is of" in capsys.readouterr().err


def test_why_refuses_to_explain_a_run_on_other_data(folder: Path, capsys: Capture) -> None:
    said("backtest policy.yaml --quiet", capsys)  # here: a run knows its data by their full path
    put(folder, table(300))
    assert main(["why", "SPY"]) == 2
    assert "have changed since. Run it again" in capsys.readouterr().err


def test_compare_says_what_differs_in_policy_and_outcome(folder: Path, capsys: Capture) -> None:
    runs = sorted(path.name for path in (folder / "runs").glob("[!.]*"))
    text = said(f"compare {runs[0]} {runs[1]}", capsys)
    assert "allocator tilt: 0." in text
    assert "cagr" in text
    assert "the policies are the same" in said(f"compare {runs[0]} {runs[0]}", capsys)
    assert main(["compare", runs[0], runs[0][:1] + "zz"]) == 2


def test_policy_verbs(folder: Path, capsys: Capture) -> None:
    sha = document("policy show policy.yaml", capsys)["sha256"]
    assert sha in said("policy show policy.yaml", capsys)
    assert sha in said("policy check policy.yaml", capsys)
    assert said("policy diff policy.yaml policy.yaml", capsys) == " no parameter differs\n"
    assert "allocator tilt: 0.1 -> 0.05" in said("policy diff policy.yaml other.yaml", capsys)
    assert "Benchmark: 60.0% US equity, 40.0% TLT; what is left is cash." in said("policy show policy.yaml", capsys)
    tight = POLICY.replace("at_most: 0.10", "at_most: 0.01").replace("costs:", "  - {use: max_weight, at_most: 0.55}\ncosts:")
    put(folder, policy=tight)
    assert "the tilt limits cannot be met together with the others" in said("policy check policy.yaml", capsys)


def test_samples_say_what_they_are_and_where_they_come_from(folder: Path, capsys: Capture) -> None:
    found = document("samples list", capsys)
    for series in found["series"]:
        assert all(series[key] for key in ("name", "title", "kind", "frequency", "first", "last", "provenance"))
    assert {s["name"] for s in found["series"] if s["average"]} >= {"long_corporate", "aaa_yield"}
    text = said("samples list", capsys)
    assert "MONTHLY AVERAGE" in text
    assert (
        "sample policies: fund-trend, industry-rotation, static-60-40, ten-month-timing, trend-overlay, value-when-stressed"
        in text
    )


def test_doctor_names_what_is_missing_and_what_brings_it(capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(begin, "find_spec", lambda name: None if name in ("arch", "pyarrow") else object())
    text = said("doctor", capsys)
    assert "MISSING arch (samples)    pip install 'trimtab[samples]'" in text
    assert "MISSING pyarrow (parquet)    pip install 'trimtab[parquet]'" in text
    assert document("doctor", capsys)["found"]["arch"] is False


def test_the_demo_without_the_samples_says_what_to_do(folder: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    before = everything(folder)
    monkeypatch.setattr(sample_files, "find_spec", lambda _: None)
    assert main(["demo", "--quiet"]) == 2
    error = capsys.readouterr().err
    assert "the sample data need the package" in error
    assert "pip install 'trimtab[samples]'. Or use generated data: trimtab demo --synthetic." in error
    assert everything(folder) == before


def test_the_demo_on_generated_data_says_so_and_quiet_is_quiet(folder: Path, capsys: Capture) -> None:
    assert main(["demo", "--synthetic", "--quiet", "--out", "made"]) == 0
    said = capsys.readouterr()
    assert said.err == ""
    assert "on GENERATED data" in said.out
    assert "Generated data, not market data" in said.out
    assert "report: made/report.html" in said.out
    assert (folder / "made" / "report.html").exists()
    for words in ("backtest policy.yaml --quiet", "init --quiet --out q.yaml", "decide policy.yaml --quiet"):
        assert main(words.split()) == 0
        assert capsys.readouterr().err == ""
