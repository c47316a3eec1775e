"""The words for measures against a benchmark that the key figures of a report leave out. Symbols as in `definitions`."""

from __future__ import annotations

from functools import partial

from trimtab.numerics.defining import Definition, Reason, defined

_versus = partial(Definition, relative=True)

ACTIVE = defined(
    _versus(
        "active_return",
        "Active return",
        "Difference of the geometric returns a year.",
        "CAGR - CAGR of b",
        Reason.TOO_LARGE,
    ),
    _versus(
        "batting_average",
        "Batting average",
        "Share of the periods in which the return was above the benchmark's.",
        "n(r > b) / T",
        Reason.EMPTY,
    ),
    _versus(
        "alpha",
        "Alpha",
        "Mean return above bills that the benchmark does not explain, times the periods in a year.",
        "(mean(r - rf) - beta * mean(b - rf)) * f",
        Reason.FLAT_BENCHMARK,
    ),
    _versus(
        "correlation",
        "Correlation",
        "Correlation with the benchmark's returns, both above bills.",
        "beta * sd(b - rf) / sd(r - rf)",
        Reason.FLAT_BENCHMARK,
    ),
    _versus(
        "r_squared",
        "R squared",
        "Share of the variance that the benchmark explains.",
        "correlation^2",
        Reason.FLAT_BENCHMARK,
    ),
    _versus(
        "jensen_alpha",
        "Jensen's alpha",
        "Geometric return a year beyond what beta asks for (Jensen 1968).",
        "CAGR - rf - beta * (CAGR of b - rf), rf a year",
        Reason.FLAT_BENCHMARK,
    ),
    _versus(
        "net_selectivity",
        "Net selectivity",
        "Jensen's alpha less what the risk not diversified away should have earned (Fama 1972).",
        "Jensen's alpha - (sd(r - rf) / sd(b - rf) - beta) * (CAGR of b - rf)",
        Reason.FLAT_BENCHMARK,
    ),
    _versus(
        "systematic_risk",
        "Systematic risk",
        "Risk a year that comes with the benchmark; moments over T.",
        "beta * sd(b - rf) * sqrt(f)",
        Reason.FLAT_BENCHMARK,
    ),
    _versus(
        "specific_risk",
        "Specific risk",
        "Risk a year of what the benchmark does not explain; moments over T.",
        "sd(r - rf - beta * (b - rf)) * sqrt(f)",
        Reason.FLAT_BENCHMARK,
    ),
    _versus(
        "total_risk",
        "Total risk",
        "Systematic and specific risk together.",
        "sqrt(systematic risk^2 + specific risk^2)",
        Reason.FLAT_BENCHMARK,
    ),
    _versus(
        "treynor",
        "Treynor ratio",
        "Geometric return a year above bills over beta (Treynor 1965).",
        "(CAGR - rf) / beta",
        Reason.NO_BETA,
    ),
    _versus(
        "modified_treynor",
        "Modified Treynor ratio",
        "Geometric return a year above bills over systematic risk.",
        "(CAGR - rf) / systematic risk",
        Reason.NO_BETA,
    ),
    _versus(
        "appraisal_ratio",
        "Appraisal ratio",
        "Jensen's alpha over specific risk.",
        "Jensen's alpha / specific risk",
        Reason.EXPLAINED,
    ),
    _versus(
        "m_squared",
        "M squared",
        "Return a year at the benchmark's volatility (Modigliani and Modigliani 1997).",
        "rf + (CAGR - rf) / sd(r) * sd(b)",
        Reason.FLAT,
    ),
)
