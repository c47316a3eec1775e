from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.execution.exports.sheets import SHEET, ticket
from tests.execution.fill_files.messages import SOH, report
from trimtab.core.errors import ParameterError
from trimtab.core.orders import Standing, Status
from trimtab.core.settling import settle
from trimtab.core.venues import Execution, Report
from trimtab.execution.exports.blotter import blotter
from trimtab.execution.exports.fills import fills
from trimtab.execution.fill_files.counting import differences
from trimtab.execution.fill_files.found import FillFile, FillHints
from trimtab.execution.fill_files.reading import read_fills

D = Decimal
DAY = date(2026, 11, 2)
OURS = {"o1", "o2"}
HEAD = "execution_id,order_id,account,symbol,side,units,price,fee,date,time\n"


def read(text: str | bytes, hints: FillHints | None = None) -> FillFile:
    return read_fills(text.encode() if isinstance(text, str) else text, "f.csv", OURS, hints or FillHints())


def only(found: FillFile) -> Execution:
    (one,) = found.reports
    (execution,) = one.executions
    return execution


names = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=8).map(str.strip)
names = names.filter(lambda one: "8=FIX" not in one)  # by that a file is known as a log of messages
amounts = st.decimals(min_value=D("0.0001"), max_value=10**9, places=4)
executions = st.builds(
    Execution,
    names.filter(bool), st.sampled_from(["o1", "o2"]), st.tuples(amounts, st.sampled_from([1, -1])).map(lambda p: p[0] * p[1]),
    amounts, st.decimals(min_value=-10, max_value=10**6, places=2),
    st.dates(date(1950, 1, 1), date(2150, 1, 1)), st.sampled_from(["", "2026-11-02T15:00:00Z", "2026-11-02T15:00:00.123456Z"]),
)  # fmt: skip


@given(st.lists(executions, min_size=1, max_size=5, unique_by=lambda one: one.id), names)
@settings(max_examples=40, deadline=None)
def test_our_own_table_of_fills_gives_every_execution_back(told: list[Execution], account: str) -> None:
    if all(one.cost <= 0 for one in told) and any(one.cost for one in told):
        return  # rebates alone read as fees, and that is told: see below
    found = read(fills((one, ticket(account=account)) for one in told))
    assert [one for by_order in found.reports for one in by_order.executions] == sorted(
        told, key=lambda one: [by.order for by in found.reports].index(one.order)
    )
    assert found.unread == ()


def test_a_line_by_hand() -> None:
    found = read(HEAD + "e1,o1,ann,SPY,SELL,60,50.50,1.20,2026-11-02,2026-11-02T10:00:00-05:00\n")
    told = Execution("e1", "o1", D(-60), D("50.50"), D("1.20"), DAY, "2026-11-02T15:00:00Z")
    assert found.reports == (Report("o1", Status.PARTIAL, executions=(told,)),)
    assert (found.form, found.loose, found.unread, found.remarks) == ("table", (), (), ())


def test_a_brokers_table_with_other_headers_american_dates_and_thousands() -> None:
    text = (
        "Activity of the day\n"
        "Trade Date;Buy/Sell;Ticker;Quantity;Trade Price;Commission;Client Order ID;Trade ID\n"
        '11/02/2026;BOT;SPY;"1,234,567.00";$50.25;(2.00);o1;t1\n'
        "11/13/2026;Sold;SPY;1,000.5;50.25;-1.50;o2;t2\n"
    )
    found = read(text)
    told = [one for by_order in found.reports for one in by_order.executions]
    assert told == [
        Execution("t1", "o1", D("1234567.00"), D("50.25"), D("2.00"), DAY, ""),
        Execution("t2", "o2", D("-1000.5"), D("50.25"), D("1.50"), date(2026, 11, 13), ""),
    ]
    assert [one.what for one in found.remarks] == ["all fees are below zero: they are read as paid"]


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("e,o1,ann,SPY,BUY,1.234.5,5,0,2026-11-02,", "not a number"),
        ("e,o1,ann,SPY,HOLD,1,5,0,2026-11-02,", "neither a purchase nor a sale"),
        ("e,o1,ann,SPY,,1,5,0,2026-11-02,", "neither a purchase nor a sale"),
        ("e,o1,ann,SPY,BUY,-1,5,0,2026-11-02,", "were bought"),
        ("e,o1,ann,SPY,BUY,0,5,0,2026-11-02,", "nothing is filled"),
        ("e,o1,ann,SPY,BUY,,5,0,2026-11-02,", "units is missing"),
        ("e,o1,ann,SPY,BUY,1,0,0,2026-11-02,", "the price is 0"),
        ("e,o1,ann,SPY,BUY,1,-5,0,2026-11-02,", "the price is -5"),
        ("e,o1,ann,SPY,BUY,NaN,5,0,2026-11-02,", "not a number"),
        ("e,o1,ann,SPY,BUY,1e999,5,0,2026-11-02,", "larger or finer"),
        ("e,o1,ann,SPY,BUY,1,5,0,2026-13-02,", "not a date"),
        ("e,o1,ann,SPY,BUY,1,5,0,,", "the day is missing"),
        ("e,o1,ann,SPY,BUY,1,5,0,2026-11-02,2026-11-02T25:00:00Z", "no time of a day"),
        ("e,o1,ann,SPY,BUY,1", "6 cells where the header has 10"),
        ("e,o1,ann,SPY,BUY,1,5,0,2026-11-02,,more", "11 cells where the header has 10"),
        ('e,o1,"ann', "cannot be cut"),
    ],
)
def test_a_line_that_cannot_be_read_is_told_with_its_place(line: str, why: str) -> None:
    found = read(HEAD + "e0,o1,ann,SPY,BUY,1,5,0,2026-11-02,\n" + line + "\n")
    assert why in found.told[0]
    assert found.told[0].startswith("f.csv:3 ")
    assert only(found).id == "e0"


