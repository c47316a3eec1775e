"""No file of the project names a package index or a path of one person's machine.

A lock that names an index works for those alone who can reach it; a path under someone's home works for nobody else.
Reads every file that git tracks or would track, and prints one line per finding.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

# The patterns are written so that they do not find themselves.
INDEX = re.compile(
    r"(?:extra-)?index-ur[l]|find-link[s]|://\S*/simpl[e]\b|\.wh[l]#|://registry\.|pypi\.or[g]|pythonhosted\.or[g]",
    re.IGNORECASE,
)
MACHINE = re.compile(r"(?<![\w.:/~$}<>-])/(?:home|root|work|Users)/|\b[A-Z]:\\Users\\")
ADDRESS = re.compile(r"://|@ file:|^-[fi] ")


def findings(name: str, text: str) -> Iterator[str]:
    """What is wrong in one file, as `name:line: what`. A lock may name no address at all."""
    patterns = {"a package index": INDEX, "a path of one machine": MACHINE}
    if name.startswith("locks/"):
        patterns["an address in a lock"] = ADDRESS
    for number, line in enumerate(text.splitlines(), 1):
        for what, pattern in patterns.items():
            if found := pattern.search(line):
                yield f"{name}:{number}: {what}: {found[0]!r}"


def tracked(root: Path) -> list[str]:
    """The files that git tracks, and the new ones that it does not ignore."""
    command = ("git", "-C", str(root), "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    listed = subprocess.run(command, check=True, capture_output=True, text=True).stdout  # noqa: S603 - fixed words
    return sorted({name for name in listed.split("\0") if name})


def text_of(path: Path) -> str:
    """The text of a file; empty for one that is binary, or that is deleted and not yet committed."""
    data = path.read_bytes() if path.is_file() else b""
    return "" if b"\0" in data[:8000] else data.decode("utf-8", errors="replace")


def main(root: Path = Path()) -> int:
    """Check all files under `root`, print the findings, and return the exit code."""
    files = tracked(root)
    found = [line for name in files for line in findings(name, text_of(root / name))]
    print(*found, f"addresses: {len(files)} files, {len(found)} findings", sep="\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
