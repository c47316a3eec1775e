"""Sections 1 and 2 of a committee's pack: what was decided against the model, and whether the process was kept."""

from __future__ import annotations

from collections.abc import Sequence

from trimtab.desk.committee import Pack
from trimtab.desk.committee_process import Process
from trimtab.desk.discretion import Discretion, Ladder, Ledgered
from trimtab.desk.interventions import Intervention
from trimtab.governance.adherence import Adherence, Duty, joined
from trimtab.surfaces.report.committee_pieces import Named, blocks, counted, found_in, grid, texts, when, words
from trimtab.surfaces.report.markup import Content, prose, tag
from trimtab.surfaces.report.panel import Section, bullets, section, summary
from trimtab.surfaces.report.wording import NONE, capital, minus, number, points, signed, signed_percent

LADDER = (
    "The model is the policy as specified, run beside the account on the same data. Each override is put on it in the order in "
    "which it was written down; the last step is all that is left, such as orders changed by hand, late trades and prices."
)
SCORE = (
    "100 less weighted violations, each with its evidence. A duty earns its points times the part of its occasions that were "
    "kept. The score stands beside performance, and never takes it in."
)


def decisions(pack: Pack) -> Section:
    """The ledger of overrides with what each brought, and orders that people changed."""
    parts = [(one.name, one.discretion) for one in pack.accounts]
    return section("decisions", "Decisions against the model", decided(pack), summary(LADDER), list(blocks(parts, _ledger)))


def decided(pack: Pack) -> str:
    """How much was decided against the model, and what it came to, in a sentence."""
    parts = [(one.name, one.discretion) for one in pack.accounts]
    found = found_in(parts)
    overrides, hands = (sum(len(getattr(one, name)) for one in found) for name in ("overrides", "interventions"))
    if parts and not found:
        return "Whether anybody decided against the model is not known."
    if not overrides + hands:
        return "Nobody decided against the model."
    head = f"{capital(counted(overrides, 'override'))} and {counted(hands, 'order')} changed by hand"
    ladders = [one.ladder.found for one in found]
    if len(ladders) == 1 and ladders[0] is not None:
        brought = ladders[0].account - ladders[0].model
        return f"{head}: the account made {signed_percent(brought, 2)} against the model."
    return f"{head}."


def _ledger(name: str, found: Discretion) -> Content:
    effects = {step.name: step.effect for step in found.ladder.found.effects} if found.ladder.found else {}
    head: list[Content] = ["Override", *texts("Who", "What", "From", "To", "Why", "State"), "Brought, %"]
    rows = [_override(one, effects) for one in found.overrides]
    why = tag("p", f"What it came to is not told. {capital(minus(found.ladder.why))}", class_="note")
    return [
        grid(head, rows, f"Overrides of {name}"),
        why if found.ladder.found is None else _ladder(name, found.ladder.found),
        _hands(name, found.interventions),
    ]


def _override(one: Ledgered, effects: dict[str, float]) -> list[Content]:
    written, ends = one.kept.written, one.kept.override.ends
    moves = [f"{asset} {signed_percent(float(shift))}" for asset, shift in written.shifts.items()]
    what = ", ".join([*moves, *(f"{asset} held" for asset in written.holds)])
    cells = [words(text) for text in (written.by, what, written.begins.isoformat(), ends.isoformat(), written.why, one.state)]
    brought = signed(100.0 * effects[written.id]) if written.id in effects else NONE
    return [written.id, *cells, brought]


def _ladder(name: str, found: Ladder) -> Content:
    span = f"{found.first.isoformat()} to {found.last.isoformat()}"
    rows: list[list[Content]] = [["The model as specified", signed(100.0 * found.model), ""]]
    rows += [[step.title, signed(100.0 * step.effect), signed(float(step.money))] for step in found.effects]
    rows.append(["Account less model", signed(100.0 * (found.account - found.model)), signed(float(found.money))])
    rows.append(["The account", signed(100.0 * found.account), ""])
    said = tag("p", prose(f"From the model to the account, {span}:"), class_="note")
    body = grid(["Step", "%", found.currency], rows, f"Steps of {name}", sums=True)
    return [said, body, bullets([prose(minus(line)) for line in found.notes]) if found.notes else None]


