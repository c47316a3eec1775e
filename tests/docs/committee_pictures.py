"""The pictures of docs/committee.md: `python -m tests.docs.committee_pictures` draws them anew.

Both are of the quarter that the page lives through: the head of its pack in a browser, and the way from the model to the
account.
"""

from __future__ import annotations

import subprocess
from contextlib import chdir
from functools import cache
from html import escape
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.docs.drawing import INK, WIDTH
from tests.docs.pages import ROOT
from tests.docs.shapes import finished, head
from tests.docs.snippets import run_page
from trimtab.surfaces.cli.main import main
from trimtab.surfaces.report.committee_page import pack_in

PAGE = ROOT / "docs" / "committee.md"
FOLDER = ROOT / "docs" / "_static" / "committee"
TITLE = "The override cost {cost:.2f} %: the model made {model:+.2f} %, the account {account:+.2f} %"
LABEL, BAR, GAP, TOP = 190, 30, 12, 48
UP, DOWN = "#3c7a3c", "#b4531a"


@cache
def quarter() -> str:
    """The page of the pack that docs/committee.md makes."""
    with TemporaryDirectory() as folder, chdir(folder):
        run_page(PAGE, main, lambda *_: None)
        return Path("committee/2018Q1-A07.html").read_text(encoding="utf-8")


def steps() -> list[tuple[str, float]]:
    """From the model to the account, in percent: the first and the last are levels, the others moves between them."""
    found = pack_in(quarter())
    assert found is not None
    way = found["accounts"][0]["decisions"]["effects"]
    moves = [(one["title"], 100.0 * one["effect"]) for one in way["effects"]]
    return [("The model as specified", 100.0 * way["model"]), *moves, ("The account", 100.0 * way["account"])]


def ladder() -> str:
    """The way as a waterfall."""
    rows = steps()
    title = TITLE.format(cost=-rows[1][1], account=rows[-1][1], model=rows[0][1])
    source = "An account over the first quarter of 2018, prices drawn at random; %"
    high = TOP + len(rows) * (BAR + GAP) + 20
    levels = [rows[0][1]]
    for _, move in rows[1:-1]:
        levels.append(levels[-1] + move)
    scale = (WIDTH - LABEL - 90) / max(*levels, rows[-1][1], 0.01)
    parts = [*head(title, source, high)]
    for k, (name, value) in enumerate(rows):
        level = k in (0, len(rows) - 1)
        low, top = (0.0, value) if level else sorted((levels[k - 1], levels[k]))
        y, x = TOP + k * (BAR + GAP), LABEL + low * scale
        fill = INK[0] if level else UP if value > 0.0 else DOWN
        said = f"{value:+.2f}" if round(value, 2) else "0.00"
        parts.append(f'<text x="{LABEL - 8}" y="{y + 19}" text-anchor="end" fill="#222">{escape(name)}</text>')
        parts.append(f'<rect x="{x:.1f}" y="{y}" width="{max((top - low) * scale, 1.0):.1f}" height="{BAR}" fill="{fill}"/>')
        parts.append(f'<text x="{LABEL + top * scale + 6:.1f}" y="{y + 19}" fill="#222">{said}</text>')
    return finished(parts)


def photographed() -> bytes:
    """The head of the page in a browser."""
    with TemporaryDirectory() as folder:
        (Path(folder) / "page.html").write_text(quarter(), encoding="utf-8")
        words = ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--window-size=1100,1080"]
        target = Path(folder) / "page.png"
        command = [*words, "--virtual-time-budget=8000", f"--screenshot={target}", f"file://{folder}/page.html"]
        subprocess.run(command, check=True, capture_output=True)
        return target.read_bytes()


PICTURES = {"ladder": ladder}

if __name__ == "__main__":
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, draw in PICTURES.items():
        (FOLDER / f"{name}.svg").write_text(draw(), encoding="utf-8", newline="\n")
    (FOLDER / "page.png").write_bytes(photographed())
