"""The JSON Schema of policy files, made from the components themselves, so that editors complete and underline."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from trimtab.core.entries import Payout
from trimtab.core.schedule import Execution, Schedule
from trimtab.core.slots import ROLE
from trimtab.core.taxes import Wrapper
from trimtab.costs.financing import Cash
from trimtab.desk.config import BOUND, SLEEVES, adapter
from trimtab.desk.dealing import Liquidity
from trimtab.desk.policy import HELD_TO, Approval
from trimtab.desk.registry import BUILT_IN, find, names

DEFINITIONS = "#/$defs/"
ROLES = (
    "signals",
    "combiners",
    "regimes",
    "forecasters",
    "allocators",
    "mixes",
    "reachers",
    "limits",
    "costs",
    "holding",
    "fees",
    "taxes",
    "controls",
    "sources",
)
_DATE = {"type": "string", "format": "date"}
_TAX = {  # what the policy says beside the regime's own parameters
    "account": {"enum": [wrapper.value for wrapper in Wrapper]},
    "payouts": {"type": "object", "additionalProperties": {"enum": [payout.value for payout in Payout]}},
    "rates": {"type": "string"},
}
_WEIGHTS = {"type": "object", "additionalProperties": {"type": "number", "minimum": 0, "maximum": 1}}


def schema() -> dict[str, Any]:
    """JSON Schema (draft 2020-12) of the whole file; every registered component is in it."""
    definitions: dict[str, Any] = {}
    for name in ROLES:
        definitions[name] = _role(name, definitions)
    for choice in definitions["taxes"]["oneOf"]:
        choice["properties"] |= _TAX
    definitions["terms"] = {"type": "object", "required": ["use"], "properties": {"use": {"type": "string", "pattern": ":"}}}
    definitions[SLEEVES] = _object(find(SLEEVES, "sleeve"), definitions)
    role = {name: {"$ref": f"{DEFINITIONS}{name}"} for name in definitions if name in BUILT_IN}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Trimtab policy",
        "type": "object",
        "required": ["trimtab", "name", "universe", "benchmark"],
        "additionalProperties": False,
        "properties": {**_plain(definitions), **_parts(role)},
        "$defs": definitions,
    }


def _plain(definitions: dict[str, Any]) -> dict[str, Any]:
    text = {"type": "string"}
    named = {"series": text, "class": text, "name": text}
    asset = {"type": "object", "additionalProperties": False, "properties": named}
    return {
        "trimtab": {"const": 1},
        "name": text,
        "title": text,
        "description": text,
        "base_currency": {"type": "string", "pattern": "^[A-Z]{3}$"},
        "since": _DATE,
        "start": _DATE,
        "end": _DATE,
        "capital": {"type": "string", "pattern": r"^\d[\d_]*(\.\d+)? [A-Z]{3}$"},
        "universe": {
            "type": "object",
            "minProperties": 1,
            "additionalProperties": {"anyOf": [asset, {"type": "null"}]},
        },
        "benchmark": _WEIGHTS,
        "cash": _object(Cash, definitions),
        "schedule": _object(Schedule, definitions),
        "execution": _object(Execution, definitions),
        "liquidity": _object(Liquidity, definitions),
        "approval": _object(Approval, definitions),
        **{key: _object(kind, definitions) for key, kind in HELD_TO.items()},
        "averages": {"enum": ["refused", "allowed"]},
        "stale_days": {"type": "integer", "minimum": 0},
        "views": text,
    }


def _ruled(key: str, part: dict[str, Any]) -> dict[str, Any]:
    """A limit or a control with its place in the written policy, or bare."""
    text = {"type": "string"}
    place = {"id": text, "source": text, "effective_from": _DATE, "severity": {"enum": ["warn", "block"]}}
    full = {"type": "object", "additionalProperties": False, "required": [key], "properties": {key: part, **place}}
    return {"type": "array", "items": {"anyOf": [full, part]}}


def _parts(role: dict[str, Any]) -> dict[str, Any]:
    return {
        "data": role["sources"],
        "signals": {"type": "object", "additionalProperties": role["signals"]},
        "combine": role["combiners"],
        "regime": role["regimes"],
        "forecast": role["forecasters"],
        "allocator": role["allocators"],
        "reacher": role["reachers"],
        "costs": role["costs"],
        "holding": role["holding"],
        "fees": {"type": "array", "items": role["fees"]},
        "tax": role["taxes"],
        "rules": _ruled("limit", role["limits"]),
        "controls": _ruled("control", role["controls"]),
    }


def _role(role: str, definitions: dict[str, Any]) -> dict[str, Any]:
    """One of the components of a role, told apart by `use`."""
    choices = []
    for name in names(role):
        made = _object(find(role, name), definitions)
        made["properties"] = {"use": {"const": name}, **made["properties"]}
        made["required"] = ["use", *made.get("required", [])]
        choices.append(made)
    return {"oneOf": choices}


def _object(kind: Any, definitions: dict[str, Any]) -> dict[str, Any]:
    """The schema of a dataclass of ours, what the policy binds left out."""
    made = adapter(kind).json_schema(mode="validation", ref_template=DEFINITIONS + "{model}")
    definitions |= made.pop("$defs", {})
    made = _with_roles(made)
    chosen = [f.name for f in fields(kind) if f.init and f.name not in BOUND]
    made["properties"] = {name: made.get("properties", {}).get(name, {}) for name in chosen}
    made["required"] = [name for name in made.get("required", []) if name in chosen]
    return {**made, "type": "object", "additionalProperties": False}


def _with_roles(part: Any) -> Any:
    """A schema in which each slot for a component refers to the choices of its role."""
    if isinstance(part, dict):
        return {"$ref": f"{DEFINITIONS}{part[ROLE]}"} if ROLE in part else {key: _with_roles(v) for key, v in part.items()}
    return [_with_roles(item) for item in part] if isinstance(part, list) else part
