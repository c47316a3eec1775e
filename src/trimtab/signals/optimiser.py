"""An optimiser of another package as a signal: its weights are the scores (of skfolio, or of the same manners).

Any estimator as scikit-learn has them will do: a class whose `fit(X)` leaves `weights_`. It is fitted afresh at each
decision date on the window of returns that ends there. With the combiner `weighted` and the allocator `scored` it is a
sleeve.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import numpy as np

from trimtab.core.arrays import Array, Mask
from trimtab.core.errors import ParameterError
from trimtab.core.roles import View
from trimtab.core.terms import TOTAL_RETURN, Span, sessions
from trimtab.core.values import Measure, Scores
from trimtab.signals.algebra import Term
from trimtab.signals.selection import listed, measured, silence
from trimtab.signals.variation import stepped

USE = "use"  # in a parameter: an estimator of its own, as in a policy


@dataclass(frozen=True, slots=True)
class Optimiser(Term):
    """The `weights_` of `estimator` fitted on the last `window` of simple total returns. Shape (D, A).

    `estimator` is `package.module:Class`, such as `skfolio.optimization:HierarchicalRiskParity`. `parameters` go to its
    constructor as they are written, but for two: a mapping with `use` is an estimator of its own (`prior_estimator: {use:
    "skfolio.prior:EmpiricalPrior"}`), and text like `skfolio:RiskMeasure.CVAR` is that member of an enumeration. X is a
    table of returns, a row a step, a column an asset by its id: the listed ones, or all where `assets` is empty. The
    estimator must answer the same to the same X: give it its seed. A row is NaN where any of its returns is unknown
    (warm-up: window + 1 rows), where the fit fails, and where it leaves no finite weight for each asset; assets that are
    not listed are NaN throughout.

    Raises ParameterError where the package is not installed, the class is not there, or refuses the parameters.
    """

    estimator: str
    parameters: Mapping[str, Any] = field(default_factory=dict, hash=False)
    window: Span = sessions(252)
    assets: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "parameters", dict(self.parameters))  # the caller's may change later
        if self.window.count < 2:
            remedy = "Give at least two rows, such as 252D or 60M."
            raise ParameterError(f"window {self.window} holds no two returns", field="window", remedy=remedy)
        _require_installed(self.estimator, "estimator")

    def __call__(self, view: View) -> Scores:
        """(D, A) weights."""
        places = listed(view.assets, self.assets)
        _built(self.estimator, self.parameters, "estimator")  # refused at the door, not at each date
        found = np.full((len(view.days), len(view.assets)), np.nan)
        for d, rows in enumerate(self._returns(view)[:, :, places]):  # an estimator of others fits one window at a time
            found[d, places], _ = self._fitted(rows, self._names(view, places))
        return Scores(view.assets, found)

    def measure(self, view: View) -> Measure:
        """(D, A) the weights."""
        return measured(view, self.assets, f"weight by {self._name}", self(view).values)

    def sentence(self, view: View, asset: int) -> str:
        """The weight, or why there is none."""
        places = listed(view.assets, self.assets)
        if not places[asset]:
            return silence(view.assets[asset])
        if len(view.days) == 0:
            return "unknown: no date is looked at"
        rows = self._returns(view)[-1][:, places]
        weights, why = self._fitted(rows, self._names(view, places))
        if why:
            return f"{self._name} unknown: {why}"
        weight = float(weights[int(places[:asset].sum())])
        return f"{self._name} on the last {self.window.words} window gives it {100.0 * weight:.1f} %"

    def flip(self, view: View, asset: int) -> str:
        """Nothing: it depends on the next closes of all the others."""
        return ""

    @property
    def words(self) -> str:
        """What it looks at."""
        given = ", ".join(f"{name} {_plain(value)}" for name, value in self.parameters.items())
        return f"weights by {self._name}{f' ({given})' if given else ''} fitted on a {self.window.words} window of returns"

    @property
    def _name(self) -> str:
        """The class, as its package calls it."""
        module, _, name = self.estimator.partition(":")
        return f"{name} of {module.partition('.')[0]}"

    def _returns(self, view: View) -> Array:
        """(D, n, A) contiguous, so that each window has one layout."""
        index = view.window(TOTAL_RETURN, self.window.count + 1, every=self.window.every)
        return np.ascontiguousarray(stepped(index))

    def _names(self, view: View, places: Mask) -> list[str]:
        return [asset.id for asset, meant in zip(view.assets, places.tolist(), strict=True) if meant]

    def _fitted(self, rows: Array, names: list[str]) -> tuple[Array, str]:
        """Weights (A,) from returns (n, A), and why they are NaN where they are."""
        nothing, known = np.full(len(names), np.nan), np.isfinite(rows)
        if not known.all():
            worst = int(np.argmin(known.sum(axis=0)))
            return nothing, f"{int(known[:, worst].sum())} of {len(rows)} returns of {names[worst]} are known"
        import pandas as pd

        table = pd.DataFrame(np.array(rows), columns=names)  # by name, for what the parameters say of assets by name
        try:
            with warnings.catch_warnings(), np.errstate(all="ignore"):
                warnings.simplefilter("ignore")  # theirs, on how they solve: what counts is the answer
                made = _built(self.estimator, self.parameters, "estimator")
                weights = np.asarray(made.fit(table).weights_, dtype=float)
        except Exception as error:  # noqa: BLE001 - code of others may fail in any way; the sentence says how
            return nothing, f"the fit failed ({type(error).__name__}: {' '.join(str(error).split())[:120]})"
        if weights.shape != nothing.shape or not np.isfinite(weights).all():
            return nothing, f"the fit left weights of shape {weights.shape}, or some that are not finite"
        return weights, ""


def _require_installed(target: str, field: str) -> None:
    """Raise ParameterError where `package.module:Class` is not of that form, or the package is not there."""
    module, _, name = target.partition(":")
    top = module.partition(".")[0]
    if not (top.isidentifier() and name.isidentifier()):
        remedy = "Write package.module:Class, such as skfolio.optimization:HierarchicalRiskParity."
        raise ParameterError(f"{field} is {target!r}", field=field, remedy=remedy)
    if find_spec(top) is None:
        extra = "pip install 'trimtab[samples]', or pip install skfolio." if top == "skfolio" else f"pip install {top}."
        raise ParameterError(f"{field} {target} needs the package {top}, which is not installed", field=field, remedy=extra)


def _built(target: str, parameters: Mapping[str, Any], field: str) -> Any:
    """The estimator `target` with `parameters`. Raises ParameterError where it cannot be made."""
    kind = _imported(target, field)
    if not (isinstance(kind, type) and callable(getattr(kind, "fit", None))):
        raise ParameterError(f"{field} {target} has no fit", field=field, remedy="Name a class as scikit-learn has them.")
    given = {name: _value(value) for name, value in parameters.items()}
    try:
        return kind(**given)
    except Exception as error:  # noqa: BLE001 - a constructor of others may refuse in any way
        raise ParameterError(f"parameters of {target}: {error}", field="parameters", remedy="See its documentation.") from None


def _imported(target: str, field: str) -> Any:
    """What stands at `module:Name`, or `module:Name.member`. Raises ParameterError where nothing does."""
    module, _, path = target.partition(":")
    _require_installed(f"{module}:{path.partition('.')[0]}", field)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of packages being imported
            found: Any = import_module(module)
        for part in path.split("."):
            found = getattr(found, part)
    except Exception as error:  # noqa: BLE001 - code of others may fail in any way when imported
        raise ParameterError(f"{field} {target}: {error}", field=field, remedy="Check the name.") from None
    return found


def _value(value: Any) -> Any:
    """A parameter as the constructor takes it: see the class."""
    if isinstance(value, Mapping) and USE in value:
        rest = {name: part for name, part in value.items() if name != USE}
        return _built(str(value[USE]), rest, "parameters")
    if isinstance(value, str) and _names_member(value):
        member = _imported(value, "parameters")
        if not isinstance(member, Enum):
            what = f"parameters: {value} is no member of an enumeration"
            raise ParameterError(what, field="parameters", remedy="Write for example skfolio:RiskMeasure.CVAR.")
        return member
    return value


def _names_member(text: str) -> bool:
    """Whether a text has the form `package.module:Name.MEMBER`."""
    module, _, path = text.partition(":")
    names = path.split(".")
    return len(names) == 2 and all(part.isidentifier() for part in (*module.split("."), *names))


def _plain(value: Any) -> str:
    """A parameter in words."""
    return ", ".join(f"{key} {part}" for key, part in value.items()) if isinstance(value, Mapping) else str(value)
