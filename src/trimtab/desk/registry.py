"""Names to components, one table a role. Third parties add theirs through the entry-point group of the role.

`use: package.module:Class` names a component of one's own; it is imported only from a policy that lies on this disk.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import is_dataclass
from difflib import get_close_matches
from importlib import import_module, invalidate_caches
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

from trimtab.core.errors import PolicyError
from trimtab.desk.version import note_loaded

BUILT_IN: dict[str, dict[str, str]] = {
    "sources": {
        "samples": "trimtab.data.samples:Samples",
        "folder": "trimtab.data.sources.folder:Folder",
        "synthetic": "trimtab.data.synthetic:Synthetic",
        "store": "trimtab.data.store.source:MarketStore",
    },
    "vendors": {
        "fred": "trimtab.data.sources.fred:Fred",
        "alfred": "trimtab.data.sources.alfred:Alfred",
        "french": "trimtab.data.sources.french:French",
        "stooq": "trimtab.data.sources.stooq:Stooq",
        "tiingo": "trimtab.data.sources.tiingo:Tiingo",
        "nasdaq_data_link": "trimtab.data.sources.nasdaq_data_link:NasdaqDataLink",
        "eodhd": "trimtab.data.sources.eodhd:Eodhd",
        "alpha_vantage": "trimtab.data.sources.alpha_vantage:AlphaVantage",
        "yahoo": "trimtab.data.sources.yahoo:Yahoo",
        "lseg": "trimtab.data.sources.lseg:Lseg",
        "bloomberg": "trimtab.data.sources.bloomberg:Bloomberg",
        "shiller": "trimtab.data.sources.shiller:Shiller",
        "sql": "trimtab.data.sources.sql:Sql",
    },
    "signals": {
        "trend": "trimtab.signals.trend:Trend",
        "crossover": "trimtab.signals.trend:Crossover",
        "momentum": "trimtab.signals.momentum:Momentum",
        "scaled_momentum": "trimtab.signals.scaled_momentum:ScaledMomentum",
        "relative_momentum": "trimtab.signals.relative_momentum:RelativeMomentum",
        "dual_momentum": "trimtab.signals.dual_momentum:DualMomentum",
        "drawdown": "trimtab.signals.drawdown:Drawdown",
        "valuation": "trimtab.signals.valuation:Valuation",
        "valuation_rule": "trimtab.signals.valuation_rule:ValuationRule",
        "dividend_yield": "trimtab.signals.dividend_yield:DividendYield",
        "real_yield": "trimtab.signals.real_yield:RealYield",
        "reversal": "trimtab.signals.reversal:Reversal",
        "carry": "trimtab.signals.carry:Carry",
        "spread": "trimtab.signals.macro:Spread",
        "spread_score": "trimtab.signals.macro_score:SpreadScore",
        "recession_odds": "trimtab.signals.recession:RecessionOdds",
        "realised_volatility": "trimtab.signals.realised_volatility:RealisedVolatility",
        "implied_volatility": "trimtab.signals.implied_volatility:ImpliedVolatility",
        "low_volatility": "trimtab.signals.low_volatility:LowVolatility",
        "factor_exposure": "trimtab.signals.factor_exposure:FactorExposure",
        "weighted_momentum": "trimtab.signals.weighted_momentum:WeightedMomentum",
        "volatility_managed": "trimtab.signals.volatility_managed:VolatilityManaged",
        "optimiser": "trimtab.signals.optimiser:Optimiser",
        "ensemble": "trimtab.signals.ensemble:Ensemble",
        "sum": "trimtab.signals.algebra:Sum",
    },
    "combiners": {
        "mean": "trimtab.signals.zscore:ZMean",
        "weighted": "trimtab.signals.mean:Mean",
        "vote": "trimtab.signals.vote:Vote",
        "rank": "trimtab.signals.rank_mean:RankMean",
    },
    "regimes": {
        "none": "trimtab.regimes.none:NoRegime",
        "threshold": "trimtab.regimes.thresholds:Threshold",
        "volatility": "trimtab.regimes.volatility:VolatilityRegime",
        "inflation_growth": "trimtab.regimes.inflation:InflationGrowth",
        "stock_bond": "trimtab.regimes.correlation:StockBond",
        "turbulence": "trimtab.regimes.turbulence:Turbulence",
        "absorption": "trimtab.regimes.absorption:Absorption",
        "markov": "trimtab.regimes.markov:MarkovSwitching",
    },
    "forecasters": {
        "none": "trimtab.forecasts.none:NoForecast",
        "sample": "trimtab.forecasts.sample:Sample",
        "ewma": "trimtab.forecasts.ewma:Ewma",
        "ledoit_wolf": "trimtab.forecasts.ledoit_wolf:LedoitWolf",
        "oas": "trimtab.forecasts.oas:Oas",
        "garch": "trimtab.forecasts.garch:GarchCorrelation",
        "historical": "trimtab.forecasts.historical:Historical",
        "equilibrium": "trimtab.forecasts.equilibrium:Equilibrium",
        "bayes_stein": "trimtab.forecasts.shrunk_mean:BayesStein",
        "black_litterman": "trimtab.forecasts.black_litterman:BlackLitterman",
    },
    "allocators": {
        "static": "trimtab.construction.static:Static",
        "overlay": "trimtab.construction.overlay:Overlay",
        "timing": "trimtab.construction.timing:Timing",
        "rotation": "trimtab.construction.rotation:Rotation",
        "breadth": "trimtab.construction.breadth:Breadth",
        "scored": "trimtab.construction.scored:Scored",
        "forecast_overlay": "trimtab.construction.forecast_overlay:ForecastOverlay",
        "factor_tilt": "trimtab.construction.factor_tilt:FactorTilt",
        "exposure_tilt": "trimtab.construction.exposure_tilt:ExposureTilt",
        "equal_weight": "trimtab.construction.equal_weight:EqualWeight",
        "inverse_volatility": "trimtab.construction.inverse_volatility:InverseVolatility",
        "risk_parity": "trimtab.construction.risk_parity:RiskParity",
        "hierarchical_risk_parity": "trimtab.construction.hierarchical:HierarchicalRiskParity",
        "min_variance": "trimtab.construction.min_variance:MinimumVariance",
        "max_diversification": "trimtab.construction.max_diversification:MaximumDiversification",
        "volatility_target": "trimtab.construction.volatility_target:VolatilityTarget",
        "blend": "trimtab.construction.blend:Blend",
    },
    "sleeves": {"sleeve": "trimtab.construction.blend:Sleeve"},
    "mixes": {
        "fixed": "trimtab.construction.mixes:Fixed",
        "equal": "trimtab.construction.mixes:Equal",
        "inverse_risk": "trimtab.construction.mixes:InverseRisk",
        "by_state": "trimtab.construction.mixes:ByState",
    },
    "reachers": {
        "pace": "trimtab.construction.pace:Pace",
        "mean_variance": "trimtab.construction.mean_variance:MeanVariance",
    },
    "terms": {},  # of an objective: those of others, by module and class
    "limits": {
        "long_only": "trimtab.construction.limits:LongOnly",
        "max_tilt": "trimtab.construction.limits:MaxTilt",
        "max_weight": "trimtab.construction.limits:MaxWeight",
        "min_weight": "trimtab.construction.limits:MinWeight",
        "max_turnover": "trimtab.construction.turnover:MaxTurnover",
        "max_leverage": "trimtab.construction.limits:MaxLeverage",
        "net_exposure": "trimtab.construction.exposure:NetExposure",
        "min_cash": "trimtab.construction.exposure:MinCash",
        "tracking_error": "trimtab.construction.tracking_error:TrackingError",
        "max_participation": "trimtab.construction.liquidity:MaxParticipation",
        "defer_gains": "trimtab.construction.deferral:DeferGains",
        "min_holding": "trimtab.construction.holding:MinHolding",
        "restricted": "trimtab.construction.restricted:Restricted",
        "locked": "trimtab.construction.restricted:Locked",
    },
    "costs": {
        "linear": "trimtab.costs.trading:Linear",
        "commission": "trimtab.costs.commissions:Commission",
        "impact": "trimtab.costs.impact:Impact",
        "almgren_thum": "trimtab.costs.almgren:AlmgrenThum",
        "sum": "trimtab.costs.total:Total",
    },
    "holding": {
        "carrying": "trimtab.costs.carrying:Carrying",
        "futures_roll": "trimtab.costs.rolling:FuturesRoll",
        "sum": "trimtab.costs.total:TotalHolding",
    },
    "fees": {
        "adviser": "trimtab.costs.adviser:Adviser",
        "data": "trimtab.costs.data_cost:DataCost",
        "fund_expenses": "trimtab.costs.expenses:Expenses",
    },
    "controls": {
        "order_units": "trimtab.execution.controls.order_units:OrderUnits",
        "order_notional": "trimtab.execution.controls.order_notional:OrderNotional",
        "price_collar": "trimtab.execution.controls.price_collar:PriceCollar",
        "quote_age": "trimtab.execution.controls.quote_age:QuoteAge",
        "day_notional": "trimtab.execution.controls.day_notional:DayNotional",
        "day_turnover": "trimtab.execution.controls.day_turnover:DayTurnover",
        "day_count": "trimtab.execution.controls.day_count:DayCount",
        "minute_count": "trimtab.execution.controls.minute_count:MinuteCount",
        "duplicates": "trimtab.execution.controls.duplicates:Duplicates",
        "volume_share": "trimtab.execution.controls.volume_share:VolumeShare",
        "restricted": "trimtab.execution.controls.restricted:RestrictedList",
        "trading_window": "trimtab.execution.controls.trading_window:TradingWindow",
    },
    "taxes": {
        "none": "trimtab.accounting.taxes.none:NoTax",
        "us_federal": "trimtab.accounting.taxes.us:UsFederal",
        "uk": "trimtab.accounting.taxes.uk:Uk",
    },
}


_SPOKEN = {"holding": "costs of holding", "taxes": "tax regimes", "controls": "checks of orders"}

# What a component of a role must have, before anything is asked of it (core.roles has the whole contract).
_VOICES = {
    "sources": ("load",),
    "vendors": ("fetch",),
    "signals": ("__call__",),
    "combiners": ("__call__", "prepares"),
    "regimes": ("__call__",),
    "forecasters": ("__call__",),
    "allocators": ("__call__",),
    "sleeves": ("members",),
    "mixes": ("__call__",),
    "reachers": ("__call__",),
    "terms": ("expression",),
    "limits": ("kind", "region", "left", "breach", "words"),
    "costs": ("charge", "ticket", "curve"),
    "holding": ("rates", "accrue"),
    "fees": ("due",),
    "controls": ("batch", "most", "values", "words"),
    "taxes": ("assess", "rates", "term", "year", "due"),
}


def names(role: str) -> tuple[str, ...]:
    """Every name that `use:` knows in a role, third parties' included."""
    return tuple(sorted({*BUILT_IN[role], *(point.name for point in entry_points(group=f"trimtab.{role}"))}))


