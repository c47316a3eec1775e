"""The roles that stages play. A stage is a function from immutable values to immutable values.

Shapes: D decision dates, A assets, S states, K signals, `...` any leading axes (dates, variants). Whoever fills a role is
a frozen dataclass whose fields are its parameters; the desk knows them all, they know none of each other.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from decimal import Decimal
from typing import Annotated, Any, Protocol, runtime_checkable

import numpy as np

from trimtab.core.arrays import Array, Dates, Instants, Mask
from trimtab.core.entries import Fill
from trimtab.core.frictions import CostModel, LimitSet
from trimtab.core.opinions import Opinion
from trimtab.core.orders import Cause, Standing, Status, TradingState
from trimtab.core.slots import Slot
from trimtab.core.terms import DAY, Field, Stat, Step
from trimtab.core.trades import Book, Reach
from trimtab.core.values import Asset, Days, Forecast, Parts, Regime, Scores, Today
from trimtab.core.venues import Recorded, Report


class View(Protocol):
    """The only door from data to decisions. Stands at D decision instants; every window ENDS at its instant.

    What is not known is NaN. Windows are read-only, oldest row first.
    """

    @property
    def days(self) -> Days:
        """(D,) decision dates, each with its cut-off instant."""
        ...

    @property
    def assets(self) -> tuple[Asset, ...]:
        """The A assets of the universe."""
        ...

    @property
    def known(self) -> Instants:
        """(D,) the latest instant at which anything became known that the view has handed out so far."""
        ...

    def window(self, field: Field, n: int, *, every: Step = DAY) -> Array:
        """(D, n, A): the last `n` rows of `field` up to each decision date."""
        ...

    def series(self, name: str, n: int, *, every: Step = DAY) -> Array:
        """(D, n): the last `n` known values of a named series."""
        ...

    def stamps(self, name: str, n: int, *, every: Step = DAY) -> Dates:
        """(D, n): the effective dates of the rows that `series` hands out; NaT before the first."""
        ...

    def age(self, name: str) -> Array:
        """(D,): days between each decision date and the effective date of the latest known value of a series."""
        ...

    def expanding(self, what: Field | str, stat: Stat, *, every: Step = DAY) -> Array:
        """(D, A), or (D,) for a named series: `stat` of all rows from the policy's `since` to each date."""
        ...

    def per_year(self, every: Step) -> int:
        """How many rows of that step make a year, for annualising: on monthly data a session is a month."""
        ...

    def opinions(self) -> tuple[tuple[Opinion, ...], ...]:
        """(D,) the discretionary views stated by each cut-off, not expired and not replaced (`core.opinions.standing`)."""
        ...


class Signal(Protocol):
    """A number per date and asset, pointwise: row d depends on the windows that end at date d alone.

    A signal may besides have: `needs`, the named series that it reads; `reads`, what it takes some of them for; `expands`,
    True where it reads `view.expanding` (the policy must then say `since`); `words`, what it looks at; `sentence(view,
    asset)`, why the last row says what it says, with the numbers, for a person to read; `flip(view, asset)`, what would
    turn the last row around; and `measure(view)`, the `Measure` behind its answer, for screens and charts.
    """

    def __call__(self, view: View) -> Scores:
        """(D, A); NaN where history is too short, or where the signal has nothing to say on an asset."""
        ...


@runtime_checkable
class Compound(Protocol):
    """A signal made of others: a sum, an ensemble. The desk asks each member, with its memory, and hands the answers in."""

    @property
    def members(self) -> tuple[Signal, ...]:
        """The K signals it is made of."""
        ...

    def gather(self, values: Array) -> Array:
        """(..., A) out of the answers (K, ..., A) of the members."""
        ...


State = tuple[Array, ...]  # what a fold remembers: arrays, replaced and never written into, so a journal can keep them


