"""The process in which mutants live: it collects tests once and tries each mutant in a fork of itself.

A change inside a function is put there by handing the function the changed code, in the fork alone. What has been worked
out before the fork (constants, defaults, values that a test module made when it was imported) would be missed by that; such
mutants, and all that no test killed in a fork, are tried again in a process of their own, where the changed module is what
`import` finds.

Run as `python -m tests.mutants.nest ORDER.json`; the answers are lines of JSON in the file that the order names.
"""

from __future__ import annotations

import contextlib
import importlib
import importlib.abc
import importlib.machinery
import json
import os
import select
import signal
import sys
import time
import warnings
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any

import pytest

from tests.mutants.making import Mutant, Source

QUIET = ("-q", "-x", "-p", "no:cacheprovider", "-p", "no:xdist", "-p", "no:pytest_cov", "--capture=sys")
MEMORY = 8 << 30  # bytes of a fork that has run wild


class Nest:
    """A pytest plugin that runs the tests once as they are, then once for each mutant, up to the first that fails."""

    def __init__(self, order: Mapping[str, Any]) -> None:
        self.order = order
        self.failed = ""
        self.answers = Path(order["answers"])
        self.seconds: dict[str, float] = {}
        self.callers: dict[str, set[str]] = defaultdict(set)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self.failed = self.failed or report.nodeid

    def pytest_collection(self) -> None:
        keep_to_the_first_example()

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        self.failed = self.failed or ("collecting" if session.testsfailed else "")

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        if self.failed:
            self.say(baseline=self.failed)
            return True
        sources = {name: Source(name) for name in self.order["modules"]}
        if self.order["measure"]:
            self.measure(session.items, {source.path: source.module for source in sources.values()})
        for module, number in self.order["mutants"]:
            source = sources[module]
            mutant = source.mutants[number]
            began = time.monotonic()
            chosen = self.likely(mutant, session.items)
            usual = sum(self.seconds.get(item.nodeid, 0.0) for item in chosen)  # a loaded machine is no loop without an end
            limit = float(self.order["seconds"]) + 5.0 * usual
            verdict = self.forked(lambda mutant=mutant, source=source, chosen=chosen: self.live(mutant, source, chosen), limit)
            self.say(module=module, number=number, verdict=verdict, seconds=round(time.monotonic() - began, 2))
        return True

    def say(self, **answer: Any) -> None:
        with self.answers.open("a", encoding="utf-8") as lines:
            lines.write(json.dumps(answer) + "\n")

    def measure(self, items: Sequence[pytest.Item], paths: Mapping[str, str]) -> None:
        """How long each test takes, and which functions of the modules it calls. What fails here is said, and ends it all."""
        verdict = self.forked(lambda: self.measured(items, paths), 60.0 * float(self.order["seconds"]))
        found = json.loads(verdict) if verdict.startswith("{") else {"failed": verdict}
        self.say(baseline=found.get("failed", ""))
        if found.get("failed"):
            pytest.exit(f"without a mutant: {found['failed']}")
        self.seconds = found["seconds"]
        for test, names in found["calls"].items():
            for name in names:
                self.callers[name].add(test)

    def measured(self, items: Sequence[pytest.Item], paths: Mapping[str, str]) -> str:
        seconds, calls = {}, {}
        for item, after in zip(items, [*items[1:], None], strict=True):
            called: set[str] = set()
            began = time.monotonic()
            with following(paths, called):
                item.config.hook.pytest_runtest_protocol(item=item, nextitem=after)
            seconds[item.nodeid], calls[item.nodeid] = time.monotonic() - began, sorted(called)
        return json.dumps({"failed": self.failed, "seconds": seconds, "calls": calls})

    def live(self, mutant: Mutant, source: Source, chosen: Sequence[pytest.Item]) -> str:
        """The test that kills the mutant; empty where all pass; `anew` where a fork cannot tell."""
        if not mutant.inside or not swap(mutant, source.compiled(mutant)):
            return "anew"
        for item, after in zip(chosen, [*chosen[1:], None], strict=True):
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=after)
            if self.failed:
                return self.failed
        return ""

    def likely(self, mutant: Mutant, items: Sequence[pytest.Item]) -> list[pytest.Item]:
        """The module's tests that call the mutant's function, quick ones first; where that was not measured, all as listed."""
        places = {name: place for place, name in enumerate(self.order["tests"][mutant.module])}
        own = [item for item in items if item.nodeid.partition("::")[0] in places]
        if not self.seconds:
            return sorted(own, key=lambda item: places[item.nodeid.partition("::")[0]])
        called = self.callers[f"{mutant.module}:{mutant.function}"]
        return sorted((item for item in own if item.nodeid in called), key=lambda item: self.seconds[item.nodeid])

    def forked(self, work: Any, limit: float) -> str:
        """What `work` answers in a fork: text, `late` or `died`."""
        reading, writing = os.pipe()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # newer Pythons warn of forks beside threads
            child = os.fork()
        if child == 0:
            self.child(work, writing)
        os.close(writing)
        verdict = answer_of(reading, limit)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child, signal.SIGKILL)
        os.waitpid(child, 0)
        os.close(reading)
        return verdict

    def child(self, work: Any, writing: int) -> None:
        try:
            os.setpgid(0, 0)
            cap_memory()
            said = "error"
            try:
                said = f"+{work()}"
            except BaseException as error:  # noqa: BLE001 - whatever it is, the parent hears of it
                said = f"+{type(error).__name__}: {error}"
            with os.fdopen(writing, "w", encoding="utf-8") as pipe:
                pipe.write(said)
        finally:
            os._exit(0)


