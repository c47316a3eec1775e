"""The check finds planted index addresses and machine paths, and leaves ordinary text alone."""

import subprocess
from pathlib import Path

import pytest

from tools.check_addresses import findings, main

SLASH = "/"  # the planted texts are put together here, so that this file passes the check itself


@pytest.mark.parametrize(
    "line",
    [
        f"{SLASH}home/ann/data.csv",
        f"open('{SLASH}root/x')",
        f"cd {SLASH}work/main",
        f'"{SLASH}Users/ann/x"',
        "C:" + "\\Users\\ann",
        "--index" + "-url something",
        "--find" + "-links wheels",
        "https:" + "//mirror.example/simple/numpy",
        "https://py" + "pi.org/project/numpy",
    ],
)
def test_planted_addresses_are_found(line: str):
    assert len(list(findings("README.md", f"fine\n{line}\n"))) == 1
    assert next(findings("README.md", f"fine\n{line}\n")).startswith("README.md:2: ")


@pytest.mark.parametrize(
    "line",
    [
        "src/root/x",
        "./work/x",
        "https://example.com/home/x",
        "~/work/x",
        "$HOME/work/x",
        "a simple/plain thing",
        "registry.name",
    ],
)
def test_ordinary_text_is_fine(line: str):
    assert list(findings("README.md", line)) == []


@pytest.mark.parametrize("line", ["numpy @ https://example.com/numpy.whl", "-i somewhere", "-f wheels", "x @ file:wheels/x"])
def test_a_lock_names_no_address_at_all(line: str):
    assert len(list(findings("locks/demo.txt", line))) == 1
    assert list(findings("docs/page.md", line)) == []


def test_the_command_reads_what_git_would_track(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    subprocess.run(("git", "init", "-q", str(tmp_path)), check=True)
    (tmp_path / ".gitignore").write_text("out/\n")
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "ignored.txt").write_text(f"{SLASH}home/x\n")
    (tmp_path / "binary.bin").write_bytes(b"\0" + f"{SLASH}home/x".encode())
    assert main(tmp_path) == 0
    (tmp_path / "new file.txt").write_text(f"{SLASH}home/x\n")
    assert main(tmp_path) == 1
    assert "new file.txt:1: a path of one machine" in capsys.readouterr().out
