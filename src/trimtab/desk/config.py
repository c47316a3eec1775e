"""From a policy file to a `Policy`: each part is built from its own dataclass, and each fault is pointed to.

pydantic validates the parameters; there is no second tree of configuration classes. A component's field named
`benchmark` or `universe` is filled from the policy's own where the file leaves it out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import Field, dataclass, fields, is_dataclass
from difflib import get_close_matches
from functools import lru_cache
from types import NoneType
from typing import Any, get_args, get_origin, get_type_hints

from trimtab.core.errors import ParameterError, PolicyError
from trimtab.core.slots import LATER, slots_of
from trimtab.core.terms import Fraction, hundredth
from trimtab.core.values import Asset
from trimtab.desk.registry import find, name_of
from trimtab.desk.yaml12 import Document, Path

BOUND = ("benchmark", "universe", "table")
SLEEVES = "sleeves"  # the one role whose components need no `use`: there is one kind


@dataclass(frozen=True, slots=True)
class Binding:
    """What components are given by the policy: its assets and benchmark weights."""

    universe: tuple[Asset, ...] = ()
    benchmark: tuple[float, ...] = ()
    table: Any = None  # the rates of a tax regime


@dataclass(frozen=True, slots=True)
class Builder:
    """Builds parts of one document, and says file:line:col of every fault."""

    document: Document

    def fault(self, path: Path, what: str, remedy: str = "", *, key: bool = False, code: str = "") -> PolicyError:
        """An error that points into the file."""
        return PolicyError(what, where=self.document.where(path, key=key), remedy=remedy, code=code or "TT-POL-010")

    def mapping(self, value: Any, path: Path) -> Mapping[str, Any]:
        """`value` as a mapping; None counts as empty."""
        if value is None:
            return {}
        if not isinstance(value, dict):
            raise self.fault(path, f"{dotted(path)} must be a mapping", "Write it as `key: value` lines.")
        return value

    def keys(self, value: Mapping[str, Any], known: Sequence[str], path: Path) -> None:
        """Refuse unknown keys, naming the nearest known one."""
        for key in value:
            if key not in known:
                near = get_close_matches(key, known, 1)
                remedy = f"Did you mean {near[0]}?" if near else f"Known: {', '.join(known) or 'none'}."
                raise self.fault((*path, key), f"unknown key {dotted((*path, key))}", remedy, key=True, code="TT-POL-012")

    def component(self, role: str, value: Any, path: Path, bound: Binding | None = None) -> Any:
        """`{use: name, parameter: ...}` as the component of that name."""
        entries = self.mapping(value, path)
        if role == SLEEVES:
            return self.sleeve(entries, path, bound or Binding())
        name = entries.get("use")
        if not isinstance(name, str):
            raise self.fault(path, f"{dotted(path)} names no component", "Write for example {use: trend, window: 10M}.")
        try:
            kind = find(role, name)
        except PolicyError as error:
            raise self.fault((*path, "use"), error.what, error.remedy, code=error.code) from None
        parameters = {key: part for key, part in entries.items() if key != "use"}
        return self.plain(kind, parameters, path, bound)

    def sleeve(self, value: Mapping[str, Any], path: Path, bound: Binding) -> Any:
        """A framework in a blend: what it is made of is bound to its own benchmark, where it has one."""
        entries = {"allocator": {"use": "static"}, **value}
        if entries.get("signals"):
            entries = {"combine": {"use": "mean"}, **entries}
        holds = self.mapping(entries.get("holds"), (*path, "holds"))
        known = [asset.id for asset in bound.universe]
        for name in holds:
            if name not in known:
                raise self.fault((*path, "holds", name), f"{name!r} is not in the universe", f"Known: {', '.join(known)}.")
        own = self.validated(Mapping[str, Fraction], holds, (*path, "holds"))
        if holds and sum(own.values()) > 1.0 + 1e-9:
            what = f"{dotted((*path, 'holds'))} adds up to {sum(own.values()):g}, above 1"
            raise self.fault((*path, "holds"), what, "What it leaves of 1 is cash.")
        benchmark = tuple(float(own.get(name, 0.0)) for name in known) if holds else bound.benchmark
        return self.plain(find(SLEEVES, "sleeve"), entries, path, Binding(bound.universe, benchmark))

    def plain(self, kind: type[Any], value: Any, path: Path, bound: Binding | None = None) -> Any:
        """A dataclass of ours from a mapping of its fields."""
        entries = dict(self.mapping(value, path))
        known = [f.name for f in fields(kind) if f.init]
        self.keys(entries, [name for name in known if name not in BOUND or name in entries], path)
        self.numbers(kind, entries, path)
        for name in BOUND:
            if bound is not None and name in known and name not in entries:
                entries[name] = getattr(bound, name)
        parts: Any = kind
        for name, inner in nested(parts).items():
            if isinstance(entries.get(name), dict):
                entries[name] = self.plain(inner, entries[name], (*path, name))
        for name, role in slotted(parts).items():
            if name in entries:
                entries[name] = self.inner(role, entries[name], (*path, name), bound, several=name in listed(parts))
        return self.validated(kind, entries, path)

    def inner(self, role: str, value: Any, path: Path, bound: Binding | None, *, several: bool = False) -> Any:
        """The component that a parameter holds, or its list or mapping of components, each with its own `use`."""
        if several and not isinstance(value, list):
            raise self.fault(
                path, f"{dotted(path)} is no list", "Begin each component with a dash, or write [{use: ...}, ...]."
            )
        if isinstance(value, list):
            return tuple(self.component(role, part, (*path, k), bound) for k, part in enumerate(value))
        if isinstance(value, dict) and "use" not in value:
            return {name: self.component(role, part, (*path, name), bound) for name, part in value.items()}
        return self.component(role, value, path, bound)

    def numbers(self, kind: Any, entries: Mapping[str, Any], path: Path) -> None:
        """Refuse text and true or false where a number is due: nothing is guessed, `40%` least of all."""
        for name in numeric(kind) & entries.keys():
            for here, cell in _cells(entries[name], (*path, name)):
                if isinstance(cell, bool | str):
                    raise self.fault(here, f"{dotted(here)} is {cell!r}, not a number", "Write a plain number, such as 0.40.")

    def validated(self, kind: Any, value: Any, path: Path) -> Any:
        """`value` as a `kind`. The first fault is raised, pointing at its place."""
        from pydantic import ValidationError

        try:
            return adapter(kind).validate_python(value)
        except ValidationError as error:
            raise self._translated(error.errors()[0], path) from None

    def _translated(self, fault: Any, path: Path) -> PolicyError:
        cause = fault.get("ctx", {}).get("error")
        inner = tuple(part for part in fault["loc"] if isinstance(part, int | str))
        if isinstance(cause, ParameterError):
            here = (*path, *inner, cause.field) if cause.field else (*path, *inner)
            named = f"{dotted(path)}.{cause.what}" if cause.what.startswith(cause.field) else f"{dotted(here)}: {cause.what}"
            return self.fault(here, named if cause.field else cause.what, cause.remedy)
        here = (*path, *inner)
        if fault["type"] == "missing" or fault["type"] == "missing_argument":
            return self.fault(path, f"{dotted(here)} is missing", f"Add {inner[-1]}: ... to {dotted(path)}.")
        return self.fault(here, *_sentence(dotted(here), fault))


@lru_cache(maxsize=256)
def adapter(kind: Any) -> Any:
    """Pydantic's validator of a type, made once."""
    from pydantic import TypeAdapter

    return TypeAdapter(kind)


