"""The audit passes only where a database answered for everything; a double of the database on this machine says what.

The double speaks as OSV does: a package's name and version in, what is known against it out.
"""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tools import audit
from tools.audit import KNOWN_WEAK, NOT_AUDITED, PASSED, WEAK, Answer, layers, main, wanted

pytest.importorskip("pip_audit", reason="`make check` installs it")

ROOT = Path(__file__).parents[2]
Known = Callable[[str, str], object]


def weakness(name: str) -> dict[str, object]:
    ranges = [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "99"}]}]
    affected = [{"package": {"name": name, "ecosystem": "PyPI"}, "ranges": ranges}]
    return {"vulns": [{"id": f"PYSEC-2020-{len(name)}", "summary": "planted", "affected": affected}]}


def knows(*packages: tuple[str, str]) -> Known:
    return lambda name, version: weakness(name) if (name, version) in packages else {}


class Osv(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # head and body in one packet: in two, each answer waits 40 ms for the system's acknowledgement
    known: Known
    asked: list[tuple[str, str]]

    def do_POST(self) -> None:
        query = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        package = query["package"]["name"], query["version"]
        self.asked.append(package)
        answer = self.known(*package)
        body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        self.send_response(503 if body == b"" else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None: ...


@contextmanager
def database(known: Known) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """Where a double answers, and what it was asked."""
    asked: list[tuple[str, str]] = []
    kind = type("Double", (Osv,), {"known": staticmethod(known), "asked": asked})
    with ThreadingHTTPServer(("127.0.0.1", 0), kind) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/v1/query", asked
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A lock of two packages, one of them for Windows alone, and the file of overrides, which is no lock."""
    digest = "--hash=sha256:" + "0" * 64
    (tmp_path / "locks").mkdir()
    (tmp_path / "locks" / "test.txt").write_text(
        f"jinja2==3.1.6 \\\n    {digest}\npywin32==312 ; sys_platform == 'win32' \\\n    {digest}\n"
    )
    (tmp_path / "locks" / "overrides.txt").write_text("# no lock\npeewee>=4\n")
    return tmp_path


def outcome(project: Path) -> str:
    return (project / "out" / "supply" / "audit.txt").read_text()


def test_a_database_that_knows_nothing_against_the_locks_passes(project: Path):
    with database(knows(KNOWN_WEAK)) as (address, asked):
        assert main(["--service", address], project) == PASSED
    assert outcome(project) == "audit: 2 packages looked up, no known weakness\n"
    assert asked == [KNOWN_WEAK, ("jinja2", "3.1.6"), ("pywin32", "312")]


def test_a_known_weakness_fails_also_in_what_another_platform_installs(project: Path):
    with database(knows(KNOWN_WEAK, ("pywin32", "312"))) as (address, _):
        assert main(["--service", address], project) == WEAK
    assert outcome(project).splitlines() == [
        "  pywin32==312 (test): PYSEC-2020-7",
        "audit: 1 of 2 packages have known weaknesses",
    ]


def test_an_unreachable_database_is_no_pass(project: Path, capsys: pytest.CaptureFixture[str]):
    with database(knows()) as (address, _):
        pass  # closed again: nobody listens there
    (project / "out" / "supply").mkdir(parents=True)
    (project / "out" / "supply" / "audit.txt").write_text("audit: 2 packages looked up, no known weakness\n")
    assert main(["--service", address], project) == NOT_AUDITED == 3
    assert outcome(project) == "NOT AUDITED: the database of vulnerabilities could not be reached\n"
    assert capsys.readouterr().out == outcome(project)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        pytest.param({}, "knows nothing against pyyaml==5.3", id="an empty database"),
        pytest.param(b"", "pip-audit gave up", id="a database that is ill"),
        pytest.param(b"<html>Sign in</html>", "pip-audit gave up", id="a page instead of an answer"),
    ],
)
def test_a_database_that_does_not_answer_as_one_is_no_pass(project: Path, answer: object, words: str):
    with database(lambda *_: answer) as (address, _):
        assert main(["--service", address], project) == NOT_AUDITED
    assert outcome(project).startswith("NOT AUDITED: ")
    assert words in outcome(project)


def test_a_database_that_falls_silent_midway_is_no_pass(project: Path):
    with database(lambda *package: b"" if package[0] == "pywin32" else knows(KNOWN_WEAK)(*package)) as (address, _):
        assert main(["--service", address], project) == NOT_AUDITED
    assert "NOT AUDITED: 2 of 2 packages were not looked up: jinja2==3.1.6, pywin32==312" in outcome(project)


@pytest.mark.parametrize(("weak", "code"), [((), NOT_AUDITED), (("PYSEC-1",), WEAK)])
def test_a_package_left_out_is_no_pass_and_hides_no_finding(monkeypatch: pytest.MonkeyPatch, weak: tuple[str, ...], code: int):
    known = {KNOWN_WEAK: ("PYSEC-2",), ("jinja2", "3.1.6"): weak}
    monkeypatch.setattr(audit, "ask", lambda group, _: Answer({one: known[one] for one in group if one in known}))
    ended, lines = audit.audit({("jinja2", "3.1.6"): ["test"], ("pywin32", "312"): ["test"]}, "")
    assert ended == code
    assert "NOT AUDITED: 1 of 2 packages were not looked up: pywin32==312" in lines
    assert ("  jinja2==3.1.6 (test): PYSEC-1" in lines) == bool(weak)


def test_a_skipped_package_counts_as_not_looked_up():
    report = {"dependencies": [{"name": "a", "skip_reason": "not found"}, {"name": "b", "version": "1", "vulns": []}]}
    assert dict(audit.answered(report)) == {("b", "1"): ()}


def test_no_group_holds_a_name_twice():
    assert layers([("a", "2"), ("b", "1"), ("a", "1")]) == [[("a", "1"), ("b", "1")], [("a", "2")]]


def test_every_package_of_our_locks_is_asked_for():
    locks = {path.stem: path.read_text() for path in (ROOT / "locks").glob("*.txt") if path.stem != "overrides"}
    packages = wanted(locks)
    assert len(packages) > 300
    with database(knows(KNOWN_WEAK)) as (address, asked):
        code, lines = audit.audit(packages, address)
    assert (code, lines) == (PASSED, [f"audit: {len(packages)} packages looked up, no known weakness"])
    assert {*asked} == {*packages, KNOWN_WEAK}
