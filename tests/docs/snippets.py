"""Finds the ```python and ```console blocks of a Markdown page and runs them in order, as a reader would.

Python blocks of a page share one namespace. Of a console block, the lines `$ trimtab ...` run; the last one must end
with the exit code that a comment `<!-- exit: 4 -->` above the block states, all others with 0.
"""

import re
import shlex
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

FENCE = re.compile(
    r"^(?:<!-- exit: (?P<exit>\d+) -->\n\s*?)?^```(?P<language>python|console)\n(?P<code>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)
Command = Callable[[list[str]], int]


@dataclass(frozen=True, slots=True)
class Snippet:
    """One fenced block; `line` is where its first line stands in the page."""

    line: int
    language: str
    code: str
    exit: int = 0


def snippets(text: str) -> list[Snippet]:
    """The blocks of a page that run, in order."""
    return [
        Snippet(text.count("\n", 0, m.start("code")) + 1, m["language"], m["code"], int(m["exit"] or 0))
        for m in FENCE.finditer(text)
    ]


def commands(snippet: Snippet) -> Iterator[list[str]]:
    """The arguments of each `$ trimtab ...` line; a backslash at the end of a line goes on in the next."""
    for line in snippet.code.replace("\\\n", " ").splitlines():
        if line.startswith("$ trimtab"):
            yield shlex.split(line, comments=True)[2:]


def run_page(page: Path, command: Command) -> None:
    """Run all snippets of a page in the current folder. Raises what the first failing one raises."""
    module = ModuleType(page.stem)
    sys.modules[module.__name__] = module  # dataclasses and type hints look their module up
    try:
        for snippet in snippets(page.read_text(encoding="utf-8")):
            run_python(page, snippet, module) if snippet.language == "python" else run_console(page, snippet, command)
    finally:
        del sys.modules[module.__name__]


def run_python(page: Path, snippet: Snippet, module: ModuleType) -> None:
    """Run a Python block; tracebacks name the page and its line."""
    padding = "\n" * (snippet.line - 1)
    exec(compile(padding + snippet.code, str(page), "exec"), module.__dict__)  # noqa: S102 - our own documentation


def run_console(page: Path, snippet: Snippet, command: Command) -> None:
    """Run the commands of a console block and compare their exit codes."""
    todo = list(commands(snippet))
    for place, arguments in enumerate(todo, 1):
        expected = snippet.exit if place == len(todo) else 0
        code = command(arguments)
        assert code == expected, (
            f"{page}:{snippet.line}: `trimtab {shlex.join(arguments)}` ended with {code}, the page says {expected}"
        )
