"""The first screen, with everything that must not be missed, and the table of key figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from trimtab.desk.deflating import deflated
from trimtab.desk.result import Result
from trimtab.desk.summary import LEVEL
from trimtab.desk.tax_review import uneven
from trimtab.numerics.performance import DEFINITIONS
from trimtab.surfaces.report.figures import GROUPS, MONTHS, Figure
from trimtab.surfaces.report.live import live_table
from trimtab.surfaces.report.markup import Content, Markup, prose, tag
from trimtab.surfaces.report.panel import Section, bullets, scroll, section, summary
from trimtab.surfaces.report.plain_names import FOR_CLIENTS, name_of, text_of
from trimtab.surfaces.report.study import Study
from trimtab.surfaces.report.wording import MINUS, NONE, capital, day, listed, number, percent

Figures = Mapping[str, Figure]
TILES = ("cagr", "volatility", "sharpe", "max_drawdown", "cost_drag", "calmar", "end_value", "expected_shortfall")
SHOWN = 5


def masthead(study: Study, found: Sequence[Figures]) -> Markup:
    """Name, result in a sentence, five figures, how it was made, and what to be wary of."""
    tiles = [key for key in TILES if key in found[0] and not found[0][key].why][:SHOWN]
    return tag(
        "header",
        tag("p", _kicker(study), class_="kicker"),
        tag("h1", study.subject.title),
        tag("p", headline(study, found), class_="lede"),
        tag("dl", [_tile(key, study, found) for key in tiles], class_="tiles"),
        live_table(study),
        tag("div", _facts(study), _warnings(study), class_="first"),
        class_="masthead",
    )


def _kicker(study: Study) -> str:
    if study.result is None:
        return "Return series" if study.live is None else "Return series, backtest and live"
    if study.client:
        return "Simulated past, not results of an account"
    return "Backtest"


def headline(study: Study, found: Sequence[Figures]) -> str:
    """The result in a sentence."""
    mine = found[0]
    after = study.after
    words = f"{mine['cagr'].text} a year {after}" if not mine["cagr"].why else f"{mine['end_value'].text} at the end"
    others = [f"{f['cagr'].text} for {line.title}" for line, f in zip(study.rivals, found[1:], strict=True)]
    against = f", against {listed(others)}" if others and not mine["cagr"].why else ""
    depths = [f"{f['max_drawdown'].text}" for f in found[1:]]
    fall = f"the deepest fall was {mine['max_drawdown'].text}" + (f" ({listed(depths)})" if depths else "")
    years = f"{number(study.subject.years, 1)} years to {day(study.subject.dates[-1])}"
    return f"{words}{against}, over {years}; {fall}."


def _tile(key: str, study: Study, found: Sequence[Figures]) -> Markup:
    known = [(line.title, figures[key]) for line, figures in zip(study.rivals, found[1:], strict=True) if key in figures]
    beside = [f"{text_of(key, figure, study).split(' [')[0]} {title}" for title, figure in known]
    value, _, interval = text_of(key, found[0][key], study).partition(" [")
    if interval:
        beside.insert(0, f"[{interval}")
    return tag(
        "div",
        tag("dt", name_of(key, study)),
        tag("dd", value, class_="value"),
        [tag("dd", line, class_="beside") for line in beside[:2]],
    )


def _facts(study: Study) -> Markup:
    """Window, execution, costs, hash, data, trials; of a series where it comes from."""
    line = study.subject
    window = f"{day(line.dates[0])} to {day(line.dates[-1])}, {line.frequency}, {len(line.dates):,} valuation dates"
    against = listed([other.title for other in study.rivals]) or "none"
    own = _of_series(study) if study.result is None else _of_run(study.result, client=study.client)
    rows = [("Window", window), ("Benchmark", against), *own]
    return tag("dl", [tag("div", tag("dt", name), tag("dd", value)) for name, value in rows if value], class_="facts")


def _of_run(result: Result, *, client: bool) -> list[tuple[str, Content]]:
    rows: list[tuple[str, Content]] = [
        ("Execution", capital(result.execution_words)),
        ("Costs", found_words(result.policy.words, "Costs")),
        ("Fees", capital(found_words(result.policy.words, "Fee"))),
        ("Taxes", found_words(result.policy.words, "Taxes")),
        ("Trials", _trials(result.trials.total, result.trials.distinct)),
    ]
    hashes: list[tuple[str, Content]] = [
        ("Policy", ["SHA-256 ", tag("code", result.policy.sha256[:12], title=result.policy.sha256)]),
        ("Data", ["SHA-256 ", tag("code", result.data_digest[:12], title=result.data_digest)]),
        ("Code", tag("code", result.code_version or "not recorded")),
    ]
    return rows if client else rows + hashes


def _of_series(study: Study) -> list[tuple[str, Content]]:
    line, notes = study.subject, study.origin.notes if study.origin else ()
    made = line.trades is not None and line.trades.costed
    costs = "those of the transactions" if made else "none known: the returns are taken as they are"
    return [
        ("Source", study.origin.source if study.origin else ""),
        ("Reading", "" if study.client else " ".join(filter(_plain_reading, notes))),
        ("Costs", capital(costs)),
        ("Bills", "No riskless rate is known: it counts as zero" if not line.riskfree.any() else ""),
        ("Trials", "Not known: how many series were looked at before this one"),
    ]


def found_words(sentences: Sequence[str], head: str) -> str:
    """What the policy's own sentences `Head: ...` say; empty where there are none."""
    found = [s.partition(": ")[2] for s in sentences if s.startswith(f"{head}: ")]
    return "; ".join([*(part.rstrip(".") for part in found[:-1]), *found[-1:]])


