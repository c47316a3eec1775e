"""A mandate as people read it: headings, and under each a label with its text; the limits are a table of their own.

The terminal and the page show the same words.
"""

from __future__ import annotations

from collections.abc import Iterator

from trimtab.core.rules import Severity
from trimtab.core.terms import Span
from trimtab.governance.mandate import Mandate
from trimtab.governance.review_plan import YEAR

Lines = tuple[tuple[str, str], ...]


def parts(mandate: Mandate) -> Iterator[tuple[str, Lines]]:
    """Each part with its lines; what was left empty is left out. The limits come after the third."""
    scope, people, aims = mandate.scope, mandate.responsibilities, mandate.objectives
    accounts = ", ".join(scope.accounts)
    yield (
        "Scope and purpose",
        _said(("For", scope.who), ("Purpose", scope.purpose), ("Accounts", accounts), ("Assets", scope.assets)),
    )
    eyes = "Nobody approves an order that he asked for." if people.four_eyes else ""
    yield (
        "Responsibilities",
        _said(("Decides", people.decides), ("Approves", people.approves), ("Reviews", people.reviews), ("Four eyes", eyes)),
    )
    yield (
        "Objectives",
        _said(
            ("Benchmark", ", ".join(f"{name} {100.0 * weight:g} %" for name, weight in aims.benchmark.items())),
            ("Return", aims.returns),
            ("Volatility", _yearly(aims.volatility)),
            ("Tracking error", _yearly(aims.tracking_error)),
            ("Tolerated fall", "" if aims.max_drawdown is None else f"{100.0 * aims.max_drawdown:g} % from a peak"),
            ("Horizon", aims.horizon),
            ("Liquidity", aims.liquidity),
            ("Taxes", aims.taxes),
        ),
    )
    yield "Risk management", _managed(mandate)
    if mandate.signatures:
        yield "Signatures", _said(*((one.name, one.role or "signs") for one in mandate.signatures))


def _managed(mandate: Mandate) -> Lines:
    managed = mandate.risk_management
    bounds, terms = managed.overrides, managed.changes
    extreme = f"two people sign where the last year was more than {100.0 * terms.extreme:g} % from the benchmark."
    overrides = "None are allowed."
    if bounds is not None:
        overrides = f"At most {100.0 * float(bounds.size):g} % of the portfolio together, each for {bounds.days} days at most."
    return _said(
        ("Monitoring", managed.monitoring),
        ("Review", f"The process every {duration(managed.review.every)}."),
        ("Full cycle", f"Parameters are open every {duration(managed.review.full_cycle)}, and no sooner."),
        ("Overrides", overrides),
        ("Changes", f"{terms.cooling_off} days after the request; {extreme}"),
    )


def limits(mandate: Mandate) -> tuple[tuple[str, str, str, str], ...]:
    """Section, the limit in words, since when, and what a breach does."""
    does = {Severity.BLOCK: "stops the order", Severity.WARN: "is reported"}
    return tuple(
        (
            one.section,
            one.words + (f" ({one.says})" if one.says else ""),
            (one.effective_from or mandate.effective_from).isoformat(),
            does[one.severity],
        )
        for one in mandate.constraints
    )


def duration(span: Span) -> str:
    """A count of months in words: `3 months`, `3 years`."""
    count, word = (span.count // YEAR, "year") if span.count % YEAR == 0 else (span.count, "month")
    return f"{count} {word}{'' if count == 1 else 's'}"


def _said(*lines: tuple[str, str]) -> Lines:
    return tuple((label, text) for label, text in lines if text)


def _yearly(value: float | None) -> str:
    return "" if value is None else f"{100.0 * value:g} % a year"