@lru_cache(maxsize=256)
def numeric(kind: Any) -> frozenset[str]:
    """Names of the fields of a dataclass that hold a number, or a mapping of numbers."""
    found = []
    for name, hint in get_type_hints(kind).items():
        if _innermost(hint) in (int, float):
            found.append(name)
    return frozenset(found)


def _innermost(hint: Any) -> Any:
    """What a mapping, or a mapping of mappings, holds in the end; the kind itself where it is none."""
    parts = [part for part in get_args(hint) if part is not NoneType]
    return _innermost(parts[-1]) if parts and not hasattr(hint, "__metadata__") else hint


def _cells(value: Any, path: Path) -> Iterator[tuple[Path, Any]]:
    """The numbers in a parameter, whether one or a mapping of them, and where each stands."""
    if isinstance(value, dict):
        for key, part in value.items():
            yield from _cells(part, (*path, key))
    else:
        yield path, value


@lru_cache(maxsize=256)
def nested(kind: Any) -> Mapping[str, Any]:
    """The fields of a dataclass that are dataclasses written as mappings, and their kinds."""
    return {
        name: hint
        for name, hint in get_type_hints(kind).items()
        if is_dataclass(hint) and not hasattr(hint, "__get_pydantic_core_schema__")  # those are written as text
    }


