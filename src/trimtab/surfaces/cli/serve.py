"""`serve`: the desk in a browser and behind an API, until it is interrupted."""

from __future__ import annotations

import getpass
import os
import sys
from argparse import Namespace
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from trimtab.accounting.database.store import BookStore
from trimtab.core.errors import UsageError
from trimtab.desk.books import book_address
from trimtab.desk.live import SystemClock
from trimtab.surfaces.cli.options import hint, say, workspace

_NEEDED = ("fastapi", "uvicorn", "jinja2", "argon2", "prometheus_client", "multipart")


def serve(options: Namespace) -> int:
    """Serve the workspace. The first run asks for the password of an administrator; there is none that comes with it."""
    _require_installed()
    _require_free(options)
    from trimtab.surfaces.serving.logbook import begin_log
    from trimtab.surfaces.serving.verbs import Served
    from trimtab.surfaces.web.server import Address, configuration, station
    from trimtab.surfaces.web.single_sign_on import set_up

    listening = (options.host, options.port, options.tls_certificate, options.tls_key, options.proxy, options.origin)
    address = Address(*listening, others=tuple(options.allow_origin))
    firm = set_up(options.oidc_issuer, options.oidc_client, address.origin, os.environ)
    begin_log(str(Path(options.log).resolve()) if options.log else "")
    folder = workspace(options).folder
    if options.demo:
        _fill(folder, options)
    folder.mkdir(parents=True, exist_ok=True)
    book = "book.db" if options.demo else options.book
    if options.book and "://" not in options.book and not options.demo:
        book = str(Path(options.book).resolve())
    data = str(Path(options.data).resolve()) if options.data else None
    os.chdir(folder)  # verbs name files as they stand in the workspace
    alone = _alone()
    _begin_book(book)
    made = station(Served(book, options.store, data), Path(), address, workers=options.workers)
    made.more.update(firm)
    if made.door.first_run() and sys.stdin.isatty():
        _first_user(made)
    try:
        return _served(made, configuration(made, address), address, options)
    finally:
        alone.release()


def _require_free(options: Namespace) -> None:
    """Raises UsageError where the port is taken, or may not be had."""
    import socket

    if not options.port:
        return
    family = socket.AF_INET6 if ":" in options.host else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_STREAM) as found:
            found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            found.bind((options.host, options.port))
    except (OSError, OverflowError) as error:
        what = f"port {options.port} of {options.host} cannot be had ({getattr(error, 'strerror', '') or error})"
        raise UsageError(what, remedy="Another server may have it: choose one with --port, or 0 for any.") from None


def _begin_book(book: str) -> None:
    """A book where there is none: a file of this workspace alone, never anything else."""
    address = book_address(book, Path(), os.environ)
    if "://" in address or Path(address).exists():
        return
    with BookStore.create(address, recorded=SystemClock().now(), author="server"):
        hint(f" made the book {address}", Namespace(quiet=False))


def _alone() -> FileLock:
    """The right to serve this workspace, for one process at a time."""
    lock = FileLock("serve.lock", timeout=0)
    try:
        return lock.acquire().lock
    except Timeout:
        what = "this workspace is served by another process already"
        raise UsageError(what, remedy="Use that one, or end it first.") from None


def _require_installed() -> None:
    from importlib.util import find_spec

    missing = [name for name in _NEEDED if find_spec(name) is None]
    if missing:
        raise UsageError(f"{', '.join(missing)} not installed", remedy="Install it: pip install 'trimtab[web]'.")


def _fill(folder: Path, options: Namespace) -> None:
    """The demonstration, where the workspace is empty."""
    from trimtab.surfaces.cli.options import progress
    from trimtab.surfaces.demo_desk import fill

    bar = progress(options, "a year of decisions", unit="step")
    fill(folder, progress=None if bar is None else lambda _, done, total: bar(done, total))


def _first_user(made: Any) -> None:
    """Ask for the first administrator at the terminal."""
    hint(" This desk has no user yet. The first one may do everything; make others for others.", Namespace(quiet=False))
    while made.door.first_run():
        name = input(" name: ").strip()
        password = getpass.getpass(" password (12 characters or more): ")
        if password != getpass.getpass(" once more: "):
            hint("the two differ", Namespace(quiet=False))
            continue
        try:
            made.door.found_administrator(name, password, made.now())
        except UsageError as error:
            hint(str(error), Namespace(quiet=False))


def _served(made: Any, config: Any, address: Any, options: Namespace) -> int:
    """Serve until Ctrl-C; say where, once it listens."""
    import uvicorn

    from trimtab.surfaces.web.server import first_code

    code = first_code(made)

    class Told(uvicorn.Server):
        """Says where it listens."""

        async def startup(self, sockets: Any = None) -> None:
            """Listen, and say so."""
            await super().startup(sockets)
            if self.started:
                url = address.url(self.servers[0].sockets[0].getsockname()[1])
                say(f" the desk is at {url}{f'/welcome?code={code}' if code else ''}")
                if code:
                    say(" nobody may come in yet: open this address and choose a name and a password")
                sys.stdout.flush()

    server = Told(config)
    server.run()
    hint(" stopped", options)
    return 0 if server.started else 1
