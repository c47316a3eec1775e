"""As much of Azure's Blob service as adlfs asks for, on loopback: put, get with a range, head, list, delete.

Keys are not checked.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import escape

ACCOUNT, KEY = "devaccount", "bm8gc2VjcmV0IGF0IGFsbA=="
_DATE = "Thu, 01 Jan 2026 00:00:00 GMT"


class _Blobs(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    blobs: dict[str, bytes]  # "container/name"
    asked: list[str]

    def log_message(self, form: str, *args: object) -> None:
        self.asked.append(form % args)

    @property
    def place(self) -> str:
        return unquote(urlsplit(self.path).path).removeprefix(f"/{ACCOUNT}").strip("/")

    @property
    def query(self) -> dict[str, str]:
        return {key: values[0] for key, values in parse_qs(urlsplit(self.path).query).items()}

    def do_PUT(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if "restype" not in self.query:
            if self.headers.get("If-None-Match") == "*" and self.place in self.blobs:
                return self.answer(409)
            self.blobs[self.place] = body
        return self.answer(201)

    def do_HEAD(self) -> None:
        if self.query.get("restype") == "container":
            return self.answer(200)
        if self.place not in self.blobs:
            return self.answer(404)
        return self.answer(200, size=len(self.blobs[self.place]))

    def do_GET(self) -> None:
        if self.query.get("comp") == "list":
            return self.answer(200, self.listed(), kind="application/xml")
        if self.place not in self.blobs:
            return self.answer(404)
        whole = self.blobs[self.place]
        asked = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("x-ms-range") or self.headers.get("Range") or "")
        if not asked:
            return self.answer(200, whole)
        first, last = int(asked[1]), min(int(asked[2] or len(whole)), len(whole) - 1)
        if first >= len(whole):
            return self.answer(416)
        return self.answer(206, whole[first : last + 1], within=f"bytes {first}-{last}/{len(whole)}")

    def do_DELETE(self) -> None:
        self.answer(202 if self.blobs.pop(self.place, None) is not None else 404)

    def listed(self) -> bytes:
        prefix = self.query.get("prefix", "")
        names = [name.split("/", 1)[1] for name in self.blobs if name.startswith(f"{self.place}/")]
        blobs = "".join(
            f"<Blob><Name>{escape(name)}</Name><Properties><Content-Length>{len(self.blobs[f'{self.place}/{name}'])}"
            f"</Content-Length><BlobType>BlockBlob</BlobType><Last-Modified>{_DATE}</Last-Modified></Properties></Blob>"
            for name in sorted(names)
            if name.startswith(prefix)
        )
        head = f'<?xml version="1.0" encoding="utf-8"?><EnumerationResults ContainerName="{escape(self.place)}">'
        return f"{head}<Blobs>{blobs}</Blobs><NextMarker/></EnumerationResults>".encode()

    def answer(
        self, code: int, body: bytes = b"", *, size: int | None = None, kind: str = "application/octet-stream", within: str = ""
    ) -> None:
        self.send_response(code)
        lines = {"Content-Type": kind, "Content-Length": str(len(body) if size is None else size), "ETag": '"0x1"'}
        lines |= {"Last-Modified": _DATE, "x-ms-version": "2025-01-05", "x-ms-blob-type": "BlockBlob"}
        if within:
            lines["Content-Range"] = within
        if code == 404:
            lines["x-ms-error-code"] = "BlobNotFound"
        for name, value in lines.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)


@contextmanager
def serving_blobs() -> Iterator[tuple[str, type[_Blobs]]]:
    """The connection string of an emulator, and what it holds and was asked."""
    kind = type("Blobs", (_Blobs,), {"blobs": {}, "asked": []})
    server = ThreadingHTTPServer(("127.0.0.1", 0), kind)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    here = f"http://127.0.0.1:{server.server_port}/{ACCOUNT}"
    try:
        yield f"DefaultEndpointsProtocol=http;AccountName={ACCOUNT};AccountKey={KEY};BlobEndpoint={here};", kind
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
