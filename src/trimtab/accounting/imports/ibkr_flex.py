"""IBKR Flex: trades, cash transactions, open positions, corporate actions and cash balances, from XML or delimited text.

Signs are the source's own: `quantity`, `proceeds` and `amount` are changes of the account, commissions and taxes are below
zero. Executions are read, or orders where a query has no executions; lots of a position stand before its summary.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from trimtab.accounting.imports.flex_actions import actions
from trimtab.accounting.imports.flex_records import (
    CONTRACTS,
    FlexRecord,
    Section,
    is_delimited,
    is_markup,
    of_delimited,
    of_markup,
)
from trimtab.accounting.imports.reading import NO_HINTS, Cells, Hints, minus, total
from trimtab.accounting.imports.rows import Kind, Row
from trimtab.core.entries import Payout
from trimtab.core.households import Contract

_CASH = {
    "dividends": Kind.DIVIDEND,
    "payment in lieu of dividends": Kind.DIVIDEND,
    "withholding tax": Kind.TAX,
    "871(m) withholding": Kind.TAX,
    "broker interest paid": Kind.INTEREST,
    "broker interest received": Kind.INTEREST,
    "bond interest paid": Kind.INTEREST,
    "bond interest received": Kind.INTEREST,
    "other fees": Kind.FEE,
    "broker fees": Kind.FEE,
    "advisor fees": Kind.FEE,
    "commission adjustments": Kind.FEE,
    "deposits & withdrawals": Kind.DEPOSIT,
    "deposits/withdrawals": Kind.DEPOSIT,
}


def reads(text: str) -> bool:
    """The root element of the XML form, or the account header of the delimited one."""
    return is_markup(text) or is_delimited(text)


def rows(text: str, hints: Hints = NO_HINTS) -> tuple[Row, ...]:
    """One row a record of the sections that are read; a corporate action of several records is one row."""
    read = list(of_markup(text) if is_markup(text) else of_delimited(text))
    found = [one for one in read if isinstance(one, FlexRecord)]
    dates = [value for one in found for name, value in one.values.items() if name.endswith(("date", "datetime"))]
    hints = replace(hints.settled(dates, ()), comma=False)
    told = [one for one in read if isinstance(one, Row)]
    told += actions([one for one in found if one.section is Section.ACTIONS], hints)
    for section, tell, levels in _TOLD:
        part = [one for one in found if one.section is section]
        level = _level(part, levels)
        lots = {_named(one) for one in part if one.values.get("levelofdetail", "").upper() == "LOT"}
        for one in part:  # a position without lots is read by its summary, whatever others have
            own = "SUMMARY" if level == "LOT" and _named(one) not in lots else level
            told.append(_told(tell, one, own, hints))
    return tuple(sorted(told, key=lambda row: row.line))


def _level(part: Sequence[FlexRecord], levels: Sequence[str]) -> str:
    """The finest level of detail that a section has; "" where it does not say."""
    there = {one.values.get("levelofdetail", "").upper() for one in part}
    return next((level for level in levels if level in there), "")


def _named(record: FlexRecord) -> tuple[str, ...]:
    """What a position is of, and where."""
    return tuple(record.values.get(name, "") for name in ("accountid", "symbol", "isin", "conid"))


def _told(tell: Callable[[Cells], Row], record: FlexRecord, level: str, hints: Hints) -> Row:
    cells = Cells(record.line, record.values, hints)
    if level and cells.text("levelofdetail").upper() != level:
        row = cells.row(Kind.NOTE, note=f"a record by {cells.text('levelofdetail') or 'no level'}: those by {level} are read")
    else:
        row = tell(cells)
    return replace(row, section=record.section.value, account=cells.text("accountid"))


def _trade(cells: Cells) -> Row:
    units, proceeds = cells.number("quantity"), cells.number("proceeds", "trademoney")
    if not cells.text("proceeds"):
        proceeds = minus(proceeds)
    side = cells.text("buysell").upper()
    if "CA" in side or "CANCEL" in cells.text("transactiontype").upper():
        cells.problems.append("the cancellation of a trade: cancel the entry that it belongs to")
    charge = minus(cells.number("ibcommission"))
    fields = _instrument(cells) | {
        "when": cells.day("tradedate", "datetime", "reportdate"),
        "units": units,
        "price": cells.number("tradeprice"),
        "external": cells.text("transactionid", "ibexecid", "tradeid"),
    }
    paid = cells.text("ibcommissioncurrency")
    fields |= {"fee_currency": "" if paid == fields["currency"] else paid}
    taxes = minus(cells.number("taxes"))
    category = cells.text("assetcategory").upper()
    if category == "CASH":
        return _exchange(cells, fields, proceeds, total(charge, taxes))
    if category and category not in CONTRACTS:
        cells.problems.append(f"trades of the kind {category} are not supported")
    if category == "FUT":
        proceeds = None
        cells.remarks.append("the daily settlement of a future is not among its trades: import it apart")
    kind = Kind.SELL if (units is not None and units < 0) or (not units and side.startswith("SELL")) else Kind.BUY
    return cells.row(kind, amount=proceeds, fee=total(charge, taxes), **fields)


def _exchange(cells: Cells, fields: dict[str, object], proceeds: object, charge: object) -> Row:
    """A trade of EUR.USD: `quantity` of the first for `proceeds` of the second."""
    first, _, _ = str(fields["symbol"]).partition(".")
    fields |= {"symbol": "", "isin": "", "units": None, "received": fields["units"], "into": first.upper()}
    return cells.row(Kind.EXCHANGE, amount=proceeds, fee=charge, **fields)


def _cash(cells: Cells) -> Row:
    word, amount = cells.text("type").lower(), cells.number("amount")
    kind = _CASH.get(word)
    note = cells.text("description")
    if kind is None:
        cells.problems.append(f"the type of cash transaction {cells.text('type')!r} is unknown")
    if kind is Kind.DEPOSIT and amount is not None and amount < 0:
        kind = Kind.WITHDRAWAL
    fields = _instrument(cells) | {"note": note, "external": cells.text("transactionid")}
    if kind is Kind.DIVIDEND and "return of capital" in note.lower():
        kind = Kind.RETURN_OF_CAPITAL
    if word.startswith("payment in lieu"):
        fields["payout"] = Payout.ORDINARY
    return cells.row(kind, when=cells.day("datetime", "settledate", "reportdate"), amount=amount, **fields)


def _position(cells: Cells) -> Row:
    fields = _instrument(cells) | {
        "when": cells.day("reportdate") or cells.hints.on,
        "units": cells.number("position", "quantity"),
        "price": cells.number("markprice"),
        "cost": cells.number("costbasismoney"),
        "acquired": cells.day("holdingperioddatetime", "opendatetime"),
    }
    if fields["contract"] is Contract.FUTURE or cells.text("assetcategory").upper() not in {"", *CONTRACTS}:
        cells.problems.append(f"positions of the kind {cells.text('assetcategory')} are not supported")
    return cells.row(Kind.HOLDING, **fields)


def _balance(cells: Cells) -> Row:
    currency, amount = cells.code("currency"), cells.number("endingcash")
    if len(currency) != 3:
        return cells.row(Kind.NOTE, note="the balance of all currencies together")
    return cells.row(Kind.CASH, when=cells.day("todate", "reportdate") or cells.hints.on, amount=amount, currency=currency)


def _instrument(cells: Cells) -> dict[str, object]:
    """What every record says of its instrument."""
    contract = CONTRACTS.get(cells.text("assetcategory").upper(), Contract.FUND)
    multiplier = cells.number("multiplier") if contract is Contract.FUTURE else None
    return {
        "symbol": cells.text("symbol"),
        "isin": cells.text("isin").upper(),
        "name": cells.text("description") if not cells.text("type") else "",
        "currency": cells.code("currency"),
        "contract": contract,
    } | ({"multiplier": multiplier} if multiplier else {})


_TOLD = (
    (Section.TRADES, _trade, ("EXECUTION", "ORDER")),
    (Section.CASH, _cash, ("DETAIL",)),
    (Section.POSITIONS, _position, ("LOT", "SUMMARY")),
    (Section.BALANCES, _balance, ("CURRENCY",)),
)
