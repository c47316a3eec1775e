"""OFX and QFX investment statements: transactions, positions and cash, each with the security list of the file.

Public description: the OFX specification, chapter 13 (investments). Units and totals carry their own signs there: a
purchase has a total below zero, commissions, fees, loads and taxes included.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from decimal import Decimal

from trimtab.accounting.imports import tags
from trimtab.accounting.imports.reading import NO_HINTS, Cells, Hints, minus, total, unread
from trimtab.accounting.imports.rows import Kind, Row
from trimtab.accounting.imports.tags import Tag
from trimtab.core.entries import Payout
from trimtab.core.households import Contract

_TRADES = {f"{side}{what}": what for side in ("BUY", "SELL") for what in ("STOCK", "MF", "DEBT", "OTHER", "OPT")}
_CONTRACTS = {"STOCK": Contract.SHARE, "DEBT": Contract.BOND}
_POSITIONS = tuple(f"POS{what}" for what in ("STOCK", "MF", "DEBT", "OTHER", "OPT"))
_PAYOUTS = {"CGLONG": Payout.GAIN, "CGSHORT": Payout.ORDINARY, "INTEREST": Payout.ORDINARY, "MISC": Payout.ORDINARY}
_FEES, _INTEREST = frozenset({"FEE", "SRVCHG"}), frozenset({"INT"})
_IGNORED = ("JRNLFUND", "JRNLSEC")


def reads(text: str) -> bool:
    """The header of version 1, the instruction of version 2, or the root tag."""
    head = text[:4000].lstrip("\ufeff \t\r\n")
    return head.startswith("OFXHEADER:") or re.search(r"<\?OFX\s|<OFX>", head) is not None


def rows(text: str, hints: Hints = NO_HINTS) -> tuple[Row, ...]:
    """One row a transaction, position or balance; a reinvestment is two, the income and the purchase."""
    root, fault = tags.parse(text)
    hints = replace(hints, comma=False)
    told: list[Row] = []
    names = {tag.flat().get("UNIQUEID", ""): tag.flat() for tag in root.all("SECINFO")}
    for statement in root.all("INVSTMTRS"):
        told += _statement(statement, names, hints)
    if not told and not fault:
        fault = "no investment statement is in the text; those of banks and cards are not read"
    if fault:
        place = re.match(r"line (\d+)", fault)
        told.append(unread(int(place[1]) if place else 1, fault, fatal=True))
    return tuple(sorted(told, key=lambda row: row.line))


def _statement(statement: Tag, names: Mapping[str, Mapping[str, str]], hints: Hints) -> Iterator[Row]:
    said = statement.flat()
    account = said.get("ACCTID", "")
    hints = replace(hints, currency=said.get("CURDEF", "") or hints.currency)
    for tag in statement.all(*_READ):
        values = tag.flat()
        listed = names.get(values.get("UNIQUEID", ""), {})
        cells = Cells(tag.line, values | {name: listed.get(name, "") for name in ("SECNAME", "TICKER")}, hints)
        for row in _READ[tag.name](cells, tag.name):
            yield replace(row, section=tag.name, account=account)
    for tag in statement.all("AVAILCASH"):
        cells = Cells(tag.line, {"AVAILCASH": tag.value, "DTASOF": said.get("DTASOF", "")}, hints)
        fields = {"when": cells.day("DTASOF"), "amount": cells.number("AVAILCASH"), "currency": hints.currency}
        yield replace(cells.row(Kind.CASH, **fields), section=tag.name, account=account)


def _security(cells: Cells, what: str = "") -> dict[str, object]:
    """The security of a record: its ticker, or its number where the list of securities has none."""
    number = cells.text("UNIQUEID")
    isin = number.upper() if cells.text("UNIQUEIDTYPE").upper() == "ISIN" else ""
    symbol = cells.text("TICKER") or ("" if isin else number)
    contract = _CONTRACTS.get(what, Contract.FUND)
    return {"symbol": symbol, "isin": isin, "name": cells.text("SECNAME"), "contract": contract}


def _fact(cells: Cells) -> dict[str, object]:
    """What every transaction says."""
    when = cells.day("DTTRADE", "DTPOSTED")
    return {"when": when, "currency": cells.code("CURSYM"), "note": cells.text("MEMO", "NAME"), "external": cells.text("FITID")}


def _charges(cells: Cells) -> Decimal | None:
    return total(*(cells.number(name) for name in ("COMMISSION", "FEES", "LOAD", "TAXES")))


def _trade(cells: Cells, name: str) -> Iterator[Row]:
    what = _TRADES[name]
    if what == "OPT":
        cells.problems.append("options are not supported")
    buys = name.startswith("BUY")
    units, price, paid = cells.number("UNITS"), cells.number("UNITPRICE"), cells.number("TOTAL")
    charges, held = _charges(cells), total(cells.number("WITHHOLDING"), cells.number("STATEWITHHOLDING"))
    accrued = cells.number("ACCRDINT") or Decimal(0)
    units = None if units is None else abs(units) if buys else -abs(units)
    gross = None if paid is None else paid + (charges or 0) + (held or 0) + (accrued if buys else -accrued)
    fields = _security(cells, what) | _fact(cells)
    kind = Kind.BUY if buys else Kind.SELL
    price = None if what == "DEBT" else price  # bonds are quoted in percent
    yield cells.row(kind, units=units, price=price, amount=gross, fee=charges, tax=held, **fields)
    if accrued:
        fields["external"] = f"{fields['external']}/interest" if fields["external"] else ""
        yield cells.row(Kind.INTEREST, amount=-accrued if buys else accrued, **fields)


def _income(cells: Cells, name: str) -> Iterator[Row]:
    payout = _PAYOUTS.get(cells.text("INCOMETYPE").upper(), Payout.QUALIFIED)
    paid, held = cells.number("TOTAL"), cells.number("WITHHOLDING")
    fields = _security(cells) | _fact(cells) | {"payout": payout}
    if name == "INCOME":
        yield cells.row(Kind.DIVIDEND, amount=total(paid, held) if paid is not None else None, tax=held, **fields)
        return
    own = fields["external"]
    income = None if paid is None else abs(paid)
    charges = _charges(cells)
    yield cells.row(Kind.DIVIDEND, amount=income, **(fields | {"external": own and f"{own}/income"}))
    units, price = cells.number("UNITS"), cells.number("UNITPRICE")
    bought = fields | {"external": own and f"{own}/units"}
    spent = None if income is None else -(income - (charges or 0))
    yield cells.row(Kind.BUY, units=units, price=price, amount=spent, fee=charges, **bought)


def _bank(cells: Cells, _: str) -> Iterator[Row]:
    amount, word = cells.number("TRNAMT"), cells.text("TRNTYPE").upper()
    kind = Kind.FEE if word in _FEES else Kind.INTEREST if word in _INTEREST else Kind.DEPOSIT
    if word == "DIV":
        cells.problems.append("a dividend without its security")
        kind = Kind.DIVIDEND
    if kind is Kind.DEPOSIT and amount is not None and amount < 0:
        kind = Kind.WITHDRAWAL
    yield cells.row(kind, amount=amount, **_fact(cells))


def _charge(cells: Cells, name: str) -> Iterator[Row]:
    amount = cells.number("TOTAL")
    if name == "MARGININTEREST":
        yield cells.row(Kind.INTEREST, amount=None if amount is None else -abs(amount), **_fact(cells))
    elif name == "RETOFCAP":
        yield cells.row(Kind.RETURN_OF_CAPITAL, amount=amount, **_security(cells), **_fact(cells))
    else:
        yield cells.row(Kind.FEE, amount=None if amount is None else -abs(amount), **_fact(cells))


def _split(cells: Cells, _: str) -> Iterator[Row]:
    before, after = cells.number("OLDUNITS"), cells.number("NEWUNITS")
    upper, lower = cells.number("NUMERATOR"), cells.number("DENOMINATOR")
    change = None if before is None or after is None else after - before
    ratio = None if not upper or not lower else upper / lower
    fields = _security(cells) | _fact(cells)
    yield cells.row(Kind.SPLIT, units=change, ratio=ratio, amount=cells.number("FRACCASH"), **fields)


def _transfer(cells: Cells, _: str) -> Iterator[Row]:
    units, each = cells.number("UNITS"), cells.number("AVGCOSTBASIS")
    leaves = cells.text("TFERACTION").upper() == "OUT"
    units = None if units is None else -abs(units) if leaves else abs(units)
    fields = _security(cells) | _fact(cells) | {"acquired": cells.day("DTPURCHASE"), "price": cells.number("UNITPRICE")}
    cost = None if each is None or units is None else each * abs(units)
    yield cells.row(Kind.TRANSFER_OUT if leaves else Kind.TRANSFER_IN, units=units, cost=cost, **fields)


def _position(cells: Cells, name: str) -> Iterator[Row]:
    if name == "POSOPT":
        cells.problems.append("options are not supported")
    units, each = cells.number("UNITS"), cells.number("AVGCOSTBASIS")
    if units is not None and cells.text("POSTYPE").upper() == "SHORT":
        units = -abs(units)
    cost = None if each is None or units is None else each * units
    worth, price = cells.number("MKTVAL"), cells.number("UNITPRICE")
    price = worth / units if name == "POSDEBT" and units and worth is not None else price
    fields = _security(cells, name.removeprefix("POS"))
    currency = cells.code("CURSYM")
    yield cells.row(
        Kind.HOLDING, when=cells.day("DTPRICEASOF"), units=units, price=price, cost=cost, currency=currency, **fields
    )


def _moved(cells: Cells, _: str) -> Iterator[Row]:
    yield cells.row(Kind.NOTE, amount=minus(cells.number("TOTAL")), **_fact(cells))


_READ: Mapping[str, Callable[[Cells, str], Iterator[Row]]] = {
    **dict.fromkeys(_TRADES, _trade),
    **dict.fromkeys(("INCOME", "REINVEST"), _income),
    **dict.fromkeys(("RETOFCAP", "MARGININTEREST", "INVEXPENSE"), _charge),
    **dict.fromkeys(_POSITIONS, _position),
    **dict.fromkeys((*_IGNORED, "CLOSUREOPT"), _moved),
    "INVBANKTRAN": _bank,
    "SPLIT": _split,
    "TRANSFER": _transfer,
}
