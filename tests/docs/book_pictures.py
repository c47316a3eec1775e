"""The picture of docs/book.md: `python -m tests.docs.book_pictures` draws it anew.

It is made from the files that stand on that page, imported into a book: what is drawn is what the page's commands print.
"""

from __future__ import annotations

import getpass
from datetime import date
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd

import trimtab
from tests.docs.drawing import INK, STATES, WIDTH
from tests.docs.friction_pictures import keys, label, text
from tests.docs.pages import ROOT
from tests.docs.shapes import head
from tests.docs.snippets import snippets
from trimtab.accounting.database.events import InstrumentListed
from trimtab.accounting.database.store import BookStore
from trimtab.core.households import Instrument
from trimtab.desk.live import SystemClock

FOLDER = ROOT / "docs" / "_static" / "book"
START, END = date(2023, 1, 1), date(2023, 12, 31)
EDGE, RIM, HIGH = 132.0, 14.0, 232.0
WINDOW = 30


@cache
def household() -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Lots of A07, its gains, and lots of A08 at the end of 2023, as the files of the page say."""
    files = {one.file: one.code for one in snippets((ROOT / "docs" / "book.md").read_text(encoding="utf-8")) if one.file}
    with TemporaryDirectory() as folder:
        place = Path(folder) / "book.db"
        book = trimtab.Book.create(place, by="desk")
        book.open_account("A07", "Mueller", lots="hifo")
        book.open_account("A08", "Mueller", wrapper="deferred")
        with BookStore.open(place) as store:
            alike = [InstrumentListed(Instrument(name, alike="us-total-market")) for name in ("VTI", "ITOT")]
            store.append(alike, recorded=SystemClock().now(), author=getpass.getuser())
        for name, account in (("activity.csv", "A07"), ("ira.csv", "A08")):
            (Path(folder) / name).write_text(files[name], encoding="utf-8")
            book.import_file(Path(folder) / name, account, commit_it=True)
        return book.lots("A07", as_of=END), book.gains("A07"), book.lots("A08", as_of=END)


def across(when: date) -> float:
    """The place of a date from left to right."""
    return EDGE + (when - START).days / (END - START).days * (WIDTH - EDGE - RIM)


def bar(first: date, last: date, y: float, fill: str, *, dashed: bool = False) -> str:
    """A lot from one date to another."""
    shape = f'x="{across(first):.1f}" y="{y:g}" width="{across(last) - across(first):.1f}" height="18"'
    if dashed:
        return f'<rect {shape} fill="none" stroke="{fill}" stroke-dasharray="4 3"/>'
    return f'<rect {shape} fill="{fill}"/>'


def arrow(start: tuple[float, float], end: tuple[float, float]) -> list[str]:
    """A line from one point down to another, with a head."""
    (a, b), (x, y) = start, end
    return [
        f'<path d="M{a:.1f} {b:g}L{x:.1f} {y - 5:g}" fill="none" stroke="{INK[1]}" stroke-width="1.4"/>',
        f'<path d="M{x - 4:.1f} {y - 6:g}L{x + 4:.1f} {y - 6:g}L{x:.1f} {y:g}" fill="{INK[1]}"/>',
    ]


def wash_picture() -> str:
    """A time line: lots as bars, the sale at a loss, its window, and where the loss went."""
    lots, gains, others = household()
    loss = gains[gains["disallowed"] > 0].iloc[0]
    taken = lots[(lots["instrument"] == "VTI") & (lots["earlier"] > 0)].iloc[0]
    kept = lots[(lots["instrument"] == "VTI") & (lots["earlier"] == 0)].iloc[0]
    spent = others[others["instrument"] == "ITOT"].iloc[0]
    lost = loss["disallowed"] - taken["washed"]
    sold = loss["sold"]
    title = f"A loss of {-loss['gain']}: {taken['washed']} move on, {lost} are lost for good"
    parts = head(title, "activity.csv and ira.csv of this page, household Mueller", HIGH)
    parts += keys([("held", STATES[0]), ("sold at a loss", STATES[1]), ("bought again", STATES[2])])
    parts += window(sold)
    rows = ((54.0, "A07, 100 VTI"), (88.0, "A07, 20 VTI"), (122.0, "A07, 10 VTI"), (166.0, "A08, 10 ITOT"))
    parts += [label(EDGE - 8, y + 13, said) for y, said in rows]
    parts.append(bar(kept["opened"], END, 54, STATES[0]))
    parts.append(text(across(kept["opened"]) + 8, 67, f"{kept['units']:f} are left, {kept['cost']:,.2f} paid", "start"))
    parts.append(bar(loss["acquired"], sold, 88, STATES[1]))
    parts.append(text(across(loss["acquired"]) + 6, 101, f"loss {-loss['gain']}", "start"))
    parts.append(bar(taken["acquired"], taken["opened"], 122, INK[2], dashed=True))
    parts.append(text(across(taken["acquired"]) + 6, 135, f"held {taken['earlier']} days longer", "start"))
    parts.append(bar(taken["opened"], END, 122, STATES[2]))
    parts.append(label(across(taken["acquired"]) - 8, 135, f"cost {taken['washed']} more, {taken['cost']:,.2f} in all"))
    parts.append(bar(spent["opened"], END, 166, STATES[2]))
    parts.append(label(across(date(2023, 9, 20)), 179, f"cost stays {spent['cost']:,.2f}: {lost} of the loss are lost"))
    parts += arrow((across(sold), 106.0), (across(taken["opened"]) + 6, 122.0))
    parts += arrow((across(sold), 106.0), (across(spent["opened"]) + 8, 166.0))
    return "\n".join([*parts, *months(), "</svg>"]) + "\n"


def window(sold: date) -> list[str]:
    """The 61 days around a sale."""
    days = [date.fromordinal(sold.toordinal() + step) for step in (-WINDOW, WINDOW)]
    left, right = (across(day) for day in days)
    return [
        f'<rect x="{left:.1f}" y="46" width="{right - left:.1f}" height="146" fill="#f4efe2"/>',
        text((left + right) / 2, 43, "30 days before to 30 days after"),
    ]


def months() -> list[str]:
    """Names of months below."""
    names = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
    return [text(across(date(2023, month, 1)) + 24, 208, name) for month, name in enumerate(names, 1)]


PICTURES = {"wash-sale": wash_picture}


def draw(folder: Path = FOLDER) -> list[Path]:
    """Write every picture; the files written."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, picture in PICTURES.items():
        (folder / f"{name}.svg").write_text(picture(), encoding="utf-8")
    return [folder / f"{name}.svg" for name in PICTURES]


if __name__ == "__main__":
    draw()
