"""A desk for a team: by TLS of its own, behind a proxy, and what each of them must refuse."""

from __future__ import annotations

import json
import socket
import ssl
import time
from pathlib import Path

import httpx
import pytest

from tests.surfaces.team.fronts import NAME, certified, proxied
from tests.surfaces.web.served_desk import PASSWORD, Served, copied, demo_desk_built, serving

__all__ = ["demo_desk_built"]
CLIENT = "203.0.113.7"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return certified(tmp_path_factory.mktemp("certificate"))


def trusting(certificate: Path) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(certificate))


def signed_in(client: httpx.Client, origin: str, name: str = "ben") -> httpx.Response:
    form = {"name": name, "password": PASSWORD, "next": "/"}
    return client.post("/sign-in", data=form, headers={"origin": origin})


def test_it_serves_tls_by_itself(demo_desk_built: Path, tmp_path: Path, certificate: tuple[Path, Path]) -> None:
    one, other = certificate
    with serving(copied(demo_desk_built, tmp_path / "desk"), "--tls-certificate", str(one), "--tls-key", str(other)) as served:
        assert served.url.startswith("https://127.0.0.1:")
        with httpx.Client(base_url=served.url, verify=trusting(one), timeout=60, trust_env=False) as client:
            assert client.get("/healthz").status_code == 200
            came = signed_in(client, served.url)
            assert came.status_code == 303
            cookie = came.headers["set-cookie"]
            assert "Secure" in cookie and "HttpOnly" in cookie  # noqa: PT018
            assert "max-age" in client.get("/").headers["strict-transport-security"]
        with pytest.raises(httpx.HTTPError):  # plain words are not answered
            httpx.get(served.url.replace("https", "http") + "/healthz", trust_env=False, timeout=10)


def test_behind_a_proxy_all_are_who_they_are(demo_desk_built: Path, tmp_path: Path, certificate: tuple[Path, Path]) -> None:
    """The proxy's word on who asks is believed, forms of its origin are taken, and cookies go over TLS alone."""
    origin, folder, port = f"https://{NAME}", copied(demo_desk_built, tmp_path / "desk"), free_port()
    words = ("--port", str(port), "--proxy", "127.0.0.1", "--origin", origin)
    with serving(folder, *words, behind=f"http://127.0.0.1:{port}") as served:
        with (
            proxied(served.url.partition("//")[2], *certificate, client=CLIENT) as url,
            httpx.Client(base_url=url, verify=trusting(certificate[0]), timeout=60, trust_env=False) as client,
        ):
            came = signed_in(client, origin)
            assert came.status_code == 303
            assert "Secure" in came.headers["set-cookie"]
            assert "Do I need to act?" in client.get("/").text
            assert signed_in(client, "https://elsewhere.example").status_code == 403
        line = next(one for one in told(served) if one.get("route") == "/sign-in" and one["status"] == 303)
        assert line["address"] == CLIENT
        assert httpx.get(f"{served.url}/healthz", headers={"host": "elsewhere.example"}, trust_env=False).status_code == 421


def test_without_a_declared_proxy_its_word_is_not_believed(demo_desk_built: Path, tmp_path: Path) -> None:
    """The control: who comes directly may say what they like of their address."""
    with serving(copied(demo_desk_built, tmp_path / "desk")) as served:
        httpx.get(f"{served.url}/sign-in", headers={"x-forwarded-for": CLIENT, "x-forwarded-proto": "https"}, trust_env=False)
        assert {one["address"] for one in told(served) if one.get("route") == "/sign-in"} == {"127.0.0.1"}


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def told(served: Served) -> list[dict[str, object]]:
    """What the log says; a line is written once its answer has gone out."""
    httpx.get(f"{served.url}/healthz", trust_env=False)
    time.sleep(0.1)
    return [json.loads(line) for line in served.log.read_text().splitlines()]
