"""What a page is asked about, chosen from what the desk knows: a policy, or an account; and parts that may be refused."""

from __future__ import annotations

from collections.abc import Awaitable, Mapping, Sequence
from typing import Any

from trimtab.core.errors import TrimtabError
from trimtab.surfaces.web.page import Asker, Values
from trimtab.surfaces.web.reads.policies import accounts_of, known_policies


async def part(found: Awaitable[Values]) -> Values:
    """A part of a page; a refusal is a part too: `{"refused": line, "code": code}`, with the place where it names one."""
    try:
        return await found
    except TrimtabError as error:
        return {"refused": str(error), "code": error.code, "where": error.where, "what": error.what, "remedy": error.remedy}


async def policies(asker: Asker) -> Values:
    """Every policy there is, the one that is asked for, and what is wrong with the asking."""
    rows: list[Values] = await asker.call(known_policies, asker.station.asking.served)
    return _chosen(rows, "policy", asker.query.one("policy"), ("policy", "name"))


async def accounts(asker: Asker) -> Values:
    """Every account that follows a policy, the one that is asked for, and what is wrong with the asking."""
    rows: list[Values] = await asker.call(accounts_of, asker.station.asking.served)
    return _chosen(rows, "account", asker.query.one("account"), ("account",))


def _chosen(rows: Sequence[Mapping[str, Any]], word: str, wanted: str, keys: Sequence[str]) -> Values:
    """By default the first that somebody follows; one that is asked for by another name of it is found as well."""
    first = next((one for one in rows if one.get("accounts", True)), rows[0] if rows else None)
    named = [one for one in rows if wanted in [one[key] for key in keys]]
    chosen = (named[0] if named else None) if wanted else first
    line = ""
    if wanted and chosen is None:
        line = f"There is no {word} {wanted[:80]!r} here."
    elif chosen is None:
        line = f"There is no {word} here yet."
    return {"every": list(rows), "chosen": dict(chosen) if chosen else None, "asked": wanted, "line": line}
