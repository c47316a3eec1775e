"""What leaves the desk of its own accord: a title and a few lines, to addresses that stand in the environment alone.

The first addresses are in TRIMTAB_NOTIFY, those of what nobody has acknowledged in TRIMTAB_NOTIFY_ESCALATE. Nothing keeps them:
pages show their kinds, and a schedule holds the name of a variable.
"""

from __future__ import annotations

import asyncio
import os
from argparse import Namespace
from collections.abc import Sequence

from trimtab.surfaces.notifying import VARIABLE, kind_of, notify

ESCALATE = f"{VARIABLE}_ESCALATE"


def addresses(variable: str) -> list[str]:
    """The addresses in a variable of the environment."""
    return os.environ.get(variable, "").split()


def kinds(variable: str) -> list[str]:
    """Their kinds, which may be shown."""
    return [kind_of(one) for one in addresses(variable)]


async def told(variable: str, title: str, lines: Sequence[str], code: int) -> tuple[str, ...]:
    """Tell the addresses of a variable, and those of TRIMTAB_NOTIFY; what did not work. Services are slow: in a thread."""
    if not addresses(variable) and not addresses(VARIABLE):
        return (f"nobody was told: {' or '.join(dict.fromkeys((variable, VARIABLE)))} names no address",)
    options = Namespace(notify=addresses(variable), notify_details=False)
    return await asyncio.to_thread(notify, options, title, lines, code)
