"""The gallery: every policy loads, says where it comes from, reads aloud, and can be copied; names are told apart."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.surfaces.cli.desk_folder import POLICY, put
from trimtab.core.errors import UsageError
from trimtab.desk import gallery
from trimtab.desk import schema as module
from trimtab.desk.load import policy_from
from trimtab.surfaces.cli.main import main

Capture = pytest.CaptureFixture[str]

ASKED = {  # what a practitioner knows by name (issue 5), and under which name it stands here
    "60/40": "sixty-forty",
    "permanent": "permanent",
    "all-weather style": "all-weather",
    "GTAA 5": "gtaa-5",
    "GEM dual momentum": "dual-momentum",
    "VAA": "vigilant",
    "DAA": "canary",
    "risk parity unlevered": "risk-parity",
    "risk parity levered": "risk-parity-levered",
    "HRP": "hierarchical",
    "volatility-targeted 60/40": "volatility-targeted",
    "value+momentum with volatility filter": "value-momentum",
    "CAPE rule": "cape-rule",
    "min variance": "min-variance",
    "core-satellite blend": "core-satellite",
}
SCHEMA = module.schema()
every = pytest.mark.parametrize("name", gallery.names())
shelved = pytest.mark.parametrize("name", gallery.shelf())


def test_it_holds_what_is_known_by_name() -> None:
    assert set(ASKED.values()) <= set(gallery.shelf())
    assert len(gallery.shelf()) >= 14
    assert not set(gallery.samples()) & set(gallery.shelf())
    assert gallery.names() == (*gallery.samples(), *gallery.shelf())


@every
def test_every_policy_loads_under_its_own_name(name: str) -> None:
    policy, entry = gallery.named(name), gallery.entry(name)
    assert policy.name == entry.name == name
    assert policy.title == entry.title != name
    assert entry.sample == (name in gallery.samples())
    assert {asset.series for asset in policy.universe} <= set(entry.series)
    assert len(entry.series) == len(set(entry.series))
    cash = "the other half is cash" in gallery.text(name)  # a benchmark that holds cash says so
    assert policy.benchmark.sum() == pytest.approx(0.5 if cash else 1.0)


def test_titles_and_hashes_tell_them_apart() -> None:
    policies = [gallery.named(name) for name in gallery.names()]
    assert len({policy.title for policy in policies}) == len(policies)
    assert len({policy.sha256 for policy in policies}) == len(policies)


@shelved
def test_everyone_on_the_shelf_names_its_source_with_a_year(name: str) -> None:
    source = gallery.entry(name).source
    assert len(source) > 20
    assert re.search(r"\b(19|20)\d\d\b", source)


@shelved
def test_the_file_begins_with_what_it_is_and_reads_aloud(name: str) -> None:
    lines = gallery.text(name).splitlines()
    head = [line for line in lines[: lines.index("trimtab: 1")] if line]
    assert all(line.startswith("#") for line in head)
    assert re.match(r"# [A-Z].*", head[0])
    assert any(line.startswith("# Read it aloud: ") for line in head)
    assert head[-1].rstrip().endswith(".")
    assert max(len(line) for line in lines) <= 140


@every
def test_the_rules_in_words_come_from_the_parameters(name: str) -> None:
    policy = gallery.named(name)
    said = " ".join(policy.words)
    assert said.startswith("Benchmark: ")
    assert all(asset.title in said for asset, weight in zip(policy.universe, policy.benchmark, strict=True) if weight)
    assert "None" not in said
    assert "object at" not in said


@every
def test_it_is_written_out_and_read_again(name: str) -> None:
    policy = gallery.named(name)
    form = {key: part for key, part in policy.identity.canonical.items() if part is not None}
    assert policy_from(form).sha256 == policy.sha256


@pytest.mark.parametrize("ask", [gallery.text, gallery.named, gallery.entry])
def test_an_unknown_name_is_told_what_there_is(ask: object) -> None:
    with pytest.raises(UsageError) as caught:
        ask("all-wether")  # type: ignore[operator]
    said = str(caught.value)
    assert "\n" not in said
    assert all(name in said for name in gallery.names())


# At the command line.


@every
def test_init_writes_a_file_that_holds(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(module, "schema", lambda: SCHEMA)  # it is the same for all, and takes its time
    assert main(["init", "--from", name, "--quiet"]) == 0
    assert main(["policy", "check", "policy.yaml", "--quiet"]) == 0
    said = capsys.readouterr()
    assert gallery.named(name).sha256 in said.out
    assert said.err == ""
    assert (tmp_path / "policy.yaml").read_text(encoding="utf-8").endswith(gallery.text(name))


def test_a_file_of_the_same_name_wins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    put(tmp_path)
    monkeypatch.chdir(tmp_path)
    assert main(["policy", "show", "gtaa-5"]) == 0
    assert gallery.named("gtaa-5").sha256 in capsys.readouterr().out
    (tmp_path / "gtaa-5").write_text(POLICY, encoding="utf-8")
    assert main(["policy", "show", "gtaa-5"]) == 0
    assert gallery.named("gtaa-5").sha256 not in capsys.readouterr().out
    assert main(["backtest", "gtaa-5", "--vs", "saa,gtaa-5", "--quiet"]) == 0  # among the rivals too
    assert capsys.readouterr().err == ""
    (tmp_path / "permanent").mkdir()  # a folder is no policy
    assert main(["policy", "check", "permanent"]) == 0
