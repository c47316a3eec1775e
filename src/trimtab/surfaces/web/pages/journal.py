"""Journal: what was recorded, the newest first; what people changed and what came of it; and whether the book is sound."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from trimtab.accounting.database.searching import Sought
from trimtab.core.errors import TrimtabError, UsageError
from trimtab.surfaces.api.answering import told
from trimtab.surfaces.api.refused import require_said
from trimtab.surfaces.serving.operations import operation
from trimtab.surfaces.web.page import Asker, Page, Shown, Values
from trimtab.surfaces.web.reads.journal import Wanted, one_record, part
from trimtab.surfaces.web.reads.journal_words import titled

PATH = "/journal"
_LARGEST = 10**15


async def journal(asker: Asker) -> Shown:
    """A part of the journal, and the ledger of overrides."""
    line, wanted = "", Wanted()
    try:
        wanted = _wanted(asker)
    except UsageError as error:
        line = str(error)
    found = await asker.call(part, asker.station.asking.served, wanted)
    kept = {name: asker.query.one(name) for name in ("kind", "account", "author") if asker.query.one(name)}
    ledger = await asker.maybe("overrides", all=True, account=wanted.sought.account.partition("/")[0])
    values: Values = {
        **found,
        "choices": {**found["choices"], "kind": [[one, titled(one)] for one in found["choices"]["kind"]]},
        "line": line,
        "ledger": ledger,
        "stories": await _stories(asker, ledger),
        "links": {name: _link(kept, found[name]) for name in ("older", "newer")},
        "journal": found["head"][:12],
    }
    return Shown("journal.html", values, "records")


async def _stories(asker: Asker, ledger: Values) -> list[dict[str, str]]:
    """What people made of the model, account by account that anything was changed in."""
    changed = [one["account"] for name in ("overrides", "interventions") for one in ledger.get(name, [])]
    stories = []
    for account in dict.fromkeys(changed):
        found = await asker.maybe("shadow", account=account)
        words = found.get("shadow", {}).get("words") or [found.get("refused", "")]
        stories.append({"account": account, "words": " ".join(words)})
    return stories


def _wanted(asker: Asker) -> Wanted:
    kind, account, author, until = (asker.query.one(name) for name in ("kind", "account", "author", "until"))
    if until and not _number(until):
        raise UsageError(f"{until[:20]!r} is no number of a record", remedy="Leave it out for the newest ones.")
    return Wanted(Sought(kind, account, author), int(until) if until else None)


def _number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and int(text) < _LARGEST if len(text) < 20 else False


def _link(kept: dict[str, str], until: int | None) -> str:
    return "" if until is None else f"{PATH}?{urlencode({**kept, 'until': until})}"


async def record(asker: Asker) -> Shown:
    """One record, in words and as it stands."""
    number = asker.query.path["number"]
    if not _number(number):
        raise UsageError("a record has a number", remedy="Choose one in the journal.")
    found = await asker.call(one_record, asker.station.asking.served, int(number))
    return Shown("journal_record.html", {"record": found}, "record.facts", title=f"Record {number}")


async def verify(asker: Asker) -> Shown:
    """Whether the book is what its journal says: worked out now, and never kept, for a file may be changed behind our back."""
    head, asked = asker.query.one("head"), operation("GET", "verify")
    asker.visitor.require(asked.right)
    found: dict[str, Any] = {}
    line = ""
    try:
        found = told(require_said(await asker.station.asking.do(asked, {"head": head} if head else {}, "reader")))
    except TrimtabError as error:
        line = str(error)
    return Shown("journal_verify.html", {"verdict": found, "line": line, "head": head}, "verdict.findings")


PAGES = (
    Page(PATH, "journal", "Journal", journal, "Process"),
    Page(f"{PATH}/verify", "journal", "Is the book sound?", verify, kept=False),
    Page(f"{PATH}/{{number}}", "journal", "Record", record),
)