def test_what_could_be_a_thousand_times_more_is_not_guessed() -> None:
    line = 'e1,o1,ann,SPY,BUY,"{}",5,0,2026-11-02,\n'
    assert "a thousand times" in read(HEAD + line.format("1,234")).told[0]
    assert only(read(HEAD + line.format("1,234"), FillHints(comma=False))).units == 1234
    assert only(read(HEAD + line.format("1,234"), FillHints(comma=True))).units == D("1.234")
    assert only(read(HEAD + line.format("1,234.0"))).units == 1234
    both = HEAD + line.format("1,234") + line.format("2,000.5").replace("e1", "e2")
    assert [one.units for one in read(both).reports[0].executions] == [D(1234), D("2000.5")]


def test_months_stand_first_unless_the_file_or_the_caller_says_otherwise_and_that_is_told() -> None:
    line = "{},o1,ann,SPY,BUY,1,5,0,{},\n"
    found = read(HEAD + line.format("e1", "03/04/2026"))
    assert only(found).day == date(2026, 3, 4)
    assert "month first" in found.remarks[0].what
    assert only(read(HEAD + line.format("e1", "03/04/2026"), FillHints(dayfirst=True))).day == date(2026, 4, 3)
    found = read(HEAD + line.format("e1", "03/04/2026") + line.format("e2", "25/04/2026"))
    assert [one.day for one in found.reports[0].executions] == [date(2026, 4, 3), date(2026, 4, 25)]
    assert found.remarks == ()


def test_a_time_without_a_zone_is_left_out_and_told_unless_the_caller_knows_it() -> None:
    text = HEAD + "e1,o1,ann,SPY,BUY,1,5,0,2026-11-02,10:00:00\n"
    assert only(read(text)).at == ""
    assert "no zone" in read(text).remarks[0].what
    assert only(read(text, FillHints(zone="-05:00"))).at == "2026-11-02T15:00:00Z"


def test_the_day_is_that_of_the_file_not_that_in_utc() -> None:
    found = only(read(HEAD + "e1,o1,ann,SPY,BUY,1,5,0,,2026-11-02T20:00:00-05:00\n"))
    assert (found.day, found.at) == (DAY, "2026-11-03T01:00:00Z")


def test_doubles_are_told_and_never_booked_twice() -> None:
    one = "e1,o1,ann,SPY,BUY,1,5,0,2026-11-02,\n"
    found = read(HEAD + one + one)
    assert only(found).id == "e1"
    assert [(note.line, note.what) for note in found.remarks] == [(3, "execution e1 stands on line 2 already")]
    other = read(HEAD + one + one.replace(",1,5,", ",2,5,") + "e2" + one[2:])
    assert only(other).id == "e2"  # which of the two is right, a person knows
    assert [note.line for note in other.unread] == [2, 3]


def test_equal_lines_without_ids_are_a_question_unless_the_caller_says_what_they_are() -> None:
    one = ",o1,ann,SPY,BUY,1,5,0,2026-11-02,\n"
    found = read(HEAD + one + one)
    assert "is it a double?" in found.told[0]
    assert only(found) == only(read(HEAD + one))  # the same id whenever it is read
    twice = read(HEAD + one + one, FillHints(repeats=True)).reports[0].executions
    assert len({execution.id for execution in twice}) == 2


