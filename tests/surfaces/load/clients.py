"""Clients that ask again and again over connections that stay open, and note how long each answer took.

Run as a program of its own, so that what asks and what answers are two processes. `clients.py URL SECONDS CLIENTS COOKIE
PATH...` prints one JSON object: answers, seconds, errors, and percentiles in milliseconds.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from urllib.parse import urlsplit


async def client(where: tuple[str, int], cookie: str, paths: list[str], until: float, found: list[float]) -> int:
    """One client, through the paths in turn; how many answers were none of 200 or 304."""
    reader, writer = await asyncio.open_connection(*where)
    bad = turn = 0
    try:
        while time.perf_counter() < until:
            path = paths[turn % len(paths)]
            turn += 1
            start = time.perf_counter()
            writer.write(f"GET {path} HTTP/1.1\r\nHost: {where[0]}:{where[1]}\r\nCookie: trimtab={cookie}\r\n\r\n".encode())
            head = await reader.readuntil(b"\r\n\r\n")
            await reader.readexactly(_length(head))
            found.append(time.perf_counter() - start)
            bad += head.split(b" ", 2)[1] not in (b"200", b"304")
    finally:
        writer.close()
    return bad


def _length(head: bytes) -> int:
    return next((int(line.split(b":")[1]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length")), 0)


async def asked(url: str, seconds: float, clients: int, cookie: str, paths: list[str]) -> dict[str, float]:
    """Ask for so many seconds with so many clients."""
    place = urlsplit(url)
    start, found = time.perf_counter(), list[float]()
    where = (str(place.hostname), int(place.port or 80))
    some = [
        client(where, cookie, paths[k % len(paths) :] + paths[: k % len(paths)], start + seconds, found) for k in range(clients)
    ]
    bad = sum(await asyncio.gather(*some))
    taken = time.perf_counter() - start
    ranked = sorted(found)
    parts = {f"p{share}": 1000.0 * ranked[min(int(share / 100 * len(ranked)), len(ranked) - 1)] for share in (50, 90, 99)}
    return {"answers": len(found), "per_second": len(found) / taken, "errors": bad, "most": 1000.0 * ranked[-1], **parts}


if __name__ == "__main__":
    given = sys.argv[1:]
    sys.stdout.write(json.dumps(asyncio.run(asked(given[0], float(given[1]), int(given[2]), given[3], given[4:]))))
