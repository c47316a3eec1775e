"""What is held and what it is worth, the lots and gains of it, by hand; and what is said where something is not known."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from tests.desk.book_worlds import ACTIVITY, BY, HEADER, book_in, priced, taken
from trimtab.accounting.database.events import EntryPosted, InstrumentListed
from trimtab.accounting.database.store import BookStore
from trimtab.accounting.taxes.none import NoTax
from trimtab.core.entries import Exchange, Fill, Flow, Variation
from trimtab.core.errors import DataError, ParameterError, PolicyError, TrimtabError, UsageError
from trimtab.core.households import Account, Contract, Instrument
from trimtab.core.taxes import LotMethod, TaxRegime
from trimtab.desk.books import entries_of, open_account, scope_of
from trimtab.desk.holdings import Margins, Statement, folded_scope, statement
from trimtab.desk.lot_rows import GainRow, LotRow, flow_rows, gain_rows, gain_sums, lot_rows
from trimtab.desk.quoting import Quotes
from trimtab.desk.tax_law import Law, rates_text

D = Decimal
DEC = date(2010, 12, 1)
PRICES = ("date,SPY,TLT", "2010-11-30,83,104", "2010-12-01,84.5,104.25", "2010-12-02,90,90")


@pytest.fixture
def book(tmp_path: Path) -> Iterator[BookStore]:
    with book_in(tmp_path) as one:
        taken(one, tmp_path, ACTIVITY)
        yield one


def held(book: BookStore, folder: Path, name: str = "A07", *prices: str, regime: TaxRegime | None = None) -> Statement:
    quotes = Quotes.of(priced(folder, *(prices or PRICES)))
    return statement(book, scope_of(book, name), DEC, quotes, regime=regime or Law().regime("USD"))


def lots_of(book: BookStore, when: date, name: str = "A07", only: str = "", **law: str) -> list[LotRow]:
    scope = scope_of(book, name)
    found = folded_scope(book, scope, Law(**law).regime("USD"), until=when)  # type: ignore[arg-type]
    return lot_rows(found, scope, entries_of(book, tuple(scope.places)), when, Quotes(), only=only)


def gains_of(book: BookStore, year: int | None = None, name: str = "A07", **law: str) -> list[GainRow]:
    scope = scope_of(book, name)
    return gain_rows(folded_scope(book, scope, Law(**law).regime("USD")), scope, year)  # type: ignore[arg-type]


# Laws.


def test_weights_sum_to_one_and_the_parts_to_net_asset_value(book: BookStore, tmp_path: Path) -> None:
    found = held(book, tmp_path)
    weights = [line.weight for line in found.lines] + [purse.weight for purse in found.cash]
    assert sum(w or D(0) for w in weights) == pytest.approx(D(1), abs=D("1e-25"))
    parts = [line.worth for line in found.lines] + [purse.worth for purse in found.cash]
    assert sum(part or D(0) for part in parts) == found.nav


def test_a_household_is_the_sum_of_its_accounts(book: BookStore, tmp_path: Path) -> None:
    taken(book, tmp_path, f"{HEADER}\n2010-02-01,deposit,,,,5000,,\n2010-02-02,buy,TLT,10,100,,,\n", "B1")
    taken(book, tmp_path, f"{HEADER}\n2010-02-01,deposit,,,,100,,\n", "A07/core")
    navs = [held(book, tmp_path, name).nav for name in ("A07", "B1", "Mueller")]
    assert (navs[0] or 0) + (navs[1] or 0) == navs[2] != 0


# By hand.


def test_positions_and_net_asset_value_by_hand(book: BookStore, tmp_path: Path) -> None:
    # SPY: 100 bought for 10011, 40 sold: 60 left at 10011 * 60 / 100 = 6006.60; 30 more for 2881 + 154.05 of a wash sale
    # (30 of the 40 units sold at a loss of 205.40 were bought back): 3035.05. Together 9041.65, worth 90 * 84.5 = 7605.
    # TLT: 50 for 4976, worth 50 * 104.25 = 5212.50. Cash: 20000 - 10011 - 4976 + 3799 - 2881 + 45.10 = 5976.10.
    found = held(book, tmp_path)
    one, two = found.lines
    assert (one.instrument, one.units, one.cost, one.value, one.gain) == ("SPY", 90, D("9041.65"), D(7605), D("-1436.65"))
    assert (two.instrument, two.units, two.cost, two.value, two.priced) == ("TLT", 50, D(4976), D("5212.50"), DEC)
    assert [(purse.currency, purse.amount) for purse in found.cash] == [("USD", D("5976.10"))]
    assert found.nav == D("18793.60")
    assert found.costs == {"USD": D("14017.65")}


def test_lots_their_terms_and_the_wash_sale_by_hand(book: BookStore) -> None:
    # Long-term from 2011-01-06 on for what came on 2010-01-05 (more than a year, that day not counted): 36 days ahead.
    # The replacement bought on 2010-03-10 counts from 2010-01-14: 55 days earlier, as long as the sold units were held.
    first, second, third = lots_of(book, DEC)
    assert (first.lot, first.units, first.cost, first.term, first.days) == ("1", 60, D("6006.60"), "short", 36)
    assert (second.lot, second.acquired, second.opened) == ("4", date(2010, 1, 14), date(2010, 3, 10))
    assert (second.cost, second.washed, second.earlier) == (D("3035.05"), D("154.05"), 55)
    assert (third.instrument, third.washed, third.earlier) == ("TLT", 0, 0)
    later = lots_of(book, date(2011, 1, 6), only="SPY")[0]
    assert (later.term, later.days) == ("long", 0)
    with pytest.raises(UsageError, match=r"no instrument 'SPX' in the book. Did you mean SPY"):
        lots_of(book, DEC, only="SPX")


def test_gains_by_hand(book: BookStore) -> None:
    (row,) = gains_of(book, 2010)
    assert (row.proceeds, row.cost, row.gain, row.disallowed, row.taxed) == (
        3799,
        D("4004.40"),
        D("-205.40"),
        D("154.05"),
        D("-51.35"),
    )
    (total,) = gain_sums([row])
    assert (total.term, total.currency, total.taxed) == ("short", "USD", D("-51.35"))
    assert gains_of(book, 2011) == []


def test_a_wash_sale_across_the_household_is_seen_in_both_accounts(book: BookStore, tmp_path: Path) -> None:
    # TLT sold at a loss in A07, bought within 30 days in the exempt B1: the loss is lost for good (Rev. Rul. 2008-5).
    taken(book, tmp_path, f"{HEADER}\n2010-06-01,sell,TLT,50,90,,,\n")
    taken(book, tmp_path, f"{HEADER}\n2010-06-15,buy,TLT,50,90,,,\n", "B1")
    loss = gains_of(book)[-1]
    assert (loss.gain, loss.disallowed, loss.taxed) == (-476, 476, 0)
    assert lots_of(book, DEC, name="B1")[0].cost == 4500


def test_the_united_kingdom_pools_all_taxable_accounts_by_hand(tmp_path: Path) -> None:
    # The same trades in pounds: of 40 sold on 1 March 30 meet the 30 bought on 10 March (30 days), 10 the pool of 100 for
    # 10011, which is left with 90 / 100 of it: 9009.90.
    with BookStore.create(tmp_path / "uk.db", recorded=BY.at, author=BY.author) as book:
        open_account(book, Account("A07", "Smith", currency="GBP"), BY)
        open_account(book, Account("A08", "Smith", currency="GBP"), BY)
        half = [line for line in ACTIVITY.splitlines() if "TLT" not in line and "03-10" not in line]
        taken(book, tmp_path, "\n".join(half) + "\n")
        taken(book, tmp_path, f"{HEADER}\n2010-03-10,buy,SPY,30,96,,1,\n", "A08")
        scope = scope_of(book, "Smith")
        found = folded_scope(book, scope, Law().regime("GBP"))
        assert [found.cost(place, 0) for place in ("A07", "A08")] == [D("6006.60"), D("3003.30")]
        # 30 * 94.975 - 2881 = 2849.25 - 2881 = -31.75, and 10 * 94.975 - 1001.10 = -51.35
        rows = gain_rows(found, scope)
        assert sorted(row.gain for row in rows) == [D("-51.35"), D("-31.75")]
        assert {row.place for row in rows} == {"A07"}


def test_flows_are_money_and_positions_taken_over(book: BookStore, tmp_path: Path) -> None:
    statement_ = "symbol,units,cost,acquired,date\nVTI,10,900,2009-05-04,2010-02-01\n"
    taken(book, tmp_path, statement_, "B1")
    scope = scope_of(book, "Mueller")
    rows = flow_rows(scope, entries_of(book, tuple(scope.places)), book.instruments())
    assert [(row.place, row.amount, row.instrument) for row in rows] == [("A07", 20000, ""), ("B1", 900, "VTI")]


# What is not known.


def test_without_a_price_net_asset_value_is_not_known_and_says_why(book: BookStore, tmp_path: Path) -> None:
    found = held(book, tmp_path, "A07", "date,SPY", "2010-12-01,84.5")
    assert (found.nav, found.missing) == (None, ("no price of TLT",))
    assert [line.weight for line in found.lines] == [None, None]
    assert [line.value for line in found.lines] == [D(7605), None]
    nothing = statement(book, scope_of(book, "A07"), DEC, Quotes())
    assert nothing.nav is None
    assert nothing.lines[0].cost == D("8887.60")  # no law, no wash sale: 6006.60 + 2881


def test_no_price_of_tomorrow_is_used(book: BookStore, tmp_path: Path) -> None:
    assert [line.priced for line in held(book, tmp_path).lines] == [DEC, DEC]


def test_a_series_of_another_name_and_of_other_capitals_is_found(book: BookStore, tmp_path: Path) -> None:
    place = priced(tmp_path, "date,us_equity,tlt", "2010-12-01,84.5,104.25")
    found = statement(book, scope_of(book, "A07"), DEC, Quotes.of(place, {"SPY": "us_equity"}))
    assert found.nav == D("18793.60")
    with pytest.raises(UsageError, match="SPY=nix names no instrument of the book or no series"):
        statement(book, scope_of(book, "A07"), DEC, Quotes.of(place, {"SPY": "nix"}))


def test_cash_in_another_currency_needs_a_rate(book: BookStore, tmp_path: Path) -> None:
    paid = Exchange(date(2010, 5, 3), "", D(1300), "EUR", D(1000))
    book.append([EntryPosted("A07", paid)], recorded=BY.at, author=BY.author)
    found = held(book, tmp_path)
    assert (found.nav, found.missing) == (None, ("no rate of EUR in USD",))
    rates = ("date,SPY,TLT,EURUSD", "2010-12-01,84.5,104.25,1.31")
    # 1000 EUR at 1.31 = 1310, for which 1300 were paid: 18793.60 + 10
    assert held(book, tmp_path, "A07", *rates).nav == D("18803.60")


def test_futures_stand_apart_from_weights(book: BookStore, tmp_path: Path) -> None:
    one = Instrument("ESH1", Contract.FUTURE, multiplier=D(50))
    fill = Fill(date(2010, 11, 1), 2, D(2), D(1180), D(0), D("4.50"), "")
    settled = Variation(date(2010, 12, 1), 2, D(500))
    events = [InstrumentListed(one), EntryPosted("A07", fill), EntryPosted("A07", settled)]
    book.append(events, recorded=BY.at, author=BY.author)
    place = priced(tmp_path, "date,SPY,TLT,ESH1", "2010-12-01,84.5,104.25,1185")
    found = statement(
        book, scope_of(book, "A07"), DEC, Quotes.of(place), regime=Law().regime("USD"), margins=Margins({"ESH1": D("0.06")})
    )
    # 2 * 1185 * 50 = 118500, margin 6 % of it; net asset value grows by 500 - 4.50 only
    (future,) = found.futures
    assert (future.exposure, future.margin) == (118500, D("7110.00"))
    assert found.nav == D("19289.10")
    assert [line.instrument for line in found.lines] == ["SPY", "TLT"]


# The law.


def test_the_law_is_that_of_the_currency_unless_it_is_named() -> None:
    assert "US federal" in str(Law().regime("USD").words)  # type: ignore[attr-defined]
    assert "United Kingdom" in str(Law().regime("GBP").words)  # type: ignore[attr-defined]
    assert isinstance(Law().regime("JPY"), NoTax)
    assert isinstance(Law("none").regime("USD"), NoTax)
    assert Law(settings={"short": 0.5}).regime("USD").rates(DEC).short == D("0.5")
    with pytest.raises(PolicyError, match="us_federl"):
        Law("us_federl").regime("USD")
    with pytest.raises(PolicyError, match="Did you mean short"):
        Law(settings={"shrt": 0.5}).regime("USD")
    with pytest.raises(UsageError, match="parameters of the regime only"):
        Law(settings={"use": "uk"}).regime("USD")


def test_rates_of_ones_own_stand_in_place_of_those_that_come_with_it(tmp_path: Path) -> None:
    text = rates_text("us_federal").replace("2003-01-01: {short: 0.35", "2003-01-01: {short: 0.11")
    (tmp_path / "mine.yaml").write_text(text, encoding="utf-8")
    assert Law(rates=str(tmp_path / "mine.yaml")).regime("USD").rates(DEC).short == D("0.11")
    with pytest.raises(TrimtabError, match="cannot read the rates"):
        Law(rates=str(tmp_path / "nix.yaml")).regime("USD")
    with pytest.raises(UsageError, match="no rates come with 'none'"):
        rates_text("none")


def test_a_tax_year_of_the_household_by_hand(book: BookStore, tmp_path: Path) -> None:
    # -205.40 + 154.05 disallowed = -51.35 short; qualified dividends 45.10 at 15 % = 6.765, rounded half to even: 6.76
    scope = scope_of(book, "Mueller")
    found = folded_scope(book, scope, Law().regime("USD"), quotes=Quotes())
    assert (found.year(2010).short, found.year(2010).qualified) == (D("-51.35"), D("45.10"))
    assessed = found.assessments(2010)[-1]
    assert (assessed.tax, assessed.carried.short) == (D("6.76"), D("51.35"))


def test_a_tax_year_in_another_currency_needs_its_rate(book: BookStore, tmp_path: Path) -> None:
    entries = [Exchange(date(2010, 5, 3), "", D(1300), "EUR", D(1000)), Flow(date(2010, 5, 3), D(1))]
    book.append([EntryPosted("A07", one) for one in entries], recorded=BY.at, author=BY.author)
    taken(book, tmp_path, f"{HEADER}\n2010-06-01,dividend,SAP,,,10,,EUR\n")
    scope = scope_of(book, "Mueller")
    with pytest.raises(DataError, match=r"no rate of it in USD. Give --data with a series EURUSD"):
        folded_scope(book, scope, Law().regime("USD"), quotes=Quotes())
    assert len(lots_of(book, DEC)) == 3  # lots need none
    place = priced(tmp_path, "date,EURUSD", "2010-05-31,1.2", "2010-06-01,1.25")
    assert folded_scope(book, scope, Law().regime("USD"), quotes=Quotes.of(place)).year(2010).qualified == D("57.60")


def test_an_account_that_sells_by_least_tax_folds(tmp_path: Path) -> None:
    with BookStore.create(tmp_path / "b.db", recorded=BY.at, author=BY.author) as book:
        open_account(book, Account("A07", "M", lots=LotMethod.MIN_TAX), BY)
        taken(book, tmp_path, ACTIVITY)
        assert len(lots_of(book, DEC)) == 3
    with pytest.raises(ParameterError):
        Account("A 07!", "M")
