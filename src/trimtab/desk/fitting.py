"""Whether the parts of a policy fit each other: memory has a first date, views a reader, weights the beliefs they need."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from trimtab.construction.blend import Blend, Sleeve
from trimtab.core.errors import ParameterError
from trimtab.core.roles import Fold
from trimtab.core.taxes import LotMethod
from trimtab.desk.policy import Policy
from trimtab.forecasts.none import NoForecast
from trimtab.regimes.none import NoRegime

Misfit = tuple[tuple[str | int, ...], ParameterError]  # under which key, and what is wrong


def misfits(policy: Policy) -> Iterator[Misfit]:
    """What does not fit, the gravest first."""
    yield from _memory(policy)
    yield from _dates(policy)
    yield from _views(policy)
    yield from _beliefs(policy)
    yield from _margin(policy)
    yield from _taxes(policy)


def _memory(policy: Policy) -> Iterator[Misfit]:
    """Memory that has no first date to run from."""
    memory = [name for name, signal in policy.signals.items() if _remembers(signal)]
    if policy.signals and (isinstance(policy.combine, Fold) or policy.combine.prepares is not None):
        memory.append("combine")
    others = (("regime", policy.regime), ("forecast", policy.forecaster), ("allocator", policy.allocator))
    memory += [name for name, part in others if _remembers(part)]
    if len(policy.frequencies) > 1:  # a sleeve that does not decide holds what it held
        memory.append("allocator")
    if memory and policy.horizon.since is None:
        remedy = "Add for example `since: 1990-01-31`, the date from which memory runs."
        yield (), ParameterError(f"{memory[0]} remembers its past, and the policy has no `since`", remedy=remedy)


def _remembers(component: Any) -> bool:
    """Whether a component, or one that it is made of, rests on everything since the policy's `since`."""
    if isinstance(component, Fold) or getattr(component, "expands", False):
        return True
    return any(_remembers(member) for member in getattr(component, "members", ()))


def _dates(policy: Policy) -> Iterator[Misfit]:
    """Sleeves that decide too often for the offset or the lag of the schedule."""
    for every in policy.frequencies:
        try:
            policy.schedule.require_room(every)
        except ParameterError as error:
            yield ("schedule",), error


def _views(policy: Policy) -> Iterator[Misfit]:
    """Views that nobody reads."""
    every = (policy.forecaster, policy.regime, policy.allocator, *policy.signals.values())
    if policy.views and not any(map(_reads_views, every)):
        remedy = "Write a forecast that does, such as {use: black_litterman, ...}, or leave them out."
        yield ("views",), ParameterError("views are given, but nothing in the policy reads them", remedy=remedy)


def _reads_views(component: Any) -> bool:
    """Whether a component, or one that it is made of, reads the policy's views."""
    if getattr(component, "reads_views", False):
        return True
    return any(_reads_views(member) for member in getattr(component, "members", ()))


def _beliefs(policy: Policy) -> Iterator[Misfit]:
    """Weights, limits or a reacher that need a forecast or a regime which nobody gives."""
    beliefs = policy.forecaster, policy.regime, bool(policy.signals)
    yield from _asked(policy.allocator, ("allocator",), beliefs)
    yield from _asked(policy.reacher, ("reacher",), beliefs)
    for number, rule in enumerate(policy.rules.rules):
        risky = getattr(rule.limit, "risk", None) is not None or getattr(rule.limit, "watches", False)
        if risky and isinstance(policy.forecaster, NoForecast):
            yield ("rules", number), _lacking("a limit on risk", "forecast", "a covariance")


