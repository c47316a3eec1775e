"""The command line as a process: quick help, plain terminals, readers that go away, and Ctrl-C."""

from __future__ import annotations

import ast
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.surfaces.cli.desk_folder import POLICY, everything, put
from trimtab.surfaces.cli import research
from trimtab.surfaces.cli.main import main

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals and pipes are those of POSIX")

ROOT = Path(__file__).parents[3]
HEAVY = {"numpy", "pandas", "pydantic", "yaml", "plotly", "scipy", "tqdm"}


def settings(**changes: str) -> dict[str, str]:
    """The environment of a subprocess: the package on its path, and no coverage inside."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("COV", "NO_COLOR", "COLUMNS", "PYTHON"))}
    return kept | {"PYTHONPATH": str(ROOT / "src")} | changes


def run(*command: str, folder: Path, stdout: int = subprocess.PIPE, **changes: str) -> subprocess.CompletedProcess[bytes]:
    """Python in a folder."""
    words = [sys.executable, *command]
    surroundings = settings(**changes)
    return subprocess.run(words, cwd=folder, env=surroundings, stdout=stdout, stderr=subprocess.PIPE, timeout=60, check=False)


def call(*words: str, folder: Path, code: int = 0, **changes: str) -> subprocess.CompletedProcess[bytes]:
    """`python -m trimtab` in a folder."""
    done = run("-m", "trimtab", *words, folder=folder, **changes)
    assert done.returncode == code, done.stderr.decode()
    return done


# Help.

LOADED = "import sys; from trimtab.surfaces.cli.main import main; main({words!r}); sys.stderr.write(' '.join(sys.modules))"


@pytest.mark.parametrize("words", [["--help"], ["--version"], ["backtest", "--help"], ["bogus"]])
def test_help_loads_nothing_heavy(words: list[str], tmp_path: Path) -> None:
    script = LOADED.format(words=words)
    done = run("-c", script, folder=tmp_path)
    assert done.returncode == 0
    assert not HEAVY & set(done.stderr.decode().split())


def test_help_answers_at_once(tmp_path: Path) -> None:
    """0.3 s are promised; CPU time of the process, the best of three, since the cores are shared."""
    import resource

    taken = []
    for _ in range(3):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        assert b"Dynamic asset allocation" in call("--help", folder=tmp_path).stdout
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        taken.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    assert min(taken) < 0.3


def test_the_package_alone_loads_nothing_heavy(tmp_path: Path) -> None:
    script = "import trimtab, sys; trimtab.__version__; sys.stderr.write(' '.join(sys.modules))"
    done = run("-c", script, folder=tmp_path)
    assert done.returncode == 0
    assert not HEAVY & set(done.stderr.decode().split())


# Plain terminals.


def test_a_terminal_without_unicode_and_colour_gets_plain_ascii(tmp_path: Path) -> None:
    put(tmp_path, policy=POLICY.replace("name: US equity", "name: Zürich Börse \u2192"))
    done = call("backtest", "policy.yaml", folder=tmp_path, PYTHONIOENCODING="ascii", NO_COLOR="1", TERM="dumb", COLUMNS="40")
    assert done.stdout.isascii()
    assert done.stderr.isascii()
    assert b"\x1b" not in done.stdout + done.stderr
    assert b"Z?rich B?rse ?" in done.stdout
    done = call("why", "TLT", "--json", folder=tmp_path, PYTHONIOENCODING="ascii")
    assert json.loads(done.stdout)["asset"] == "TLT"
    done = call("backtest", "nö.yaml", folder=tmp_path, code=2, PYTHONIOENCODING="ascii")
    assert done.stderr.isascii()
    assert b"cannot read the policy" in done.stderr


def test_even_where_colour_is_allowed_there_is_no_escape(tmp_path: Path) -> None:
    put(tmp_path)
    done = call("backtest", "policy.yaml", "--vs", "", folder=tmp_path, FORCE_COLOR="1", TERM="xterm-256color")
    assert b"\x1b" not in done.stdout


@pytest.mark.parametrize("columns", ["20", "40", "80", "500"])
def test_sentences_keep_to_the_width_of_the_terminal(
    columns: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    put(tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", columns)
    assert main(["policy", "show", "policy.yaml"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines[2:])) <= max(42, min(int(columns), 120) + 1)


# Readers that go away.


def test_a_reader_that_goes_away_is_no_error(tmp_path: Path) -> None:
    """`trimtab policy schema | head -1`: no traceback, whether the pipe breaks at the first line or at the last flush."""
    for words in (["policy", "schema"], ["doctor"]):
        reading, writing = os.pipe()
        os.close(reading)
        done = run("-m", "trimtab", *words, folder=tmp_path, stdout=writing)
        os.close(writing)
        assert done.stderr == b""
        assert done.returncode == 0


# Ctrl-C.

SLOW = """
import sys, time
from trimtab.desk import workspace
real = workspace._write_csv
def slow(*given):
    real(*given)
    print("writing", flush=True)
    time.sleep(60)
workspace._write_csv = slow
from trimtab.surfaces.cli.main import main
sys.exit(main(["backtest", "policy.yaml", "--quiet"]))
"""


def test_ctrl_c_in_the_middle_of_a_run_leaves_nothing_half_written(tmp_path: Path) -> None:
    put(tmp_path)
    before = everything(tmp_path)
    command = [sys.executable, "-c", SLOW]
    with subprocess.Popen(command, cwd=tmp_path, env=settings(), stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"writing\n"
        process.send_signal(signal.SIGINT)
        _, error = process.communicate(timeout=30)
    assert process.returncode == 1
    assert error == b"stopped; nothing half-written was kept\n"
    left = everything(tmp_path)
    assert set(left) - set(before) == {"runs", "trials.jsonl", ".trials.lock"}  # the trial did happen, and is counted
    assert json.loads((tmp_path / "trials.jsonl").read_text(encoding="utf-8"))["name"] == "mine"


def test_ctrl_c_while_it_runs_writes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    put(tmp_path)
    monkeypatch.chdir(tmp_path)
    before = everything(tmp_path)

    def stopped(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(research, "run", stopped)
    assert main(["backtest", "policy.yaml"]) == 1
    assert capsys.readouterr().err == "stopped; nothing half-written was kept\n"
    assert everything(tmp_path) == before


# Texts of people.


def test_what_is_printed_goes_through_one_place() -> None:
    """`say` and `print_file` write to standard output, `tell` to standard error; nothing else prints."""
    found = set()
    for path in (ROOT / "src").rglob("*.py"):
        code = path.read_text(encoding="utf-8")
        for node in ast.walk(ast.parse(code if "print(" in code or ".write(" in code else "")):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in ("print", "sys.stdout.write", "sys.stderr.write"):
                assert "visible(" in ast.unparse(node), f"{path}:{node.lineno}"
                found.add(path.name)
    assert found == {"options.py", "wrapping.py"}
