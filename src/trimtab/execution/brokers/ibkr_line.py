"""One connection to Trader Workstation (TWS) or IB Gateway, over the client of ib_async, on an event loop of its own.

The loop runs only inside `run`, so nothing is sent or read behind the caller's back. Messages are paced here, below the 50 a
second that TWS allows, and never queued: what was not written when a wait ends is never written. Whatever goes wrong drops the
connection with the bytes that it still held.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Coroutine
from typing import Any, NamedTuple, TypeVar

from trimtab.core.venues import NoAccess, NoAnswer, NotSent
from trimtab.execution.brokers.ibkr_heard import Heard, Mark, Trouble, with_zone

T = TypeVar("T")
_RATE = 40  # messages a second
_EXECUTION = 11  # message number


class Address(NamedTuple):
    """Where TWS listens, and who we are to it. Each wait takes at most `timeout` seconds."""

    host: str
    port: int
    client: int
    account: str  # empty: the only one of the session
    live: bool
    timeout: float
    zone: str  # of times that carry none


class Line:
    """The connection, opened when it is first needed. Not for two threads at a time."""

    def __init__(self) -> None:
        self.heard = Heard("UTC", -1)
        self.client: Any = None
        self.left = False  # whether an order or a cancellation left in this run
        self._gone, self._stir = asyncio.Event(), asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._sent: deque[float] = deque(maxlen=_RATE)

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """The answer of `work`, run on the loop of this line. Whatever it raises drops the connection."""
        try:
            asyncio.get_running_loop()
        except RuntimeError:
            pass
        else:
            work.close()
            raise NotSent("the adapter was called inside an event loop", remedy="Call it from a thread of its own.")
        self._loop, self.left = self._loop or asyncio.new_event_loop(), False
        task = self._loop.create_task(work)
        try:
            return self._loop.run_until_complete(task)
        except BaseException:
            task.cancel()
            self.drop()
            raise

    @property
    def ready(self) -> bool:
        """Whether the connection stands, as far as has been heard."""
        return self.client is not None and self.client.isReady() and not self._gone.is_set()

    def send(self, request: Callable[[], object]) -> None:
        """Sends an order or a cancellation, and notes whether anything of it was handed to the connection."""
        conn = self.client.conn
        before = conn.numMsgSent
        try:
            request()
        finally:
            self.left = self.left or conn.numMsgSent > before

    async def connect(self, at: Address) -> None:
        """The connection, opened where it does not stand, its accounts checked. Raises NotSent, NoAccess."""
        for _ in range(4):  # turns of the loop: what came in since the last call, the end of the connection among it
            await asyncio.sleep(0)
        if self.ready:
            return
        self._cut()
        client = self._client(at)
        work = asyncio.ensure_future(client.connectAsync(at.host, at.port, at.client, at.timeout))
        lost = asyncio.ensure_future(self._gone.wait())
        await asyncio.wait({work, lost}, timeout=2 * at.timeout, return_when=asyncio.FIRST_COMPLETED)
        lost.cancel()
        if not work.done():
            work.cancel()
        said = "; ".join(trouble.text for trouble in self.heard.troubles)
        try:
            await work
        except (asyncio.CancelledError, Exception) as error:
            what = f"TWS at {at.host}:{at.port} does not let us in: {said or str(error) or type(error).__name__}"
            raise NotSent(what, remedy="Start TWS or IB Gateway, allow API clients, use a client id of its own.") from error
        require_account(self.client.getAccounts(), at)

    def _client(self, at: Address) -> Any:
        """A fresh client whose decoder reports to a fresh `heard`."""
        from ib_async.client import Client

        logging.getLogger("ib_async").addHandler(logging.NullHandler())  # errors are ours to tell
        self.heard, self._stir, self._gone = Heard(at.zone, at.client), asyncio.Event(), asyncio.Event()
        made: Any = Client
        client = self.client = made(self.heard)
        client.MaxRequests = 0  # its own pacing queues messages, which could then leave after we gave up on them
        decoder = client.decoder
        decoder.logger = self.heard  # where it says that a message does not read
        execution = decoder.handlers[_EXECUTION]
        decoder.handlers[_EXECUTION] = lambda fields: execution(with_zone(fields))
        client.conn.hasData.connect(self._stirred, keep_ref=True)
        client.conn.disconnected.connect(self._lost, keep_ref=True)
        return client

    def _stirred(self, *_: object) -> None:
        self._stir.set()

    def _lost(self, *_: object) -> None:
        self._gone.set()
        self._stirred()

    async def pace(self) -> None:
        """Waits until another message may be written."""
        loop = asyncio.get_running_loop()
        if len(self._sent) == _RATE and loop.time() - self._sent[0] < 1.0:
            await asyncio.sleep(1.0 - (loop.time() - self._sent[0]))
        self._sent.append(loop.time())

    async def until(self, done: Callable[[], bool], seconds: float) -> bool:
        """Whether `done` came true in time. Raises NoAnswer where the connection broke before it did."""
        loop = asyncio.get_running_loop()
        end = loop.time() + seconds
        while not done():
            self.require()
            self._stir.clear()
            try:
                await asyncio.wait_for(self._stir.wait(), max(end - loop.time(), 0.0))
            except TimeoutError:
                return done()
        return True

    def require(self) -> None:
        """Raises NoAnswer where the connection broke."""
        if self._gone.is_set():
            raise NoAnswer("the connection to TWS broke", remedy="Look whether it runs and is logged in.")

    async def ask(self, request: Callable[[], object], key: object, seconds: float) -> None:
        """Sends a question and waits for the end of its answer. Raises NoAnswer, also where the answer has a hole."""
        heard, since = self.heard, Mark.of(self.heard)
        await self.pace()
        heard.ended.discard(key)
        request()

        def refusals() -> list[Trouble]:
            return since.named(heard, key) if isinstance(key, int) else []

        if not await self.until(lambda: key in heard.ended or bool(refusals()) or since.broken(heard), seconds):
            raise NoAnswer(f"TWS did not answer within {seconds:g} s", remedy="Look whether it runs and is logged in.")
        since.require(heard)
        if key not in heard.ended:
            raise NoAnswer(f"TWS refused a question: {refusals()[-1].text}", remedy="Look at its API settings.")

    def _cut(self) -> None:
        """Ends the connection, and throws away what it had not written."""
        client, self.client = self.client, None
        if client is not None:
            client.conn.disconnected.disconnect(self._lost)
            if client.conn.transport is not None:
                client.conn.transport.abort()

    def drop(self) -> None:
        """Ends the connection; the next call opens another."""
        self._cut()
        if self._loop is not None and not self._loop.is_closed():
            self._loop.run_until_complete(_breathe())

    def close(self) -> None:
        """Ends the connection and the loop."""
        self.drop()
        if self._loop is not None:
            self._loop.close()
            self._loop = None


async def _breathe() -> None:
    """Lets what was called off come to its end."""
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
    await asyncio.sleep(0)
    await asyncio.sleep(0)


def require_account(accounts: list[str], at: Address) -> None:
    """Raises NoAccess where the session is not what it should be: paper or live, or not with the account that was named.

    Codes of paper accounts begin with DU, of a paper advisor's with DF.
    """
    kind = "live" if at.live else "paper"
    odd = [account for account in accounts if account.startswith(("DU", "DF")) is at.live]
    if odd or not accounts:
        what = f"TWS at {at.host}:{at.port} is logged in to {', '.join(odd) or 'no account'}, which is no {kind} account"
        raise NoAccess(what, remedy=f"Log in to {kind} trading, or use the port of the other session.")
    if at.account and at.account not in accounts:
        what = f"the {kind} session has no account {at.account}"
        raise NoAccess(what, remedy="Log in with the user of that account, or correct TRIMTAB_IBKR_ACCOUNT.")
    if not at.account and len(accounts) > 1:
        raise NoAccess(f"the session has {len(accounts)} accounts", remedy="Name one in TRIMTAB_IBKR_ACCOUNT.")
