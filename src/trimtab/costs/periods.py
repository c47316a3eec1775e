"""The periods of fees: months of the calendar that divide a year, and how a sentence calls them."""

from __future__ import annotations

from trimtab.core.errors import ParameterError
from trimtab.core.frictions import Billing
from trimtab.core.terms import MONTH, Span

_NAMES = {1: "each month", 3: "each quarter", 6: "each half-year", 12: "each year"}


def require_months(every: Span) -> None:
    """Raise ParameterError for a period that is not 1, 2, 3, 4, 6 or 12 months: fees follow the calendar year."""
    if every.every is not MONTH or every.count < 1 or 12 % every.count:
        remedy = "Write 1M, 2M, 3M, 4M, 6M or 12M."
        raise ParameterError(f"every is {every}, which does not divide a year into months", field="every", remedy=remedy)


def said(every: Span, billed: Billing) -> str:
    """`each quarter in arrears`."""
    return f"{_NAMES.get(every.count, f'every {every.count} months')} in {billed.value}"
