"""Does a component keep the contract of its role? `trimtab check-signal`: the audit of validation/ on generated markets.

A component answers for itself before memory, and as the desk reads it: a compound's members are asked one by one, and
memory runs along the dates.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from enum import Enum
from functools import lru_cache, partial
from typing import Any

import numpy as np

from trimtab.core.errors import PolicyError, UsageError
from trimtab.core.roles import Compound, Fold, View
from trimtab.core.saying import sentence_of
from trimtab.core.slots import slots_of
from trimtab.core.terms import TOTAL_RETURN
from trimtab.core.values import Asset, Forecast, Regime, Scores
from trimtab.desk.asking import Walk, heard, told, walk
from trimtab.desk.config import BOUND, Binding, Builder
from trimtab.desk.other_sources import listening, read_by
from trimtab.desk.registry import name_of
from trimtab.desk.specimens import FILLERS, MarketSpecimen, Recipe, specimen
from trimtab.desk.yaml12 import Document
from trimtab.validation.audit import FIRST, audit
from trimtab.validation.specimen import Exam, Finding, Specimen, Subject, Verdict, arrays, asked

KINDS: dict[str, type[Any]] = {"signals": Scores, "regimes": Regime, "forecasters": Forecast}
OTHER_SOURCES = "other sources"
SPOKEN = 5  # dates on which it speaks that are among those looked at, however few these are to be
DAILY, MONTHLY = (360, 800, 1700), (240, 450, 850)  # rows of the markets, tried until the component speaks


def check(role: str, component: Any, parameters: Mapping[str, Any] | None = None, *, decisions: int = 0) -> Verdict:
    """The verdict on a component of `role` (signals, regimes, forecasters): itself, its name, or `module:Class`.

    `parameters` are written as in a policy file. `decisions` looks at the last so many dates of each market alone, for a
    component that takes long (0: a year and more). Raises PolicyError where it cannot be built, UsageError for a role that
    has no audit.
    """
    if role not in KINDS:
        raise UsageError(f"{role!r} has no audit", remedy=f"Use one of {', '.join(KINDS)}.")
    made = built(role, component, parameters or {}) if isinstance(component, str) else component
    subject = subject_of(role, made)
    with listening(made):
        findings = audit(subject, specimens(subject, made, decisions))
    sources = _other_sources(made)
    unasked = findings[0].name == FIRST  # then nothing else is known of it, unless it was heard
    return Verdict(name_of(role, made), findings if unasked and sources.passed else (*findings, sources))


def _other_sources(component: Any) -> Finding:
    """Whether its code was heard to read anything but views, in the audit or before it in this process."""
    found = read_by(component)
    if found:
        more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
        return Finding(
            OTHER_SOURCES, False, f"it reaches for {found[0]}{more}: a view is the only source, and knows no later day"
        )
    return Finding(OTHER_SOURCES, True, "it opens no file, program or connection while it is asked")


def built(role: str, name: str, parameters: Mapping[str, Any]) -> Any:
    """The component of that name with these parameters. Raises PolicyError."""
    values = {"use": name, **parameters}
    universe = tuple(Asset(one, one, "equity") for one in FILLERS)
    bound = Binding(universe, tuple(_weight_of(asset) for asset in universe))
    try:
        return Builder(Document(name, values, {}, {})).component(role, values, (name,), bound)
    except PolicyError as error:  # there is no file to point into
        raise PolicyError(error.what, remedy=error.remedy, code=error.code) from None


def specimens(subject: Subject, component: Any, decisions: int = 0) -> tuple[Specimen, ...]:
    """A daily and a monthly market, each as short as the component lets it be; only those on which it says anything."""
    recipe = Recipe(tuple(ids_named(component)), tuple(series_named(component)))
    ladders = [[replace(recipe, monthly=monthly, rows=rows) for rows in sizes] for monthly, sizes in _STEPS]
    speaking = [found for ladder in ladders if (found := _first_speaking(subject, ladder, decisions)) is not None]
    return tuple(speaking) or tuple(specimen(ladder[0]) for ladder in ladders)


_STEPS = ((False, DAILY), (True, MONTHLY))


def _first_speaking(subject: Subject, ladder: list[Recipe], decisions: int) -> MarketSpecimen | None:
    """The shortest market on which the subject says anything, seen from its last decisions; None where it never does."""
    for recipe in ladder:
        made = specimen(recipe)
        try:
            said = np.flatnonzero(Exam(subject, made, asked(subject, made)).spoken)
        except Exception:  # noqa: BLE001 - the audit says what was raised
            return made
        if len(said):
            last = recipe.rows - (decisions or ladder[0].rows)
            return replace(made, first=max(made.first, min(last, made.first + int(said[-SPOKEN:][0]))))
    return None


def subject_of(role: str, component: Any) -> Subject:
    """A component as the audit wants it."""
    asking, remembering = _ASKING[role], _WITH_MEMORY.get(role)
    bound = lru_cache(partial(bound_to, component))  # the same few universes are asked about over and over
    return Subject(
        kind=KINDS[role],
        ask=lambda view: asking(bound(view.assets), view),
        heard=(
            (lambda view, along: remembering(bound(view.assets), view, along or walk))
            if remembering and _remembers(component)
            else None
        ),
        sentence=lambda view, asset: _sentence(role, bound(view.assets), view, asset),
        fold=component if isinstance(component, Fold) else None,
    )


def _spoken(signal: Any, view: View) -> Any:
    """What a signal says before memory; a compound by way of its members, as the desk hears it."""
    if isinstance(signal, Compound) and not callable(getattr(type(signal), "start", None)):
        parts = [arrays(_spoken(member, view))["score"] for member in signal.members]
        return Scores(view.assets, signal.gather(np.stack(parts)))
    return signal(view)


def _heard(signal: Any, view: View, along: Walk) -> Scores:
    return Scores(view.assets, heard(signal, view, along=along))


def _forecast(forecaster: Any, view: View) -> Any:
    """A forecast on pointwise scores, the sign of the last 21 rows' return, and in one regime."""
    index = view.window(TOTAL_RETURN, 22)
    scores = Scores(view.assets, np.sign(index[:, -1] - index[:, 0]))
    return forecaster(view, scores, Regime(("all",), np.ones((len(view.days), 1))))