def _asked(part: Any, path: tuple[str, ...], beliefs: tuple[Any, Any, bool]) -> Iterator[Misfit]:
    """What a component asks for and does not get of forecaster, regime and signals, and what those inside it do."""
    name, (forecaster, regime, scored) = ".".join(path), beliefs
    if getattr(part, "reads_scores", False) and not scored:
        remedy = "Add one, such as `signals: {average: {use: trend, window: 10M}}`."
        yield path, ParameterError(f"{name} weighs by scores, and there are no signals", remedy=remedy)
    needs = [key for key in ("mean", "covariance") if getattr(part, f"reads_{key}", False)]
    if needs and isinstance(forecaster, NoForecast):
        yield path, _lacking(name, "forecast", f"a {needs[0]}")
    elif "mean" in needs and getattr(forecaster, "no_mean", False):
        what = f"{name} needs a mean, and the policy forecasts covariances alone"
        remedy = "Forecast means too, such as {use: bayes_stein, covariance: {use: ewma}}."
        yield path, ParameterError(what, remedy=remedy)
    if getattr(part, "reads_regime", False) and isinstance(regime, NoRegime):
        yield path, _lacking(name, "regime", "the state of the market")
    if isinstance(part, Blend):
        for key, sleeve in part.sleeves.items():
            yield from _sleeve(sleeve, (*path, "sleeves", key), beliefs)
    elif hasattr(part, "of") and callable(part.of):
        yield from _asked(part.of, (*path, "of"), beliefs)


def _sleeve(sleeve: Sleeve, path: tuple[str, ...], beliefs: tuple[Any, Any, bool]) -> Iterator[Misfit]:
    forecaster, regime, _ = beliefs
    own = sleeve.forecast or forecaster, sleeve.regime or regime, bool(sleeve.signals)
    yield from _asked(sleeve.allocator, (*path, "allocator"), own)


def _margin(policy: Policy) -> Iterator[Misfit]:
    """More leverage than the broker lends: purchases leave equity of `initial` of the exposure."""
    initial, most = float(getattr(policy.cash, "initial", 0.0)), 1.0 - float(policy.rules.essential.low_cash)
    if initial and most > 1.0 / initial + 1e-9:
        what = f"initial is {initial:g}, which allows gross exposure of {1.0 / initial:.4g}; the rules allow {most:g}"
        remedy = f"Lower max_leverage to {1.0 / initial:.4g}, or the initial margin."
        yield ("cash",), ParameterError(what, field="initial", remedy=remedy)


def _taxes(policy: Policy) -> Iterator[Misfit]:
    """Rules about taxes in an account that pays none, and lots chosen where the law leaves no choice."""
    bites, method = policy.tax is not None and policy.tax.bites, policy.execution.lots
    for number, rule in enumerate(policy.rules.rules):
        if getattr(rule.limit, "taxed", False) and not bites:
            what, remedy = "the rule minds taxes, and the policy pays none", "Add for example `tax: {use: us_federal}`."
            yield ("rules", number), ParameterError(what, remedy=remedy)
        if method is LotMethod.AVERAGE and callable(getattr(rule.limit, "kept", None)):
            what, remedy = "the rule chooses which lots are sold", "Leave out `lots: average`: at average cost the oldest go."
            yield ("rules", number), ParameterError(f"{what}, and they are at average cost", remedy=remedy)
    table = getattr(policy.tax.regime, "table", None) if policy.tax is not None and bites else None
    if table is not None and table.currency != policy.horizon.capital.currency:
        what = f"the tax is worked out in {table.currency}, the account is in {policy.horizon.capital.currency}"
        yield ("tax",), ParameterError(what, remedy=f"Give capital in {table.currency}, or another regime.")
    if policy.tax is not None and bites and method is not LotMethod.FIFO and method not in policy.tax.regime.methods:
        allowed = ", ".join(one.value for one in policy.tax.regime.methods) or "none: the law matches sales by itself"
        what = f"lots is {method.value}, which the tax regime does not allow"
        yield ("execution",), ParameterError(what, field="lots", remedy=f"Allowed: {allowed}.")


def _lacking(name: str, key: str, what: str) -> ParameterError:
    mean = "forecast: {use: bayes_stein, covariance: {use: ewma}}"
    forecast = mean if what == "a mean" else "forecast: {use: ewma}"
    written = {"forecast": forecast, "regime": "regime: {use: volatility}"}[key]
    return ParameterError(f"{name} needs {what}, and the policy has no {key}", remedy=f"Add one, such as `{written}`.")
