"""A user's folder for the tests of the command line: prices, a policy file, and a look at what a command left behind."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np

POLICY = """\
trimtab: 1
name: mine
since: 2010-01-04
data: {use: folder, path: prices}
universe:
  SPY: {series: SPY, class: equity, name: US equity}
  TLT: {series: TLT, class: bonds}
benchmark: {SPY: 0.60, TLT: 0.40}
signals:
  average: {use: trend, window: 3M}
combine: {use: vote}
allocator: {use: overlay, tilt: 0.10}
rules:
  - limit: {use: max_tilt, at_most: 0.10}
    id: IPS-1
costs: {use: linear, bps: 5}
schedule: {decide: month-end, trade: next_open}
"""


def days(count: int) -> list[str]:
    """Weekdays from Monday 4 January 2010."""
    return [str(day) for day in np.busday_offset("2010-01-04", np.arange(count))]


def closes(count: int, seed: int = 1) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return 100.0 * np.exp(np.cumsum(rng.normal(0.0002, 0.01, (count, 2)), axis=0))


def table(count: int = 260) -> list[str]:
    """The lines of a CSV of two series: line 1 is the header, line 2 the first session."""
    rows = zip(days(count), closes(count), strict=True)
    return ["date,SPY,TLT", *(f"{day},{a:.4f},{b:.4f}" for day, (a, b) in rows)]


def put(folder: Path, lines: list[str] | None = None, policy: str = POLICY) -> Path:
    """The folder of a user: `policy.yaml` beside `prices/prices.csv`."""
    (folder / "prices").mkdir(parents=True, exist_ok=True)
    (folder / "prices" / "prices.csv").write_text("\n".join(lines or table()) + "\n", encoding="utf-8")
    (folder / "policy.yaml").write_text(policy, encoding="utf-8")
    return folder


def everything(folder: Path) -> dict[str, str]:
    """Every file and folder below, files by the hash of their contents."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "folder"
        for path in sorted(folder.rglob("*"))
    }


def with_volumes(
    folder: Path, names: tuple[str, ...], count: int = 800, start: str = "2006-01-02", traded: float = 1e6
) -> Path:
    """Daily prices with volumes in `folder`, a file a series: about `traded` units a session, of prices near 100."""
    rng = np.random.default_rng(7)
    folder.mkdir(parents=True, exist_ok=True)
    sessions = np.busday_offset(start, np.arange(count), roll="forward")
    for name in names:
        prices = 100.0 * np.exp(np.cumsum(rng.normal(0.0002, 0.01, count)))
        units = 1e6 * rng.uniform(0.5, 2.0, count)
        rows = [f"{day},{price:.4f},{unit:.0f}" for day, price, unit in zip(sessions, prices, units, strict=True)]
        (folder / f"{name}.csv").write_text("\n".join(["date,close,volume", *rows]) + "\n", encoding="utf-8")
    return folder