@runtime_checkable
class Fold(Protocol):
    """Memory on top of a pointwise answer, run along D by the desk alone.

    Rows are (..., A) with any leading axes (variants, or the K signals of a combiner's parts). Each element has a
    memory of its own: folding a stack gives the stack of the folds. A row is NaN where nothing is known; it is
    answered by NaN and leaves the memory of that element as it was.

    There are two places for a fold, and no third. A component that is a Fold folds its OWN ANSWER, after `__call__`; a
    combiner may besides name one in `prepares`, which the desk runs over the PARTS (K, ..., A) before `__call__`.
    """

    def start(self, row: Array) -> State:
        """The state before the first row; `row` gives the shape only."""
        ...

    def advance(self, state: State, row: Array) -> tuple[State, Array]:
        """The next state and the row as it is to be read. Neither `state` nor `row` is changed."""
        ...


@runtime_checkable
class Latch(Fold, Protocol):
    """A fold that only remembers the last row it took, and can say without its state which rows those are."""

    def takes(self, rows: Array) -> Mask | None:
        """Pointwise (..., A): whether a value replaces the memory whatever that is; None where that depends on it.

        What is not taken is answered by the last value that was, 0 before the first; NaN is never taken, and answered
        by NaN. The desk then fills all rows at once; a law in the tests holds it to `advance`.
        """
        ...


class Combiner(Protocol):
    """One score per date and asset out of K signals. Pointwise; may be a Fold of its scores too (see `Fold`)."""

    @property
    def prepares(self) -> Fold | None:
        """The memory that the parts go through, row by row (K, ..., A), before they are combined; None: they do not."""
        ...

    def __call__(self, parts: Parts, regime: Regime) -> Scores:
        """(D, A) of prepared parts (K, D, A); NaN where no signal speaks."""
        ...


class RegimeModel(Protocol):
    """Which weather it is.

    The first state is the calm one: reports count how late the others were seen. It may be a `Fold` of its own rows
    (..., S), whose last axis moves together: then `__call__` answers with evidence, most for the state that the date alone
    speaks for, something for each that may stay, and all 0 where the state before stays whatever it is. `needs`, `reads`,
    `expands`, `words`, `sentence(view)` and `measure` (D, 1) as with signals.
    """

    def __call__(self, view: View) -> Regime:
        """(D, S) probabilities of states, from knowledge up to each date; NaN where too little is known."""
        ...


class Forecaster(Protocol):
    """Mean and covariance per year. `needs`, `reads`, `words` and `sentence(view)` as with signals.

    `no_mean` is True where it never has a mean: what needs one is then refused when the policy is read. `reads_scores` and
    `reads_regime` are True where it does: the attribution then asks it again for every coalition of signals.
    """

    def __call__(self, view: View, scores: Scores, regime: Regime) -> Forecast:
        """(D, A) and (D, A, A); NaN where too little is known, or where nobody forecasts."""
        ...


class Allocator(Protocol):
    """Where we would be without friction or limits. Pointwise.

    It may besides have: `reads_mean`, `reads_covariance`, `reads_regime` and `reads_scores`, True where it does (the policy
    must then forecast, tell states apart, or have signals), `budgets`, the shares of risk (A,) that it means to give each
    asset, `words`, and `sentence(today, asset)`, why it holds so much of one asset.
    """

    def __call__(self, scores: Scores, regime: Regime, forecast: Forecast) -> Array:
        """(D, A) weights; what they leave of 1 is cash. A row is NaN where it cannot say, and nothing is traded then."""
        ...


@runtime_checkable
class Levering(Fold, Protocol):
    """An allocator that scales the weights of another, and may remember by how much it did: it folds its factors.

    The desk asks `of` first, then runs the factors through the memory, then scales. `__call__` does so without memory.
    """

    @property
    def of(self) -> Allocator:
        """Whose weights it scales."""
        ...

    def factors(self, weights: Array, regime: Regime, forecast: Forecast) -> Array:
        """(D, F) numbers that the memory runs over, out of weights (D, A); the first of them is the factor."""
        ...


