"""The economics of a policy as the Python interface hands them out: figures, and tables in pandas."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict

from trimtab.core.errors import UsageError
from trimtab.data.market import Market
from trimtab.desk.counting_variants import counted_once
from trimtab.desk.economising import Economised, Known, economics_of
from trimtab.desk.policy import Policy
from trimtab.desk.workspace import Workspace
from trimtab.desk.yearly_costs import Terms
from trimtab.surfaces.amounts import amount, rate

if TYPE_CHECKING:
    import pandas as pd

BENCHMARK = "benchmark"


class Asked(TypedDict, total=False):
    """What may be said besides the assets: amounts and rates as numbers, or as text (`30k`, `0.5%`)."""

    data_cost: float | str
    software: float | str
    management: float | str
    hurdle: float | str
    net_of: str
    seed: int


@dataclass(frozen=True, slots=True, eq=False)
class Economics:
    """What a policy brings and takes at a size of money. `found` holds the values; rates are fractions a year."""

    found: Economised

    @property
    def benefit(self) -> float:
        """Expected over the benchmark, before costs and taxes."""
        return float(self.found.economics.benefit)

    @property
    def cost(self) -> float:
        """All cost, as a fraction of the assets."""
        return float(self.found.economics.cost)

    @property
    def net(self) -> float:
        """What is left of the benefit."""
        return float(self.found.economics.net)

    @property
    def interval(self) -> tuple[float, float]:
        """Of the net benefit."""
        low, high = self.found.economics.interval
        return float(low), float(high)

    @property
    def break_even(self) -> float | None:
        """The assets from which on it pays; None where no size does, 0 where every size does."""
        found = self.found.economics.break_even
        return None if found is None else float(found)

    @property
    def marginal(self) -> bool:
        """Whether a benefit below 1 % a year stands against a cost above 0.5 %."""
        return self.found.economics.marginal

    @property
    def verdict(self) -> str:
        """What it comes to, in a sentence."""
        return self.found.verdict

    @property
    def alarm(self) -> bool:
        """Whether each of the last four quarters cost more than 1.25 times what was assumed."""
        return self.found.alarm

    @property
    def costs(self) -> pd.DataFrame:
        """A row a cost: `money` a year, `rate` of the assets, and whether it is `fixed`."""
        import pandas as pd

        one = self.found.economics
        size = float(one.assets.amount)
        rows = [(name, float(cost.amount), float(cost.amount) / size, True) for name, cost in one.fixed.items()]
        rows += [(name, float(part) * size, float(part), False) for name, part in one.rates.items()]
        return pd.DataFrame(rows, columns=["cost", "money", "rate", "fixed"]).set_index("cost")

    @property
    def schedules(self) -> pd.DataFrame:
        """The policy deciding monthly and quarterly: benefit, cost and net; which is its `own`. Empty where it cannot."""
        import pandas as pd

        rows = [(one.decide, one.benefit, one.cost, one.net, one.own) for one in self.found.schedules]
        return pd.DataFrame(rows, columns=["decide", "benefit", "cost", "net", "own"]).set_index("decide")

    @property
    def quarters(self) -> pd.DataFrame:
        """Realised against assumed cost of trading, a row a quarter, in currency; empty where nothing was traded."""
        import pandas as pd

        held = self.found.quarters.quarters if self.found.quarters is not None else ()
        rows = [(one.quarter, one.traded, one.realised, one.assumed) for one in held]
        return pd.DataFrame(rows, columns=["quarter", "traded", "realised", "assumed"]).set_index("quarter")


def worked_out(policy: Policy, market: Market, aum: float | str, workspace: str | Path | None, asked: Asked) -> Economics:
    """The economics of a policy on its market; with a workspace by what was written down there, and counted as trials."""
    terms = terms_of(policy.horizon.capital.currency, aum, asked)
    if workspace is None:
        return Economics(economics_of(policy, market, terms))
    folder = Workspace(Path(workspace))
    return Economics(counted(folder, economics_of(policy, market, terms, known=Known.of(folder.folder, policy))))


def counted(folder: Workspace, found: Economised) -> Economised:
    """With the trials of the workspace on it: each schedule that was looked at is one, counted once."""
    for other in found.others:
        folder.trial(other, once=True)
    return replace(found, result=counted_once(folder, found.result)[0])


def terms_of(currency: str, aum: float | str, asked: Asked) -> Terms:
    """What is asked. Raises UsageError for what is no money or rate."""
    if asked.get("net_of", BENCHMARK) != BENCHMARK:
        raise UsageError(f"net_of is {asked['net_of']!r}", remedy=f"Write net_of={BENCHMARK!r}, or leave it out.")
    assets = amount(str(aum), "aum", currency)
    if not assets.amount:
        raise UsageError("aum is 0", remedy="Give how much money is run, such as 50m.")
    money = {key: amount(str(value), key, currency) for key, value in asked.items() if key in _AMOUNTS}
    rates = {key: rate(str(value), key) for key, value in asked.items() if key in _RATES}
    return Terms(
        assets,
        data=money.get("data_cost"),
        software=money.get("software"),
        management=rates.get("management"),
        hurdle=rates.get("hurdle", Decimal(0)),
        net_of_benchmark="net_of" in asked,
        seed=asked.get("seed", 1),
    )


_AMOUNTS, _RATES = ("data_cost", "software"), ("management", "hurdle")
