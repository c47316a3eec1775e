"""A server of tools with a fault in it: `python -m tests.surfaces.mcp.planted FAULT FOLDER`.

`chatty`: while a tool is asked, something prints, in every way that a program can. `early`: a line stands on standard output
before the protocol begins, where nothing guards it.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from trimtab.surfaces.mcp.offered import offered
from trimtab.surfaces.mcp.server import Desk, serve
from trimtab.surfaces.serving.asking import Asking
from trimtab.surfaces.serving.verbs import Said, Served

NOISE = "STRAY"


class Chatty(Desk):
    """A desk whose verbs print."""

    async def _asked(self, operation: Any, values: dict[str, Any]) -> Said:
        print(NOISE, "by print", flush=True)  # noqa: T201 - it is the fault
        os.write(1, f"{NOISE} by the descriptor\n".encode())
        subprocess.run([sys.executable, "-S", "-c", f"print('{NOISE} by a child')"], check=True)
        return Said('{"trimtab": 1}', 0)


def main(fault: str, folder: str) -> None:
    """Serve, with the fault."""
    if fault == "early":
        print(NOISE, flush=True)  # noqa: T201 - it is the fault
    asking = Asking(Served(), Path(folder), {})
    asyncio.run(serve(Chatty(asking, offered())))
    asking.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