def answer_of(reading: int, limit: float) -> str:
    """What comes through a pipe before it closes or time is up."""
    found, end = b"", time.monotonic() + limit
    while (left := end - time.monotonic()) > 0:
        if not select.select([reading], [], [], left)[0]:
            break
        part = os.read(reading, 1 << 16)
        if not part:
            return found[1:].decode() if found.startswith(b"+") else "died"
        found += part
    return "late"


def cap_memory() -> None:
    """Where the platform lets us: no fork takes more than `MEMORY`."""
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, resource.getrlimit(resource.RLIMIT_AS)[1]))


@contextlib.contextmanager
def following(paths: Mapping[str, str], called: set[str]) -> Iterator[None]:
    """Note in `called` which functions of the files `paths` are called."""

    def note(frame: Any, event: str, _: object) -> None:
        if event == "call" and (module := paths.get(frame.f_code.co_filename)):
            called.add(f"{module}:{frame.f_code.co_qualname.split('.<locals>')[0]}")

    sys.setprofile(note)
    try:
        yield
    finally:
        sys.setprofile(None)


def swap(mutant: Mutant, changed: CodeType) -> bool:
    """Hand the mutant's function the changed code; False where it is not found."""
    function = function_at(importlib.import_module(mutant.module), mutant.function)
    if function is None:
        return False
    old = function.__code__
    for code in codes(changed):
        if (code.co_qualname, code.co_firstlineno, code.co_freevars) == (old.co_qualname, old.co_firstlineno, old.co_freevars):
            function.__code__ = code
            return True
    return False


def function_at(module: ModuleType, name: str) -> FunctionType | None:
    """The plain function of that qualified name, out of what it is wrapped in."""
    held: Any = module
    for part in name.split("."):
        held = vars(held).get(part) if held is not None and hasattr(held, "__dict__") else None
    for wrapped in ("fget", "__func__", "__wrapped__"):
        held = getattr(held, wrapped, None) or held
    return held if isinstance(held, FunctionType) and held.__module__ == module.__name__ else None


def codes(code: CodeType) -> Iterator[CodeType]:
    """A code object and all inside it."""
    yield code
    for one in code.co_consts:
        if isinstance(one, CodeType):
            yield from codes(one)


class Changed(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """An importer of one module, changed."""

    def __init__(self, module: str, path: str, code: CodeType) -> None:
        self.module, self.path, self.code = module, path, code

    def find_spec(self, name: str, *_: object) -> importlib.machinery.ModuleSpec | None:
        if name != self.module:
            return None
        spec = importlib.machinery.ModuleSpec(name, self, origin=self.path)
        spec.has_location = True
        return spec

    def exec_module(self, module: ModuleType) -> None:
        exec(self.code, vars(module))  # noqa: S102 - our own source, one change away


def keep_to_the_first_example() -> None:
    """The first example that fails is enough: nobody reads a smaller one."""
    from hypothesis import Phase, settings  # not before pytest, which rewrites its assertions

    settings.register_profile("mutants", settings(), phases=(Phase.explicit, Phase.generate), print_blob=False)
    settings.load_profile("mutants")


class First:
    """A pytest plugin that remembers the first test that fails."""

    failed = ""

    def pytest_collection(self) -> None:
        keep_to_the_first_example()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self.failed = self.failed or report.nodeid


def anew(order: Mapping[str, Any]) -> None:
    """Try one mutant, with all tests, in this process."""
    module, number = order["mutants"][0]
    source = Source(module)
    for name in [name for name in sys.modules if name.partition(".")[0] == module.partition(".")[0]]:
        del sys.modules[name]  # what was imported on the way to the source has the module as it was
    sys.meta_path.insert(0, Changed(module, source.path, source.compiled(source.mutants[number])))
    first = First()
    code = pytest.main([*QUIET, *order["options"], *order["tests"][module]], plugins=[first])
    verdict = first.failed or ("" if code == pytest.ExitCode.OK else f"pytest ends with {int(code)}")
    Path(order["answers"]).write_text(
        json.dumps({"module": module, "number": number, "verdict": verdict}) + "\n", encoding="utf-8"
    )


def main() -> None:
    order = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    warnings.simplefilter("ignore", SyntaxWarning)
    if order["anew"]:
        anew(order)
    else:
        nest = Nest(order)
        files = dict.fromkeys(name for names in order["tests"].values() for name in names)
        pytest.main([*QUIET, *order["options"], *files], plugins=[nest])
    os._exit(0)  # threads that tests left do not hold it up


if __name__ == "__main__":
    main()
