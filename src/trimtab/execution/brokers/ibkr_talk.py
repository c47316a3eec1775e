"""The conversation with Trader Workstation (TWS) about orders: what is asked, how long it is listened to, what it comes to."""

from __future__ import annotations

from typing import Any, NamedTuple

from trimtab.core.orders import Status
from trimtab.core.venues import NoAnswer, Report
from trimtab.execution.brokers.ibkr_heard import Mark, Seen, Trouble
from trimtab.execution.brokers.ibkr_line import Line
from trimtab.execution.brokers.ibkr_words import OVER, REFUSALS, costed, matching, report_of


class Patience(NamedTuple):
    """Seconds: for an answer, for more of it once an order was taken, and for fills and commissions that are missing."""

    answer: float
    linger: float
    missing: float


class Talk(NamedTuple):
    """The conversation on one line; `zone` is that of the trading day, `currency` that of commissions."""

    line: Line
    patience: Patience
    zone: str
    currency: str

    def report(self, order: str) -> Report | None:
        """What was heard of an order."""
        return report_of(self.line.heard, order, self.zone, self.currency)

    async def told(self) -> None:
        """Open orders, completed orders, executions, in this order: what moves on between them is told twice, not missed.

        Raises NoAnswer where one of the three was not told, or may have a hole.
        """
        from ib_async import ExecutionFilter

        line, heard, client, seconds = self.line, self.line.heard, self.line.client, self.patience.answer
        since = Mark.of(heard)
        since.require(heard)
        heard.forget_unanswered()
        await line.ask(client.reqAllOpenOrders, "orders", seconds)
        await line.ask(lambda: client.reqCompletedOrders(False), "completed", seconds)
        number = client.getReqId()
        await line.ask(lambda: client.reqExecutions(number, ExecutionFilter()), number, seconds)
        since.require(heard)
        used = [one.number for one in heard.orders.values() if one.client == heard.client]
        client.updateReqId(max(used, default=0) + 1)  # an order under a number in use would change the order that has it

    async def asked(self, order: str) -> Report | None:
        """What the venue knows of an order, its fills with their commissions as far as they come in time."""
        await self.told()
        since = Mark.of(self.line.heard)
        await self.line.until(lambda: costed(self.line.heard, order), self.patience.missing)
        since.require(self.line.heard)
        return self.report(order)

    async def placed(self, contract: Any, order: Any) -> Report:
        """Places it, once, and hears what comes of it. `orderRef` is the client order id."""
        line, heard, ref = self.line, self.line.heard, str(order.orderRef)
        await line.pace()
        number, since = line.client.getReqId(), Mark.of(heard)
        seen = heard.orders[(heard.client, number)] = Seen(ref, heard.client, number, action=order.action)
        line.send(lambda: line.client.placeOrder(number, contract, order))

        def settled() -> bool:
            return bool(seen.status in OVER or since.broken(heard) or since.about(heard, number))

        if not await line.until(lambda: settled() or bool(seen.status or matching(heard, ref)[1]), self.patience.answer):
            what = f"TWS did not say within {self.patience.answer:g} s what became of the order"
            raise NoAnswer(what, remedy="It is asked for before anything else is sent.")
        await line.until(settled, self.patience.linger)
        await line.until(lambda: since.broken(heard) or costed(heard, ref), self.patience.missing)
        line.require()
        since.require(heard)
        return await self._verdict(ref, since.about(heard, number), seen)

    async def _verdict(self, order: str, refused: list[Trouble], seen: Seen) -> Report:
        """What became of an order that was placed; what an unknown error means, the venue's own lists decide."""
        report = self.report(order)
        if report is not None and (not refused or report.filled):
            return report
        why = "; ".join(f"{trouble.code} {trouble.text}" for trouble in refused)
        rejection = Report(order, Status.REJECTED, str(seen.perm or ""), why=why)
        if any(trouble.code in REFUSALS for trouble in refused):
            return rejection
        return await self.asked(order) or rejection

    async def called_off(self, order: str, one: Seen) -> Report:
        """Asks for it to be cancelled, once, and says how it stands."""
        line, heard = self.line, self.line.heard
        await line.pace()
        since = Mark.of(heard)
        line.send(lambda: line.client.cancelOrder(one.number))

        def settled() -> bool:
            return bool(one.status in OVER or since.broken(heard) or since.named(heard, one.number))

        if not await line.until(lambda: settled() or one.status == "PendingCancel", self.patience.answer):
            what = f"TWS did not say within {self.patience.answer:g} s whether it cancels"
            raise NoAnswer(what, remedy="Ask for the order.")
        await line.until(settled, self.patience.linger)
        await line.until(lambda: since.broken(heard) or costed(heard, order), self.patience.missing)
        line.require()
        since.require(heard)
        report = self.report(order) if one.status in OVER else await self.asked(order)
        if report is None:
            raise NoAnswer(f"TWS does not list order {order} any more", remedy="Ask for it again.")
        return report
