"""The attribution of a run for programs: plain values for `--json`, and tables for notebooks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from trimtab.attribution.linking import Linking
from trimtab.attribution.tactical import Attribution, Part, Row
from trimtab.core.calendar import day
from trimtab.core.errors import UsageError
from trimtab.desk.account_attribution import AccountAttribution
from trimtab.desk.attributing import attribute as attributed
from trimtab.desk.attribution_review import (
    BENCHMARK_WORDS,
    AttributionReview,
    Cause,
    attribution_words,
    review_attribution,
)
from trimtab.desk.class_review import ClassReview, review_classes
from trimtab.desk.result import Result

if TYPE_CHECKING:
    import pandas as pd

BY = ("signal", "sleeve", "class")


@dataclass(frozen=True, slots=True, eq=False)
class Attributed:
    """An attribution: `causes` and `periods` as tables, `words` in sentences, `review` the arrays behind them."""

    result: Result | AccountAttribution
    review: AttributionReview

    @property
    def causes(self) -> pd.DataFrame:
        """A row a cause: linked effect, its part of the difference of returns a year, money, the decisions that made most."""
        import pandas as pd

        rows = [
            (c.part.value, c.name, c.title, c.effect, c.a_year, c.risk, float(c.money), tuple(d.decision for d in c.deeds))
            for c in self.review.causes
        ]
        columns = ["part", "name", "title", "effect", "a_year", "risk", "money", "decisions"]
        return pd.DataFrame(rows, columns=columns).assign(name=_keys(self.review.causes)).set_index("name")

    @property
    def periods(self) -> pd.DataFrame:
        """A row a period by its decision: end, returns of portfolio and benchmark, and the effect of each cause.

        In every row the causes sum to portfolio less benchmark.
        """
        import pandas as pd

        found = self.review.attribution
        index = pd.DatetimeIndex(found.starts, name="decided")
        frame = pd.DataFrame({"decision": found.decisions, "until": found.ends}, index=index)
        frame = frame.assign(portfolio=found.returns, benchmark=found.benchmark)
        return frame.assign(**{key: row.by_period for key, row in zip(_keys(found.rows), found.rows, strict=True)})

    @property
    def assets(self) -> pd.DataFrame:
        """Linked effects by cause (rows) and asset (columns, `cash` last)."""
        import pandas as pd

        columns = [*(asset.id for asset in self.result.assets), "cash"]
        causes = self.review.causes
        return pd.DataFrame([cause.by_asset for cause in causes], index=_keys(causes), columns=columns)

    @property
    def classes(self) -> pd.DataFrame:
        """A row an asset class: mean weights of benchmark and target, allocation, selection, execution, total."""
        import pandas as pd

        found = review_classes(self.result, self.review.attribution, linking=self.review.linking)
        names = ("benchmark", "target", "allocation", "selection", "execution", "total", "risk")
        return pd.DataFrame({name: getattr(found, name) for name in names}, index=pd.Index(found.names, name="class"))

    @property
    def words(self) -> tuple[str, ...]:
        """The findings in sentences."""
        return attribution_words(self.review)


def _keys(rows: Sequence[Row] | Sequence[Cause]) -> list[str]:
    """The name of each row; that of a signal or a sleeve which something else bears too says what it is."""
    taken = {"decision", "until", "portfolio", "benchmark"} | {part.value for part in Part}
    named = (Part.SIGNAL, Part.SLEEVE)
    return [f"{row.part.value} {row.name}" if row.part in named and row.name in taken else row.name for row in rows]


def attribution_of(
    result: Result, *, by: str = "signal", first: str | None = None, last: str | None = None, linking: str = "carino"
) -> Attributed:
    """The attribution of a result between two dates. Raises UsageError where `by` or `linking` is not known."""
    require_by(by, linking)
    return told(result, attributed(result, by_sleeve=by == "sleeve"), (first, last), linking)


def require_by(by: str, linking: str = "carino") -> None:
    """Raises UsageError where `by` or `linking` is not known."""
    if by not in BY or linking not in {one.value for one in Linking}:
        known = f"by is one of {', '.join(BY)}; linking one of {', '.join(one.value for one in Linking)}"
        raise UsageError(f"by {by!r}, linking {linking!r}", remedy=f"{known}.")


def told(
    result: Result | AccountAttribution, found: Attribution, window: tuple[str | None, str | None], linking: str = "carino"
) -> Attributed:
    """What was found between two dates, where they are given."""
    first, last = window
    if first is not None or last is not None:
        found = found.within(day(first or "0001-01-01"), day(last or "9999-12-31"))
    return Attributed(result, review_attribution(result, found, linking=Linking(linking)))


def attribution_document(
    result: Result | AccountAttribution, review: AttributionReview, classes: ClassReview | None
) -> dict[str, Any]:
    """All of it as plain values."""
    found = review.attribution
    document = {
        "policy": result.policy.name,
        "policy_sha256": result.policy.sha256,
        "from": str(found.starts[0]),
        "to": str(found.ends[-1]),
        "periods": len(found.starts),
        "linking": review.linking.value,
        "benchmark_is": BENCHMARK_WORDS,
        "portfolio": found.total,
        "benchmark": found.benchmark_total,
        "difference": review.difference,
        "gain": str(found.gain),
        "benchmark_gain": str(found.benchmark_gain),
        "causes": [_cause(result, cause) for cause in review.causes],
        "notes": list(result.notes),
        "words": list(attribution_words(review)),
    }
    if isinstance(result, AccountAttribution):
        document |= {"account": result.name}
    else:
        document |= {"execution": result.execution_words, "trials": result.trials.total}
    return document | ({} if classes is None else {"classes": _class_rows(classes)})


def _cause(result: Result | AccountAttribution, cause: Cause) -> dict[str, Any]:
    ids = [*(asset.id for asset in result.assets), "cash"]
    return {
        "part": cause.part.value,
        "name": cause.name,
        "title": cause.title,
        "effect": cause.effect,
        "a_year": _known(cause.a_year),
        "risk": _known(cause.risk),
        "money": str(cause.money),
        "by_asset": dict(zip(ids, cause.by_asset.tolist(), strict=True)),
        "decisions": [{"id": d.decision, "until": str(d.until), "effect": d.effect} for d in cause.deeds],
    }


def _class_rows(classes: ClassReview) -> list[dict[str, Any]]:
    names = ("benchmark", "target", "allocation", "selection", "execution", "total", "risk")
    return [
        {"class": name} | {key: _known(float(np.asarray(getattr(classes, key))[k])) for key in names}
        for k, name in enumerate(classes.names)
    ]


def _known(value: float) -> float | None:
    """JSON has no NaN."""
    return value if value == value else None