def _hands(name: str, found: Sequence[Intervention]) -> Content:
    head: list[Content] = [
        "Order",
        *texts("When", "What", "Asset"),
        "Units",
        "Size, %",
        *texts("Who", "Why", "Evidence"),
    ]
    rows: list[list[Content]] = [
        [
            one.order[:8],
            *map(words, (one.recorded.date().isoformat(), one.what, one.instrument)),
            signed(float(one.units), 0 if one.units == one.units.to_integral_value() else 2),
            NONE if one.size is None else points(float(one.size)),
            *map(words, (one.by, one.why or "no reason given", f"journal {one.record}")),
        ]
        for one in found
    ]
    title = f"Orders of {name} that were changed by hand"
    return [tag("h3", title), grid(head, rows, title)] if rows else None


def process(pack: Pack) -> Section:
    """The score, each violation with its evidence, and data that failed."""
    parts = [(one.name, one.process) for one in pack.accounts]
    found = found_in(parts)
    body = [
        _scores(parts) if len(found) > 1 else [_duties(one.adherence) for one in found],
        _violations(parts),
        _incidents(found),
        list(blocks([part for part in parts if part[1].found is None], lambda *_: None)),
    ]
    return section("process", "Process", kept(pack), summary(SCORE), body)


def kept(pack: Pack) -> str:
    """The score, and what it was taken from, in a sentence."""
    found = found_in([(one.name, one.process) for one in pack.accounts])
    whole = joined([one.adherence for one in found])
    if not found:
        return "Whether the process was kept is not known."
    broken = counted(len(whole.violations), "violation")
    failed = len({one.record for each in found for one in each.incidents})
    timely, due = (sum(one.on_time[k] for one in found) for k in (0, 1))
    said = f"{timely} of {due} decisions in time" if due else "no decision was due"
    return f"Process score {number(float(whole.score), 1)} of 100: {broken}; {said}; {counted(failed, 'data incident')}."


def _duties(one: Adherence) -> Content:
    head: list[Content] = ["Duty", "Due", "Kept", "Points", "Of"]
    rows: list[list[Content]] = [
        [capital(d.words), str(one.due[d]), str(one.due[d] - one.broken(d)), number(float(one.earned(d)), 1), str(d.weight)]
        for d in Duty
    ]
    rows.append(["Score", "", "", number(float(one.score), 1), "100"])
    return grid(head, rows, "Process score by duty", sums=True)


def _scores(parts: Sequence[Named[Process]]) -> Content:
    head: list[Content] = ["Account", *(f"{capital(d.words)}, of {d.weight}" for d in Duty), "Score"]
    known = [(name, part.found.adherence) for name, part in parts if part.found is not None]
    rows: list[list[Content]] = [
        [name, *(number(float(one.earned(d)), 1) for d in Duty), number(float(one.score), 1)] for name, one in known
    ]
    return grid(head, rows, "Process score by account")


def _violations(parts: Sequence[Named[Process]]) -> Content:
    """Each with its account, oldest first."""
    found = [(v.when, name, v) for name, part in parts if part.found is not None for v in part.found.adherence.violations]
    head: list[Content] = ["When", *texts("Account", "Duty", "What happened", "Evidence")]
    rows: list[list[Content]] = [
        [when(day), *map(words, (name, one.duty.words, one.what, one.evidence))]
        for day, name, one in sorted(found, key=lambda row: row[:2])
    ]
    return [tag("h3", "Violations"), grid(head, rows, "Violations")] if rows else None


def _incidents(found: Sequence[Process]) -> Content:
    every = {one.record: one for each in found for one in each.incidents}
    head: list[Content] = ["When", *texts("Account", "Series", "What was wrong", "Evidence")]
    rows: list[list[Content]] = [
        [when(one.when), *map(words, (one.account or "all", one.series, one.what, f"journal {one.record}"))]
        for _, one in sorted(every.items())
    ]
    return [tag("h3", "Data incidents"), grid(head, rows, "Data incidents")] if rows else None
