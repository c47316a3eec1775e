"""The pictures of docs/scripted-year.md: `python -m tests.docs.year_pictures` lives the page's year and draws them anew."""

from __future__ import annotations

import io
import json
import subprocess
from contextlib import chdir, redirect_stdout
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from tests.docs.drawing import Chart, svg
from tests.docs.pages import ROOT
from tests.docs.snippets import run_page
from trimtab.surfaces.cli.main import main

PAGE = ROOT / "docs" / "scripted-year.md"
FOLDER = ROOT / "docs" / "_static" / "year"
TITLE = "The account less its model: two overrides cost little, dear spreads and late hands more"


@cache
def lived() -> tuple[dict[str, Any], str]:
    """The shadow of the account, and the page of its second quarter, after the year of the page."""
    said = io.StringIO()
    with TemporaryDirectory() as folder, chdir(folder):
        run_page(PAGE, main, lambda *_: None)
        with redirect_stdout(said):
            main(["shadow", "A07", "--json"])
        return json.loads(said.getvalue())["shadow"], Path("committee/2018Q2-A07.html").read_text(encoding="utf-8")


def year() -> str:
    """What one unit became beyond the model: with its overrides, and in the account."""
    found, _ = lived()
    dates = np.array(found["dates"], dtype="datetime64[D]")
    account, model = (np.array(found["wealth"][name]) for name in ("account", "model"))
    overridden = np.array(found["wealth"]["steps"][-1])
    spans = (("2018-02-28", "2018-04-15"), ("2018-08-31", "2018-09-15"))
    lives = np.any([(dates >= np.datetime64(a)) & (dates <= np.datetime64(b)) for a, b in spans], axis=0)
    chart = Chart(
        title=TITLE,
        source="docs/scripted-year.md, four funds of the sample data: of one unit at the end of January 2018",
        dates=dates,
        lines=[
            ("the account less the model", account - model),
            ("the model with its overrides less the model", overridden - model),
        ],
        states=lives.astype(int),
        names=("none", "O-1, O-2"),
        percent=True,
        ribbon="override",
        fills=(0, 1),
    )
    return svg(chart)


def photographed() -> bytes:
    """The head of the second quarter's pack in a browser."""
    with TemporaryDirectory() as folder:
        (Path(folder) / "page.html").write_text(lived()[1], encoding="utf-8")
        words = ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--window-size=1100,1400"]
        target = Path(folder) / "page.png"
        command = [*words, "--virtual-time-budget=8000", f"--screenshot={target}", f"file://{folder}/page.html"]
        subprocess.run(command, check=True, capture_output=True)
        return target.read_bytes()


PICTURES = {"year": year}

if __name__ == "__main__":
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, draw in PICTURES.items():
        (FOLDER / f"{name}.svg").write_text(draw(), encoding="utf-8", newline="\n")
    (FOLDER / "pack.png").write_bytes(photographed())
