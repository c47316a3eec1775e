"""`book show`, `lots`, `gains`, `flows`: what is held, what it cost and gained, and what the owner brought and took."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation

from trimtab.accounting.database.store import BookStore
from trimtab.core.errors import UsageError
from trimtab.desk.books import Scope, account_of, entries_of, scope_of
from trimtab.desk.folding import Folded, base_of
from trimtab.desk.holdings import Margins, Statement, folded_scope, statement
from trimtab.desk.lot_rows import FlowRow, GainRow, LotRow, flow_rows, gain_rows, gain_sums, has_terms, lot_rows
from trimtab.desk.tax_law import spoken
from trimtab.surfaces.cli.book_options import count, law, money, opened, pairs, part, plain, quotes, when
from trimtab.surfaces.cli.options import as_of, counted, hint, print_json, say
from trimtab.surfaces.cli.wrapping import wrapped


def show(options: Namespace) -> int:
    """Positions, cash, futures, and net asset value where it is known."""
    with opened(options) as book:
        scope = scope_of(book, options.name)
        regime = law(options).regime(base_of(scope.family))
        held = statement(book, scope, when(options), quotes(options), regime=regime, margins=_margins(options))
    if options.json:
        print_json("book show", plain(held) | {"costs": plain(held.costs)})
        return 0
    for line in _shown(held, bool(options.data)):
        say(line)
    if not options.data and held.lines:
        hint(" prices: add --data DIR, a folder of prices or a market store", options)
    return 0


def _margins(options: Namespace) -> Margins:
    try:
        initial = {name: Decimal(text) for name, text in pairs(options.margin, "--margin", "ESH6=0.06").items()}
    except InvalidOperation:
        raise UsageError("--margin takes a fraction of exposure", remedy="Write for example --margin ESH6=0.06.") from None
    return Margins(initial)


def _shown(held: Statement, priced: bool) -> Iterator[str]:
    yield f" {held.name or 'all accounts'} on {held.when}, in {held.currency}"
    if held.lines:
        worth = f"{'price':>12}{'value':>18}{'gain':>16}{'weight':>9}" if priced else ""
        yield f" {'':<16}{'units':>14}{'cost':>14}    {worth}".rstrip()
    for line in held.lines:
        numbers = f"{count(line.units, 14)}{money(line.cost, 14)} {line.currency}"
        if priced:
            numbers += f"{count(line.price, 12)}{money(line.worth, 18)}{money(line.gain, 16)}{part(line.weight, 9)}"
            numbers += f"  {line.priced or 'no price'}" + ("  INDEX LEVEL" if line.index else "")
        yield f" {line.instrument:<16}{numbers}"
    for purse in held.cash:
        worth = f"{money(purse.worth, 30)}{'':16}{part(purse.weight, 9)}" if priced else ""
        yield f" {'cash':<16}{'':14}{money(purse.amount, 14)} {purse.currency}{worth}"
    if held.futures:
        yield " Futures: exposure is no weight, what they brought is in cash"
    for one in held.futures:
        margin = f"margin {money(one.margin)}" if one.margin is not None else "margin: --margin NAME=FRACTION"
        exposure = money(one.exposure) if one.exposure is not None else "not known: no price"
        yield f" {one.instrument:<16}{count(one.units, 14)}    exposure {exposure} {one.currency}    {margin}"
    if held.nav is not None:
        yield f" net asset value {money(held.nav)} {held.currency}"
    else:
        yield from wrapped(f"net asset value is not known: {'; '.join(held.missing) if priced else 'no prices were given'}")
        costs = ", ".join(f"{money(amount)} {code}" for code, amount in held.costs.items())
        yield f" what is held cost {costs or 'nothing'}"


def _folded(book: BookStore, options: Namespace) -> tuple[Scope, Folded]:
    """The scope of the account that is asked for, and its household folded under the law."""
    scope = account_of(book, options.account)
    regime = law(options).regime(base_of(scope.family))
    return scope, folded_scope(book, scope, regime, until=as_of(options))


def lots(options: Namespace) -> int:
    """The lots of an account, or of one instrument in it."""
    day = when(options)
    with opened(options) as book:
        scope, found = _folded(book, options)
        entries = entries_of(book, tuple(scope.places))
    rows = lot_rows(found, scope, entries, day, quotes(options), only=options.instrument)
    if options.json:
        body = {"account": scope.name, "when": str(day), "regime": spoken(found.regime), "lots": plain(rows)}
        print_json("book lots", body)
        return 0
    say(f" {scope.name} on {day}: {counted(len(rows), 'lot')}, by {spoken(found.regime)}")
    for line in _lots(rows, priced=bool(options.data)):
        say(line)
    return 0


def _lots(rows: list[LotRow], *, priced: bool) -> Iterator[str]:
    if rows:
        worth = f"{'value':>16}{'gain':>15}" if priced else ""
        yield f" {'':<12}{'lot':<10}{'acquired':<12}{'units':>14}{'cost':>14}    {worth}  term"
    for row in rows:
        worth = f"{money(row.value, 16)}{money(row.gain, 15)}" if priced else ""
        term = f"  short, long-term in {counted(row.days, 'day')}" if row.days else f"  {row.term}"
        note = _wash(row)
        head = f" {row.instrument:<12}{row.lot:<10}{row.acquired.isoformat():<12}"
        yield f"{head}{count(row.units, 14)}{money(row.cost, 14)} {row.currency}{worth}{term}{note}"


def _wash(row: LotRow) -> str:
    if not row.earlier and not row.washed:
        return ""
    added = "an unknown part" if row.washed is None else money(row.washed)
    return f"  wash sale: cost {added} more, {counted(row.earlier, 'day')} earlier (bought {row.opened})"


def gains(options: Namespace) -> int:
    """What was realised, by term, and what wash sales disallowed."""
    with opened(options) as book:
        scope, found = _folded(book, options)
    rows = gain_rows(found, scope, options.year)
    sums = gain_sums(rows)
    if options.json:
        body = {"account": scope.name, "year": options.year, "regime": spoken(found.regime)}
        print_json("book gains", body | {"gains": plain(rows), "sums": plain(sums)})
        return 0
    year = f" in {options.year}" if options.year else ""
    say(f" {scope.name}: {counted(len(rows), 'gain')} realised{year}, by {spoken(found.regime)}")
    for line in _gains(rows):
        say(line)
    for one in sums:
        label = f"{one.term or 'all'} {one.currency}"
        say(f" {label:<10} gain {money(one.gain, 16)}  disallowed {money(one.disallowed, 14)}  counts {money(one.taxed, 16)}")
    if not has_terms(found.regime):
        hint(" this law knows no terms; another one: --regime us_federal", options)
    return 0


def _gains(rows: list[GainRow]) -> Iterator[str]:
    if rows:
        numbers = f"{'units':>12}{'proceeds':>16}{'cost':>16}{'gain':>15}{'disallowed':>13}"
        yield f" {'sold':<12}{'':<12}{'acquired':<12}{numbers}  term"
    for row in rows:
        head = f" {row.sold.isoformat():<12}{row.instrument:<12}{row.acquired.isoformat():<12}{count(row.units, 12)}"
        numbers = f"{money(row.proceeds, 16)}{money(row.cost, 16)}{money(row.gain, 15)}{money(row.disallowed, 13)}"
        yield f"{head}{numbers}  {row.term}{'' if row.currency == 'USD' else f' {row.currency}'}"


def flows(options: Namespace) -> int:
    """Money and positions that the owner brought in or took out."""
    with opened(options) as book:
        scope = scope_of(book, options.account)
        rows = flow_rows(scope, entries_of(book, tuple(scope.places)), book.instruments())
    day = as_of(options)
    rows = [row for row in rows if day is None or row.when <= day]
    if options.json:
        print_json("book flows", {"account": scope.name, "flows": plain(rows), "sums": plain(_sums(rows))})
        return 0
    say(f" {scope.name}: {counted(len(rows), 'flow')}")
    for row in rows:
        what = f"  {count(row.units)} {row.instrument} taken over" if row.instrument else ""
        say(f" {row.when}  {row.place:<12}{money(row.amount, 18)} {row.currency}  entry {row.entry}{what}")
    for code, amount in _sums(rows).items():
        say(f" {'together':<24}{money(amount, 18)} {code}")
    return 0


def _sums(rows: list[FlowRow]) -> dict[str, Decimal]:
    found: dict[str, Decimal] = {}
    for row in rows:
        found[row.currency] = found.get(row.currency, Decimal(0)) + row.amount
    return dict(sorted(found.items()))
