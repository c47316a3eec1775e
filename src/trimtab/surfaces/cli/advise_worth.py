"""Is what an advice begins with worth its cost at a size of money? What is marginal comes down to a static allocation."""

from __future__ import annotations

from argparse import Namespace
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

from trimtab.core.errors import UsageError
from trimtab.desk.advising import Plan
from trimtab.desk.economising import Economised, economics_of
from trimtab.desk.policy import Policy
from trimtab.desk.workspace import Workspace
from trimtab.governance.checklist import advise
from trimtab.surfaces.cli.markets import market_of
from trimtab.surfaces.economics import Asked, counted, terms_of

COSTS = ("data_cost", "software", "management")


def require_size(options: Namespace) -> None:
    """Raises UsageError where costs are given without the size of money that bears them."""
    named = [name for name in COSTS if getattr(options, name) is not None]
    if named and not options.aum:
        raise UsageError(f"--{named[0].replace('_', '-')} needs --aum", remedy="Say how much money is run: --aum 5m.")


def worth(policy: Policy, options: Namespace) -> Economised:
    """The economics of a policy at `--aum`; its backtest is counted in the workspace."""
    asked = {name: value for name in COSTS if (value := getattr(options, name)) is not None}
    terms = terms_of(policy.horizon.capital.currency, options.aum, cast("Asked", asked))
    return counted(Workspace(Path(options.workspace)), economics_of(policy, market_of(policy, options), terms))


def downgraded(plan: Plan) -> Plan:
    """The plan for what is left where an approach is marginal; the choice of whoever wanted another is told so too."""
    advice = plan.advice
    return replace(plan, advice=advise(advice.answers, wanted=advice.approach, marginal=True))


def worth_document(found: Economised | None, options: Namespace) -> dict[str, Any] | None:
    """In plain values; None where nobody asked."""
    if found is None:
        return None
    one = found.economics
    figures = {"benefit": float(one.benefit), "cost": float(one.cost), "marginal": one.marginal}
    return {"aum": options.aum, **figures, "verdict": found.verdict}
