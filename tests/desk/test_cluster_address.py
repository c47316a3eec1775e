"""Whether a head of Ray stands at an address: asked in seconds, against servers of one answer."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from trimtab.desk.cluster_address import ray_answers

SETTINGS = bytes((0, 0, 6, 4, 0, 0, 0, 0, 0)) + bytes(6)


@contextmanager
def server(*pieces: bytes) -> Iterator[str]:
    """The address of a server that hears the opening, says these pieces, and hangs up; without any it stays silent."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        done = threading.Event()

        def serve() -> None:
            there, _ = listening.accept()
            with there:
                there.recv(100)
                for piece in pieces:
                    there.sendall(piece)
                if not pieces:
                    done.wait(5.0)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"127.0.0.1:{listening.getsockname()[1]}"
        done.set()
        thread.join(5.0)


@pytest.mark.parametrize("before", ["", "ray://"])
def test_a_server_that_speaks_http2_is_a_head(before: str) -> None:
    with server(SETTINGS[:3], SETTINGS[3:]) as address:
        assert ray_answers(f"{before}{address}")


@pytest.mark.parametrize("said", [b"HTTP/1.1 400 Bad Request\r\n", b"ok", SETTINGS[:5]])
def test_another_server_is_none(said: bytes) -> None:
    with server(said) as address:
        assert not ray_answers(address)


def test_one_that_says_nothing_is_none_after_its_seconds() -> None:
    with server() as address:
        assert not ray_answers(address, seconds=0.2)


@pytest.mark.parametrize("address", ["127.0.0.1:1", "no-such-host.invalid:6379", "127.0.0.1:99999", "ray://[::1]:1"])
def test_where_nobody_listens_there_is_none(address: str) -> None:
    assert not ray_answers(address)


def test_what_ray_looks_up_itself_is_left_to_it() -> None:
    assert ray_answers("auto")


def test_with_tls_it_is_enough_that_somebody_listens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAY_USE_TLS", "1")
    with server(b"x") as address:
        assert ray_answers(address)
