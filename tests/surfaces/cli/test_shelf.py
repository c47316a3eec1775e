"""`trimtab gallery`: all of them in one list, one of them in words, and what there is where a name is none."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.surfaces.cli.desk_folder import everything
from trimtab.desk import gallery
from trimtab.surfaces.cli.main import main

Capture = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def run(words: str, capsys: Capture, code: int = 0) -> tuple[str, str]:
    capsys.readouterr()
    assert main(["gallery", *words.split()]) == code
    said = capsys.readouterr()
    return said.out, said.err


def test_the_list_names_everyone_once_with_its_title(capsys: Capture) -> None:
    out, err = run("", capsys)
    lines = out.splitlines()
    named = [line.split()[0] for line in lines if line.startswith("  ")]
    assert named == list(gallery.names())
    for name in gallery.names():
        (line,) = (line for line in lines if line.split()[0] == name)
        assert line.endswith(f" {gallery.entry(name).title}")
    heads = [line for line in lines if not line.startswith("  ")]
    assert [head.strip() for head in heads] == [
        "on the sample data",
        "on funds: give prices with --data FOLDER, or a market store",
    ]
    assert "next: trimtab gallery NAME    trimtab init --from NAME" in err


def test_json_of_the_list(capsys: Capture) -> None:
    found = json.loads(run("--json --quiet", capsys)[0])
    assert (found["trimtab"], found["kind"]) == (1, "gallery")
    assert [one["name"] for one in found["policies"]] == list(gallery.names())
    assert all(one.keys() == {"name", "title", "source", "series", "sample"} for one in found["policies"])
    assert sum(one["sample"] for one in found["policies"]) == len(gallery.samples())


@pytest.mark.parametrize("name", ["gtaa-5", "risk-parity-levered", "core-satellite", "trend-overlay"])
def test_one_in_words(name: str, capsys: Capture) -> None:
    out, err = run(name, capsys)
    flat = " ".join(out.split())
    entry, policy = gallery.entry(name), gallery.named(name)
    assert flat.startswith(f"{entry.title} ({name})")
    for text in (entry.source, *policy.words):
        assert " ".join(text.split()) in flat
    assert f"Series: {', '.join(entry.series)}." in flat
    assert f"trimtab init --from {name}" in err
    assert max(map(len, out.splitlines())) <= 122


def test_json_of_one(capsys: Capture) -> None:
    found = json.loads(run("permanent --json --quiet", capsys)[0])
    assert found.keys() == {"trimtab", "kind", "name", "title", "source", "words", "series", "sample"}
    assert found["words"] == list(gallery.named("permanent").words)


def test_what_is_run_next_fits_the_data_that_the_policy_wants(capsys: Capture) -> None:
    """Regression: a policy on the sample data was told to give a folder of prices that it does not read."""
    assert "--data FOLDER" in run("gtaa-5", capsys)[1]
    assert "--data" not in run("trend-overlay", capsys)[1]


@pytest.mark.parametrize("words", ["nobody", "gtaa5 --json"])
def test_an_unknown_name_is_one_line_with_what_there_is(words: str, capsys: Capture) -> None:
    out, err = run(words, capsys, 2)
    assert out == ""
    assert len(err.splitlines()) == 1
    assert all(name in err for name in gallery.names())


def test_a_near_name_is_guessed(capsys: Capture) -> None:
    assert "Did you mean gtaa-5?" in run("gtaa5", capsys, 2)[1]


def test_init_from_an_unknown_name_says_the_same_and_writes_nothing(tmp_path: Path, capsys: Capture) -> None:
    before = everything(tmp_path)
    assert main(["init", "--from", "nobody"]) == 2
    err = capsys.readouterr().err
    assert len(err.splitlines()) == 1
    assert "no policy 'nobody' in the gallery" in err
    assert everything(tmp_path) == before


def test_nothing_is_written_and_quiet_is_quiet(tmp_path: Path, capsys: Capture) -> None:
    assert run("permanent --quiet", capsys)[1] == ""
    assert everything(tmp_path) == {}