@runtime_checkable
class Blending(Protocol):
    """An allocator that mixes whole frameworks, each with signals, dates and an allocator of its own. The desk asks them."""

    @property
    def sleeves(self) -> Mapping[str, Any]:
        """The sleeves by name (see `construction.blend.Sleeve`)."""
        ...

    def shares(self, weights: Array, regime: Regime, forecast: Forecast) -> Array:
        """(K, D) what each of K sleeves gets of the whole, by their own weights (K, D, A); at least 0, a date sums to 1."""
        ...


class Reacher(Protocol):
    """How far we may and should go today.

    It may besides have: `reads_mean` and `reads_covariance` as allocators have them, `chooses`, True where it finds weights
    of its own and does not read the goal, and `words`.
    """

    def __call__(self, today: Today, book: Book, limits: LimitSet, costs: CostModel) -> Reach:
        """Weights (..., A) inside the limits."""
        ...


class Broker(Protocol):
    """Turns stamped orders into fills."""

    def trade(self, stamped: Any, when: np.datetime64, prices: Mapping[int, Decimal], power: Decimal) -> tuple[Fill, ...]:
        """Fills at `prices` (currency a unit, by number of the asset); `power` is the cash to spend. Only the gate stamps."""
        ...


class Journal(Protocol):
    """Append-only record of what was decided and done."""

    def append(self, kind: str, when: np.datetime64, body: Any) -> None:
        """Add one record; never changed afterwards."""
        ...

    def head(self) -> str:
        """The hash of the last record; it stands for the whole journal."""
        ...


class OrderStore(Protocol):
    """Where orders stand, and the machine that moves them (see core.orders). Each call is on disk, whole, when it returns.

    A backtest keeps them in memory; nothing but the storage differs.
    """

    def standing(self, order: str) -> Standing:
        """How an order stands. Raises DataError where there is none with this id."""
        ...

    def standings(self, account: str = "", statuses: Collection[Status] = ()) -> tuple[Standing, ...]:
        """The orders of an account (empty: all), of these statuses (empty: any), in the order of planning."""
        ...

    def intend(self, order: str, venue: str, arrival: Decimal, within: Callable[[], None] = lambda: None) -> Standing:
        """APPROVED to INTENT: from here on it may leave. Reads the trading state in the same transaction.

        `within` is asked in it too, and raises where the order may not leave. Raises Halted where its account (of a block: one
        of its accounts) is halted, or reduces and this is no sale, or has an UNKNOWN order; InvariantError where slices come
        to more than their parent; IllegalMove where it is not approved.
        """
        ...

    def move(self, order: str, to: Status, why: str = "") -> Standing:
        """Take an order, and the members of a block, to another status. UNKNOWN halts its accounts at the same time."""
        ...

    def record(self, report: Report, venue: str) -> Recorded:
        """Book what a venue reports: first the executions that are not booked yet, whatever the status, then the status.

        What cannot be (a fill of a final order, an execution that has changed, more filled than ordered) is booked as far
        as it can be and halts the account; so does a count of the venue's that the executions do not come to.
        """
        ...

    def state(self, account: str) -> TradingState:
        """What the account may send."""
        ...

    def halt(self, account: str, cause: Cause, why: str) -> None:
        """The account sends nothing new until it is released."""
        ...


class Clock(Protocol):
    """The only source of the present moment; passed in."""

    def now(self) -> np.datetime64:
        """The instant, UTC."""
        ...


ASignal = Annotated[Signal, Slot("signals")]  # a parameter that is a component of its own
ARegime = Annotated[RegimeModel, Slot("regimes")]
AForecaster = Annotated[Forecaster, Slot("forecasters")]
ACombiner = Annotated[Combiner, Slot("combiners")]
AnAllocator = Annotated[Allocator, Slot("allocators")]
