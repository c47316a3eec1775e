"""What the desk says of orders, as tables: rebalances, orders, what was sent and settled, shortfalls."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from trimtab.core.orders import Standing
from trimtab.desk.proposing import Proposed
from trimtab.desk.reviewing import Review
from trimtab.desk.sending import Dispatch
from trimtab.desk.settlement import Settled
from trimtab.execution.shortfall import Piece

if TYPE_CHECKING:
    import pandas as pd

ORDERS = (
    "id", "batch", "account", "instrument", "units", "reference", "kind", "limit", "tif", "status", "filled", "average",
    "cost", "venue", "estimate", "tax", "lots", "warnings", "reason", "by", "approved_by", "why",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Rebalancing:
    """What accounts are to trade; `review` holds it whole, `proposed` is None where nothing was written."""

    review: Review
    proposed: tuple[Proposed, ...] | None = None

    @property
    def accounts(self) -> pd.DataFrame:
        """A row an account: policy, value, drift, turnover, action, cost, tax, blocked or not; its batch once proposed."""
        import pandas as pd

        made = {one.rebalance.name: one for one in self.proposed or ()}
        rows = [
            (
                one.name,
                one.outlook.policy.name,
                one.book.nav,
                one.drift,
                one.turnover,
                one.action,
                one.estimate,
                one.tax,
                one.blocked,
                made[one.name].fate.value if one.name in made else "",
                made[one.name].batch if one.name in made else "",
            )
            for one in self.review.rebalances
        ]
        names = ["account", "policy", "value", "drift", "turnover", "action", "cost", "tax", "blocked", "fate", "batch"]
        return pd.DataFrame(rows, columns=names).set_index("account")

    @property
    def trades(self) -> pd.DataFrame:
        """A row a trade: units above zero buy; cost and gains in money, lots as (id, units)."""
        import pandas as pd

        rows = [
            (
                one.name,
                one.instruments[trade.asset],
                trade.units,
                trade.reference,
                trade.estimate,
                float(trade.bps),
                trade.short,
                trade.long,
                trade.tax,
                trade.lots,
                trade.reason,
            )
            for one in self.review.rebalances
            for trade in one.trades
        ]
        names = ["account", "instrument", "units", "reference", "cost", "bps", "short", "long", "tax", "lots", "reason"]
        return pd.DataFrame(rows, columns=names)

    @property
    def weights(self) -> pd.DataFrame:
        """Held, after and target by account and asset, as fractions; cash is what they leave of 1."""
        import pandas as pd

        rows = []
        for one in self.review.rebalances:
            sides = (one.book.held.tolist(), one.after.tolist(), one.traded.target.tolist())
            named = zip(one.outlook.policy.universe, *sides, strict=True)
            rows += [(one.name, asset.id, *weights) for asset, *weights in named]
        return pd.DataFrame(rows, columns=["account", "asset", "held", "after", "target"]).set_index(["account", "asset"])

    @property
    def checks(self) -> pd.DataFrame:
        """Every evaluation of the gate: rule, source, what it was on, value, limit, outcome, the rule in words."""
        import pandas as pd

        rows = [
            (one.name, e.rule, e.source, e.on, e.value, e.limit, e.outcome.value, e.words)
            for one in self.review.rebalances
            for e in one.judgement.evaluations
        ]
        return pd.DataFrame(rows, columns=["account", "rule", "source", "on", "value", "limit", "outcome", "words"])

    @property
    def skipped(self) -> dict[str, str]:
        """Accounts that could not be asked, and why."""
        return {one.account: one.why for one in self.review.skipped}


@dataclass(frozen=True, slots=True)
class Sending:
    """What left or was cancelled, what is to be said of it, and what the gate refused: account and why."""

    orders: pd.DataFrame
    said: tuple[str, ...] = ()
    refused: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of(cls, done: Dispatch) -> Sending:
        """The tables of what was sent."""
        said = tuple(f"{one.standing.id[:8]}: {one.why}" for one in done.sent if one.why)
        return cls(
            order_table([one.standing for one in done.sent]), said, tuple((r.account, str(r.error)) for r in done.refused)
        )


@dataclass(frozen=True, slots=True)
class Settling:
    """What a reconciliation touched, and what does not agree; `clean` where all does."""

    orders: pd.DataFrame
    problems: tuple[str, ...] = ()

    @classmethod
    def of(cls, orders: pd.DataFrame, done: Any, more: tuple[str, ...] = ()) -> Settling:
        """The tables of a file of fills, or of what a broker answered; `more` does not agree besides."""
        if isinstance(done, Settled):
            return cls(orders, (*done.contradictions, *done.breaks, *more))
        problems = []
        for one in done:
            problems += [f"{one.account}: {difference.words}" for difference in one.differences]
            problems += [f"{one.account}: {text}" for text in (*one.contradictions, *filter(None, [one.unanswered]))]
            problems += [f"{one.account}: nobody knows whether {lost.id[:8]} arrived" for lost in one.unknown]
        return cls(orders, (*problems, *more))

    @property
    def clean(self) -> bool:
        """Whether book and venue, or file, agree."""
        return not self.problems


def order_table(found: Iterable[Standing]) -> pd.DataFrame:
    """Orders by id, in the order of planning; amounts are exact."""
    import pandas as pd

    return pd.DataFrame([_row(one) for one in found], columns=list(ORDERS)).set_index("id")


def _row(one: Standing) -> tuple[Any, ...]:
    ticket = one.ticket
    manner = (ticket.kind.value, ticket.limit, ticket.tif.value, one.status.value)
    filled = (one.filled, one.average, one.cost, one.venue)
    words = (ticket.estimate, ticket.tax, ticket.lots, ticket.warnings, ticket.reason, ticket.by, one.approved_by, one.why)
    return (one.id, ticket.batch, ticket.account, ticket.instrument, ticket.units, ticket.reference, *manner, *filled, *words)


def shortfall_table(parts: Sequence[Piece], untold: Sequence[str], told: Sequence[Standing]) -> pd.DataFrame:
    """A row an order and day; in `attrs`, under `untold`, of which orders there is none, and why."""
    import pandas as pd

    about = {one.id: one.ticket for one in told}
    rows = [
        (piece.order, about[piece.order].account, about[piece.order].instrument, piece.day, *_amounts(piece)) for piece in parts
    ]
    names = [
        "order",
        "account",
        "instrument",
        "day",
        "paper",
        "explicit",
        "delay",
        "execution",
        "opportunity",
        "total",
        "currency",
    ]
    table = pd.DataFrame(rows, columns=names)
    table.attrs["untold"] = tuple(untold)
    return table


def _amounts(piece: Piece) -> tuple[Any, ...]:
    one = piece.shortfall
    return (one.paper, *one.parts, one.total, one.currency)
