"""The pictures of docs/month.md and docs/practice.md: `python -m tests.docs.month_pictures` draws them anew.

The steps are those of the code; the time line is that of a practice desk which is lived here, command by command. The
photograph of the page needs a Chromium: `python -m tests.docs.month_pictures --page` takes it.
"""

from __future__ import annotations

import subprocess
import sys
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

import trimtab
from tests.docs.drawing import INK, STATES, WIDTH
from tests.docs.friction_pictures import keys, text
from tests.docs.order_pictures import arrow
from tests.docs.pages import ROOT
from tests.docs.shapes import head
from tests.promoted import put_files_at
from trimtab.desk.episodes import STEPS
from trimtab.governance.promotion import Stage
from trimtab.surfaces.report.pdf import QUIET, browser

FOLDER = ROOT / "docs" / "_static" / "month"
PERSON, PROGRAM, MARKET = STATES[1], STATES[0], STATES[2]
WHO = {"approve": PERSON, "send": MARKET, "reconcile": MARKET}
SAID = {  # what a step does, and with which exit code a month stops there
    "update": ("fetch what is new", ""),
    "check": ("are the data there?", "4"),
    "decide": ("held against target", ""),
    "propose": ("orders, and the gate", "3"),
    "approve": ("a person says yes", "5"),
    "send": ("when a market is open", ""),
    "reconcile": ("fills; do books agree?", "6"),
    "report": ("the month's page", "0"),
}
BOX, HIGH = 162.0, 222.0


def steps_picture() -> str:
    """Eight steps in two rows: who does each, and where a month waits or stops."""
    parts = head("A month: eight steps, run as often as you like", "the steps of desk/episodes.py", HIGH)
    parts += keys([("the program", PROGRAM), ("a person", PERSON), ("when the market lets it", MARKET)])
    places = [(8.0 + BOX / 2 + (k % 4) * (WIDTH - 16.0 - BOX) / 3, 72.0 + 88.0 * (k // 4)) for k in range(len(STEPS))]
    for k, (step, (x, y)) in enumerate(zip(STEPS, places, strict=True)):
        words, code = SAID[step]
        shape = f'x="{x - BOX / 2:g}" y="{y - 20:g}" width="{BOX:g}" height="40" rx="5"'
        parts.append(f'<rect {shape} fill="{WHO.get(step, PROGRAM)}" stroke="#555"/>')
        parts += [text(x, y - 4, f"{k + 1}  {step}"), text(x, y + 11, words)]
        if code:
            parts.append(text(x - 12, y + 33, "done: exit 0" if code == "0" else f"stops here with exit {code}"))
        if k % 4:
            parts.append(arrow((places[k - 1][0] + BOX / 2, y), (x - BOX / 2, y)))
    (right, above), (left, below) = places[3], places[4]
    turn = below - 32
    parts.append(f'<path d="M{right + 60:g} {above + 20:g}V{turn:g}H{left:g}" fill="none" stroke="#444"/>')
    parts.append(arrow((left, turn), (left, below - 20)))
    return "\n".join([*parts, "</svg>"]) + "\n"


@cache
def lived() -> tuple[tuple[str, str, str], ...]:
    """The first months of the practice desk of the page: when the clock stood where, what it was for, and what was done."""
    with TemporaryDirectory() as folder:
        desk = trimtab.Desk(folder, by="anna")
        turns = [(desk.practise("trend-overlay", "ME", "2018-01-31"), "decide and approve")]
        put_files_at(Path(folder) / "book.db", ["trend-overlay"], Stage.PAPER, at="2018-01-31T23:00:00")
        desk.month(account="ME")
        trimtab.Orders(by="carl", workspace=folder).approve("ME")
        for said in ("send", "filled; the next decision"):
            turns.append((desk.tick(), said))
            desk.month(account="ME")
        return tuple((f"{np.datetime64(at[:-1]).item():%a %d %b}", at[11:16], said) for at, said in turns)


def practice_picture() -> str:
    """The clock of a practice desk: it stands still until something can happen, then it jumps there."""
    parts = head("Practice time stands still, then jumps to what can happen next", "the example of this page", 132.0)
    turns = lived()
    places = [110.0 + k * (WIDTH - 220.0) / (len(turns) - 1) for k in range(len(turns))]
    y = 66.0
    for k, ((day, hour, said), x) in enumerate(zip(turns, places, strict=True)):
        parts.append(f'<circle cx="{x:g}" cy="{y:g}" r="7" fill="{INK[0]}"/>')
        parts += [text(x, y - 16, f"{day}, {hour} UTC"), text(x, y + 24, said)]
        if k:
            parts += [arrow((places[k - 1] + 9, y), (x - 9, y)), text((places[k - 1] + x) / 2, y - 6, "practice --next")]
    return "\n".join([*parts, "</svg>"]) + "\n"


PICTURES = {"steps": steps_picture, "practice": practice_picture}


def draw(folder: Path = FOLDER) -> list[Path]:
    """Write every picture; the files written."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, picture in PICTURES.items():
        (folder / f"{name}.svg").write_text(picture(), encoding="utf-8")
    return [folder / f"{name}.svg" for name in PICTURES]


def page_of_a_month(folder: Path) -> Path:
    """The page of the first month of that practice desk."""
    desk = trimtab.Desk(folder, by="anna")
    desk.practise("trend-overlay", "ME", "2018-01-31")
    put_files_at(folder / "book.db", ["trend-overlay"], Stage.PAPER, at="2018-01-31T23:00:00")
    desk.month(account="ME")
    trimtab.Orders(by="carl", workspace=folder).approve("ME")
    for _ in range(2):
        desk.tick()
        desk.month(account="ME")
    return folder / "months" / "2018-01" / "ME.html"


def photograph(folder: Path = FOLDER) -> Path:
    """Take the picture of that page with an installed Chromium."""
    target = folder / "page.png"
    with TemporaryDirectory() as place:
        page = page_of_a_month(Path(place))
        size = ("--window-size=1000,1500", "--hide-scrollbars", f"--screenshot={target}")
        command = [browser(), "--headless=new", "--no-sandbox", *QUIET, *size, page.as_uri()]
        subprocess.run(command, check=True, capture_output=True)
    return target


if __name__ == "__main__":
    draw()
    if "--page" in sys.argv:
        photograph()
