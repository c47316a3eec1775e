"""Run pytest on the installed package, and refuse if any of it came from somewhere else than this environment.

Run as `ENVIRONMENT/bin/python -m tools.installed PYTEST-ARGUMENT...`.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from types import ModuleType

OUTSIDE = 4


def strangers(modules: Iterable[ModuleType], home: Path) -> list[str]:
    """Modules of the package that do not lie under `home`, with their places."""
    named = ((str(getattr(one, "__name__", "")), getattr(one, "__file__", None)) for one in modules)  # odd things lie there
    places = {name: place for name, place in named if name.partition(".")[0] == "trimtab" and place}
    return sorted(f"{name} is {place}" for name, place in places.items() if not Path(place).resolve().is_relative_to(home))


def main(arguments: list[str]) -> int:
    """Pytest's exit code; OUTSIDE if the package is not the installed one, before the tests or after."""
    import pytest

    import trimtab

    home = Path(sys.prefix).resolve()
    before = strangers([trimtab], home)
    code = 0 if before else int(pytest.main(arguments))
    found = before or strangers([*sys.modules.values()], home)
    for one in found:
        print(f"installed: {one}, not in {home}")
    return OUTSIDE if found else code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
