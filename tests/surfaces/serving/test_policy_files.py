"""Policy files: nothing outside of policies/, nothing lost, nothing dangerous read."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from trimtab.core.errors import PolicyError, UsageError
from trimtab.desk import gallery
from trimtab.surfaces.serving import policy_files
from trimtab.surfaces.serving.policy_files import NEW, Changed, check, listed, place_of, read, version_of, write

TEXT = gallery.named("static-60-40").identity.source
ODD = st.text(alphabet="aZ09._-/\\ :~\0\n\u2025\u2044.", max_size=12)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A workspace with a secret beside it and one in it."""
    (tmp_path / "secret.yaml").write_text("secret")
    folder = tmp_path / "desk"
    (folder / "policies").mkdir(parents=True)
    (folder / "book.yaml").write_text("secret")
    return folder


def files(place: Path) -> dict[Path, bytes]:
    """Everything that lies below a place, locks left out."""
    return {one: one.read_bytes() for one in place.rglob("*") if one.is_file() and one.suffix != ".lock"}


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=ODD | ODD.map(lambda text: f"{text}.yaml") | ODD.map(lambda text: f"../{text}.yaml"))
def test_no_name_reads_or_writes_outside(root: Path, name: str) -> None:
    before = files(root.parent)
    try:
        write(root, name, TEXT, expected=NEW)
    except UsageError:
        assert files(root.parent) == before
        with pytest.raises(UsageError):
            read(root, name)
    else:
        assert set(files(root.parent)) - set(before) == {root / "policies" / name}
        assert read(root, name).text == TEXT
        (root / "policies" / name).unlink()


@pytest.mark.parametrize(
    "name",
    [
        "../book.yaml",
        "..yaml",
        ".hidden.yaml",
        "-x.yaml",
        "a/b.yaml",
        "a.yml",
        "a.yaml\n",
        "\u0430.yaml",
        "",
        "x" * 81 + ".yaml",
    ],
)
def test_names_that_are_none(root: Path, name: str) -> None:
    with pytest.raises(UsageError, match="is no name of a policy file"):
        read(root, name)


def test_the_longest_name_is_one(root: Path) -> None:
    assert write(root, "x" * 80 + ".yaml", TEXT, expected=NEW).path == f"policies/{'x' * 80}.yaml"


@pytest.mark.parametrize("lead", ["file", "folder"])
def test_a_link_leads_nowhere(root: Path, lead: str) -> None:
    if lead == "file":
        (root / "policies" / "a.yaml").symlink_to(root / "book.yaml")
    else:
        (root / "policies").rmdir()
        (root / "policies").symlink_to(root.parent)
    name = "a.yaml" if lead == "file" else "secret.yaml"
    for act in (lambda: read(root, name), lambda: write(root, name, TEXT, expected=NEW)):
        with pytest.raises(UsageError, match="leads out of the workspace"):
            act()
    assert (root / "book.yaml").read_text() == "secret" == (root.parent / "secret.yaml").read_text()


def test_a_pipe_is_no_file_and_blocks_nobody(root: Path) -> None:
    os.mkfifo(root / "policies" / "a.yaml")
    assert listed(root) == ()
    with pytest.raises(UsageError, match="there is no policy file"):
        read(root, "a.yaml")


def test_what_was_written_is_read_and_listed(root: Path) -> None:
    kept = write(root, "mine.yaml", TEXT, expected=NEW)
    assert read(root, "mine.yaml") == kept
    assert kept.version == version_of(TEXT.encode())
    assert listed(root) == ("mine.yaml",)


def test_what_somebody_else_wrote_is_not_lost(root: Path) -> None:
    first = write(root, "mine.yaml", TEXT, expected=NEW)
    theirs = write(root, "mine.yaml", f"# theirs\n{TEXT}", expected=first.version)
    with pytest.raises(Changed, match="written by somebody else"):
        write(root, "mine.yaml", f"# mine\n{TEXT}", expected=first.version)
    with pytest.raises(Changed, match="is there already"):
        write(root, "mine.yaml", f"# mine\n{TEXT}", expected=NEW)
    assert read(root, "mine.yaml") == theirs
    with pytest.raises(Changed, match="not there any more"):
        write(root, "other.yaml", TEXT, expected=first.version)
    assert listed(root) == ("mine.yaml",)


