"""A verb as a function: the same document as on the command line, by whoever asks, and nothing printed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from trimtab.core.errors import PolicyError, TrimtabError, UsageError
from trimtab.surfaces.cli.heard import listener, listening
from trimtab.surfaces.cli.main import main
from trimtab.surfaces.serving.operations import OPERATIONS, operation
from trimtab.surfaces.serving.shapes import shape
from trimtab.surfaces.serving.verbs import Refusal, Said, Served, namespace, run, tried

Capture = pytest.CaptureFixture[str]


@pytest.mark.parametrize("verb", ["gallery", "policy show", "signals"])
def test_the_document_is_that_of_the_command_line(
    verb: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    monkeypatch.chdir(tmp_path)
    values = {} if verb == "gallery" else {"policy": "trend-overlay"}
    assert main([*verb.split(), *values.values(), "--json", "--quiet"]) == 0
    printed = json.loads(capsys.readouterr().out)
    said = run(Served(), verb, values, "anna")
    assert json.loads(json.dumps(said.document)) == printed
    assert capsys.readouterr().out == ""


def test_who_asks_writes_and_the_desk_is_the_served_one() -> None:
    served = Served("desk.db", "prices", "folder")
    found = namespace(served, "orders approve", {"orders": ["A07"], "reason": "read"}, "ben")
    assert (found.by, found.book, found.json, found.workspace, found.orders) == ("ben", "desk.db", True, ".", ["A07"])
    cut = namespace(served, "metrics", {"subject": "x", "by": "year"}, "ben")
    assert cut.by == "year"  # there the word has another meaning


def test_an_option_that_a_verb_does_not_have_is_refused() -> None:
    with pytest.raises(UsageError, match="no option 'nowhere'"):
        namespace(Served(), "status", {"nowhere": 1}, "ben")
    with pytest.raises(UsageError, match="no verb 'dance'"):
        namespace(Served(), "dance", {}, "ben")


def test_a_refusal_keeps_the_words_and_masks_what_is_secret() -> None:
    found = tried(Served(), "policy show", {"policy": "nowhere.yaml"}, "ben")
    assert isinstance(found, Refusal)
    assert (found.exit_code, found.code) == (2, "TT-USE-001")
    assert "nowhere.yaml" in found.line
    hidden = Refusal.of(PolicyError("cannot reach postgresql://desk:hunter2@db/x"))
    assert "hunter2" not in hidden.line
    ours = Refusal.of(ValueError("hunter2"))
    assert ours.ours
    assert "hunter2" not in ours.line


def test_where_the_desk_lies_on_the_machine_is_told_to_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    said = run(Served(), "backtest", {"policy": "static-60-40"}, "anna")
    assert said.document["run"]
    assert str(tmp_path) not in said.text
    refused = Refusal.of(PolicyError("it does not read", where=str(tmp_path / "policies" / "x.yaml")))
    assert refused.where == "policies/x.yaml"


def test_nobody_listens_outside() -> None:
    with listening() as outer:
        with listening() as inner:
            assert listener() is inner
        assert listener() is outer
    assert listener() is None


@pytest.mark.parametrize("one", OPERATIONS, ids=[one.id for one in OPERATIONS])
def test_every_operation_has_options_that_its_verb_knows_and_that_name_no_other_desk(one: object) -> None:
    served_options = set(one.options) | set(one.fixed)  # type: ignore[attr-defined]
    known = namespace(Served(), one.verb, {}, "ben")  # type: ignore[attr-defined]
    assert served_options <= set(vars(known))
    assert not served_options & {"book", "data", "store", "workspace", "sql", "sql_from", "password_from", "address", "data_at"}
    if one.verb not in ("metrics", "attribute"):  # type: ignore[attr-defined]
        assert "by" not in served_options
    assert shape(one).model_config["extra"] == "forbid"  # type: ignore[arg-type]


def test_what_is_asked_for_is_checked_as_the_parser_would() -> None:
    form = shape(operation("POST", "orders edit"))
    assert form(order="A07").model_dump()["qty"] == ""
    for bad in ({}, {"order": ""}, {"order": "A07", "more": 1}, {"order": "a\x1b[2J"}, {"order": "x" * 3000}):
        with pytest.raises(ValueError, match="validation error"):
            form(**bad)


def test_said_without_a_document_is_empty() -> None:
    assert Said("", 0).document == {}
    assert issubclass(UsageError, TrimtabError)
