"""The roles of what stands between beliefs and holdings: limits, alone and together, costs of trading, and financing.

Shapes: D decision dates, A assets, `...` any leading axes (dates, variants). Each is one object with several voices that
agree: to the optimiser, to the fast reacher, to the gate and to the review.
"""

from __future__ import annotations

from decimal import Decimal
from enum import Enum
from fractions import Fraction as Ratio
from typing import Annotated, Protocol

from trimtab.core.arrays import Array, Mask
from trimtab.core.region import Region, RiskBound
from trimtab.core.slots import Slot
from trimtab.core.taxes import Selling
from trimtab.core.terms import Span
from trimtab.core.trades import Book, Power
from trimtab.core.values import Dealing


class LimitKind(Enum):
    """What a limit protects; turnover, then tilt limits are relaxed where not all can be met, the others never.

    `turnover` are all limits on trading by choice: budgets, liquidity, holding periods. `legal` are those that nobody here
    may lift, such as a list of what must not be bought, or what cannot be sold.
    """

    TURNOVER = "turnover"
    TILT = "tilt"
    POSITION = "position"
    LEVERAGE = "leverage"
    LEGAL = "legal"


Box = tuple[Array, Array]  # the least and the most (..., A) to hold


class Limit(Protocol):
    """One object, several voices: a region for `admit`, a budget for the reacher, a breach for gate and review.

    It may besides have these voices; a limit without one, or with another thing of that name, allows everything there:

    `risk`, a `RiskBound` on (active) risk under the covariance of the day;
    `window(book)`, the `Box` of weights that trading today may reach from what is held;
    `share(way, book)`, how much (...) of a way (..., A) of trading it allows, 0 to 1;
    `locks`, a mask (A,) of what cannot be traded at all: it counts in every limit, and no rule makes it move;
    `deals`, True where it reads `book.dealing` (volumes must be known); `remembers`, True where it reads `book.bought`;
    `taxed`, True where it reads `book.selling`; `watches`, True where it reads `book.covariance`.
    """

    @property
    def kind(self) -> LimitKind:
        """What it protects."""
        ...

    @property
    def region(self) -> Region:
        """The portfolios it allows; everything, for a limit on trading or risk."""
        ...

    def left(self, book: Book) -> Array:
        """(...) one-way turnover of the whole portfolio still allowed; infinite for a limit on anything else."""
        ...

    def breach(self, target: Array, book: Book) -> float:
        """How far `target` (A,) is outside, in weight; above 0 is bad."""
        ...

    @property
    def words(self) -> str:
        """The limit in a sentence."""
        ...


class LimitSet(Protocol):
    """All limits of a policy together (see `core.rules.Rules`)."""

    @property
    def region(self) -> Region:
        """Every limit on weights kept."""
        ...

    @property
    def essential(self) -> Region:
        """The limits on weights that are never relaxed."""
        ...

    @property
    def bounds(self) -> tuple[RiskBound, ...]:
        """Bounds on risk. They are tilt limits: relaxed where the region does not reach them."""
        ...

    @property
    def locked(self) -> Mask | None:
        """(A,) what cannot be traded at all; None: nothing."""
        ...

    @property
    def plain(self) -> bool:
        """Nothing but a region with a closed form, and turnover budgets."""
        ...

    @property
    def shares(self) -> tuple[Limit, ...]:
        """The limits that have a `share`."""
        ...

    @property
    def names(self) -> tuple[str, ...]:
        """What the rules that are never relaxed are called, for sentences."""
        ...

    def left(self, book: Book) -> Array:
        """(...) the smallest turnover budget of the whole portfolio left."""
        ...

    def share(self, way: Array, book: Book) -> Array:
        """(...) how much of a way (..., A) all budgets allow, 0 to 1."""
        ...

    def window(self, book: Book, *, firm: bool = False) -> Box | None:
        """What trading today may reach from what is held; `firm`: by the limits that are never relaxed. None: anything."""
        ...


