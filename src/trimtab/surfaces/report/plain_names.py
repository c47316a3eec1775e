"""What figures are called: their names, and plain words for a client, who sees the ones that need no training."""

from __future__ import annotations

from trimtab.numerics.performance import DEFINITIONS
from trimtab.surfaces.report.figures import GROUPS, Figure
from trimtab.surfaces.report.study import Study
from trimtab.surfaces.report.wording import percent

PLAIN = {
    "cagr": "Return a year",
    "volatility": "Typical swing in a year (volatility)",
    "sharpe": "Return for the risk taken (Sharpe ratio)",
    "max_drawdown": "Deepest fall",
    "drawdown_length": "How long it took to be made good",
    "turnover": "Share exchanged a year (turnover)",
    "cost_drag": "Trading costs a year",
}
FOR_CLIENTS = frozenset({*GROUPS["Return"], *PLAIN, *GROUPS["Fees"], *GROUPS["Taxes"]})


BASIS_POINTS = frozenset({"cost_drag", "fee_drag", "tax_drag"})


def text_of(key: str, figure: Figure, study: Study) -> str:
    """How a figure is written: a client reads percent where the desk reads basis points."""
    return percent(figure.value, 2) if study.client and key in BASIS_POINTS else figure.text


def name_of(key: str, study: Study) -> str:
    """What a figure is called: in plain words for a client."""
    return PLAIN.get(key, DEFINITIONS[key].name) if study.client else DEFINITIONS[key].name
