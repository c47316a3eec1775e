"""What the pages of the project document: headings, first columns of tables, and links."""

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
CODE = re.compile(r"`([^`\n]+)`")
FENCE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
HEADING = re.compile(r"^(#+) (.*)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Page:
    """A Markdown page, or a part of one, without its fenced blocks."""

    text: str

    @classmethod
    def of(cls, name: str) -> "Page":
        return cls(FENCE.sub("", (ROOT / name).read_text(encoding="utf-8")))

    def section(self, title: str) -> "Page":
        """What stands below a heading, up to the next one of its rank; an empty page where there is none."""
        found = next((m for m in HEADING.finditer(self.text) if m[2] == title), None)
        if found is None:
            return Page("")
        rest = self.text[found.end() :]
        end = re.search(rf"^#{{1,{len(found[1])}}} ", rest, re.MULTILINE)
        return Page(rest[: end.start()] if end else rest)

    @property
    def headings(self) -> tuple[str, ...]:
        return tuple(m[2] for m in HEADING.finditer(self.text))

    @property
    def rows(self) -> frozenset[str]:
        """What stands as code in the first column of any table."""
        cells = (line.split("|")[1] for line in self.text.splitlines() if line.startswith("| "))
        return frozenset(word for cell in cells for word in CODE.findall(cell))

    @property
    def words(self) -> frozenset[str]:
        """Everything that is set as code."""
        return frozenset(CODE.findall(self.text))

    @property
    def links(self) -> tuple[str, ...]:
        """Targets of links and pictures inside the project."""
        found = re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", self.text)
        return tuple(target for target in found if "://" not in target)


def missing(wanted: object, documented: object) -> list[str]:
    """Those of `wanted` that are not documented."""
    return sorted(set(wanted) - set(documented))  # type: ignore[call-overload]
