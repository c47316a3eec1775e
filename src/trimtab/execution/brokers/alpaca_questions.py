"""What Alpaca is asked: orders, fills and positions, page by page. No clear answer is NoAnswer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, ParamSpec, TypeVar

from trimtab.core.money import ZERO, exact
from trimtab.core.venues import NoAccess, NoAnswer, NotSent, Report
from trimtab.execution.brokers.alpaca_line import AlpacaLine, Reply
from trimtab.execution.brokers.alpaca_words import Message, fill_id, report_of, submitted, text_at, venue_id_of

_P = ParamSpec("_P")
_T = TypeVar("_T")
_AGAIN = "Ask again: trimtab reconcile."
_MISSING = 404
_FILLS_A_PAGE, _ORDERS_A_PAGE = 100, 500  # the most that Alpaca hands out at once
_PAGES = 1000
_LOOKS = 3  # at an order and its fills, until the two agree: a fill may come in between
_DAY, _SECOND = timedelta(days=1), timedelta(seconds=1)


def parsed(read: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
    """What `read` makes of a message. Raises NoAnswer where it does not read."""
    try:
        return read(*args, **kwargs)
    except (KeyError, TypeError, ValueError, AttributeError, ArithmeticError):
        pass
    raise NoAnswer("an answer of Alpaca does not read", remedy=_AGAIN)


@dataclass(frozen=True, slots=True)
class Questions:
    """Questions to Alpaca. `sent` is True where something has just been sent: whatever fails then, that may be there."""

    line: AlpacaLine
    sent: bool = False

    def after_sending(self) -> Questions:
        """The same questions, after something was sent."""
        return Questions(self.line, sent=True)

    def ask(self, path: str, data: Mapping[str, Any] | None = None) -> Reply:
        """One question. Raises NoAnswer, or NoAccess where the keys are not accepted and nothing was sent before."""
        try:
            return self.line.ask("get", path, data)
        except NotSent as error:
            if isinstance(error, NoAccess) and not self.sent:
                raise
            raise NoAnswer(error.what, remedy=_AGAIN) from None

    def order(self, client_id: str) -> Message | None:
        """The order by its client id; None where Alpaca says that it knows none."""
        reply = self.ask("/orders:by_client_order_id", {"client_order_id": client_id})
        if reply.status == _MISSING:
            return None
        message = _one(reply)
        if message.get("client_order_id") != client_id:
            raise NoAnswer(f"Alpaca was asked for the order {client_id} and answers for another", remedy=_AGAIN)
        return message

    def named(self, venue_id: str) -> Message:
        """The order by the id that Alpaca gave it."""
        return _one(self.ask(f"/orders/{venue_id}"))

    def agreed(self, message: Message) -> Report:
        """How an order stands, with its fills. Looks again where their sum is not what the order says is filled."""
        report = parsed(report_of, message)
        for _ in range(_LOOKS):
            if not report.filled:
                break
            fills = self.fills(text_at(parsed(submitted, message) - _DAY), report.venue_id)
            count, report = report.filled, parsed(report_of, message, fills)
            with exact():
                if sum((one.units for one in report.executions), ZERO) == count:
                    break
            message = self.named(report.venue_id)
            report = parsed(report_of, message, fills)
        return report

    def fills(self, after: str, order: str = "") -> list[Message]:
        """Fills after an instant, each once, however often it is told."""
        found: dict[str, Message] = {}
        page: dict[str, Any] = {"after": after, "direction": "asc", "page_size": _FILLS_A_PAGE}
        if order:
            page["order_id"] = order  # where that word is not known all are handed out, and the reader chooses
        for _ in range(_PAGES):
            some = _many(self.ask("/account/activities/FILL", page))
            before, names = len(found), [parsed(fill_id, one) for one in some]
            found |= dict(zip(names, some, strict=True))
            if len(some) < _FILLS_A_PAGE:
                return [*found.values()]
            if len(found) == before:
                break
            page = {**page, "page_token": names[-1]}
        raise NoAnswer("Alpaca hands out the same fills again and again", remedy=_AGAIN)

    def orders(self, status: str, after: str = "") -> dict[str, Message]:
        """Orders sent after an instant, by Alpaca's id; a page begins a second before the end of the last one."""
        found: dict[str, Message] = {}
        for _ in range(_PAGES):
            page = {"status": status, "limit": _ORDERS_A_PAGE, "direction": "asc", "nested": "false"}
            some = _many(self.ask("/orders", {**page, "after": after} if after else page))
            before = len(found)
            found |= {parsed(venue_id_of, one): one for one in some}
            if len(some) < _ORDERS_A_PAGE:
                return found
            if len(found) == before:
                break
            after = text_at(max(parsed(submitted, one) for one in some) - _SECOND)
        raise NoAnswer("Alpaca hands out the same orders again and again", remedy=_AGAIN)

    def positions(self) -> list[dict[str, Any]]:
        """What the account holds."""
        return _many(self.ask("/positions"))


def _one(reply: Reply) -> dict[str, Any]:
    """The one thing that was asked for."""
    if not reply.good or not isinstance(reply.body, dict):
        raise NoAnswer(f"Alpaca does not say: {reply.words or 'nothing that reads'}", remedy=_AGAIN)
    return reply.body


def _many(reply: Reply) -> list[dict[str, Any]]:
    """The list that was asked for."""
    if not reply.good or not isinstance(reply.body, list) or not all(isinstance(one, dict) for one in reply.body):
        raise NoAnswer(f"Alpaca does not say: {reply.words or 'nothing that reads'}", remedy=_AGAIN)
    return reply.body
