"""Every snippet of README.md and docs/ runs; planted faults are found."""

import sys
from pathlib import Path

import pytest

from tests.docs.snippets import Snippet, Step, agree, run_page, snippets, steps
from trimtab.desk.live import SystemClock

ROOT = Path(__file__).parents[2]
PAGES = [
    page
    for page in (ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")))
    if page.exists() and snippets(page.read_text(encoding="utf-8"))
]


def trimtab(arguments: list[str]) -> int:
    """The command line in this process; argparse's exits count as exit codes."""
    from trimtab.surfaces.cli.main import main

    try:
        return main(arguments)
    except SystemExit as stop:
        return int(stop.code or 0)


@pytest.mark.parametrize("page", [pytest.param(page, id=str(page.relative_to(ROOT))) for page in PAGES])
def test_the_page_runs(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "120")
    run_page(page, trimtab)


def page_of(tmp_path: Path, text: str) -> Path:
    page = tmp_path / "page.md"
    page.write_text(text)
    return page


def refuse(arguments: list[str]) -> int:
    return 4 if arguments == ["decide"] else 0


def test_blocks_share_one_namespace(tmp_path: Path):
    run_page(page_of(tmp_path, "```python\nx = 1\n```\ntext\n\n```python\nassert x == 1\n```\n"), refuse)


def test_a_failing_block_names_page_and_line(tmp_path: Path):
    page = page_of(tmp_path, "# Title\n\n```python\nx = 1\nassert x == 2\n```\n")
    with pytest.raises(AssertionError) as failed:
        run_page(page, refuse)
    last = failed.traceback[-1]
    assert (last.path, last.lineno + 1) == (page, 5)


def test_a_failing_command_fails_the_page(tmp_path: Path):
    page = page_of(tmp_path, "```console\n$ trimtab decide\n```\n")
    with pytest.raises(AssertionError, match=r"page\.md:2: `trimtab decide` ended with 4, the page says 0"):
        run_page(page, refuse)


def test_a_stated_exit_code_is_expected_of_the_last_command(tmp_path: Path):
    run_page(page_of(tmp_path, "<!-- exit: 4 -->\n```console\n$ trimtab status\n$ trimtab decide\n```\n"), refuse)
    with pytest.raises(AssertionError, match="ended with 0, the page says 4"):
        run_page(page_of(tmp_path, "<!-- exit: 4 -->\n\n```console\n$ trimtab status\n```\n"), refuse)


def test_only_trimtab_lines_run():
    block = Snippet(1, "console", "$ pip install x\n$ trimtab why 'US equity' \\\n    --json   # explain\n  output\n")
    assert list(steps(block)) == [Step(["why", "US equity", "--json"], "  output")]


def say(arguments: list[str]) -> int:
    sys.stdout.write(f"one\ntwo {' '.join(arguments)}\n")
    return 0


def test_what_a_page_shows_is_what_is_printed(tmp_path: Path):
    run_page(page_of(tmp_path, "```console\n$ trimtab 3\none\ntwo 3\n$ trimtab 4\n```\n"), say)
    with pytest.raises(AssertionError, match="prints something else"):
        run_page(page_of(tmp_path, "```console\n$ trimtab 3\none\n\n```\n"), say)


def test_dots_stand_for_anything():
    assert agree("run ... of 3\n...\nend", "run 7f of 3\na\n\nb\nend  ")
    assert agree("...\nend", "a\nb\nend")
    assert not agree("run ... of 3", "run 7f of 4")
    assert not agree("run ...", "run 7f\nmore")


def test_a_named_block_is_saved_and_not_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    run_page(page_of(tmp_path, "<!-- file: own.py -->\n```python\nraise SystemExit\n```\n"), refuse)
    assert (tmp_path / "own.py").read_text() == "raise SystemExit\n"


def test_a_step_may_look_for_modules_in_its_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    run_page(page_of(tmp_path, f"```console\n$ PYTHONPATH=. trimtab doctor\n{tmp_path}\n```\n"), first_place)


def first_place(arguments: list[str]) -> int:
    sys.stdout.write(sys.path[0])
    return 0


def tell_time(arguments: list[str]) -> int:
    sys.stdout.write(str(SystemClock().now()))
    return 0


def test_the_clock_stands_where_the_page_sets_it_until_the_page_ends(tmp_path: Path):
    before = SystemClock.now
    page = page_of(tmp_path, "<!-- clock: 2026-10-30T22:30:00Z -->\n\n```console\n$ trimtab x\n2026-10-30T22:30:00\n```\n")
    run_page(page, tell_time)
    assert SystemClock.now is before
    later = "<!-- clock: 2026-11-02T21:00:00Z -->\n<!-- exit: 0 -->\n```console\n$ trimtab x\n2026-11-02T21:00:00\n```\n"
    run_page(page_of(tmp_path, page.read_text() + later), tell_time)


def test_other_languages_are_left_alone():
    assert snippets("```yaml\na: 1\n```\n\n```\n$ trimtab demo\n```\n") == []


def test_a_policy_is_live_where_the_page_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """The comment stands above all others of a block, and goes to the book before the block runs."""
    put_live: list[tuple[object, ...]] = []
    monkeypatch.setattr("tests.docs.snippets.put_files_at", lambda *given, at: put_live.append((*given, at)))
    text = "<!-- live: model.yaml -->\n<!-- clock: 2011-01-03T12:00:00Z -->\n```console\n$ trimtab status\n```\n"
    run_page(page_of(tmp_path, text), lambda _: 0)
    assert put_live == [("book.db", ["model.yaml"], "2011-01-03T12:00:00")]
