"""Whether a wheel holds the whole package, byte for byte, and nothing else: code, and the data that it renders with.

Run as `python -m tools.wheel_contents WHEEL FOLDER`, where FOLDER is the tree that the wheel was built from.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from zipfile import ZipFile

KINDS = (".py", ".yaml", ".css", ".js", ".html", "py.typed")  # each must be there at least once
PAPERS = ("METADATA", "RECORD", "WHEEL", "entry_points.txt", "licenses/LICENSE", "licenses/NOTICE")


def source(folder: Path) -> dict[str, bytes]:
    """The files of the package in a tree, by their names in a wheel."""
    files = (path for path in (folder / "src" / "trimtab").rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return {path.relative_to(folder / "src").as_posix(): path.read_bytes() for path in files}


def held(wheel: Path) -> dict[str, bytes]:
    """What a wheel holds, by name."""
    with ZipFile(wheel) as archive:
        return {name: archive.read(name) for name in archive.namelist() if not name.endswith("/")}


def faults(members: Mapping[str, bytes], wanted: Mapping[str, bytes]) -> Iterator[str]:
    """What is missing, changed or too much."""
    papers = {name.partition("/")[2] for name in members if name.partition("/")[0].endswith(".dist-info")}
    inside = {name: data for name, data in members.items() if not name.partition("/")[0].endswith(".dist-info")}
    yield from (f"{name} is missing" for name in sorted(wanted.keys() - inside.keys()))
    yield from (f"{name} is not of the package" for name in sorted(inside.keys() - wanted.keys()))
    yield from (
        f"{name} is not as in the tree" for name in sorted(inside.keys() & wanted.keys()) if inside[name] != wanted[name]
    )
    yield from (f"no file of the kind {kind}" for kind in KINDS if not any(name.endswith(kind) for name in inside))
    yield from (f"dist-info/{name} is missing" for name in PAPERS if name not in papers)


def main(wheel: Path, folder: Path) -> int:
    """Print what is wrong, or how many files of each kind the wheel holds, and return the exit code."""
    members = held(wheel)
    found = list(faults(members, source(folder)))
    kinds = Counter(Path(name).suffix or Path(name).name for name in members if name.startswith("trimtab/"))
    counts = ", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items()))
    print(*(f"  {one}" for one in found), f"contents: {counts}; {len(found)} faults", sep="\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2])))
