"""Seventeen ways to damage a panel (A1 to A17 of the failure catalogue), each in six shapes, each from a seed.

`corrupt` answers with the bytes of a CSV file, as a vendor or a spreadsheet would have left it. Damage to values is done in
the cells that the shape selects; damage to the file itself in the rows that it selects.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

import numpy as np

from tests.data.quality.panels import HEADER, NAMES, Panel, rows, text
from trimtab.core.arrays import Mask


class Shape(Enum):
    CELL = "cell"
    ASSET = "asset"
    DAY = "day"
    BLOCK = "block"
    TAIL = "tail"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class Kind:
    code: str
    what: str
    make: Callable[[Panel, Mask, np.random.Generator], bytes]


def corrupt(panel: Panel, kind: Kind, seed: int, shape: Shape) -> bytes:
    """The damaged file."""
    rng = np.random.default_rng([seed, int(kind.code[1:]), [*Shape].index(shape)])
    return kind.make(panel, mask_of(panel, shape, rng), rng)


def mask_of(panel: Panel, shape: Shape, rng: np.random.Generator) -> Mask:
    """Cells (T, 6) to damage. A cell and a day lie inside, a tail is a month, a block one to two months of three assets."""
    days, assets = panel.close.shape
    mask = np.zeros((days, assets), dtype=bool)
    day, asset = int(rng.integers(100, days - 100)), int(rng.integers(0, assets))
    if shape is Shape.CELL:
        day = next(t for t in range(day, days) if panel.open[t, asset] and panel.open[t - 1, asset])
        mask[day, asset] = True
    elif shape is Shape.ASSET:
        mask[:, asset] = True
    elif shape is Shape.DAY:
        mask[day] = True
    elif shape is Shape.BLOCK:
        mask[day : day + int(rng.integers(20, 41)), rng.choice(assets, 3, replace=False)] = True
    elif shape is Shape.TAIL:
        mask[-21:] = True
    else:
        mask[:] = True
    return mask & panel.open


def scaled(panel: Panel, mask: Mask, factor: float) -> Panel:
    return panel.changed("close", np.where(mask, panel.close * factor, panel.close))


def _as_bytes(panel: Panel) -> bytes:
    return text(rows(panel)).encode()


def spike(panel: Panel, mask: Mask, rng: np.random.Generator) -> bytes:
    return _as_bytes(scaled(panel, mask, float(rng.choice([100.0, 0.01]))))


def stale(panel: Panel, mask: Mask, rng: np.random.Generator) -> bytes:
    """Each damaged price repeats the one of the session before it."""
    close = panel.close.copy()
    last = close[0].copy()
    for t in range(1, len(close)):
        close[t] = np.where(mask[t], last, close[t])
        last = np.where(panel.open[t], close[t], last)
    return _as_bytes(panel.changed("close", close))


def impossible(panel: Panel, mask: Mask, rng: np.random.Generator) -> bytes:
    """Zero, negative, without end, text, or with a decimal comma."""
    bad = str(rng.choice(["0", "-12.5", "inf", "1e999", "n/a", "NaN", "#REF!", '"12,5"', "None"]))
    hit = {(str(panel.dates[t]), NAMES[a]) for t, a in np.argwhere(mask)}
    table = [[*row[:2], bad, *row[3:]] if (row[0], row[1]) in hit else row for row in rows(panel)]
    return text(table).encode()


def missing_rows(panel: Panel, mask: Mask, rng: np.random.Generator) -> bytes:
    """Rows that are gone; of a whole asset or panel each second one."""
    keep = mask & (rng.random(mask.shape) < 0.5) if mask.any(axis=1).mean() > 0.9 else ~mask
    return _as_bytes(panel.changed("open", panel.open & (keep | ~mask)))


def doubled(panel: Panel, mask: Mask, rng: np.random.Generator) -> bytes:
    """Rows that stand twice, with the same numbers or with others."""
    other = bool(rng.integers(0, 2))
    hit = {(str(panel.dates[t]), NAMES[a]) for t, a in np.argwhere(mask)}
    table = []
    for row in rows(panel):
        table.append(row)
        if (row[0], row[1]) in hit:
            table.append([*row[:2], repr(float(row[2]) * 1.01), *row[3:]] if other else row)
    return text(table).encode()


def pence(panel: Panel, mask: Mask, rng: np.random.Generator) -> bytes:
    """Prices in hundredths among prices in the main unit; dividends stay."""
    return _as_bytes(scaled(panel, mask, 100.0))


def split_lost(panel: Panel, mask: Mask, rng: np.random.Generator) -> bytes:
    """Prices divided by a split that stands in no list; of a whole asset or panel, the listed splits vanish."""
    if mask.any(axis=1).mean() > 0.9:
        lost = mask.any(axis=0)
        lost[:2] |= not lost[:2].any()  # an asset that has one
        return _as_bytes(panel.changed("split", np.where(lost[None, :], np.nan, panel.split)))
    ratio = float(rng.choice([2.0, 3.0, 4.0, 5.0, 10.0]))
    volume = np.where(mask, np.round(panel.volume * ratio), panel.volume)
    return _as_bytes(scaled(panel, mask, 1.0 / ratio).changed("volume", volume))


def dividend_wrong(panel: Panel, mask: Mask, rng: np.random.Generator) -> bytes:
    """Dividends a hundred times too large, or counted again two days later; where the shape holds none, one is made up."""
    dividend = panel.dividend.copy()
    hit = mask & (dividend > 0.0)
    if not hit.any():
        middle = (mask.sum(axis=0) + 1) // 2
        dividend = np.where(mask & (np.cumsum(mask, axis=0) == middle), np.round(0.5 * panel.close, 4), dividend)
    elif rng.integers(0, 2):
        dividend = np.where(hit, dividend * 100.0, dividend)
    else:
        again = np.zeros_like(dividend)
        again[2:] = np.where(hit, panel.dividend, 0.0)[:-2]
        dividend = dividend + again
    return _as_bytes(panel.changed("dividend", dividend))


def stamped(panel: Panel, mask: Mask, rng: np.random.Generator) -> bytes:
    """Dates with a time of day, in another order, in another calendar, or in the year 20."""
    change = [
        lambda day: f"{day} 15:30",
        lambda day: f"{day[8:]}/{day[5:7]}/{day[:4]}",
        lambda day: f"{day}T23:00:00+00:00",
        lambda day: f"00{day[2:]}",
    ][int(rng.integers(0, 4))]
    hit = {(str(panel.dates[t]), NAMES[a]) for t, a in np.argwhere(mask)}
    table = [[change(row[0]), *row[1:]] if (row[0], row[1]) in hit else row for row in rows(panel)]
    return text(table).encode()


def unsorted(panel: Panel, mask: Mask, rng: np.random.Generator) -> bytes:
    """The damaged rows stand in any order, a single one at the end."""
    hit = {(str(panel.dates[t]), NAMES[a]) for t, a in np.argwhere(mask)}
    table = rows(panel)
    places = [k for k, row in enumerate(table) if (row[0], row[1]) in hit]
    if len(places) == 1:
        table.append(table.pop(places[0]))
    else:
        moved = [table[k] for k in rng.permutation(places)]
        for k, row in zip(places, moved, strict=True):
            table[k] = row
    return text(table).encode()


def emptied(panel: Panel, mask: Mask, rng: np.random.Generator) -> bytes:
    """Rows without a price."""
    return _as_bytes(panel.changed("close", np.where(mask, np.nan, panel.close)))


def ended(panel: Panel, mask: Mask, rng: np.random.Generator) -> bytes:
    """The series end: one with its last row, one a quarter early, all on one day, three in the block, all a month early."""
    days, assets = panel.close.shape
    last = np.full(assets, days)
    who = mask.any(axis=0)
    first = int(np.argmax(mask.any(axis=1)))
    if mask.sum() == 1:
        last[who] = days - int(rng.integers(1, 20))
    elif who.sum() == 1:
        last[who] = days - 63
    else:
        last[who] = first if first > 0 else days - int(rng.integers(6, 100))
    return _as_bytes(panel.changed("open", panel.open & (np.arange(days)[:, None] < last[None, :])))


def rebased(panel: Panel, mask: Mask, rng: np.random.Generator) -> bytes:
    """Values on another base than when they were handed over before."""
    return _as_bytes(scaled(panel, mask, float(rng.choice([0.5, 0.83, 1.2, 3.7]))))


def reused(panel: Panel, mask: Mask, rng: np.random.Generator) -> bytes:
    """A ticker falls silent for a quarter and comes back as another instrument, at another level."""
    days, _ = panel.close.shape
    who = mask.any(axis=0)
    start = min(max(60, int(np.argmax(mask.any(axis=1)))), days - 100)
    silent = (np.arange(days) >= start) & (np.arange(days) < start + 63)
    after = (np.arange(days) >= start + 63)[:, None] & who[None, :]
    factor = float(rng.choice([0.15, 0.3, 3.3, 6.0]))
    other = scaled(panel, after, factor).changed("dividend", np.where(after, panel.dividend * factor, panel.dividend))
    return _as_bytes(other.changed("open", panel.open & ~(silent[:, None] & who[None, :])))


def encoded(panel: Panel, mask: Mask, rng: np.random.Generator) -> bytes:
    """A mark at the start, UTF-16, quoted line breaks, ragged rows, a huge line, semicolons: by the shape's number of rows."""
    table, count = rows(panel), int(mask.sum())
    hit = {(str(panel.dates[t]), NAMES[a]) for t, a in np.argwhere(mask)}
    way = int(rng.integers(0, 6))
    if way == 0:
        return b"\xef\xbb\xbf" + text(table).encode()
    if way == 1:
        return text(table).encode("utf-16")
    if way == 2:
        return text(table, end="\r\n").encode() + b"\r\n"
    if way == 3:
        return text([[*row, "7"] if (row[0], row[1]) in hit else row for row in table]).encode()
    if way == 4:
        wide = "9" * min(200_000, 40_000_000 // max(count, 1))
        return text([[*row[:3], wide, *row[4:]] if (row[0], row[1]) in hit else row for row in table]).encode()
    return text([[row[0], f'"{row[1]}\n"', *row[2:]] if (row[0], row[1]) in hit else row for row in table]).encode()


def cut(panel: Panel, mask: Mask, rng: np.random.Generator) -> bytes:
    """The file ends at a byte inside the damaged rows."""
    table = rows(panel)
    hit = {(str(panel.dates[t]), NAMES[a]) for t, a in np.argwhere(mask)}
    places = [k for k, row in enumerate(table) if (row[0], row[1]) in hit]
    at = int(rng.choice(places))
    line = len(",".join(table[at])) + 1
    before = len(text(table[:at]).encode())
    return text(table).encode()[: before + int(rng.integers(1, line + 1))]


def reshaped(panel: Panel, mask: Mask, rng: np.random.Generator) -> bytes:
    """The provider changed the columns: one renamed, dropped, doubled, exchanged with another, or in another unit."""
    table, header = rows(panel), [*HEADER]
    way = int(rng.integers(0, 6))
    if way == 0:
        header[2] = "last"
    elif way == 1:
        table, header = [row[:4] + row[5:] for row in table], header[:4] + header[5:]  # no dividends
    elif way == 2:
        header[3] = "close"
    elif way == 3:
        header[2], header[3] = header[3], header[2]
    elif way == 4:
        table, header = [[row[0], *row[2:]] for row in table], [header[0], *header[2:]]  # no tickers
    else:
        table = [[*row[:4], repr(float(row[4]) / float(row[2])), row[5]] for row in table]  # dividends as yields
    return text(table, header).encode()


KINDS = (
    Kind("A1", "prices a hundred times too large or small", spike),
    Kind("A2", "prices that stand still", stale),
    Kind("A3", "cells that are no price", impossible),
    Kind("A4", "missing rows", missing_rows),
    Kind("A5", "doubled rows", doubled),
    Kind("A6", "pence among pounds", pence),
    Kind("A7", "splits lost", split_lost),
    Kind("A8", "dividends wrong or twice", dividend_wrong),
    Kind("A9", "stamps that are no date", stamped),
    Kind("A10", "rows out of order", unsorted),
    Kind("A11", "rows without a price", emptied),
    Kind("A12", "series that end", ended),
    Kind("A13", "another base than before", rebased),
    Kind("A14", "a ticker used again", reused),
    Kind("A15", "another encoding or layout of rows", encoded),
    Kind("A16", "a file cut short", cut),
    Kind("A17", "other columns", reshaped),
)
