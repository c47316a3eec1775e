"""Runs are known by their whole hash, lie in their own folder, and nothing else of the disk is reached by their names."""

from __future__ import annotations

from pathlib import Path

import pytest

from trimtab.core.errors import DataError, TrimtabError, UsageError
from trimtab.surfaces.web.reads import runs, sweeps

NAMES = (
    "",
    ".",
    "..",
    "../x",
    "runs",
    "0123456789a",
    "0123456789abc",
    "0123456789AB",
    "0123456789ag",
    "01234567/9ab",
    "0123456789a\0",
)
RUN = "0123456789ab"


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "runs" / RUN).mkdir(parents=True)
    (tmp_path / "runs" / RUN / "run.json").write_text("{}")
    return tmp_path


@pytest.mark.parametrize("name", NAMES)
def test_what_is_no_hash_is_refused(desk: Path, name: str) -> None:
    with pytest.raises(UsageError, match="there is no run"):
        runs.run_folder(name)
    with pytest.raises(UsageError, match="there is no sweep"):
        sweeps.sweep_folder(name)
    with pytest.raises(UsageError):
        runs.report_of(name)


def test_a_link_out_of_the_workspace_is_no_run_and_no_report(desk: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    outside = tmp_path_factory.mktemp("outside")
    (outside / "run.json").write_text("{}")
    (outside / "secret.txt").write_text("canary")
    (desk / "runs" / ("f" * 12)).symlink_to(outside)
    with pytest.raises(UsageError, match="there is no run"):
        runs.run_folder("f" * 12)
    (desk / "runs" / RUN / "report.html").symlink_to(outside / "secret.txt")
    with pytest.raises(UsageError, match="no tear sheet"):
        runs.report_of(RUN)
    (desk / "runs" / RUN / "report.html").unlink()
    (desk / "runs" / RUN / "report.html").write_text("a sheet")
    assert runs.report_of(RUN) == b"a sheet"  # the control: a file of its own is given


@pytest.mark.parametrize(
    "text",
    ["", "date,wealth\n", "date,wealth,A\n2024-01-02,1.0,0.5\n", "date,wealth,A\n2024-01-02,1,0\n2024-01-03,x,0\n", "\xff"],
)
def test_a_damaged_run_says_so_in_one_line(desk: Path, text: str) -> None:
    (desk / "runs" / RUN / "wealth.csv").write_bytes(text.encode("latin-1"))
    with pytest.raises(DataError, match=RUN) as told:
        runs.wealth_of(RUN)
    assert "\n" not in str(told.value)
    with pytest.raises(TrimtabError):
        runs.one_run(RUN)
    (row,) = runs.run_table()
    assert row["ruling"] == "damaged"
    assert row["why"]


def test_a_damaged_sweep_is_a_row_that_says_so(desk: Path) -> None:
    name = "0" * 32
    (desk / "sweeps" / name).mkdir(parents=True)
    (desk / "sweeps" / name / "job.json").write_text('{"job": {"grid": 3}}')
    (row,) = sweeps.sweep_table()
    assert row["state"] == "damaged"
    with pytest.raises(DataError, match="damaged"):
        sweeps.one_sweep(name)
