"""`make supply` says how each step ended; the page about it names commands, files and words that exist."""

import os
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "supply-chain.md").read_text(encoding="utf-8")
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
STEPS = ("secrets", "bill", "licences", "audit", "wheel")


def ended(tmp_path: Path, codes: dict[str, int], audit: str = "") -> tuple[int, dict[str, str]]:
    """The exit code and the outcomes where each step ends as told: a shell stands in for Python and for the wheel."""
    (tmp_path / "tools").mkdir()
    (tmp_path / "tools" / "supply.sh").write_bytes((ROOT / "tools" / "supply.sh").read_bytes())
    (tmp_path / "tools" / "wheel.sh").write_text(f"exit {codes.get('wheel', 0)}\n")
    cases = "".join(f"*{name}) exit {code} ;;\n" for name, code in codes.items())
    (tmp_path / "python").write_text(f'#!/bin/sh\ncase "$2" in\n{cases}esac\n')
    (tmp_path / "python").chmod(0o755)
    given = os.environ | {"PYTHON": str(tmp_path / "python"), "AUDIT": audit}
    done = subprocess.run(("sh", "tools/supply.sh"), cwd=tmp_path, env=given, capture_output=True, text=True, check=False)
    text = (tmp_path / "out" / "supply" / "outcome.txt").read_text()
    assert done.stdout.endswith(text)
    return done.returncode, dict(line.split(maxsplit=1) for line in text.splitlines())


def test_all_passed(tmp_path: Path):
    assert ended(tmp_path, {}) == (0, dict.fromkeys(STEPS, "passed"))


@pytest.mark.parametrize("step", STEPS)
def test_a_step_that_fails_fails_the_whole_and_stops_no_other(step: str, tmp_path: Path):
    code, outcomes = ended(tmp_path, {step: 1}, audit="optional")
    assert (code, outcomes) == (1, dict.fromkeys(STEPS, "passed") | {step: "FAILED"})


@pytest.mark.parametrize(("audit", "code"), [("", 1), ("optional", 0), ("yes", 1)])
def test_an_audit_that_was_not_made_is_never_called_passed(audit: str, code: int, tmp_path: Path):
    assert ended(tmp_path, {"audit": 3}, audit) == (code, dict.fromkeys(STEPS, "passed") | {"audit": "NOT AUDITED"})


def test_three_means_not_audited_for_the_audit_alone(tmp_path: Path):
    assert ended(tmp_path, {"bill": 3}, "optional")[1]["bill"] == "FAILED"


def missing(page: str) -> set[str]:
    """What a page names and the project has not: targets of make and their settings, tools, and steps."""
    targets = {name for name in re.findall(r"make ([a-z]+)", page) if not re.search(rf"^{name}:", MAKEFILE, re.MULTILINE)}
    modules = {name for name in re.findall(r"-m (tools\.\w+)", page) if not (ROOT / f"{name.replace('.', '/')}.py").is_file()}
    files = {name for name in re.findall(r"\b((?:tools|locks)/[\w.-]+)", page) if not (ROOT / name).exists()}
    settings = {name for name in re.findall(r"\b([A-Z]+)=", page) if f"$({name})" not in MAKEFILE}
    text = "".join(path.read_text(encoding="utf-8") for path in sorted((ROOT / "tools").iterdir()) if path.is_file())
    written = {name for name in re.findall(r"out/supply/([\w.-]+)", page) if name not in text}
    options = {name for name in re.findall(r"(--[a-z][a-z-]*)", page) if f'"{name}"' not in text}
    return targets | modules | files | settings | written | options


def test_the_page_names_what_exists():
    assert missing(PAGE) == set()
    assert set(re.findall(r"^\| ([a-z]+) \| `", PAGE, re.MULTILINE)) == {"lock", *STEPS}


@pytest.mark.parametrize(
    "line", ["make suply", "python -m tools.bil", "sh tools/whel.sh", "make supply FUL=1", "out/supply/bil.json", "--servce X"]
)
def test_control_a_page_with_a_slip_is_found(line: str):
    assert len(missing(f"{PAGE}\n`{line}`\n")) == 1
