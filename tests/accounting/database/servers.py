"""A real PostgreSQL for tests: started in a folder of its own, on a socket there, by a user that is not root.

Where its programs are missing the tests are skipped with a reason; where CI says so (CI=true) that is a failure.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

USERS = ("postgres", "nobody")  # its programs refuse to run as root


def program(name: str) -> str | None:
    """Where a program of PostgreSQL is: on the path, or where Debian keeps it."""
    homes = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda home: int(home.parent.name.split(".")[0]))
    return shutil.which(name) or next((str(home / name) for home in reversed(homes) if (home / name).exists()), None)


class Server:
    """One server: `start`, `stop`, `kill` (as a crash would), and the address of a schema."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.process = folder, None
        root = os.geteuid() == 0
        self.owner = next((pwd.getpwnam(name) for name in USERS if name in {one.pw_name for one in pwd.getpwall()}), None)
        if root:
            assert self.owner is not None, f"PostgreSQL does not run as root, and there is none of {USERS}"
            os.chown(folder, self.owner.pw_uid, self.owner.pw_gid)
        self.who = {"user": self.owner.pw_uid, "group": self.owner.pw_gid, "extra_groups": []} if root else {}
        self.run(
            "initdb",
            "-D",
            str(folder / "data"),
            "-U",
            "trimtab",
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--no-locale",
            "--no-sync",
            "--wal-segsize=1",
        )

    def run(self, name: str, *words: str) -> None:
        """Run one of its programs to its end."""
        done = subprocess.run(
            [str(program(name)), *words], check=False, capture_output=True, text=True, cwd=self.folder, **self.who
        )
        assert done.returncode == 0, done.stderr

    def start(self, *settings: str) -> None:
        """Start, and wait until it answers."""
        words = ["-D", str(self.folder / "data"), "-k", str(self.folder), "-c", "listen_addresses="]
        words += [word for setting in settings for word in ("-c", setting)]
        with (self.folder / "log").open("a") as log:
            self.process = subprocess.Popen(
                [str(program("postgres")), *words], stdout=log, stderr=log, cwd=self.folder, **self.who
            )
        for _ in range(300):
            if self.answers():
                return
            assert self.process.poll() is None, (self.folder / "log").read_text()
            time.sleep(0.05)
        raise AssertionError("the server does not answer")

    def answers(self) -> bool:
        """It takes connections."""
        import psycopg

        try:
            psycopg.connect(self.conninfo).close()
        except psycopg.OperationalError:
            return False
        return True

    @property
    def conninfo(self) -> str:
        """How the driver reaches it."""
        return f"postgresql://trimtab@/postgres?host={self.folder}"

    def address(self, schema: str) -> str:
        """The address of a book."""
        return f"{self.conninfo}&schema={schema}"

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """End it: SIGINT ends connections and closes the files, SIGQUIT is a crash."""
        if self.process is not None:
            self.process.send_signal(how)
            self.process.wait(30)
            self.process = None

    def kill(self) -> None:
        """All of it dies at once, as in a crash; `start` then recovers."""
        self.stop(signal.SIGQUIT)


def _ground() -> str:
    """Memory where there is room, so that a crash costs no sync of the disk; short, as a socket's name has 107 letters."""
    memory = Path("/dev/shm")  # noqa: S108
    roomy = memory.is_dir() and os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > 400_000_000
    return str(memory) if roomy else "/tmp"  # noqa: S108


@contextmanager
def serving() -> Iterator[Server]:
    """A server, gone at the end."""
    pytest.importorskip("psycopg", reason="psycopg is not installed") if not os.environ.get("CI") else None
    if program("initdb") is None:
        what = "PostgreSQL's programs are not here (Debian: apt-get install postgresql)"
        (pytest.fail if os.environ.get("CI") else pytest.skip)(what)
    folder = Path(tempfile.mkdtemp(prefix="trimtab-pg-", dir=_ground()))
    server = None
    try:
        server = Server(folder)
        server.start()
        yield server
    finally:
        if server is not None:
            server.kill()  # nothing of it is kept
        shutil.rmtree(folder, ignore_errors=True)