def test_the_version_is_what_guards(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: without the comparison the other's text is gone."""
    first = write(root, "mine.yaml", TEXT, expected=NEW)
    write(root, "mine.yaml", f"# theirs\n{TEXT}", expected=first.version)
    monkeypatch.setattr(policy_files, "_require", lambda *_: None)
    write(root, "mine.yaml", f"# mine\n{TEXT}", expected=first.version)
    assert "theirs" not in read(root, "mine.yaml").text


BOMB = "a: &a [x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a]\nc: [*b,*b,*b,*b,*b,*b,*b,*b]\n"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (BOMB, "aliases are not allowed"),
        ("a: " + "[" * 60 + "]" * 60, "deep"),
        ("a: !!python/object:os.system x", "tag"),
        ("x" * 200_001, "longer than 200,000 bytes"),
        ("a: \x1b[2J", r"U\+001B stands in it"),
        ("a: \0", r"U\+0000"),
        ("a: \ud800", "letters that are none"),
        ("- 1", "no policy"),
        ("", "no policy"),
        (TEXT.replace("trimtab: 1", "trimtab: 1\nspeed: 3"), "unknown key speed"),
    ],
)
def test_what_is_no_policy_is_not_kept(root: Path, text: str, words: str) -> None:
    with pytest.raises(PolicyError, match=words):
        write(root, "mine.yaml", text, expected=NEW)
    assert listed(root) == ()


def test_a_fault_has_its_line_and_column(root: Path) -> None:
    with pytest.raises(PolicyError) as caught:
        check(root, "mine.yaml", "trimtab: 1\nname: x\nspeed: 3\n")
    assert place_of(caught.value) == (3, 1)
    assert caught.value.where == "mine.yaml:3:1"
    assert place_of(UsageError("x", where="somewhere")) is None


def evil(root: Path) -> str:
    """A policy that names a class in a file beside it, which leaves a trace when it is imported."""
    trace = root.parent / "ran"
    code = f"from pathlib import Path\nPath({str(trace)!r}).write_text('')\nclass Run: pass\n"
    (root / "policies" / f"evil_{root.parent.name}.py").write_text(code)
    return f"evil_{root.parent.name}:Run"


@pytest.mark.parametrize("kind", ["os:system", "my.module:Signal.inner", ""])
def test_code_is_refused_before_it_is_imported(root: Path, kind: str) -> None:
    text = f"{TEXT}signals:\n  mine: {{use: '{kind or evil(root)}'}}\n"
    with pytest.raises(PolicyError, match="is code outside Trimtab") as caught:
        check(root, "mine.yaml", text)
    assert place_of(caught.value) is not None
    assert not (root.parent / "ran").exists()


def test_what_the_bounds_keep_out(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The controls: without the bounds the code runs, and without the names a path leads out."""
    text = f"{TEXT}signals:\n  mine: {{use: '{evil(root)}'}}\n"
    monkeypatch.setattr(policy_files, "require_bounds", lambda *_: None)
    with pytest.raises(PolicyError, match="no dataclass"):
        check(root, "mine.yaml", text)
    assert (root.parent / "ran").exists()
    monkeypatch.setattr(policy_files, "_NAME", re.compile(r".*", re.DOTALL))
    assert read(root, "../book.yaml").text == "secret"


def test_prose_may_hold_a_colon(root: Path) -> None:
    lines = [line for line in TEXT.splitlines() if not line.startswith(("title:", "description:"))]
    text = "\n".join([*lines, "title: 'ours:mine'", "description: 'a:b'", ""])
    assert check(root, "mine.yaml", text).identity.title == "ours:mine"


@pytest.mark.parametrize(
    "data",
    [
        "{use: folder, path: /etc}",
        "{use: folder, path: ../../}",
        "{use: folder, path: '~/x'}",
        "{use: store, path: 's3://bucket/x'}",
        "{use: store, path: 'http://127.0.0.1/x'}",
        "{use: folder, path: away}",
        "{use: yahoo}",
        "{use: sql}",
    ],
)
def test_data_lie_inside(root: Path, data: str) -> None:
    (root / "policies" / "away").symlink_to("/etc")
    text = "\n".join(line for line in TEXT.splitlines() if not line.startswith("data:")) + f"\ndata: {data}\n"
    with pytest.raises(PolicyError) as caught:
        check(root, "mine.yaml", text)
    assert caught.value.code == "TT-POL-031"


@pytest.mark.parametrize(
    "more", ["views: ../../views.yaml", "views: /etc/passwd", "tax: {use: us_federal, rates: ../../../etc/passwd}"]
)
def test_other_files_lie_inside_too(root: Path, more: str) -> None:
    with pytest.raises(PolicyError, match="outside of the workspace"):
        check(root, "mine.yaml", f"{TEXT}{more}\n")


def test_a_folder_of_the_workspace_may_be_named(root: Path) -> None:
    text = (
        "\n".join(line for line in TEXT.splitlines() if not line.startswith("data:"))
        + "\ndata: {use: store, path: ../market}\n"
    )
    assert check(root, "mine.yaml", text).sha256


def test_no_more_files_than_there_may_be(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(policy_files, "MOST_FILES", 1)
    first = write(root, "a.yaml", TEXT, expected=NEW)
    with pytest.raises(UsageError, match="policy files lie there already"):
        write(root, "b.yaml", TEXT, expected=NEW)
    write(root, "a.yaml", f"# more\n{TEXT}", expected=first.version)