def find(role: str, name: str) -> type[Any]:
    """The class behind `use: name`. Raises PolicyError with the nearest known name."""
    target = BUILT_IN[role].get(name)
    if target is None and ":" in name:
        return _fitting(role, imported(name), name)
    if target is not None:
        return imported(target)
    for point in entry_points(group=f"trimtab.{role}"):
        if point.name == name:
            return _fitting(role, imported(point.value), name)
    near = get_close_matches(name, names(role), 1)
    remedy = f"Did you mean {near[0]}?" if near else f"Known: {', '.join(names(role))}."
    if not names(role):
        remedy = "Name a class of your own, as module:Class."
    if role == "sources" and name in names("vendors"):
        remedy = f"A vendor's data come through a market store: trimtab data add {name}, and here {{use: store, path: market}}."
    raise PolicyError(f"{name!r} is none of the {_SPOKEN.get(role, role)}", remedy=remedy, code="TT-POL-011")


def name_of(role: str, component: Any) -> str:
    """The name under which a component is used in a policy."""
    target = f"{type(component).__module__}:{type(component).__qualname__}"
    for name, known in BUILT_IN[role].items():
        if known == target:
            return name
    for point in entry_points(group=f"trimtab.{role}"):
        if point.value == target:
            return point.name
    return target


