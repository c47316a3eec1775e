"""What stands in front of a desk: a certificate of its own, and a proxy that speaks TLS and passes on what it hears."""

from __future__ import annotations

import datetime as dt
import http.client
import http.server
import ipaddress
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

NAME = "desk.example"
DROPPED = frozenset({"connection", "keep-alive", "transfer-encoding", "host", "x-forwarded-for", "x-forwarded-proto"})


def certified(folder: Path) -> tuple[Path, Path]:
    """A certificate for loopback and `NAME`, and its key."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key, now = ec.generate_private_key(ec.SECP256R1()), dt.datetime.now(dt.UTC)
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, NAME)])
    names = [x509.DNSName(NAME), x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    made = x509.CertificateBuilder().subject_name(subject).issuer_name(subject).public_key(key.public_key())
    made = made.serial_number(1).not_valid_before(now - dt.timedelta(days=1)).not_valid_after(now + dt.timedelta(days=1))
    signed = made.add_extension(x509.SubjectAlternativeName(names), critical=False).sign(key, hashes.SHA256())
    one, other = folder / "certificate.pem", folder / "key.pem"
    one.write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    private = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    other.write_bytes(key.private_bytes(*private))
    return one, other


@contextmanager
def proxied(behind: str, certificate: Path, key: Path, *, client: str) -> Iterator[str]:
    """A proxy with TLS in front of `behind` (host:port), which says that `client` asked; its address."""

    class Passing(http.server.BaseHTTPRequestHandler):
        """Passes a request on, and what is answered back."""

        protocol_version = "HTTP/1.1"

        def passed(self) -> None:
            """One request."""
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            kept = {name: value for name, value in self.headers.items() if name.lower() not in DROPPED}
            added = {"Host": NAME, "X-Forwarded-For": client, "X-Forwarded-Proto": "https"}
            line = http.client.HTTPConnection(behind, timeout=60)
            line.request(self.command, self.path, body or None, {**kept, **added})
            answer = line.getresponse()
            content = answer.read()
            self.send_response_only(answer.status)
            for name, value in answer.getheaders():
                if name.lower() not in {*DROPPED, "content-length"}:
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)
            line.close()

        do_GET = do_POST = do_DELETE = do_PUT = passed  # noqa: N815 - so the module calls them

        def log_message(self, *_: object) -> None:
            """Nothing is said."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Passing)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"https://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)
