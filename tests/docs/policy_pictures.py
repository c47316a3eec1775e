"""The figures and pictures of docs/policies-on-real-data.md: `python -m tests.docs.policy_pictures` makes them anew.

Every policy of the shelf runs on the shared data beside its benchmark. What stands on the page between
`<!-- generated: NAME -->` and `<!-- end -->` is written here, figures and sentences; nothing there is typed by hand.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from tests.desk.real_gallery import END, START, ran, still
from tests.docs.growth_drawing import Dots, Growth, dots_svg, growth_svg
from tests.docs.pages import ROOT
from tests.docs.policy_findings import findings, percent, points, wealth
from trimtab.desk import gallery
from trimtab.desk.leverage_review import review_leverage
from trimtab.desk.result import Result
from trimtab.desk.summary import summary

PAGE, FOLDER = ROOT / "docs" / "policies-on-real-data.md", ROOT / "docs" / "_static" / "policies"
SOURCE = f"Data: ETFs with dividends, costs charged; {START} to {END}"
BLOCK = re.compile(r"(<!-- generated: (?P<name>[\w-]+) -->\n).*?(<!-- end -->)", re.DOTALL)
TOGETHER = ("sixty-forty", "permanent", "gtaa-5", "risk-parity-levered")  # in one picture: one of each kind
KINDS = {
    "Held still": ("sixty-forty", "permanent", "all-weather"),
    "Trend, momentum, valuation": (
        "gtaa-5", "dual-momentum", "vigilant", "canary", "trend-tilts", "value-momentum", "cape-rule",
    ),
    "By risk": (
        "inverse-volatility", "risk-parity", "risk-parity-levered", "hierarchical", "min-variance",
        "max-diversification", "mean-variance", "volatility-targeted",
    ),
    "Mixed": ("core-satellite",),
}  # fmt: skip
SHOWN = tuple(name for names in KINDS.values() for name in names)
READ_IN = {  # the source in a word or two, for the table; in full below
    "sixty-forty": "practice; Leland 1996",
    "permanent": "Browne 1999",
    "all-weather": "Robbins 2014, after Dalio",
    "gtaa-5": "Faber 2007",
    "dual-momentum": "Antonacci 2014",
    "vigilant": "Keller, Keuning 2017",
    "canary": "Keller, Keuning 2018",
    "trend-tilts": "practice; Faber 2007",
    "value-momentum": "Asness et al. 2013",
    "cape-rule": "Campbell, Shiller 1998",
    "inverse-volatility": "Maillard et al. 2010",
    "risk-parity": "Maillard et al. 2010",
    "risk-parity-levered": "Asness et al. 2012",
    "hierarchical": "Lopez de Prado 2016",
    "min-variance": "Clarke et al. 2006",
    "max-diversification": "Choueifaty, Coignard 2008",
    "mean-variance": "Markowitz 1952; Jorion 1986",
    "volatility-targeted": "Moreira, Muir 2017",
    "core-satellite": "Amenc et al. 2004",
}
COLUMNS = ("policy", "CAGR", "vol", "Sharpe", "DD", "turnover", "cost", "CAGR*", "DD*", "source")  # *: of the benchmark


def title_of(name: str) -> str:
    """The finding that a picture is headed with."""
    mine, theirs = summary(ran(name))["cagr"], summary(still(name))["cagr"]
    return f"{gallery.named(name).title}: {percent(mine)} a year after costs, its benchmark {percent(theirs)}"


# The pictures.


def picture(name: str) -> str:
    """Growth against the benchmark, and the falls of both."""
    dates, own = monthly(ran(name))
    _, other = monthly(still(name))
    marks: list[np.datetime64] = []
    if name == "risk-parity-levered":
        review = review_leverage(ran(name))
        marks = list(review.acted) if review is not None else []
    lines = (("policy", own), ("benchmark", other))
    falls = (fallen(ran(name)), fallen(still(name)))
    source = f"{SOURCE.replace(START, str(dates[0]))}, month-ends"
    return growth_svg(Growth(title_of(name), source, dates, lines, falls, marks, "deleveraging rule acts"))


def together() -> str:
    """Some in one picture."""
    lines = [(gallery.named(name).title, monthly(ran(name))[1]) for name in TOGETHER]
    dates, _ = monthly(ran(TOGETHER[0]))
    return growth_svg(Growth("What 1 became, after costs", f"{SOURCE}, month-ends", dates, lines, rival=False))


def overview() -> str:
    """All of them: return, volatility and deepest fall beside those of their benchmarks."""
    kinds = ("cagr", "volatility", "max_drawdown")
    figures = {name: (summary(ran(name)), summary(still(name))) for name in SHOWN}
    rows = [Dots(gallery.named(name).title, [(mine[k], other[k]) for k in kinds]) for name, (mine, other) in figures.items()]
    more, less = (sum(row.pairs[k][0] > row.pairs[k][1] for row in rows) for k in (0, 2))
    title = f"Of {len(rows)} policies {less} fell less deep than their benchmark, {more} made more"
    return dots_svg(title, SOURCE, ("return a year", "volatility", "deepest fall"), rows)


def monthly(result: Result) -> tuple[np.ndarray, np.ndarray]:
    """Dates and wealth, 1 at the beginning: the first session, then the last of each month."""
    level = wealth(result) / float(result.wealth[0])
    kept = pd.concat([level.iloc[:1], level.iloc[1:].groupby(pd.PeriodIndex(level.index[1:], freq="M")).tail(1)])
    return kept.index.to_numpy().astype("datetime64[D]"), kept.to_numpy()


def fallen(result: Result) -> np.ndarray:
    """The deepest fall below the maximum before it, within each of the same months."""
    level = wealth(result)
    fall = level / level.cummax() - 1.0
    rest = fall.iloc[1:].groupby(pd.PeriodIndex(fall.index[1:], freq="M")).min()
    return np.concatenate([[0.0], rest.to_numpy()])


# The page.


def table() -> str:
    """One row for each policy."""
    rows = [f"| {' | '.join(COLUMNS)} |", "|---|" + "---:|" * (len(COLUMNS) - 2) + "---|"]
    for name in SHOWN:
        mine, other = summary(ran(name)), summary(still(name))
        cells = [f"[`{name}`](#{name})", _bare(mine["cagr"]), _bare(mine["volatility"])]
        cells += [f"{mine['sharpe']:.2f}", _bare(mine["max_drawdown"]), _bare(mine["turnover_per_year"], 0)]
        cells += [_bare(mine["cost_per_year"], 2), _bare(other["cagr"]), _bare(other["max_drawdown"]), READ_IN[name]]
        rows.append(f"| {' | '.join(cells)} |")
    return "\n".join(rows)


def _bare(value: float, digits: int = 1) -> str:
    return percent(value, digits).removesuffix(" %")


def verdict() -> str:
    """Who lost to the benchmark, and how little can be told apart."""
    mine, other = ({name: summary(run(name)) for name in SHOWN} for run in (ran, still))
    asked = [name for name in SHOWN if name != "all-weather"]  # it is its own benchmark
    made_less = [name for name in asked if mine[name]["cagr"] < other[name]["cagr"]]
    steadier = [name for name in asked if mine[name]["sharpe"] > other[name]["sharpe"]]
    deeper = [name for name in asked if mine[name]["max_drawdown"] < other[name]["max_drawdown"]]
    after = [name for name in asked if _since(ran(name)) < _since(still(name))]
    best = max(SHOWN, key=lambda name: mine[name]["sharpe"])
    low, high = mine[best]["sharpe_low"], mine[best]["sharpe_high"]
    inside = sum(low <= one["sharpe"] <= high for one in mine.values())
    interval = f"with an interval of 90 % from {low:.2f} to {high:.2f}"
    said = (
        f"{len(made_less)} of {len(asked)} policies made less a year than their benchmark: {_names(made_less)}.",
        f"From 2009 on it was {len(after)} of {len(asked)}: much of what the others are ahead, they owe to 2008.\n",
        f"{_names(deeper)} fell deeper than the benchmark at worst, the others less deep.",
        f"{len(steadier)} had the higher Sharpe ratio: {_names(steadier)}.\n",
        f"The highest Sharpe ratio is that of `{best}`, {mine[best]['sharpe']:.2f}, {interval};",
        f"{inside} of the {len(SHOWN)} lie in it, 60/40 with {mine['sixty-forty']['sharpe']:.2f} among them.",
        "Seventeen years do not tell them apart.\n",
        f"Between the dearest and the cheapest to trade lie {points(_spread(mine, 'cost_per_year'))} a year.",
    )
    return "\n\n".join(map(wrapped, " ".join(said).split("\n")))


def _since(result: Result) -> float:
    level = wealth(result)
    return float(level.iloc[-1] / level.loc["2008-12-31"])


def _spread(figures: dict[str, dict[str, float]], what: str) -> float:
    values = [one[what] for one in figures.values()]
    return max(values) - min(values)


def _names(names: list[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def section(name: str) -> str:
    """All about one policy."""
    words = [f"- {line}" for line in gallery.named(name).words]
    return "\n".join([
        f"### `{name}`",
        "",
        f"![{title_of(name)}](_static/policies/{name}.svg)",
        "",
        wrapped(f"**{gallery.named(name).title}.** Source: {gallery.entry(name).source}"),
        "",
        wrapped(" ".join(findings(name))),
        "",
        "<details><summary>The rules, generated from the file</summary>",
        "",
        *words,
        "",
        "</details>",
        "",
    ])  # fmt: skip


def sections() -> str:
    """All policies, by kind."""
    return "\n".join(f"## {kind}\n\n" + "\n".join(map(section, names)) for kind, names in KINDS.items())


def wrapped(text: str) -> str:
    """A paragraph in lines that can be read in an editor."""
    return "\n".join(textwrap.wrap(text, 118, break_long_words=False, break_on_hyphens=False))


BLOCKS: dict[str, Callable[[], str]] = {"table": table, "verdict": verdict, "policies": sections}
PICTURES: dict[str, Callable[[], str]] = {"overview": overview, "together": together}


def filled(page: str) -> str:
    """The page with every generated block written anew."""
    return BLOCK.sub(lambda block: f"{block[1]}{BLOCKS[block['name']]()}\n{block[3]}", page)


def pictures() -> dict[str, str]:
    """Every picture by the name of its file."""
    return {name: draw() for name, draw in PICTURES.items()} | {name: picture(name) for name in SHOWN}


def write(page: Path = PAGE, folder: Path = FOLDER) -> None:
    """Write page and pictures."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, drawn in pictures().items():
        (folder / f"{name}.svg").write_text(drawn, encoding="utf-8")
    page.write_text(filled(page.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    write()
