"""The first screen, with everything that must not be missed, and the table of key figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from trimtab.desk.summary import LEVEL, after_what
from trimtab.desk.tax_review import uneven
from trimtab.numerics.performance import DEFINITIONS
from trimtab.surfaces.report.figures import GROUPS, Figure
from trimtab.surfaces.report.markup import Content, Markup, tag
from trimtab.surfaces.report.panel import Section, bullets, scroll, section, summary
from trimtab.surfaces.report.study import Study
from trimtab.surfaces.report.wording import MINUS, NONE, capital, day, listed, number, percent

Figures = Mapping[str, Figure]
TILES = ("cagr", "volatility", "sharpe", "max_drawdown", "cost_drag")


def masthead(study: Study, found: Sequence[Figures]) -> Markup:
    """Name, result in a sentence, five figures, how it was made, and what to be wary of."""
    title = study.result.policy.title
    return tag(
        "header",
        tag("p", "Backtest", class_="kicker"),
        tag("h1", title),
        tag("p", headline(study, found), class_="lede"),
        tag("dl", [_tile(key, study, found) for key in TILES], class_="tiles"),
        tag("div", _facts(study), _warnings(study), class_="first"),
        class_="masthead",
    )


def headline(study: Study, found: Sequence[Figures]) -> str:
    """The result in a sentence."""
    mine = found[0]
    after = after_what(study.result)
    words = f"{mine['cagr'].text} a year {after}" if not mine["cagr"].why else f"{mine['end_value'].text} at the end"
    others = [f"{f['cagr'].text} for {line.title}" for line, f in zip(study.rivals, found[1:], strict=True)]
    against = f", against {listed(others)}" if others and not mine["cagr"].why else ""
    depths = [f"{f['max_drawdown'].text}" for f in found[1:]]
    fall = f"the deepest fall was {mine['max_drawdown'].text}" + (f" ({listed(depths)})" if depths else "")
    years = f"{number(study.subject.years, 1)} years to {day(study.subject.dates[-1])}"
    return f"{words}{against}, over {years}; {fall}."


def _tile(key: str, study: Study, found: Sequence[Figures]) -> Markup:
    beside = [f"{figures[key].text.split(' [')[0]} {line.title}" for line, figures in zip(study.rivals, found[1:], strict=True)]
    value, _, interval = found[0][key].text.partition(" [")
    if interval:
        beside.insert(0, f"[{interval}")
    return tag(
        "div",
        tag("dt", DEFINITIONS[key].name),
        tag("dd", value, class_="value"),
        [tag("dd", line, class_="beside") for line in beside[:2]],
    )


def _facts(study: Study) -> Markup:
    """Window, execution, costs, hash, data, trials."""
    result = study.result
    line = study.subject
    often = {12: "monthly", 52: "weekly"}.get(result.periods_per_year, "daily")
    window = f"{day(line.dates[0])} to {day(line.dates[-1])}, {often}, {len(line.dates):,} valuation dates"
    rows: list[tuple[str, Content]] = [
        ("Window", window),
        ("Execution", capital(result.execution_words)),
        ("Costs", found_words(result.policy.words, "Costs")),
        ("Fees", capital(found_words(result.policy.words, "Fee"))),
        ("Taxes", found_words(result.policy.words, "Taxes")),
        ("Benchmark", listed([other.title for other in study.rivals]) or "none"),
        ("Policy", ["SHA-256 ", tag("code", result.policy.sha256[:12], title=result.policy.sha256)]),
        ("Data", ["SHA-256 ", tag("code", result.data_digest[:12], title=result.data_digest)]),
        ("Trials", _trials(result.trials.total, result.trials.distinct)),
        ("Code", tag("code", result.code_version or "not recorded")),
    ]
    return tag("dl", [tag("div", tag("dt", name), tag("dd", value)) for name, value in rows if value], class_="facts")


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
    refused = sum(bool(decision.refused) for decision in study.result.decisions)
    stopped = len(study.result.blocked) - refused
    against = uneven(study.result, [line.result for line in study.rivals])
    lines: list[Content] = [*study.result.notes, *study.notes, *against]
    if refused:
        dates = "1 date" if refused == 1 else f"{refused} dates"
        lines.append(f"On {dates} nothing could be decided and nothing was traded; see why at the end of this page.")
    if stopped:
        were = "decision was" if stopped == 1 else "decisions were"
        lines.append(f"{stopped} {were} stopped by a blocking rule; see the end of this page.")
    body = bullets(lines) if lines else tag("p", "No flaw of the data is known.")
    title = tag("h2", "Read this first", id="warnings-title")
    return tag("aside", title, body, class_="warnings", aria_labelledby="warnings-title")


def figure_section(study: Study, found: Sequence[Figures], missing: Sequence[str]) -> Section:
    """The table of key figures, one column a portfolio."""
    notes = [f"In brackets the {percent(LEVEL, 0)} interval of the Sharpe ratio."]
    if missing:
        notes.append(f"{NONE} where a figure is not defined: {' '.join(missing)}")
    body = [summary(_verdict(study, found)), figure_table(study, found), [tag("p", note, class_="note") for note in notes]]
    return section("figures", "Key figures", _finding(study, found), body)


def _finding(study: Study, found: Sequence[Figures]) -> str:
    mine = found[0]["sharpe"]
    if not study.rivals:
        return f"A Sharpe ratio of {mine.text}."
    theirs = found[1]["sharpe"]
    return f"Sharpe ratio {number(mine.value)}, against {number(theirs.value)} of {study.rivals[0].title}."


def _verdict(study: Study, found: Sequence[Figures]) -> str:
    after = capital(after_what(study.result))
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
        rows = [_row(key, found) for key in keys if any(key in figures for figures in found)]
        if rows:
            name = tag("tr", tag("th", group, scope="rowgroup", colspan=str(len(found) + 1)), class_="group")
            bodies.append(tag("tbody", name, rows))
    return scroll(tag("table", tag("thead", head), bodies, class_="figures keys"), label="Key figures")


def _row(key: str, found: Sequence[Figures]) -> Markup:
    entry = DEFINITIONS[key]
    link = tag("a", entry.name, href=f"#def-{key.replace('_', '-')}", title=entry.sentence, class_="term")
    cells = [_cell(figures.get(key)) for figures in found]
    return tag("tr", tag("th", link, scope="row"), cells)


def _cell(figure: Figure | None) -> Markup:
    if figure is None:
        return tag("td", "", class_="none")
    return tag("td", figure.text, title=figure.why or None)
