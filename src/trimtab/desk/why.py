"""Why a weight is what it is: the chain from price to signal to aim to limit to target, in sentences with numbers."""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np

from trimtab.core.rules import one_way
from trimtab.core.saying import sentence_of
from trimtab.core.trades import Bite, Decision
from trimtab.data.market import Market
from trimtab.data.view import MarketView
from trimtab.desk.dates import view_at
from trimtab.desk.policy import Policy
from trimtab.desk.readings import UNKNOWN, likeliest
from trimtab.desk.words import described

HAIR = 5e-7  # weights closer than this are the same to a reader
_ANSWER = re.compile(r"[+-]\d+\.\d\d ")
INSIDE = "lies inside the band: nothing is traded"


def on_signals(line: str) -> bool:
    """Whether a reason is what a signal says (see `signal_lines`): it begins with the signal's answer."""
    return bool(_ANSWER.match(line))


def reasons(policy: Policy, market: Market, decision: Decision) -> tuple[str, ...]:
    """The whole decision: signals by asset, then limits, turnover and what was left undone."""
    view = _view(policy, market, decision)
    lines = [*refusal(decision), *regime_lines(policy, view, decision)]
    lines += [line for a in range(len(policy.universe)) for line in signal_lines(policy, view, decision, a)]
    lines += [bite_words(policy, bite) for bite in bites(policy, decision)]
    lines += list(_reach(policy, decision))
    lines += [f"{policy.universe[a].title}: the trade was below the minimum and not placed." for a in decision.below_minimum]
    return tuple(dict.fromkeys(lines))


def explain(policy: Policy, market: Market, decision: Decision, asset: int) -> tuple[str, ...]:
    """One asset: benchmark, signals with numbers, score, aim, limits, target, order."""
    view = _view(policy, market, decision)
    today, title = decision.today, policy.universe[asset].title
    lines = [f"{title}: benchmark {policy.benchmark[asset]:.1%}, held {decision.book.held[asset]:.1%}", *refusal(decision)]
    lines += [*regime_lines(policy, view, decision), *signal_lines(policy, view, decision, asset)]
    score = today.scores.values[asset]
    if np.isfinite(score):
        lines.append(f"score {score:+.2f}, so the aim is {_weight(today.aim[asset])}")
    elif today.aims.sleeves is not None:
        lines += sleeve_lines(decision, asset)
    elif policy.voices:
        lines.append(f"no signal speaks on it: the aim is {_weight(today.aim[asset])}")
    said = allocator_line(policy, decision, asset)
    lines += [said] if said else []
    lines += forecast_lines(policy, view, decision, asset)
    lines += [bite_words(policy, bite) for bite in bites(policy, decision) if bite.on == policy.universe[asset].id]
    lines += list(_reach(policy, decision))
    lines.append(f"target {decision.target[asset]:.1%}{_order(decision, asset)}")
    lines += [f"flips if: {flip}" for flip in flips(policy, view, asset)]
    return tuple(lines)


def refusal(decision: Decision) -> tuple[str, ...]:
    """That nothing is traded, and why; nothing where something could be decided."""
    return (f"nothing is traded: {decision.refused}",) if decision.refused else ()


def regime_lines(policy: Policy, view: MarketView, decision: Decision) -> Iterator[str]:
    """Which weather it is, with the numbers behind it; nothing where the policy tells none apart."""
    regime = decision.today.regime
    if len(regime.states) > 1:
        state = likeliest(regime.probabilities[None])[0]
        said = UNKNOWN if np.isnan(state) else f"{regime.states[int(state)]} {regime.probabilities[int(state)]:.2f}"
        yield f"regime {said}: {sentence_of(policy.regime, view)}"


def sleeve_lines(decision: Decision, asset: int) -> Iterator[str]:
    """What each sleeve of a blend puts into one asset, and whether it decided today; the aim is their sum."""
    today, sleeves = decision.today, decision.today.aims.sleeves
    if sleeves is None:
        return
    for k, name in enumerate(sleeves.names):
        put = float(sleeves.contributions[k, today.d, asset])
        if abs(put) > HAIR:
            kept = "" if sleeves.decides[k, today.d] else ", which it keeps: it does not decide today"
            yield f"sleeve {name} holds {put:.1%} of the whole in it{kept}"
    yield f"so the aim is {_weight(today.aim[asset])}"


def allocator_line(policy: Policy, decision: Decision, asset: int) -> str:
    """Why the allocator wants so much of one asset, where it can say."""
    sentence = getattr(policy.allocator, "sentence", None)
    said = sentence(decision.today, asset) if sentence is not None else ""
    return f"allocation: {said}" if said else ""


def forecast_lines(policy: Policy, view: MarketView, decision: Decision, asset: int) -> Iterator[str]:
    """What is forecast of one asset, and what that rests on; nothing where nobody forecasts."""
    forecast = decision.today.forecast
    mean, variance = forecast.mean[asset], forecast.covariance[asset, asset]
    said = [f"expected {mean:+.1%}"] if np.isfinite(mean) else []
    said += [f"volatility {np.sqrt(variance):.1%}"] if np.isfinite(variance) else []
    if said:
        yield f"forecast {', '.join(said)} a year: {sentence_of(policy.forecaster, view)}"