def test_fills_of_no_order_of_ours_are_loose_with_what_they_say() -> None:
    found = read(HEAD + "e1,,ann,SPY,BUY,1,5,0,2026-11-02,\ne2,other,bob,QQQ,SELL,2,6,0,2026-11-02,\n")
    assert found.reports == ()
    assert [(one.account, one.symbol, one.order, one.execution.units) for one in found.loose] == [
        ("ann", "SPY", "", D(1)), ("bob", "QQQ", "other", D(-2)),
    ]  # fmt: skip


def test_without_a_column_for_the_side_the_sign_says_it_and_that_is_told() -> None:
    found = read("order_id,units,price,date\no1,-5,10,2026-11-02\n")
    assert only(found).units == -5
    assert "sign of the units" in found.remarks[0].what


def test_columns_can_be_named_by_the_caller() -> None:
    text = "Ref;Richtung;Stücke;Zu;Am\no1;Kauf;1.234,5;10,25;2.11.2026\n"
    hints = FillHints(columns={"order": "ref", "side": "Richtung", "units": "Stücke", "price": "Zu", "day": "Am"})
    assert read(text).form == ""
    assert only(read(text, hints))[1:] == ("o1", D("1234.5"), D("10.25"), D(0), DAY, "")
    assert only(read(text.encode("cp1252"), hints)).units == D("1234.5")
    assert "no header has" in read("a,b\n", hints).told[0]
    with pytest.raises(ParameterError, match="unit"):
        read(HEAD, FillHints(columns={"unit": "x"}))


def test_text_that_was_neutralised_gives_itself_back() -> None:
    assert only(read(HEAD + "'=e1,o1,ann,SPY,BUY,1,5,0,2026-11-02,\n")).id == "=e1"


# --- FIX


def test_an_execution_report_by_hand() -> None:
    found = read(report())
    told = Execution("e1", "o1", D(60), D("50.5"), D("1.20"), DAY, "2026-11-02T15:00:00.250Z")
    assert found.reports == (Report("o1", Status.PARTIAL, "V1", D(60), (told,)),)
    assert (found.form, found.unread, found.remarks) == ("fix", (), ())


@pytest.mark.parametrize("mark", [b"|", b"^A", SOH])
def test_messages_in_a_log_are_found_whatever_stands_between_their_fields(mark: bytes) -> None:
    log = b"".join(b"2026-11-02 15:00:00 IN  " + one.replace(SOH, mark) + b"\n" for one in (
        report(t39="0", t150="0", t17="a", t32="", t14="0"), report(), report(t17="e2", t32="40", t14="100", t39="2", t151="0"),
    ))  # fmt: skip
    (one,) = read(b"noise\n" + log).reports
    assert (one.status, one.filled, [fill.units for fill in one.executions]) == (Status.FILLED, D(100), [D(60), D(40)])


def test_reports_of_a_sale_in_any_order_come_to_the_same() -> None:
    log = [report(t54="2", t17="e1"), report(t54="2", t17="e2", t32="40", t14="100", t39="2")]
    first, second = read(b"\n".join(log)).reports, read(b"\n".join(log[::-1])).reports
    assert first[0].filled == second[0].filled == -100
    assert set(first[0].executions) == set(second[0].executions)
    assert first[0].status is second[0].status is Status.FILLED


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"t17": ""}, "no execution id"),
        ({"t54": "9"}, "side (54)"),
        ({"t31": "0"}, "price (31)"),
        ({"t39": "Z"}, "status (39)"),
        ({"t60": "", "t75": ""}, "no day"),
        ({"t32": "-60"}, "below zero"),
        ({"t32": "x"}, "not a number"),
        ({"t13": "2"}, "commission"),
    ],
)
def test_a_report_that_cannot_be_meant_is_told(changes: dict[str, str], why: str) -> None:
    found = read(report(**changes))
    assert why in found.told[0]


def test_a_commission_a_unit_is_in_all_that_times_the_units() -> None:
    assert only(read(report(t13="1", t12="0.01"))).cost == D("0.60")


def test_a_fill_that_the_venue_takes_back_is_told_and_not_booked() -> None:
    found = read(report() + b"\n" + report(t150="H", t17="e9", t19="e1", t39="0", t14="0"))
    assert [one.executions for one in found.reports] == [()]
    assert len(found.unread) == 2
    assert "taken back" in found.told[1]


def test_a_message_that_was_cut_or_changed_is_not_booked() -> None:
    raw = report()
    for bad in (raw[:-8], raw.replace(b"32=60", b"32=61"), raw[:100], raw.replace(b"35=8", b"35=8" + SOH + b"x")):
        found = read(bad)
        assert found.reports == ()
        assert len(found.unread) == 1


