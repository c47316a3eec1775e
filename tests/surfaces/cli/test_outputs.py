"""Where commands write: over nothing that is not an earlier output of the same kind, and never among the data."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.surfaces.cli.desk_folder import POLICY, everything, put
from trimtab.core.errors import UsageError
from trimtab.surfaces.cli import sweep as verb
from trimtab.surfaces.cli.main import main
from trimtab.surfaces.cli.outputs import Output, require_free, require_free_report

Capture = pytest.CaptureFixture[str]
SWEEP = "sweep policy.yaml --quiet --grid costs.bps=1,2 --out"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    put(tmp_path, policy=POLICY)
    (tmp_path / "job").mkdir()
    (tmp_path / "notes.html").write_text("<!DOCTYPE html>\n<title>My notes</title>", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def refused(words: str, capsys: Capture) -> str:
    """The one line of a command that is refused, and has written nothing."""
    before = everything(Path())
    capsys.readouterr()
    assert main(words.split()) == 2
    assert everything(Path()) == before
    said = capsys.readouterr()
    assert said.out == ""
    assert len(said.err.strip().splitlines()) == 1
    return said.err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (f"{SWEEP} policy.yaml", "policy.yaml: this file is there already and is not the results of a sweep"),
        (f"{SWEEP} prices/prices.csv", "is not the results of a sweep: --out would replace it"),
        (f"{SWEEP} prices/new.parquet", "--out lies in prices, the folder of the policy's data"),
        (f"{SWEEP} prices/deep/new.parquet", "--out lies in prices"),
        (f"{SWEEP} prices", "prices: --out names a folder"),
        (f"{SWEEP} policy.yaml/best.parquet", "--out leads to policy.yaml, which is a file and no folder"),
        (f"{SWEEP} notes.html", "is not the results of a sweep"),
        ("validate policy.yaml --quiet --out policy.yaml", "is not a report of Trimtab: --out would replace it"),
        ("validate policy.yaml --quiet --out notes.html", "is not a report of Trimtab"),
        ("validate policy.yaml --quiet --out prices/page.html", "--out lies in prices"),
        ("validate policy.yaml --quiet --out job", "job: --out names a folder"),
        ("backtest policy.yaml --quiet --report policy.yaml", "--report would replace it"),
        ("backtest policy.yaml --quiet --report prices/new.csv", "--report lies in prices"),
        ("report prices/prices.csv --column SPY --quiet --out prices/prices.csv", "is not a report of Trimtab"),
        ("sweep policy.yaml --quiet --grid costs.bps=1 --workspace policy.yaml", "--workspace leads to policy.yaml"),
        ("backtest policy.yaml --quiet --workspace policy.yaml/deep", "which is a file and no folder"),
    ],
)
def test_what_is_not_ours_is_never_written_over(folder: Path, capsys: Capture, words: str, said: str) -> None:
    """A regression: `--out` replaced the policy, the prices, or any other file; a folder ended in a Python exception."""
    assert said in refused(words, capsys)


def test_the_report_of_a_file_replaces_no_page_of_somebody_else(folder: Path, capsys: Capture) -> None:
    """A regression: the default name was written over whatever stood there."""
    (folder / "prices-report.html").write_text("mine", encoding="utf-8")
    assert "the report would replace it" in refused("report prices/prices.csv --column SPY --quiet", capsys)


def test_an_earlier_output_of_the_same_kind_is_replaced(folder: Path) -> None:
    for _ in range(2):
        assert main([*SWEEP.split(), "copy.parquet"]) == 0
        assert main(["report", "prices/prices.csv", "--column", "SPY", "--prices", "--quiet", "--out", "page.html"]) == 0
    with pytest.raises(UsageError, match="is not a report of Trimtab"):
        require_free("copy.parquet", Output.REPORT)
    with pytest.raises(UsageError, match="is not the results of a sweep"):
        require_free("page.html", Output.RESULTS)
    pq.write_table(pa.table({"variant": [1], "SPY": [2.0]}), "other.parquet")
    with pytest.raises(UsageError, match="is not the results of a sweep"):
        require_free("other.parquet", Output.RESULTS)
    Path("empty").touch()
    assert require_free("empty", Output.RESULTS) == Path("empty")


def test_the_folder_of_a_sweep_keeps_its_own_results(folder: Path, capsys: Capture) -> None:
    assert main(["sweep", "policy.yaml", "--quiet", "--grid", "costs.bps=3,4"]) == 0
    kept = next(folder.glob("sweeps/*/results.parquet"))
    for place in (kept, kept.parent / "new.parquet", kept.parent / "parts" / "new.parquet"):
        assert "keeps its own results there" in refused(f"{SWEEP} {place}", capsys)


def test_a_folder_of_data_that_holds_all_of_the_work_refuses_only_what_it_would_read(folder: Path, capsys: Capture) -> None:
    Path("here.yaml").write_text(POLICY.replace("path: prices", "path: ."), encoding="utf-8")
    Path("prices.csv").write_bytes(Path("prices/prices.csv").read_bytes())
    words = "sweep here.yaml --quiet --grid costs.bps=1,2 --out"
    assert "folder of the policy's data" in refused(f"{words} best.parquet", capsys)
    assert main([*words.split(), "best/results.parquet"]) == 0


def test_a_pdf_is_ours_beside_a_page_of_ours(folder: Path) -> None:
    assert main(["report", "prices/prices.csv", "--column", "SPY", "--prices", "--quiet", "--out", "page.html"]) == 0
    Path("page.pdf").write_bytes(b"%PDF-1.4")
    require_free_report("page.html", pdf=True)
    Path("page.pdf").write_bytes(b"mine")
    require_free_report("page.html", pdf=False)
    with pytest.raises(UsageError, match=r"page\.pdf: this file is there already"):
        require_free_report("page.html", pdf=True)


def test_a_copy_that_cannot_be_made_says_so_and_leaves_no_draft(folder: Path) -> None:
    """A regression: it ended with the name of a Python exception, and exit code 1."""
    with pytest.raises(UsageError, match=r"the results cannot be copied: .* The results are in nowhere"):
        verb._copied(Path("nowhere.parquet"), Path("copy.parquet"))
    assert not list(folder.glob(".copy*"))
