"""A policy as it leaves: in its canonical form, without its owner's capital and paths, and of registered components only.

Comments, descriptions and files beside a policy stay at home. Capital becomes a round million and a path that leads through
somebody's folders becomes `data`; either changes the hash, so the hash that was committed to is kept beside it. Code is never
loaded from a bundle: a policy that names `module:Class` anywhere is neither packed nor opened.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from trimtab.core.errors import PolicyError, UsageError
from trimtab.desk.load import KEYS, policy_from
from trimtab.desk.policy import Policy
from trimtab.desk.registry import BUILT_IN

CAPITAL = 1_000_000
UNUSED = "Ask for the bundle again; nothing of it was used."
PATH = "data"
LIMIT = 200_000  # bytes of a policy
DEPTH = 24  # of what stands in what
_PLACE = re.compile(r"(?!.*\.\.)[\w][\w.\- ]*(/[\w][\w.\- ]*)*")  # a folder below this one
_CODE = re.compile(r"\s*[^\W\d]\w*(\.[^\W\d]\w*)*\s*:\s*[^\W\d]\w*(\.[^\W\d]\w*)*\s*")  # package.module:Class.member


@dataclass(frozen=True, slots=True)
class Portable:
    """A policy that can be given away, and what was left out of it, in words. `committed` is the hash it had before."""

    policy: Policy
    text: str
    committed: str
    left_out: tuple[str, ...]


def portable(policy: Policy) -> Portable:
    """The policy as it leaves. Raises UsageError where it names code, views or rates that stand in files of their own."""
    form = json.loads(json.dumps(policy.identity.canonical))  # in its own order, which that of the assets is
    if "trimtab" not in form:
        raise UsageError(f"{policy.name} was made of another policy", remedy="Pack the policy that it was made of.")
    require_registered(form)
    _require_whole(form)
    left_out = tuple(_neutral(form, policy))
    if policy.identity.title:
        form["title"] = policy.identity.title
    text = json.dumps(form, indent=1, allow_nan=False, ensure_ascii=False) + "\n"
    return Portable(read_portable(text), text, policy.sha256, left_out)


def was_left_out(said: Sequence[str], policy: Policy) -> bool:
    """Whether a policy is without what is said to be left out of it, in the words of `portable` and in their order."""
    capital, data = policy.horizon.capital, policy.identity.canonical["data"]
    known = {_capital_words(capital.currency): capital.amount == CAPITAL, _path_words(): data.get("path") == PATH}
    return list(said) == [words for words in known if words in said and known[words]]


def _capital_words(currency: str) -> str:
    return f"capital: {CAPITAL} {currency} stands in its place"


def _path_words() -> str:
    return f"the path of the data: {PATH} stands in its place"


def read_portable(text: str) -> Policy:
    """The policy of a bundle. Raises UsageError for one that could not have been packed, PolicyError where it does not hold."""
    form = read_object(text, "policy.yaml", limit=LIMIT)
    if unknown := [key for key in form if key not in KEYS]:
        raise UsageError(f"policy.yaml holds {unknown[0]!r}, which no policy has", remedy=UNUSED)
    require_registered(form)
    _require_whole(form)
    data = form.get("data", {})
    place = data.get("path", PATH) if isinstance(data, Mapping) else ""
    if not isinstance(data, Mapping) or data.get("use") not in BUILT_IN["sources"] or not _below(place):
        raise UsageError("the data of policy.yaml lead out of this folder", remedy=UNUSED)
    return policy_from(form, name="policy.yaml")


def read_object(text: str, name: str, *, limit: int) -> dict[str, Any]:
    """A JSON object of a bundle. Raises UsageError for anything else: too long, too deep, a name twice, no number."""
    try:
        _require_short(text, limit)
        found = json.loads(text, object_pairs_hook=_once, parse_constant=_no_number)
        _require_plain(found, DEPTH)
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{name} does not read: {error}", remedy=UNUSED) from None
    if not isinstance(found, dict):
        raise UsageError(f"{name} does not read: it is no object", remedy=UNUSED)
    return found


def require_registered(form: Any) -> None:
    """Raise PolicyError where a policy names code of its owner's: a bundle names registered components only."""
    for where, text in texts(form):
        if _CODE.fullmatch(text) and where != "title":
            what = f"{where} is {text!r}, which is code outside Trimtab"
            remedy = "A bundle names registered components only: install it as a package with an entry point."
            raise PolicyError(what, remedy=remedy)


def components(form: Any) -> tuple[str, ...]:
    """The names that a policy uses, each once, in order."""
    return tuple(sorted({text for where, text in texts(form) if where.rpartition(".")[2] == "use"}))


def texts(value: Any, where: str = "") -> Iterator[tuple[str, str]]:
    """Every text in plain values, with the key that it stands under."""
    if isinstance(value, str):
        yield where, value
    elif isinstance(value, Mapping):
        for key, part in value.items():
            yield from texts(part, f"{where}.{key}" if where else str(key))
            yield f"{where}.{key}.name", str(key)  # names may be looked up too
    elif isinstance(value, list | tuple):
        for k, part in enumerate(value):
            yield from texts(part, f"{where}.{k}")


def _require_whole(form: Mapping[str, Any]) -> None:
    """Raise UsageError where a policy reads files of its own besides prices."""
    tax = form.get("tax")
    rates = tax.get("rates") if isinstance(tax, Mapping) else ""
    for key, name in (("views", form.get("views")), ("tax.rates", rates)):
        if name:
            what = f"{key} stands in a file of its own, {name!r}, which a bundle does not hold"
            raise UsageError(what, remedy="Share a policy without it.")


def _neutral(form: dict[str, Any], policy: Policy) -> Iterator[str]:
    """Take capital and paths out of a form; what was taken out, in words."""
    capital = f"{CAPITAL} {policy.horizon.capital.currency}"
    if form["capital"] != capital:
        form["capital"] = capital
        yield _capital_words(policy.horizon.capital.currency)
    place = form["data"].get("path") if isinstance(form["data"], dict) else None
    if place is not None and not _below(place):
        form["data"]["path"] = PATH
        yield _path_words()


def _below(place: Any) -> bool:
    return isinstance(place, str) and _PLACE.fullmatch(place) is not None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a name stands twice")
    return found


def _no_number(text: str) -> Any:
    raise ValueError(f"{text} is no number")


def _require_short(text: str, limit: int) -> None:
    if len(text) > limit:
        raise ValueError(f"longer than {limit:,} letters")


def _require_plain(value: Any, left: int) -> None:
    """Raise ValueError for what is too deep, and for letters that a terminal would act on."""
    if left < 0:
        raise ValueError(f"more than {DEPTH} levels deep")
    if isinstance(value, str) and not value.isprintable():
        raise ValueError("a text holds control characters")
    parts = (*value, *value.values()) if isinstance(value, dict) else value if isinstance(value, list) else ()
    for part in parts:
        _require_plain(part, left - 1)
