"""Numbers by asset: a mapping of asset ids and asset classes, and one number for all that it does not name."""

from __future__ import annotations

import math
from collections.abc import Mapping

from trimtab.core.errors import ParameterError
from trimtab.core.values import Asset


def by_asset(
    named: Mapping[str, float], otherwise: float, universe: tuple[Asset, ...], *, field: str, most: float = math.inf
) -> tuple[float, ...]:
    """A number for each asset of `universe`, by its id, else by its class, else `otherwise`; one for all without names.

    Empty where there are names and no universe yet (see `unbound`). Raises ParameterError for a name that is neither, and
    for a number below 0 or above `most`.
    """
    for name, number in named.items():
        if not 0.0 <= number <= most:
            remedy = f"Give a number from 0 to {most:g}." if math.isfinite(most) else "Give a number of at least 0."
            raise ParameterError(f"{field} of {name} is {number}", field=field, remedy=remedy)
    if not named:
        return (otherwise,)
    require_known(tuple(named), universe, field=field)
    return tuple(named.get(asset.id, named.get(asset.asset_class, otherwise)) for asset in universe)


def require_known(names: tuple[str, ...], universe: tuple[Asset, ...], *, field: str) -> None:
    """Raise ParameterError for a name that is neither an asset nor a class of a universe that is known."""
    known = [asset.id for asset in universe] + [asset.asset_class for asset in universe if asset.asset_class]
    for name in names if universe else ():
        if name not in known:
            remedy = f"Known are {', '.join(dict.fromkeys(known))}."
            raise ParameterError(
                f"{field} names {name!r}, which is no asset or class of the universe", field=field, remedy=remedy
            )


def require_some(named: Mapping[str, float], *, field: str) -> None:
    """Raise ParameterError for a mapping that says what is meant, and is empty."""
    if not named:
        raise ParameterError(f"{field} is empty", field=field, remedy="Name assets or classes, such as {commodities: 12}.")


def unbound(component: object) -> ParameterError:
    """What to raise where a component names assets and has not been told which there are."""
    remedy = "Give universe; a policy file fills it in."
    return ParameterError(f"{type(component).__name__} does not know its assets yet", field="universe", remedy=remedy)


def listed(named: Mapping[str, float], form: str) -> str:
    """`EM 5, HY 8`: the numbers of a mapping, each written in `form`, such as `{:g}`."""
    return ", ".join(f"{name} {form.format(number)}" for name, number in named.items())