class CostModel(Protocol):
    """What trading costs; all voices give the same number. Cost above zero takes money.

    It may besides have `deals`, True where it reads the dealing, and `words`.
    """

    def charge(self, notional: Array, dealing: Dealing | None = None) -> Array:
        """(..., A) currency for trades of signed `notional` (..., A) in currency; NaN where that cannot be known."""
        ...

    def ticket(self, notional: Decimal, asset: int = 0, dealing: Dealing | None = None) -> Decimal:
        """Exact cost of one trade of signed `notional` in asset number `asset`, unrounded."""
        ...

    def curve(self, count: int, dealing: Dealing | None = None) -> tuple[Power, ...]:
        """The convex voice, for optimisers: the charge on `count` assets as a sum of powers, without smallest tickets."""
        ...


class TaxCost(Protocol):
    """What selling is taxed, for reachers. Above zero takes money, below zero saves tax.

    Both voices give the same number where the tax of each asset rises with what is sold; the convex one is never more.
    """

    def charge(self, target: Array, book: Book) -> Array:
        """(...) tax of the sales from `book.held` to `target` (..., A), of net asset value; 0 where none is known."""
        ...

    def curve(self, book: Book) -> Selling | None:
        """The convex voice, for optimisers: tranches (A, K) whose tax rises, asset by asset. None: nothing is taxed."""
        ...


class Financing(Protocol):
    """What cash earns and borrowing costs."""

    @property
    def series(self) -> str:
        """Name of the series by whose growth cash grows; empty where cash earns nothing."""
        ...

    def accrue(self, cash: Array, growth: Array, years: Array) -> Array:
        """Interest in currency on `cash`, where bills grew by the factor `growth` over `years`. Arrays broadcast.

        Nothing on cash above zero while bills stand still.
        """
        ...


class Holding(Protocol):
    """What holding costs, besides trading and financing: rolling futures, custody. Cost above zero takes money."""

    @property
    def rates(self) -> Array:
        """(A,) cost as a fraction per year of the absolute value held: the convex voice, for optimisers."""
        ...

    def accrue(self, values: Array, years: Array) -> Array:
        """(..., A) currency to pay on positions worth `values` (..., A) held for `years`, which broadcasts against them."""
        ...


class FeeValue(Enum):
    """Which value a fee is a part of."""

    ENDING = "ending"  # net asset value at the close of the session on which it is charged, before any fee of that session
    AVERAGE = "average"  # the mean of the closes since it was last charged


class Billing(Enum):
    """For which period a fee is charged at the end of one."""

    ARREARS = "arrears"  # the one that ends
    ADVANCE = "advance"  # the one that begins; the rest of the first one is charged when the account is opened


class Charges(Protocol):
    """A fee on the whole account, charged on the last session of each period; cost above zero takes money.

    It may besides have `words`; `currency`, that of the amounts it states; `rates` (A,), what funds take a year inside
    their prices: that is reported, never charged.
    """

    @property
    def why(self) -> str:
        """What its entries say: `adviser`, `data`."""
        ...

    @property
    def every(self) -> Span:
        """How long a period is: 1, 2, 3, 4, 6 or 12 months of the calendar."""
        ...

    @property
    def base(self) -> FeeValue:
        """The value it is a part of."""
        ...

    @property
    def billed(self) -> Billing:
        """Whether the period that ends is charged, or the one that begins."""
        ...

    def due(self, value: Decimal, years: Ratio) -> Decimal:
        """The exact amount for `years` at `value`, at least 0, not rounded to cents; additive in `years`."""
        ...

    def charge(self, value: Array, years: Array) -> Array:
        """The same in floats, for beliefs; arrays broadcast. NaN where the value is."""
        ...


ACost = Annotated[CostModel, Slot("costs")]  # a parameter that is a component of its own
AHolding = Annotated[Holding, Slot("holding")]
