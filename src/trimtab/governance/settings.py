"""What the answers to the six questions fix, whatever the approach: where two say something, the tighter holds."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from trimtab.governance.answers import Answers, Capacity, Horizon, MarketView, TaxStatus, Tolerance
from trimtab.governance.decision_table import Approach

TILT = {Horizon.LONG: Decimal("0.05"), Horizon.MEDIUM: Decimal("0.10"), Horizon.SHORT: Decimal("0.10")}
LEVERAGE = {Tolerance.LOW: Decimal("1.0"), Tolerance.MEDIUM: Decimal("1.5"), Tolerance.HIGH: None}
TURNOVER = {TaxStatus.TAXABLE: Decimal("0.10"), TaxStatus.ADVANTAGED: Decimal("0.20"), TaxStatus.MIXED: Decimal("0.20")}
SIGNALS = {Capacity.SMALL: 2, Capacity.LARGE: None}


@dataclass(frozen=True, slots=True)
class Settings:
    """Hard settings. Fractions of net asset value; None sets no bound of its own.

    `wider_tilt`: more than `tilt` is open to those who ask for it. `harvest`: losses are harvested, long-term gains come
    first, and rebalances that realise gains wait for the end of the year. `shelter`: the part that trades most stands in
    the sheltered account. `overrides`: by people, each logged, with an expiry, within the tilt, the model running beside.
    """

    tilt: Decimal
    wider_tilt: bool
    leverage: Decimal | None
    volatility_target: bool
    turnover: Decimal
    signals: int | None
    funds_only: bool
    harvest: bool
    shelter: bool
    overrides: bool

    @classmethod
    def of(cls, answers: Answers, approach: Approach) -> Settings:
        """Those of some answers. A small office that runs risk parity does it without leverage."""
        leverage = LEVERAGE[answers.tolerance]
        if approach is Approach.RISK_PARITY and answers.capacity is Capacity.SMALL:
            leverage = Decimal("1.0")
        return cls(
            tilt=TILT[answers.horizon],
            wider_tilt=answers.horizon is Horizon.SHORT,
            leverage=leverage,
            volatility_target=answers.tolerance is Tolerance.LOW,
            turnover=TURNOVER[answers.tax],
            signals=SIGNALS[answers.capacity],
            funds_only=answers.capacity is Capacity.SMALL,
            harvest=answers.tax is TaxStatus.TAXABLE,
            shelter=answers.tax is TaxStatus.MIXED,
            overrides=answers.view is MarketView.CONVICTION,
        )