def imported(target: str) -> type[Any]:
    """The class behind `module:Class`. Raises PolicyError where it cannot be imported."""
    module, _, attribute = target.partition(":")
    try:
        found = getattr(import_module(module), attribute)
    except Exception as error:  # noqa: BLE001 - code of others may fail in any way when imported
        raise PolicyError(f"cannot import {target!r}: {error}", remedy="Check the name and install it.") from None
    if not module.startswith("trimtab."):
        note_loaded(module)
    return found  # type: ignore[no-any-return]


@contextmanager
def importable(folder: Path) -> Iterator[None]:
    """Modules in `folder` can be imported, after all others: a policy may name a class in a file that lies beside it."""
    place = str(folder.resolve())
    sys.path.append(place)
    invalidate_caches()  # the file may have been written a moment ago
    try:
        yield
    finally:
        last = len(sys.path) - 1 - sys.path[::-1].index(place)
        del sys.path[last]  # the one that was added: the folder may have been there before, and stays where it was


def _fitting(role: str, kind: Any, name: str) -> type[Any]:
    """A class of someone else's. Raises PolicyError where it cannot be a component of the role."""
    if not (isinstance(kind, type) and is_dataclass(kind)):
        raise PolicyError(f"{name!r} is no dataclass", remedy="A component is a frozen dataclass: its fields are parameters.")
    own = {name for parent in kind.__mro__ for name in vars(parent)}  # hasattr would find `type.__call__`
    missing = [voice for voice in _VOICES[role] if voice not in own]
    if missing:
        raise PolicyError(f"{name!r} is none of the {role}: it has no {missing[0]}", remedy="See trimtab.core.roles.")
    return kind
