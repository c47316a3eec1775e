"""The verbs of the mandate: written, checked against a policy, shown, written into one, signed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.surfaces.cli.desk_folder import everything
from trimtab.desk import gallery
from trimtab.surfaces.cli.main import main

Capture = pytest.CaptureFixture[str]
ANSWERS = (
    "horizon: long\ntolerance: low\ncapacity: small\ntax: taxable\nview: conviction\nsuccess: defined\nmax_drawdown: 0.2\n"
)


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "120")
    monkeypatch.delenv("TRIMTAB_BOOK", raising=False)
    return tmp_path


def said(capsys: Capture, words: str, code: int = 0) -> str:
    capsys.readouterr()
    assert main(words.split()) == code
    return capsys.readouterr().out


def document(capsys: Capture, words: str, code: int = 0) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(said(capsys, f"{words} --json --quiet", code))
    assert found.pop("trimtab") == 1
    return found


def test_from_the_template_to_a_policy_that_keeps_it(here: Path, capsys: Capture) -> None:
    assert document(capsys, "mandate init --as-of 2018-01-01") == {"kind": "mandate-init", "mandate": "mandate.yaml"}
    assert "mandate.yaml: valid" in said(capsys, "mandate check mandate.yaml")
    text = said(capsys, "mandate check mandate.yaml trend-overlay", 3)
    assert "LOOSER     approval: nobody approves what he asked for; the policy: anybody approves" in text
    assert "kept       4.1: Each asset within 10 % of the benchmark weight" in text
    assert "trend-overlay does not keep the mandate" in text
    (here / "policy.yaml").write_text(gallery.text("static-60-40"), encoding="utf-8")
    made = document(capsys, "mandate rules mandate.yaml --into policy.yaml --out held-to.yaml")
    assert (made["kind"], made["policy"]) == ("mandate-rules", "held-to.yaml")
    assert (here / "policy.yaml").read_text(encoding="utf-8") == gallery.text("static-60-40")
    said(capsys, "mandate rules mandate.yaml --into trend-overlay --out named.yaml")
    assert document(capsys, "mandate check mandate.yaml named.yaml")["kept"]
    found = document(capsys, "mandate check mandate.yaml held-to.yaml")
    assert found.keys() == {"kind", "name", "version", "sha256", "policy", "parts", "kept"}
    assert found["kept"]
    assert {part["verdict"] for part in found["parts"]} == {"kept"}
    assert "held-to.yaml keeps the mandate" in said(capsys, "mandate check mandate.yaml held-to.yaml")


def test_the_policy_and_the_mandate_of_one_advice_fit_each_other(here: Path, capsys: Capture) -> None:
    (here / "answers.yaml").write_text(ANSWERS, encoding="utf-8")
    said(capsys, "advise --file answers.yaml")
    said(capsys, "mandate init --from-advice answers.yaml")
    assert "my-policy.yaml keeps the mandate" in said(capsys, "mandate check mandate.yaml my-policy.yaml")
    assert "advice: " in (here / "mandate.yaml").read_text(encoding="utf-8")


def test_nothing_is_written_over(here: Path, capsys: Capture) -> None:
    said(capsys, "mandate init")
    (here / "policy.yaml").write_text(gallery.text("static-60-40"), encoding="utf-8")
    (here / "mine.html").write_text("<p>mine</p>", encoding="utf-8")
    before = everything(here)
    for words, why in (
        ("mandate init", "mandate.yaml exists already"),
        ("mandate rules mandate.yaml --into policy.yaml --out policy.yaml", "policy.yaml exists already"),
        ("mandate rules mandate.yaml --into policy.yaml", "--into needs --out"),
        ("mandate rules mandate.yaml --out x.yaml", "--out needs --into"),
        ("mandate show mandate.yaml --out mine.html", "is no page of a mandate"),
        ("mandate sign mandate.yaml", "book"),
    ):
        capsys.readouterr()
        assert main(words.split()) != 0
        (line,) = capsys.readouterr().err.splitlines()
        assert why in line
    assert everything(here) == before


def test_the_screen_and_the_page_show_the_same_words(here: Path, capsys: Capture) -> None:
    said(capsys, "mandate init --as-of 2018-01-01")
    text = said(capsys, "mandate show mandate.yaml")
    assert "wrote page.html" in said(capsys, "mandate show mandate.yaml --out page.html")
    assert "wrote page.html" in said(capsys, "mandate show mandate.yaml --out page.html")  # over an earlier one
    page = (here / "page.html").read_text(encoding="utf-8")
    for words in ("Each asset class at most 75 %", "2018-01-01", "12 % a year", "Parameters are open every 3 years"):
        assert words in text
        assert words in page
    found = document(capsys, "mandate show mandate.yaml")
    assert found.keys() == {"kind", "name", "version", "sha256", "mandate", "page"}
    assert found["sha256"] in page
    assert text.isascii()


@pytest.mark.parametrize("columns", [80, 120])
def test_it_fits_the_terminal(columns: int, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    said(capsys, "mandate init")
    for words, code in (("mandate show mandate.yaml", 0), ("mandate check mandate.yaml trend-overlay", 3)):
        assert max(map(len, said(capsys, words, code).splitlines())) <= columns


def test_rules_are_entries_of_a_policy_file(capsys: Capture) -> None:
    said(capsys, "mandate init --as-of 2018-01-01")
    text = said(capsys, "mandate rules mandate.yaml")
    assert "  - limit: {use: max_tilt, at_most: 0.1}\n    id: IPS-4.1\n" in text
    assert "review: {every: 3M, full_cycle: 3Y}" in text
    assert document(capsys, "mandate rules mandate.yaml")["entries"]["approval"] == {"four_eyes": True}


def test_it_is_signed_in_the_journal(here: Path, capsys: Capture) -> None:
    said(capsys, "mandate init")
    text = (here / "mandate.yaml").read_text(encoding="utf-8")
    names = "signatures: [{name: anna, role: owner}, {name: ben, role: adviser}]"
    (here / "mandate.yaml").write_text(text.replace("signatures: []", names), encoding="utf-8")
    said(capsys, "book init")
    first = said(capsys, "mandate sign mandate.yaml --by anna")
    assert "signed by anna" in first
    assert "still to sign: ben" in first
    assert document(capsys, "mandate sign mandate.yaml --by ben")["to_sign"] == []
    assert main(["mandate", "sign", "mandate.yaml", "--by", "Anna"]) == 2
    assert "mandate.signed" in said(capsys, "journal show")
    assert said(capsys, "verify")