def test_other_messages_and_orders_of_others_are_told() -> None:
    found = read(report(t35="0") + b"\n" + report(t11="theirs", t39="0", t150="0", t32="", t14="0"))
    assert found.reports == ()
    assert len(found.remarks) == 2
    (loose,) = read(report(t11="theirs")).loose
    assert (loose.order, loose.account, loose.symbol) == ("theirs", "ann", "SPY")


@pytest.mark.parametrize(("code", "status"), [("4", "cancelled"), ("8", "rejected"), ("C", "expired"), ("3", "acked")])
def test_statuses_in_the_codes_of_fix(code: str, status: str) -> None:
    (one,) = read(report(t39=code, t150=code, t32="", t31="", t14="0", t58="why")).reports
    assert (one.status.value, one.why, one.executions) == (status, "why", ())


# --- IBKR Flex

FLEX = """<FlexQueryResponse queryName="q" type="AF"><FlexStatements count="1"><FlexStatement accountId="U1"><Trades>
<Trade accountId="U1" symbol="SPY" isin="US78462F1030" buySell="SELL" quantity="-60" tradePrice="50.5"
 ibCommission="-1.2" ibExecID="0000.1" orderReference="o1" tradeDate="20261102" dateTime="20261102;100000"
 levelOfDetail="EXECUTION"/>
<Trade accountId="U1" symbol="SPY" buySell="SELL" quantity="-60" tradePrice="50.5" levelOfDetail="ORDER"/>
</Trades></FlexStatement></FlexStatements></FlexQueryResponse>"""


def test_ibkr_flex_in_both_forms() -> None:
    told = Execution("0000.1", "o1", D(-60), D("50.5"), D("1.2"), DAY, "2026-11-02T15:00:00Z")
    hints = FillHints(zone="-05:00")
    assert only(read(FLEX, hints)) == told
    assert "1 records" in read(FLEX, hints).remarks[0].what
    table = (
        '"ClientAccountID","Symbol","Buy/Sell","Quantity","TradePrice","IBCommission","IBExecID","OrderReference",'
        '"TradeDate","DateTime"\n'
        '"U1","SPY","SELL","-60","50.5","-1.2","0000.1","o1","20261102","20261102;100000"\n'
    )
    assert only(read(table, hints)) == told


def test_broken_or_hostile_xml_is_told() -> None:
    assert "broken" in read(FLEX[:-30]).told[0]
    assert only(read(FLEX[:-30])).units == -60
    assert "refused" in read('<!DOCTYPE a [<!ENTITY b "c">]>' + FLEX).told[0]
    assert "too deep" in read("<FlexStatement>" * 100).told[0]


# --- Counts


def test_a_blotter_that_was_filled_in_is_read_as_counts_and_booked_by_the_difference() -> None:
    own = ticket(id="o1", units=D(-100))
    before = Standing(own, Status.PARTIAL, D(-40), D(-2000), D(1), venue="file")
    now = replace(before, status=Status.FILLED, filled=D(-100), spent=D(-5060))
    found = read(blotter([now], SHEET))
    assert (found.form, found.reports, found.unread) == ("blotter", (), ())
    reports, unread = differences(found.counts, {"o1": before}, DAY)
    # 40 for 2,000, in all 100 at 50.60 are 5,060: the other 60 went for 3,060, 51 each.
    assert unread == ()
    assert reports[0].executions == (Execution("count-o1-100", "o1", D(-60), D(51), D(0), DAY, ""),)
    settled = settle(before, {}, reports[0])
    assert (settled.standing.status, settled.standing.spent, settled.contradictions) == (Status.FILLED, D(-5060), ())
    again, _ = differences(found.counts, {"o1": settled.standing}, DAY)
    assert again[0].executions == ()


@pytest.mark.parametrize("head", ["order,filled,average,status", "order_id,filled_qty,avg_px,status"])
@pytest.mark.parametrize("units", [100, -100])
def test_a_count_by_hand_needs_no_side_the_order_has_it(head: str, units: int) -> None:
    """What docs/orders.md has a person write about an order that its broker has forgotten."""
    own = Standing(ticket(id="o1", units=D(units)), Status.UNKNOWN, venue="ibkr")
    found = read(f"{head}\no1,100,85.02,filled\n")
    assert (found.form, found.unread, found.remarks) == ("blotter", (), ())
    (told,), unread = differences(found.counts, {"o1": own}, DAY)
    assert unread == ()
    assert told.executions == (Execution("count-o1-100", "o1", D(units), D("85.02"), D(0), DAY, ""),)
    lost = read(f"{head}\no1,0,,never_arrived\n")
    assert differences(lost.counts, {"o1": own}, DAY)[0] == (Report("o1", Status.NEVER_ARRIVED, "", D(0)),)