def _trials(total: int, distinct: int) -> str:
    if total == 0:
        return "not counted: this run belongs to no workspace"
    if total == 1:
        return "1 in this workspace, the first"
    return f"{total:,} in this workspace, {distinct:,} of them different: the best of many looks better than it is"


def _warnings(study: Study) -> Markup:
    """Flaws of the data and assumptions, plainly."""
    own = _flaws_of_series(study) if study.result is None else _flaws_of_run(study.result, study)
    lines: list[Content] = [*own, *study.notes]
    body = bullets([prose(line) for line in lines]) if lines else tag("p", "No flaw of the data is known.")
    title = tag("h2", "Read this first", id="warnings-title")
    return tag("aside", title, body, class_="warnings", aria_labelledby="warnings-title")


def _flaws_of_run(result: Result, study: Study) -> list[str]:
    refused = sum(bool(decision.refused) for decision in result.decisions)
    stopped = len(result.blocked) - refused
    lost = [capital(result.trials.missing)] if result.trials.missing else []
    lines = [*lost, *result.notes, *uneven(result, [line.result for line in study.rivals if line.result is not None])]
    where = "" if study.client else "; see the end of this page"
    if refused:
        dates = "1 date" if refused == 1 else f"{refused} dates"
        lines.append(f"On {dates} nothing could be decided and nothing was traded{where}.")
    if stopped:
        were = "decision was" if stopped == 1 else "decisions were"
        lines.append(f"{stopped} {were} stopped by a blocking rule{where}.")
    return lines


def _flaws_of_series(study: Study) -> list[str]:
    """What nobody can know of a bare series, and what its reader says."""
    lines = ["Nobody has checked this series: costs, fees and taxes that it leaves out are missing in every figure."]
    if study.live is None:
        lines.append("Whether these returns were earned or computed is not known: no live start was given.")
    if study.subject.per_year <= MONTHS:
        lines.append(f"Values are {study.subject.frequency}: falls in between do not show, and the deepest was deeper.")
    return lines + [note for note in (study.origin.notes if study.origin else ()) if not _plain_reading(note)]


def _plain_reading(note: str) -> bool:
    """Whether a note of the reader says only how it read the series, and no flaw of it."""
    return note.startswith("Read as") or note.endswith((", from the dates.", ", as given."))


def figure_section(study: Study, found: Sequence[Figures], missing: Sequence[str]) -> Section:
    """The table of key figures, one column a portfolio."""
    notes = [f"In brackets the {percent(LEVEL, 0)} interval of the Sharpe ratio."]
    if study.benchmark is not None and study.subject.per_year > MONTHS and not study.client:
        notes.append("Capture is measured over calendar months.")
    if study.result is not None and not study.client and study.result.trials.total:
        notes.append(deflated(study.result).words)
    if missing:
        notes.append(f"{NONE} where a figure is not defined: {' '.join(missing)}")
    body = [summary(_verdict(study, found)), figure_table(study, found), [tag("p", note, class_="note") for note in notes]]
    return section("figures", "Key figures", _finding(study, found), body)


def _finding(study: Study, found: Sequence[Figures]) -> str:
    mine = found[0]["sharpe"]
    if study.client:
        return f"{found[0]['cagr'].text} a year; the deepest fall was {found[0]['max_drawdown'].text}."
    if not study.rivals:
        return f"A Sharpe ratio of {mine.text}."
    theirs = found[1]["sharpe"]
    return f"Sharpe ratio {number(mine.value)}, against {number(theirs.value)} of {study.rivals[0].title}."


def _verdict(study: Study, found: Sequence[Figures]) -> str:
    after = capital(study.after)
    gap = found[0]["sharpe"].value - found[1]["sharpe"].value if study.rivals else float("nan")
    if gap != gap:
        return f"{after}; each name leads to its definition."
    low, _, high = found[0]["sharpe"].text.partition("[")[2].rstrip("]").partition(", ")
    inside = bool(low) and float(low.replace(MINUS, "-")) <= found[1]["sharpe"].value <= float(high.replace(MINUS, "-"))
    sure = "lies inside the interval: the difference may be chance" if inside else "lies outside the interval"
    return f"The Sharpe ratio of {study.rivals[0].title} {sure}. {after}; each name leads to its definition."


def figure_table(study: Study, found: Sequence[Figures]) -> Markup:
    """Groups of rows; each name links to its definition and shows it on hover."""
    head = tag("tr", tag("th", "Key figures", scope="col"), [tag("th", line.title, scope="col") for line in study.lines])
    bodies = []
    for group, keys in GROUPS.items():
        chosen = [key for key in keys if not study.client or key in FOR_CLIENTS]
        rows = [_row(key, study, found) for key in chosen if any(key in figures for figures in found)]
        if rows:
            name = tag("tr", tag("th", group, scope="rowgroup", colspan=str(len(found) + 1)), class_="group")
            bodies.append(tag("tbody", name, rows))
    return scroll(tag("table", tag("thead", head), bodies, class_="figures keys"), label="Key figures")


def _row(key: str, study: Study, found: Sequence[Figures]) -> Markup:
    entry = DEFINITIONS[key]
    link = tag("a", name_of(key, study), href=f"#def-{key.replace('_', '-')}", title=entry.sentence, class_="term")
    cells = [_cell(key, figures.get(key), study) for figures in found]
    return tag("tr", tag("th", link, scope="row"), cells)


def _cell(key: str, figure: Figure | None, study: Study) -> Markup:
    if figure is None:
        return tag("td", "", class_="none")
    return tag("td", text_of(key, figure, study), title=figure.why or None)
