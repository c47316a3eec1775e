"""A table that yfinance's `download` made with two levels of column names, saved as CSV: the names lie in several rows.

The first row holds the names of the prices (`Price,Close,High,...`), one or more rows that begin with `Ticker` hold the
tickers, a row that begins with `Date` is otherwise empty. A first column of prices that is itself called Price, beside a
Close, is the adjusted close. Without any adjusted close, yfinance has adjusted all prices for dividends (its default).
"""

from __future__ import annotations

from trimtab.data.history import Issue
from trimtab.data.sources.sheet import HEADER, Fault, Sheet

_NAMED = ("ticker", "date", "datetime")


def unflattened(sheet: Sheet) -> tuple[Sheet, ...]:
    """One plain table a ticker, or none where the sheet has another form. Raises DataError where names contradict."""
    depth = _depth(sheet)
    if depth == 0:
        return ()
    tickers = [sheet.columns[c][depth - 2].strip() for c in range(len(sheet.header))]
    for row in range(depth - 1):
        for column in range(1, len(sheet.header)):
            if sheet.columns[column][row].strip() != tickers[column]:
                remedy = "Save the table of yfinance again, or give one header row."
                raise sheet.error(Fault(row, column, "the rows of tickers differ", remedy))
    parts: dict[str, list[int]] = {}
    for column in range(1, len(sheet.header)):
        parts.setdefault(tickers[column], []).append(column)
    return tuple(_one(sheet, name, columns, depth) for name, columns in parts.items())


def _depth(sheet: Sheet) -> int:
    """Rows below the first that hold names: those of tickers and the one of the date. 0 in any other table."""
    if sheet.header[0].lower() != "price" or not isinstance(sheet.columns[0], list | tuple):
        return 0
    words = [cell.strip().lower() for cell in sheet.columns[0][:6]]
    depth = next((at + 1 for at, word in enumerate(words) if word in _NAMED[1:]), 0)
    tickers = depth > 1 and set(words[: depth - 1]) == {"ticker"}
    return depth if tickers and not any(sheet.columns[c][depth - 1].strip() for c in range(1, len(sheet.header))) else 0


def _one(sheet: Sheet, name: str, columns: list[int], depth: int) -> Sheet:
    names = [sheet.header[c].strip() for c in columns]
    lower = [word.lower() for word in names]
    header = ["Adj Close" if word == "price" and "close" in lower else names[at] for at, word in enumerate(lower)]
    issues = list(sheet.issues)
    if "Adj Close" not in header and "close" in lower:
        what = f"{name} has no adjusted close: yfinance has adjusted all prices for dividends"
        issues.append(Issue(what, sheet.place(HEADER, columns[0]), "taken as total return"))
        columns, header = [*columns, columns[lower.index("close")]], [*header, "Adj Close"]
    if not name:
        remedy = "Name the ticker in every column."
        raise sheet.error(Fault(depth - 2, columns[0], "the column does not say which ticker it belongs to", remedy))
    cells = tuple(sheet.columns[c][depth:] for c in (0, *columns))
    if not cells[0]:
        raise sheet.error(Fault(depth - 1, 0, "the file has a header and no rows", "Give at least one row below it."))

    def point(row: int, column: int) -> str:
        return sheet.place(HEADER if row == HEADER else row + depth, (0, *columns)[column])

    last = columns[-1] == len(sheet.header) - 1
    lines = sheet.lines[depth:]
    unfinished = sheet.unfinished and last
    return Sheet(sheet.file, ("Date", *header), cells, lines, 1, False, unfinished, tuple(issues), point, name)