def signal_lines(policy: Policy, view: MarketView, decision: Decision, asset: int) -> Iterator[str]:
    """What each signal says on one asset, with the numbers behind it and when they became known."""
    for k, (name, signal) in enumerate(policy.voices.items()):
        value = decision.today.parts.values[k, asset]
        if np.isfinite(value):
            known = str(decision.today.cutoff)[:16].replace("T", " ")
            said = f"{name} on {policy.universe[asset].title}: {sentence_of(signal, view, asset)}"
            yield f"{value:+.2f}  {said} ({decision.today.when}, known by {known}Z)"


def flips(policy: Policy, view: MarketView, asset: int) -> Iterator[str]:
    """What would turn each signal around."""
    for name, signal in policy.voices.items():
        flip = getattr(signal, "flip", None)
        text = flip(view, asset) if flip is not None else ""
        if text:
            yield f"{name} {text}"


def bites(policy: Policy, decision: Decision) -> tuple[Bite, ...]:
    """The rules that kept the goal from the aim, asset by asset, and those that keep today's trades from the goal."""
    today = decision.today
    found = []
    for a, asset in enumerate(() if _chooses(policy) else policy.universe):
        wanted, allowed = float(today.aim[a]), float(today.goal[a])
        if abs(wanted - allowed) > HAIR:
            found.append(Bite(_biting(policy, decision), asset.id, wanted, allowed))
    return (*found, *_confined(policy, decision))


def _confined(policy: Policy, decision: Decision) -> Iterator[Bite]:
    """Limits on trading from what is held: lists, holding periods, liquidity."""
    goal, book = decision.today.goal, decision.book
    for rule in policy.rules.rules if np.isfinite(goal).all() and not decision.refused else ():
        window = getattr(rule.limit, "window", None)
        if callable(window):
            within = np.clip(goal, *window(book))
            for a in np.flatnonzero(np.abs(within - goal) > HAIR).tolist():
                yield Bite(rule.id or rule.limit.words, policy.universe[a].id, float(goal[a]), float(within[a]))


def _chooses(policy: Policy) -> bool:
    """Whether the reacher finds weights of its own, so that there is no goal it was kept from."""
    return bool(getattr(policy.reacher, "chooses", False))


def bite_words(policy: Policy, bite: Bite) -> str:
    """A limit that bit, in words."""
    title = {asset.id: asset.title for asset in policy.universe}[bite.on]
    return f"limit on {title}: wanted {bite.wanted:.1%}, allowed {bite.allowed:.1%} ({bite.rule})"


def _biting(policy: Policy, decision: Decision) -> str:
    """The rules that the aim itself would break."""
    broken = policy.rules.breaches(decision.today.aim, decision.book)
    names = [breach.rule.id or breach.rule.limit.words for breach in broken if breach.rule.limit.kind.value != "turnover"]
    return "; ".join(dict.fromkeys(names)) or "no borrowing, nothing sold short"


def _reach(policy: Policy, decision: Decision) -> Iterator[str]:
    if decision.refused:  # no way was gone, and no budget asked
        return
    reach = decision.reach
    goal, base = decision.today.goal, reach.base
    distance = float(one_way(goal - base))
    if np.abs(base - decision.book.held).max() > HAIR:
        yield "what was held broke a limit and is repaired first, outside the turnover budget"
    left, share = float(reach.left), float(reach.share)
    if _chooses(policy):
        yield f"the target goes {described(policy.reacher)}"
    elif share == 0.0 and distance > HAIR:
        yield f"drift {distance:.1%} {'stays: the turnover budget is spent' if left <= HAIR else INSIDE}"
    elif share < 1.0 and not left < distance:
        yield f"turnover: the budget of a group lets the trade go {share:.0%} of the way"
    elif share < 1.0:
        yield f"turnover: {distance:.1%} one-way wanted, {left:.1%} left: the trade goes {share:.0%} of the way"
    for kind in decision.relaxed:
        yield f"the {kind} limit could not be met together with the others and was relaxed"


def _weight(value: float) -> str:
    return f"{value:.1%}" if np.isfinite(value) else "unknown"


def _order(decision: Decision, asset: int) -> str:
    for order in decision.orders:
        if order.asset == asset:
            verb = "buy" if order.units > 0 else "sell"
            units = abs(order.units)
            whole = units == units.to_integral_value()
            return (
                f": {verb} {units:.0f} units at {order.reference:.2f}"
                if whole
                else f": {verb} {units:f} units at {order.reference:.2f}"
            )
    return ": no order"


def _view(policy: Policy, market: Market, decision: Decision) -> MarketView:
    row = int(np.searchsorted(market.sessions, decision.today.when))
    return view_at(policy, market, np.array([row]))