_ASKING: dict[str, Any] = {"signals": _spoken, "regimes": lambda model, view: model(view), "forecasters": _forecast}
_WITH_MEMORY: dict[str, Any] = {"signals": _heard, "regimes": lambda model, view, along: told(model, view, along=along)}


def _sentence(role: str, made: Any, view: View, asset: int) -> str:
    return sentence_of(made, view, asset) if role == "signals" else sentence_of(made, view)


def _remembers(component: Any) -> bool:
    """Whether it, or a signal that it is made of, has a memory that the desk runs."""
    if isinstance(component, Fold):
        return True
    return isinstance(component, Compound) and any(_remembers(member) for member in component.members)


def bound_to(component: Any, assets: tuple[Asset, ...]) -> Any:
    """The component, and those that it holds, with the universe and a benchmark of these assets where it has such fields."""
    if not is_dataclass(component):
        return component
    held = slots_of(type(component))
    changes: dict[str, Any] = {}
    for field in fields(component):
        value = getattr(component, field.name)
        if field.name in held:
            inner = _bound_inside(value, assets)
            changes |= {field.name: inner} if inner != value else {}
        elif field.name in BOUND and field.init:
            changes[field.name] = assets if field.name == "universe" else tuple(_weight_of(asset) for asset in assets)
    return replace(component, **changes) if changes else component  # type: ignore[type-var]


def _bound_inside(value: Any, assets: tuple[Asset, ...]) -> Any:
    if isinstance(value, tuple):
        return tuple(bound_to(part, assets) for part in value)
    if isinstance(value, Mapping):
        return {name: bound_to(part, assets) for name, part in value.items()}
    return bound_to(value, assets)


def _weight_of(asset: Asset) -> float:
    """A benchmark weight that stays with its asset wherever that stands."""
    return 0.05 + 0.01 * (sum(asset.id.encode()) % 7)


def series_named(component: Any) -> Iterator[str]:
    """The named series that it reads, each once."""
    yield from dict.fromkeys(name for name in getattr(component, "needs", ()) if name)


def ids_named(component: Any) -> list[str]:
    """Every word in its fields, and in those of the components that it holds, that may be the id of an asset."""
    needs = set(series_named(component))
    return [word for word in dict.fromkeys(_words(component)) if word and word not in needs]


def _words(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Enum):
        return
    elif isinstance(value, tuple):
        for part in value:
            yield from _words(part)
    elif isinstance(value, Mapping):
        for name, part in value.items():
            yield from _words(name)
            yield from _words(part)
    elif is_dataclass(value) and not isinstance(value, type | Asset):
        for field in fields(value):
            yield from _words(getattr(value, field.name))
