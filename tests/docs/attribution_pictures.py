"""The figures and pictures of docs/why-it-happened.md: `python -m tests.docs.attribution_pictures` makes them anew.

Three policies of the gallery run on the shared data and are attributed. What stands on the page between
`<!-- generated: NAME -->` and `<!-- end -->` is written here, figures and sentences; nothing there is typed by hand.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import numpy as np

from tests.desk.real_gallery import END, START
from tests.docs import attribution_comparing as comparing
from tests.docs.attribution_drawing import MINUS, TOTAL, Course, Mark, Move, Way, course_svg, signed, waterfall
from tests.docs.attribution_findings import SHOWN, best_and_worst, deed, health, opening, sleeved, sum_of, title_of, told
from tests.docs.attribution_remarks import REMARKS
from tests.docs.drawing import INK
from tests.docs.pages import ROOT
from tests.docs.policy_findings import percent
from tests.docs.policy_pictures import BLOCK
from tests.docs.policy_pictures import wrapped as wrapped_anywhere
from trimtab.attribution.tactical import Part
from trimtab.desk import gallery
from trimtab.desk.attribution_review import GROUPS, Cause
from trimtab.desk.class_review import review_classes

PAGE, FOLDER = ROOT / "docs" / "why-it-happened.md", ROOT / "docs" / "_static" / "attribution"
SOURCE = f"Data: ETFs with dividends; {START} to {END}"
SMALL = (Part.ROUNDING, Part.CASH)  # one bar in the picture
CAUSES = ("cause", "% a year", "USD", "the decisions that weighed most, and their effect, %")
CLASSES = ("class", "benchmark", "target", "allocation", "selection", "execution", "in all")
GLUE = "\N{NO-BREAK SPACE}"


# The pictures.


def way(name: str) -> str:
    """From the benchmark's return a year to the portfolio's, by cause."""
    one = told(name)
    found, group_of = one.found, {part: k for k, parts in enumerate(GROUPS.values()) for part in parts}
    moves = [Move(c.title, c.a_year, group_of[c.part]) for c in one.review.causes if c.part not in SMALL]
    at = next(k for k, move in enumerate(moves) if move.group == group_of[Part.COSTS])
    moves.insert(at, Move("Rounding and idle cash", one.a_year(*SMALL), group_of[Part.CASH]))
    ends = ("The benchmark, a year", "The portfolio, a year")
    source = f"{SOURCE}, effects linked; the axis does not begin at 0"
    return waterfall(Way(title_of(name), source, ends, tuple(GROUPS), found.benchmark_a_year, moves))


def course(name: str) -> str:
    """The log of portfolio over benchmark, and the four groups that add up to it, over time."""
    one = told(name)
    lines = [("All", over_time(name, tuple(Part))), *((group, over_time(name, parts)) for group, parts in GROUPS.items())]
    kept = [k for k, (_, values) in enumerate(lines) if np.abs(values).max() > 0.0]  # nobody limits a policy without limits
    colours = (TOTAL, *INK)
    dates = np.concatenate([one.found.starts[:1], one.found.ends])
    marks = [Mark(n + 1, bool(one.decided[n] > 0.0)) for n in one.largest]
    source = f"{SOURCE}, month-ends; portfolio over benchmark, log scale"
    shown = ([lines[k] for k in kept], [colours[k] for k in kept])
    return course_svg(Course(course_title(name), source, dates, *shown, marks, "1 to 3: as told below"))


def over_time(name: str, parts: tuple[Part, ...]) -> np.ndarray:
    """(N + 1,) logs of what the rows of some parts did to the portfolio over its benchmark; they add up (Carino 1999)."""
    found = told(name).found
    r, b = found.returns, found.benchmark
    gap = r - b
    near = np.abs(gap) < 1e-9
    slope = np.where(near, 1.0 / (1.0 + r), (np.log1p(r) - np.log1p(b)) / np.where(near, 1.0, gap))
    return np.concatenate([[0.0], np.cumsum(slope * sum_of(found, parts))])


def course_title(name: str) -> str:
    """When it was furthest ahead, and what became of that."""
    one = told(name)
    whole = over_time(name, tuple(Part))
    top = int(np.argmax(whole))
    peak, end = np.expm1(whole[top]), np.expm1(whole[-1])
    when = str(one.found.ends[top - 1])[:7]
    side = f"{percent(abs(end))} {'ahead' if end > 0.0 else 'behind'}"
    return f"{gallery.named(name).title}: {percent(peak)} ahead of its benchmark by {when}, {side} at the end"


# The page.


def causes(name: str, *, by_sleeve: bool = False) -> str:
    """Benchmark, a row for each cause, portfolio."""
    review = sleeved(name) if by_sleeve else told(name).review
    found = review.attribution
    rows = [f"| {' | '.join(CAUSES)} |", "|---|---:|---:|---|"]
    rows.append(f"| The benchmark | {_bare(found.benchmark_a_year)} | {_money(found.benchmark_gain)} | |")
    rows += [f"| {c.title} | {signed(c.a_year)} | {_money(c.money)} | {_deeds(c)} |" for c in review.causes]
    rows.append(f"| **The portfolio** | **{_bare(found.total_a_year)}** | **{_money(found.gain)}** | |")
    return "\n".join(rows)


def _deeds(cause: Cause) -> str:
    told_with_effect = [deed for deed in cause.deeds if signed(deed.effect) != "0.00"]
    return "<br>".join(f"`{deed.decision}` {signed(deed.effect)}" for deed in told_with_effect)


def _bare(value: float) -> str:
    return percent(value, 2).removesuffix(" %")


def _money(value: Decimal) -> str:
    return f"{value:,.0f}".replace("-", MINUS)


def classes(name: str) -> str:
    """A row for each asset class, all in per cent; effects a year."""
    one = told(name)
    found = review_classes(one.result, one.found)
    rows = [f"| {' | '.join(CLASSES)} |", "|---|" + "---:|" * (len(CLASSES) - 1)]
    effects = np.stack([found.allocation, found.selection, found.execution, found.total]) * one.found.per_year
    for k, label in enumerate(found.names):
        weights = [_weight(held[k]) for held in (found.benchmark, found.target)]
        rows.append(f"| {label} | {' | '.join([*weights, *map(signed, effects[:, k].tolist())])} |")
    whole = [_weight(held.sum()) for held in (found.benchmark, found.target)]
    return "\n".join([*rows, f"| **all** | {' | '.join([*whole, *map(signed, effects.sum(axis=1).tolist())])} |"])


def _weight(value: float) -> str:
    return f"{100.0 * value + 0.0:.1f}".replace("-0.0", "0.0")


def section(name: str) -> str:
    """All about one policy."""
    deeds = [f"{k}. {deed(name, n)}" for k, n in enumerate(told(name).largest, 1)]
    return "\n\n".join([
        f"## {title_of(name)}",
        wrapped(f"[`{name}`](policies-on-real-data.md#{name}). {opening(name)}"),
        f"![{title_of(name)}](_static/attribution/{name}-causes.svg)",
        causes(name),
        *(wrapped(remark) for remark in REMARKS[name](name)),
        f"![{course_title(name)}](_static/attribution/{name}-course.svg)",
        "**The three decisions that weighed most**, by what their targets brought against the benchmark until the next one:",
        "\n".join(map(_item, deeds)),
        "**By class**, at the targets; effects in % a year, weights on average:",
        classes(name),
        *([_sleeves(name)] if name == "core-satellite" else []),
        wrapped(f"**By year.** {best_and_worst(name)}"),
        "**Do the signals still work?**",
        "\n".join(_item(f"- {line}") for line in health(name)),
    ])  # fmt: skip


def wrapped(text: str) -> str:
    """A paragraph in lines, no figure parted from its sign."""
    return wrapped_anywhere(text.replace(" %", GLUE + "%")).replace(GLUE, " ")


def _item(line: str) -> str:
    first, *rest = wrapped(line).split("\n")
    indent = " " * (line.index(" ") + 1)
    return "\n".join([first, *(indent + more for more in rest)])


def _sleeves(name: str) -> str:
    return "\n\n".join(["**By sleeve.** The same, with a row for each sleeve in place of framework and signal:",
                        causes(name, by_sleeve=True), wrapped(" ".join(REMARKS["sleeves"](name)))])  # fmt: skip


def sections() -> str:
    """All three."""
    return "\n\n".join(map(section, SHOWN)) + "\n"


def compared() -> str:
    """Side by side."""
    return "\n\n".join([comparing.table(), *map(wrapped, comparing.sentences())])


BLOCKS: dict[str, Callable[[], str]] = {"policies": sections, "compared": compared}
PICTURES: dict[str, Callable[[], str]] = {
    f"{name}-{kind}": (lambda name=name, draw=draw: draw(name))  # type: ignore[misc]
    for name in SHOWN
    for kind, draw in (("causes", way), ("course", course))
}


def filled(page: str) -> str:
    """The page with every generated block written anew."""
    return BLOCK.sub(lambda block: f"{block[1]}{BLOCKS[block['name']]()}\n{block[3]}", page)


def write(page: Path = PAGE, folder: Path = FOLDER) -> None:
    """Write page and pictures."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, draw in PICTURES.items():
        (folder / f"{name}.svg").write_text(draw(), encoding="utf-8")
    page.write_text(filled(page.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    write()