@lru_cache(maxsize=256)
def slotted(kind: Any) -> Mapping[str, str]:
    """The fields of a dataclass that hold components, and their roles."""
    return slots_of(kind)


@lru_cache(maxsize=256)
def listed(kind: Any) -> frozenset[str]:
    """The fields of a dataclass that hold a list of components."""
    return frozenset(name for name in slotted(kind) if get_origin(get_type_hints(kind)[name]) is tuple)


def dotted(path: Path) -> str:
    """`rules[1].limit.at_most`."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else str(part)
    return text or "the policy"


_BOUNDS = {
    "less_than_equal": ("le", "above"),
    "greater_than_equal": ("ge", "below"),
    "greater_than": ("gt", "not above"),
    "less_than": ("lt", "not below"),
}


_WORDS = {"ge": "at least", "gt": "above", "le": "at most", "lt": "below"}


def _sentence(name: str, fault: Any) -> tuple[str, str]:
    """What is wrong and what to do, for a fault of pydantic."""
    value = fault["input"]
    if fault["type"] in _BOUNDS:
        attribute, word = _BOUNDS[fault["type"]]
        bound = fault["ctx"][attribute]
        if attribute == "le" and bound == 1.0 and 1.0 < value <= 100.0:
            return f"{name} is {value}, {word} {bound}", f"Weights are fractions: did you mean {hundredth(value)}?"
        return (
            f"{name} is {value}, {word} {bound}",
            f"Give a value {_WORDS[attribute]} {bound}.",
        )
    if fault["type"] == "enum":
        choices = str(fault["ctx"]["expected"]).replace("'", "").replace(",", "").replace(" or ", " ").split()
        near = get_close_matches(str(value), choices, 1)
        return f"{name} is {value!r}", f"Use one of {fault['ctx']['expected']}." + (f" Did you mean {near[0]}?" if near else "")
    remedies = {"date": "Write it as 2026-01-31.", "tuple": "Write a list, such as [A, B].", "string": "Put it in quotes."}
    remedy = remedies.get(fault["type"].partition("_")[0], "See: trimtab policy schema.")
    return f"{name} is {value!r}: {fault['msg'][0].lower()}{fault['msg'][1:]}", remedy


def canonical(role: str, component: Any) -> dict[str, Any]:
    """A component as a policy file writes it, defaults written out, what the policy binds left out."""
    if role == SLEEVES:  # what a sleeve leaves to the policy is not written
        return {name: part for name, part in plain_values(component).items() if part is not None}
    return {"use": name_of(role, component), **plain_values(component)}


def plain_values(value: Any) -> dict[str, Any]:
    """The fields of a dataclass of ours as plain JSON values."""
    kind: Any = type(value)
    held = slotted(kind)
    dumped = adapter(kind).dump_python(value, mode="json", exclude=set(held))
    chosen = [f.name for f in fields(value) if f.init and f.name not in BOUND and not _new(f, getattr(value, f.name))]
    return {name: _inner_values(held[name], getattr(value, name)) if name in held else dumped[name] for name in chosen}


def _new(one: Field[Any], value: Any) -> bool:
    """Whether a parameter came later than the component, and stands at its default."""
    return LATER in one.metadata and bool(value == one.default)


def _inner_values(role: str, value: Any) -> Any:
    """What `Builder.inner` read, as a policy file writes it."""
    if isinstance(value, tuple):
        return [canonical(role, part) for part in value]
    if isinstance(value, Mapping):
        return {name: canonical(role, part) for name, part in value.items()}
    return None if value is None else canonical(role, value)
