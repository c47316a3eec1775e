"""The month's page: what was decided, traded, what it cost, what is held against target, and whether the process was kept.

One HTML file of a few kilobytes: no script, nothing fetched.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from importlib import resources

from trimtab.core.orders import Standing
from trimtab.desk.month_record import MonthRecord, done_words
from trimtab.desk.override_words import override_words
from trimtab.governance.adherence import Adherence, Duty
from trimtab.surfaces.report.markup import Content, Markup, tag
from trimtab.surfaces.report.panel import Section, bullets, section, summary, table, text_head
from trimtab.surfaces.report.wording import NONE, basis_points, capital, money, number, percent, points, signed_points

RULES = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"


def month_page(record: MonthRecord) -> str:
    """The whole page."""
    parts = [part for part in _sections(record) if part is not None]
    menu = tag("nav", tag("ul", [tag("li", tag("a", capital(part.id), href=f"#{part.id}")) for part in parts]), class_="menu")
    title = f"{record.episode.name}, {record.episode.month}"
    body = [
        tag("a", "Skip to the month", href="#main", class_="skip"),
        _masthead(record),
        menu,
        tag("main", [part.markup for part in parts], id="main", tabindex="-1"),
        tag("footer", tag("p", "Written from the journal of the book. Not advice.")),
    ]
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", http_equiv="Content-Security-Policy", content=RULES),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="color-scheme", content="light dark"),
        tag("title", title),
        tag("style", Markup(_style())),
    )
    return f"<!DOCTYPE html>\n{tag('html', head, tag('body', body), lang='en')}\n"


@lru_cache(maxsize=1)
def _style() -> str:
    return (resources.files("trimtab.surfaces.report") / "style.css").read_text(encoding="utf-8")


def _masthead(record: MonthRecord) -> Markup:
    practice = "Practice: no real money moved. " if record.practice else ""
    said = f"{practice}{capital(done_words(record))}."
    facts = (
        f"{record.policy}, at the stage {record.stage}. Decided on {record.episode.when}; "
        f"valued at the prices of {record.priced}. Policy {record.episode.policy[:12]}."
    )
    title = f"{record.episode.name} in {record.episode.month}"
    lines = (tag("p", said, class_="lede"), tag("p", facts))
    return tag("header", tag("p", "The month", class_="kicker"), tag("h1", title), *lines, class_="masthead")


def _sections(record: MonthRecord) -> Iterator[Section | None]:
    yield _decided(record)
    yield _traded(record)
    yield _held(record)
    yield _process(record)


def _decided(record: MonthRecord) -> Section:
    """Before, wanted, after, by asset, as the journal keeps them."""
    told = record.decided.get("assets", {})
    rows: list[list[Content]] = [
        [line.name, *(_points(told[line.asset][key]) for key in ("benchmark", "held", "target", "after"))]
        for line in record.held
        if line.asset in told
    ]
    count = len(record.orders)
    finding = f"{count} order{'' if count == 1 else 's'} on {record.episode.when}" if count else "Nothing was to be traded"
    head = ["% of value", "Benchmark", "Held", "Target", "After"]
    body: list[Content] = [table(head, rows, label="The decision", class_="figures")] if rows else []
    if record.overrides:
        lines = [override_words(one) for one in record.overrides]
        body += [tag("h3", "Overrides that live"), bullets(lines)]
    body += [tag("p", f"Data: {one.body['what']}", class_="note") for one in record.incidents]
    quiet = summary("What is held is as near to the target as the policy asks for.")
    return section("decided", "What was decided", finding, *(body or [quiet]))


def _points(value: float | None) -> str:
    return NONE if value is None else points(value)


def _traded(record: MonthRecord) -> Section | None:
    if not record.orders:
        return None
    numbers = ("Units", "Filled", "Decided at", "Average", "Fees")
    head: list[Content] = ["Order", text_head("Instrument"), *numbers, text_head("Became")]
    shown = table(head, [_order_row(one) for one in record.orders], label="Orders", class_="figures")
    return section("traded", "What was traded, and what it cost", _cost(record), shown, *_costs(record))


def _order_row(one: Standing) -> list[Content]:
    ticket = one.ticket
    became = f"{one.status.value}{f', approved by {one.approved_by}' if one.approved_by else ''}"
    return [
        one.id[:8],
        tag("td", ticket.instrument, class_="words"),
        number(float(ticket.units), 4),
        number(float(one.filled), 4) if one.filled else "",
        number(float(ticket.reference), 2),
        number(float(one.average), 2) if one.filled else "",
        number(float(one.cost), 2) if one.filled else "",
        tag("td", f"{became}{f': {one.why}' if one.why and not one.filled else ''}", class_="words"),
    ]


def _cost(record: MonthRecord) -> str:
    fees = money(float(record.fees), record.currency)
    return f"Fees of {fees}, where {money(float(record.estimate), record.currency)} were expected"


def _costs(record: MonthRecord) -> Iterator[Content]:
    """What stands between the decision and the fills, beside the fees."""
    one = record.cost
    if one is not None and one.paper:
        fraction = float(one.total / one.paper)
        fees, delay, execution, missed = (number(float(part)) for part in one.parts)
        words = (
            f"Against the prices of the decision all trades together cost {money(float(one.total), one.currency)}, "
            f"{basis_points(fraction)} of what was to be traded: fees {fees}, prices until the orders left {delay}, from there "
            f"to the fills {execution}, what was not filled {missed}. Below zero the prices helped: no skill of the month."
        )
        yield tag("p", words, class_="note")
    for text in record.untold:
        yield tag("p", f"No shortfall: {text}", class_="note")


def _held(record: MonthRecord) -> Section:
    rows = [
        [line.name, number(float(line.units), 4), points(line.held), points(line.target), signed_points(line.apart)]
        for line in record.held
    ]
    rows.append(["Cash", "", points(record.cash), points(1.0 - sum(line.target for line in record.held)), ""])
    finding = f"{money(float(record.value), record.currency)}, {percent(record.drift)} away from target"
    head = ["% of value", "Units", "Held", "Target", "Apart"]
    return section(
        "held", f"What is held, on {record.priced}", finding, table(head, rows, label="Held against target", class_="figures")
    )


def _process(record: MonthRecord) -> Section:
    found = record.process
    if found is None:
        return section("process", "Was the process kept?", "Nobody was held to anything yet", summary(record.why_not))
    finding = f"{number(float(found.score), 0)} of 100 since the first of {record.episode.month}"
    rows = [_duty_row(found, duty) for duty in Duty]
    body: list[Content] = [table(["Duty", "Due", "Kept", "Points"], rows, label="Duties", class_="figures")]
    if found.violations:
        body += [tag("h3", "Not kept"), bullets([f"{one.when}: {one.what} ({one.evidence})" for one in found.violations])]
    return section("process", "Was the process kept?", finding, *body)


def _duty_row(found: Adherence, duty: Duty) -> list[Content]:
    due = found.due[duty]
    earned = f"{number(float(found.earned(duty)), 1)} of {duty.weight}"
    return [capital(duty.words), str(due), str(due - found.broken(duty)), earned]