def test_counts_that_cannot_be_are_told() -> None:
    own = Standing(ticket(id="o1"), Status.PARTIAL, D(40), D(2000))
    head = "order_id,side,filled_qty,avg_px,status\n"
    for line, why in (
        ("o1,BUY,30,50,partial", "has 40 filled"),
        ("o1,SELL,60,50,partial", "has 40 filled"),
        ("o1,BUY,60,20,partial", "no price"),
        ("o1,BUY,60,50,filled", "said to be filled"),
        ("o1,BUY,60,,partial", "cannot be"),
        ("o1,BUY,60,50,gone", "no status"),
        ("o9,BUY,60,50,partial", "none of ours"),
        (",BUY,60,50,partial", "no order"),
    ):
        found = read(head + line + "\n")
        _, unread = differences(found.counts, {"o1": own}, DAY)
        assert why in "".join(one.why for one in (*unread, *found.unread)), line
    nothing = read(head + "o1,BUY,0,,sent\n")
    assert differences(nothing.counts, {"o1": replace(own, filled=D(0))}, DAY) == ((), ())
    cancelled = read(head + "o1,BUY,40,50,cancelled\n")
    assert differences(cancelled.counts, {"o1": own}, DAY)[0] == (Report("o1", Status.CANCELLED, "", D(40)),)


# --- Anything at all


def whole(found: FillFile) -> None:
    """Every report is one that a store can be given."""
    for one in found.reports:
        for fill in one.executions:
            assert fill.order == one.order
            assert fill.id
            assert fill.units
            assert fill.price > 0
            assert fill.price.is_finite()
    ids = [fill.id for one in found.reports for fill in one.executions]
    assert len(ids) == len(set(ids))


SEEDS = (
    report() + b"\n" + report(t17="e2", t54="2"),
    report().replace(SOH, b"|"),
    FLEX.encode(),
    (HEAD + "e1,o1,ann,SPY,BUY,1,5,0,2026-11-02,2026-11-02T15:00:00Z\ne2,o2,bob,QQQ,SELL,2,5,0,2026-11-02,\n").encode(),
    blotter([Standing(ticket(id="o1"), Status.FILLED, D(100), D(5000))], SHEET).encode(),
)


@given(st.binary(max_size=300))
@example(b"")
@example(b"\xff\xfe")
@example(b"8=FIX.4.4")
@example(b"8=FIX.4.4\x01" + b"9=1\x01" * 5)
@example(b"\x00" * 50)
@settings(max_examples=80, deadline=None)
def test_no_bytes_raise(data: bytes) -> None:
    whole(read(data))


@given(st.sampled_from(SEEDS), st.data())
@settings(max_examples=120, deadline=None)
def test_no_damage_raises(seed: bytes, data: st.DataObject) -> None:
    damage(seed, data)


@pytest.mark.soak
@given(st.sampled_from(SEEDS), st.data())
@settings(max_examples=20_000, deadline=None)
def test_no_damage_raises_in_twenty_thousand_files(seed: bytes, data: st.DataObject) -> None:
    damage(seed, data)


def damage(seed: bytes, data: st.DataObject) -> None:
    damaged = bytearray(seed)
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(damaged)))
        damaged[at : at + data.draw(st.integers(0, 6))] = data.draw(st.binary(max_size=6))
    whole(read(bytes(damaged)))


@pytest.mark.parametrize("seed", SEEDS)
def test_a_file_that_was_cut_anywhere_is_told(seed: bytes) -> None:
    complete = {fill for one in read(seed).reports for fill in one.executions}
    for end in range(0, len(seed) - 1, 7):
        found = read(seed[:end])
        whole(found)
        booked = {fill for one in found.reports for fill in one.executions}
        assert booked <= complete or found.unread or found.remarks, end
        assert booked == complete or found.unread or found.remarks or seed[:end].endswith(b"\n") or not end, end


def test_a_file_beyond_all_measure_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("trimtab.execution.fill_files.reading.LARGEST", 10)
    assert "larger" in read(b"x" * 11).told[0]


def test_a_monstrous_cell_is_told() -> None:
    assert "longer than" in read(HEAD + "e" * 20_000 + ",o1,ann,SPY,BUY,1,5,0,2026-11-02,\n").told[0]
