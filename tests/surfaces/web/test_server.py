"""Where the server listens: this machine alone, unless it is said how it is protected."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.surfaces.load.loading import children
from tests.surfaces.web.served_desk import Served, copied, demo_desk_built, served, serving
from trimtab.core.errors import UsageError
from trimtab.surfaces.serving.logbook import Lines
from trimtab.surfaces.web.server import Address

__all__ = ["demo_desk_built", "served"]


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1", "127.9.9.9"])
def test_loopback_needs_nothing(host: str) -> None:
    assert Address(host).loopback


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.7", "::", "desk.firm.example", "2130706433.example"])  # noqa: S104
def test_any_other_address_needs_tls_or_a_proxy(host: str) -> None:
    for more in (
        {},
        {"proxy": "127.0.0.1"},
        {"origin": "https://desk.firm.example"},
        {"proxy": "1.2.3.4", "origin": "http://x"},
    ):
        with pytest.raises(UsageError, match="nothing protects"):
            Address(host, **more)
    assert Address(host, certificate="c.pem", key="k.pem").secure
    assert Address(host, proxy="127.0.0.1", origin="https://desk.firm.example").secure


def test_only_names_of_ours_are_served() -> None:
    assert "desk.firm.example" in Address("::1", origin="https://desk.firm.example").hosts
    assert Address("192.0.2.7", certificate="c", key="k").hosts == ("192.0.2.7",)


def test_a_half_certificate_and_a_bad_origin_are_refused() -> None:
    with pytest.raises(UsageError, match="certificate and its key"):
        Address(certificate="c.pem")
    with pytest.raises(UsageError, match="no address"):
        Address(origin="desk")


def test_a_second_server_of_a_workspace_is_refused(served: Served) -> None:
    command = [sys.executable, "-m", "trimtab", "serve", "--workspace", str(served.folder), "--port", "0"]
    done = subprocess.run(command, check=False, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    assert done.returncode == 2
    assert "served by another process" in done.stderr


def test_a_port_that_is_taken_is_one_clear_line(served: Served, tmp_path: Path) -> None:
    port = served.url.rpartition(":")[2]
    command = [sys.executable, "-m", "trimtab", "serve", "--workspace", str(tmp_path), "--port", port]
    done = subprocess.run(command, check=False, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    assert done.returncode == 2
    assert "port" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_the_log_is_json_a_line_and_hides_secrets() -> None:
    record = logging.LogRecord("x", logging.INFO, "f", 1, "at postgresql://desk:hunter2@db/x", (), None)
    record.__dict__["more"] = "password=hunter2"
    line = Lines().format(record)
    assert "hunter2" not in line
    assert json.loads(line)["level"] == "info"


def test_every_request_leaves_one_line_without_its_query(served: Served) -> None:
    served.browser("vera").get("/?account=canary-query-17")
    lines = [json.loads(line) for line in served.log.read_text().splitlines()]
    assert any(line.get("route") == "/" and line.get("by") == "vera" for line in lines)
    assert "canary-query-17" not in served.log.read_text()


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="the processes of a process are read from /proc")
def test_the_processes_that_answer_are_there_before_anybody_asks(demo_desk_built: Path, tmp_path: Path) -> None:
    with serving(copied(demo_desk_built, tmp_path / "desk")) as desk:
        until = time.monotonic() + 60
        while len(children(desk.process.pid)) < 2 and time.monotonic() < until:  # one is the kill switch's own
            time.sleep(0.1)
        assert len(children(desk.process.pid)) >= 2
