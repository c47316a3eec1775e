"""Finds the ```python and ```console blocks of a Markdown page and runs them in order, as a reader would.

Python blocks of a page share one namespace. Of a console block, the lines `$ trimtab ...` run; the last one must end
with the exit code that a comment `<!-- exit: 4 -->` above the block states, all others with 0. Lines below a command
are what it prints, results and messages alike: they are compared, `...` standing for anything. A block of any language
below `<!-- file: NAME -->` is saved under that name instead, as the reader is told to. From `<!-- clock: INSTANT -->` (UTC,
above the other comment) on, the clock of the program stands at that instant: orders know what time it is. Above that,
`<!-- live: FILE -->` makes a policy live in the book, as if months had gone by, where that is not what the page is about.
"""

import io
import re
import shlex
import sys
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import numpy as np

from tests.promoted import put_files_at
from trimtab.desk.live import SystemClock

FENCE = re.compile(
    r"^(?:<!-- live: (?P<live>[\w.-]+) -->\n)?"
    r"(?:<!-- clock: (?P<clock>[\dT:-]+)Z -->\n)?"
    r"(?:<!-- (?:exit: (?P<exit>\d+)|file: (?P<file>[\w.-]+)) -->\n)?\s*?^```(?P<language>\w+)\n(?P<code>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)
Command = Callable[[list[str]], int]
Compare = Callable[[str, str, str], None]


@dataclass(frozen=True, slots=True)
class Snippet:
    """One fenced block; `line` is where its first line stands in the page."""

    line: int
    language: str
    code: str
    exit: int = 0
    file: str = ""
    clock: str = ""
    live: str = ""


def snippets(text: str) -> list[Snippet]:
    """The blocks of a page that run or are saved, in order."""
    return [
        Snippet(
            text.count("\n", 0, m.start("code")) + 1,
            m["language"],
            m["code"],
            int(m["exit"] or 0),
            m["file"] or "",
            m["clock"] or "",
            m["live"] or "",
        )
        for m in FENCE.finditer(text)
        if m["file"] or m["language"] in ("python", "console")
    ]


@dataclass(frozen=True, slots=True)
class Step:
    """A `$ trimtab ...` line: its arguments, and the lines shown below it. `here`: it began with PYTHONPATH=."""

    arguments: list[str]
    shown: str
    here: bool = False


def steps(snippet: Snippet) -> Iterator[Step]:
    """The steps of a console block; a backslash at the end of a line goes on in the next. Other commands are left alone."""
    text = snippet.code.replace("\\\n", " ")
    for part in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
        line, _, shown = part.partition("\n")
        words = shlex.split(line, comments=True)
        here = words[:1] == ["PYTHONPATH=."]
        if words[here : here + 1] == ["trimtab"]:
            yield Step(words[here + 1 :], shown.strip("\n"), here)


def run_page(page: Path, command: Command, compare: Compare | None = None) -> None:
    """Run all snippets of a page in the current folder. Raises what the first failing one raises."""
    module = ModuleType(page.stem)
    before = set(sys.modules)
    sys.modules[module.__name__] = module  # dataclasses and type hints look their module up
    clock = SystemClock.now
    try:
        for snippet in snippets(page.read_text(encoding="utf-8")):
            if snippet.clock:
                set_clock(snippet.clock)
            if snippet.live:
                put_files_at("book.db", [snippet.live], at=str(SystemClock().now()))
            if snippet.file:
                Path(snippet.file).write_text(snippet.code, encoding="utf-8")
            elif snippet.language == "python":
                run_python(page, snippet, module)
            else:
                run_console(page, snippet, command, compare or expect)
    finally:
        SystemClock.now = clock  # type: ignore[method-assign]
        here = str(Path.cwd())  # what the page wrote into its folder is another page's to write again
        for name in set(sys.modules) - before:
            if name == module.__name__ or str(getattr(sys.modules[name], "__file__", "") or "").startswith(here):
                del sys.modules[name]


def set_clock(instant: str) -> None:
    """From now on the program is told that it is so late."""
    at = np.datetime64(instant, "s")
    SystemClock.now = lambda _: at  # type: ignore[method-assign]


def run_python(page: Path, snippet: Snippet, module: ModuleType) -> None:
    """Run a Python block; tracebacks name the page and its line."""
    padding = "\n" * (snippet.line - 1)
    exec(compile(padding + snippet.code, str(page), "exec"), module.__dict__)  # noqa: S102 - our own documentation


def run_console(page: Path, snippet: Snippet, command: Command, compare: Compare) -> None:
    """Run the commands of a console block and compare their exit codes, and what they print where the page shows it."""
    todo = list(steps(snippet))
    for place, step in enumerate(todo, 1):
        expected = snippet.exit if place == len(todo) else 0
        code, printed = captured(command, step)
        here = f"{page}:{snippet.line}: `trimtab {shlex.join(step.arguments)}`"
        assert code == expected, f"{here} ended with {code}, the page says {expected}; it printed:\n{printed}"
        compare(here, step.shown, printed)


def expect(here: str, shown: str, printed: str) -> None:
    """Fail where a command prints other than the page shows; what it does not show does not matter."""
    assert not shown or agree(shown, printed), f"{here} prints something else:\n{printed}"


def captured(command: Command, step: Step) -> tuple[int, str]:
    """Exit code and all that was printed, progress bars left out."""
    stream = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", newline="\n")
    path = sys.path
    sys.path = [str(Path.cwd()), *path] if step.here else path
    try:
        with redirect_stdout(stream), redirect_stderr(stream):
            code = command(step.arguments)
    finally:
        sys.path = path
    stream.seek(0)
    return code, re.sub(r"\r[^\n]*\r", "", stream.read())


def agree(shown: str, printed: str) -> bool:
    """Whether `printed` is what the page shows; spaces at the ends of lines do not count."""
    lines = ["(?s:.*)" if line == "..." else ".*".join(map(re.escape, line.split("..."))) for line in bare(shown).split("\n")]
    return re.fullmatch("\n".join(lines), bare(printed)) is not None


def bare(text: str) -> str:
    """A text without blank lines around it and spaces at the ends of lines."""
    return "\n".join(line.rstrip() for line in text.strip("\n").split("\n"))
