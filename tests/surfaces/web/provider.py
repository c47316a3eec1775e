"""An identity provider on loopback: discovery, keys, the address to which browsers are sent, and tokens for codes.

It keeps to the rules (one code once, for the client that asked, with its verifier) until one of its faults is switched on.
"""

from __future__ import annotations

import base64
import hashlib
import http.server
import json
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any, ClassVar
from urllib.parse import parse_qsl, unquote_plus, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

CLIENT, CANARY_SECRET = "trimtab", "canary/client+secret=0819"
Claims = dict[str, Any]


@cache
def rsa_key(name: str) -> RSAKey:
    """A key, made once for all tests."""
    return RSAKey.generate_key(2048, {"kid": name, "use": "sig"}, private=True)


def plainly(key: RSAKey | ECKey, claims: Claims, *, algorithm: str = "RS256", **header: Any) -> str:
    """A token as a provider signs it."""
    return jwt.encode({"alg": algorithm, "kid": key.kid, **header}, dict(claims), key, algorithms=[algorithm])


@dataclass
class Faults:
    """What the provider does wrong."""

    claims: Claims = field(default_factory=dict)  # instead of the right ones; None leaves one out
    signed: Callable[[Claims], str] | None = None
    description: dict[str, Any] = field(default_factory=dict)
    back: dict[str, str | None] = field(default_factory=dict)  # in the address by which a browser is sent back
    codes_again: bool = False
    elsewhere: str = ""  # the path that redirects
    bodies: dict[str, tuple[int, bytes]] = field(default_factory=dict)  # whole answers, by path
    silence: float = 0.0


@dataclass
class Provider:
    """A running one. `subject` is who is signed in there, `asked` the paths that were asked for."""

    issuer: str = ""
    subject: str = "s-1001"
    key: RSAKey | ECKey = field(default_factory=lambda: rsa_key("first"))
    faults: Faults = field(default_factory=Faults)
    asked: list[str] = field(default_factory=list)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    ahead: int = 0  # seconds by which its clock is ahead
    logins: list[str] = field(default_factory=list)

    def reset(self) -> None:
        """As it was in the beginning."""
        self.subject, self.key, self.faults, self.ahead = "s-1001", rsa_key("first"), Faults(), 0
        self.asked.clear()
        self.logins.clear()
        self.codes.clear()

    def description(self) -> dict[str, Any]:
        """What it says of itself."""
        named = {"authorization_endpoint": "authorise?realm=firm", "token_endpoint": "token", "jwks_uri": "keys"}
        made = {"issuer": self.issuer, **{name: f"{self.issuer}/{path}" for name, path in named.items()}}
        return made | {"authorization_response_iss_parameter_supported": True, **self.faults.description}

    def sent_back(self, query: dict[str, str]) -> str:
        """Where a browser is sent, once its user has signed in here."""
        code = secrets.token_urlsafe(9)
        self.codes[code] = query
        made = {"code": code, "state": query["state"], "iss": self.issuer, **self.faults.back}
        return f"{query['redirect_uri']}?{urlencode({name: text for name, text in made.items() if text is not None})}"

    def token(self, fields: dict[str, str], login: str) -> tuple[int, dict[str, Any]]:
        """What is given for a code."""
        self.logins.append(login)
        if "client_secret_post" in self.description().get("token_endpoint_auth_methods_supported", ""):
            given = [fields["client_id"], fields.get("client_secret", "")]
        else:
            given = [unquote_plus(part) for part in base64.b64decode(login.partition(" ")[2]).decode().split(":", 1)]
        if given != [CLIENT, CANARY_SECRET]:
            return 401, {"error": "invalid_client"}
        begun = self.codes.get(fields["code"]) if self.faults.codes_again else self.codes.pop(fields["code"], None)
        proof = base64.urlsafe_b64encode(hashlib.sha256(fields["code_verifier"].encode()).digest()).rstrip(b"=").decode()
        if not begun or begun["redirect_uri"] != fields["redirect_uri"] or begun.get("code_challenge", proof) != proof:
            return 400, {"error": "invalid_grant"}
        return 200, {"access_token": "a", "token_type": "Bearer", "id_token": self.signed(self.claims(begun["nonce"]))}

    def claims(self, nonce: str) -> Claims:
        """What it says of its user."""
        now = int(time.time()) + self.ahead
        made: Claims = {"iss": self.issuer, "sub": self.subject, "aud": CLIENT, "nonce": nonce, "iat": now, "exp": now + 300}
        return {name: value for name, value in (made | self.faults.claims).items() if value is not None}

    def signed(self, claims: Claims) -> str:
        """The same as a token."""
        return self.faults.signed(claims) if self.faults.signed else plainly(self.key, claims)


class Answering(http.server.BaseHTTPRequestHandler):
    """Answers for a provider."""

    provider: ClassVar[Provider]

    def do_GET(self) -> None:
        made, parts = self.provider, urlsplit(self.path)
        self._noted(parts.path)
        if parts.path == "/authorise":
            self._answer(302, b"", made.sent_back(dict(parse_qsl(parts.query))))
        elif parts.path == "/keys":
            self._document(200, {"keys": [made.key.as_dict(private=False)]})
        else:
            self._document(200, made.description())

    def do_POST(self) -> None:
        self._noted(self.path)
        fields = dict(parse_qsl(self.rfile.read(int(self.headers["content-length"])).decode()))
        self._document(*self.provider.token(fields, self.headers.get("authorization", "")))

    def _noted(self, path: str) -> None:
        self.provider.asked.append(path)
        time.sleep(self.provider.faults.silence)

    def _document(self, status: int, body: dict[str, Any]) -> None:
        path, faults = urlsplit(self.path).path, self.provider.faults
        if faults.elsewhere == path:
            self._answer(307, b"{}", f"{self.provider.issuer}/canary")
        else:
            self._answer(*faults.bodies.get(path, (status, json.dumps(body).encode())))

    def _answer(self, status: int, body: bytes, location: str = "") -> None:
        self.send_response(status)
        self.send_header("content-length", str(len(body)))
        if location:
            self.send_header("location", location)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing."""


@contextmanager
def provider() -> Iterator[Provider]:
    """One that listens until the end of the block."""
    made = Provider()
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), type("Told", (Answering,), {"provider": made}))
    server.handle_error = lambda *_: None  # type: ignore[method-assign] - whoever asked may have gone
    made.issuer = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield made
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
