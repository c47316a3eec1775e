"""`trimtab policy pack` and `policy verify`: the round trip of a user, exit codes, and never over another's file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import trimtab
from tests.promoted import validated
from tests.surfaces.cli.desk_folder import everything, put, table
from tests.surfaces.cli.test_verbs import VERBS
from trimtab.core.errors import UsageError
from trimtab.desk.bundle_file import unpacked
from trimtab.desk.workspace import Workspace
from trimtab.surfaces.bundles import said_of
from trimtab.surfaces.cli.main import main

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    home = put(tmp_path / "desk")
    monkeypatch.chdir(home)
    return home


def run(words: str, capsys: Capture, code: int = 0) -> tuple[str, str]:
    capsys.readouterr()
    assert main(["policy", *words.split()]) == code, capsys.readouterr()
    said = capsys.readouterr()
    return said.out, said.err


def document(words: str, capsys: Capture, code: int = 0) -> dict[str, Any]:
    return json.loads(run(f"{words} --json --quiet", capsys, code)[0])  # type: ignore[no-any-return]


@pytest.mark.parametrize("columns", ["80", "120"])
def test_packed_and_verified_in_two_commands(
    folder: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch, columns: str
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    out, err = run("pack policy.yaml", capsys)
    assert "mine.trimtab" in out
    assert "data: 2 series up to 2010-12-31, by their hashes; they are not in it" in " ".join(out.split())
    assert "next: trimtab policy verify mine.trimtab" in err
    told, _ = run("verify mine.trimtab", capsys)
    assert told.startswith(" VERIFIED: on the same data the same results come out here")
    assert "all registered here, none loaded from the bundle" in " ".join(told.split())
    assert "taken as told, not verified: trials (1); code (" in " ".join(told.split())
    for text in (out, told):
        assert max(map(len, text.splitlines())) <= int(columns)
        assert text.isascii()


def test_somebody_else_verifies_it_with_prices_of_his_own(
    folder: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("pack policy.yaml --out out/mine.trimtab", capsys)
    other = folder.parent / "other"
    (other / "my-prices").mkdir(parents=True)
    (other / "my-prices" / "p.csv").write_text("\n".join(table()) + "\n", encoding="utf-8")
    monkeypatch.chdir(other)
    bundle = folder / "out" / "mine.trimtab"
    missing = document(f"verify {bundle}", capsys, 4)
    assert (missing["verified"], missing["exit_code"]) == (False, 4)
    assert missing["data_differences"]
    found = document(f"verify {bundle} --data my-prices --out opened", capsys)
    assert found["verified"] is True
    assert (
        sorted(one.name for one in Path("opened").iterdir())
        == found["files"]
        == ["manifest.json", "policy.yaml", "results.json"]
    )
    assert main(["backtest", "opened/policy.yaml", "--data", "my-prices", "--quiet", "--json"]) == 0
    (other / "my-prices" / "p.csv").write_text("\n".join(table(200)) + "\n", encoding="utf-8")
    assert "SPY differs" in run(f"verify {bundle} --data my-prices --quiet", capsys, 4)[0]


def test_the_documents_keep_their_keys(folder: Path, capsys: Capture) -> None:
    packed = document("pack policy.yaml", capsys)
    assert set(packed) == {"trimtab", "kind", "file", "sha256", "manifest"}
    assert set(packed["manifest"]) == {
        *("form", "version", "policy", "files", "dates", "data", "code", "versions", "notes", "trials"),
    }
    found = document("verify mine.trimtab", capsys)
    assert set(found) == {
        *("trimtab", "kind", "policy", "policy_sha256", "committed", "bundle_sha256", "components", "files", "series"),
        *("data_differences", "result_differences", "remarks", "told", "verified", "exit_code"),
    }
    assert found["bundle_sha256"] == packed["sha256"]


def test_a_run_is_packed_with_what_the_workspace_says_of_it_and_is_no_new_trial(folder: Path, capsys: Capture) -> None:
    assert main(["backtest", "policy.yaml", "--quiet", "--json"]) == 0
    assert main(["expect", "policy.yaml", "--paths", "30", "--years", "1", "--save", "--quiet", "--json"]) == 0
    run_hash = (folder / "last").read_text(encoding="utf-8").strip()
    packed = document(f"pack {run_hash}", capsys)
    assert set(packed["manifest"]["files"]) == {"policy.yaml", "results.json", "expectations.json"}
    assert packed["manifest"]["trials"] == 1
    assert Workspace(folder).registry.count().total == 1
    assert document("pack policy.yaml", capsys)["sha256"] == packed["sha256"]
    assert document("verify mine.trimtab", capsys)["verified"] is True


def test_verifying_writes_nothing_but_where_it_is_asked_to(folder: Path, capsys: Capture) -> None:
    run("pack policy.yaml", capsys)
    before = everything(folder)
    run("verify mine.trimtab", capsys)
    assert everything(folder) == before
    run("verify mine.trimtab --out opened", capsys)
    assert {name.partition("/")[0] for name in everything(folder).keys() - before.keys()} == {"opened"}
    assert "no empty folder" in run("verify mine.trimtab --out opened", capsys, 2)[1]


def test_a_damaged_bundle_ends_with_2_and_one_line_and_writes_nothing(folder: Path, capsys: Capture) -> None:
    run("pack policy.yaml", capsys)
    data = bytearray((folder / "mine.trimtab").read_bytes())
    data[len(data) // 2] ^= 1
    (folder / "bad.trimtab").write_bytes(bytes(data))
    before = everything(folder)
    out, err = run("verify bad.trimtab --out opened --quiet", capsys, 2)
    assert not out
    assert len(err.splitlines()) == 1
    assert everything(folder) == before


def test_another_s_file_is_never_replaced(folder: Path, capsys: Capture) -> None:
    (folder / "notes.txt").write_text("mine", encoding="utf-8")
    assert "is no bundle" in run("pack policy.yaml --out notes.txt", capsys, 2)[1]
    assert (folder / "notes.txt").read_text(encoding="utf-8") == "mine"
    assert "names a folder" in run("pack policy.yaml --out prices", capsys, 2)[1]
    run("pack policy.yaml", capsys)
    run("pack policy.yaml", capsys)  # over an earlier one of its own


@pytest.mark.parametrize(
    ("words", "what"),
    [
        ("verify none.trimtab", "cannot be read"),
        ("verify policy.yaml", "no bundle"),
        ("pack nothing", "there is no run"),
        ("verify mine.trimtab --as-of 2010-06-30", "does not go with a bundle"),
    ],
)
def test_bad_input_gets_one_line(folder: Path, capsys: Capture, words: str, what: str) -> None:
    run("pack policy.yaml", capsys)
    _, err = run(f"{words} --quiet", capsys, 2)
    assert what in err
    assert len(err.splitlines()) == 1


def test_python_packs_and_verifies_the_same(folder: Path, capsys: Capture) -> None:
    place = trimtab.pack("policy.yaml", out="python.trimtab")
    run("pack policy.yaml", capsys)
    mine, theirs = (unpacked((folder / name).read_bytes()) for name in (str(place), "mine.trimtab"))
    assert mine["results.json"] == theirs["results.json"]
    assert json.loads(mine["manifest.json"])["trials"] == 0
    found = trimtab.verify_bundle(place)
    assert found.verified
    assert found.words.startswith("VERIFIED")
    assert found.data_differences == found.result_differences == ()
    assert set(found.told) == {"trials", "code", "versions", "data.use"}
    assert not found.remarks
    assert found.policy.sha256 == trimtab.load_policy("policy.yaml").sha256
    with pytest.raises(UsageError, match="cannot be read"):
        trimtab.verify_bundle("none.trimtab")
    assert json.loads(unpacked(trimtab.pack("policy.yaml", workspace=folder).read_bytes())["manifest.json"])["trials"] == 1


def test_the_examples_of_the_help_run(folder: Path, capsys: Capture) -> None:
    examples = [VERBS[verb].get_default("example") for verb in ("policy pack", "policy verify")]
    for example in examples:
        run(example.removeprefix("trimtab policy "), capsys)


def test_a_bundle_never_counts_fewer_trials_than_its_validation_knows_of(folder: Path) -> None:
    """The registry that was counted then may be another, or gone."""
    policy = trimtab.load_policy("policy.yaml")
    validated(folder, policy)
    for trials, many in ((0, 1), (5, 5)):
        said = said_of(Workspace(folder), policy, trials=trials)
        assert said.validation is not None
        assert (said.validation.trials, said.trials) == (1, many)
