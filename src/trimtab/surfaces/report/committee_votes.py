"""Section 8 of a committee's pack: what is to be voted on, what was to be looked at again by now, and the last minutes."""

from __future__ import annotations

from collections.abc import Sequence

from trimtab.desk.committee import Pack
from trimtab.desk.committee_proposals import Proposal
from trimtab.desk.minutes import Minutes
from trimtab.surfaces.report.committee_pieces import counted, grid, texts, when, words
from trimtab.surfaces.report.markup import Content, tag
from trimtab.surfaces.report.panel import Section, section, summary
from trimtab.surfaces.report.wording import capital, minus

LAST = 12  # minutes that are shown
SIGNING = (
    "A vote signs nothing: changes of parameters take effect when persons have signed them and the cooling-off is over, "
    "promotions when their conditions hold. Minutes are written with trimtab committee minutes."
)


def proposals(pack: Pack) -> Section:
    """What is to be voted on, with its votes so far."""
    body = [
        _proposals(pack.proposals, pack.minutes),
        _minutes(pack.revisit, "To be looked at again by now"),
        _minutes(pack.minutes[-LAST:][::-1], "Minutes of the last meetings"),
        _calendar(pack),
    ]
    return section("proposals", "Proposals and minutes", waiting(pack), summary(SIGNING), body)


def waiting(pack: Pack) -> str:
    """How much is to be voted on, and to be looked at again, in a sentence."""
    again = f"; {counted(len(pack.revisit), 'decision')} to look at again" if pack.revisit else ""
    return f"{capital(counted(len(pack.proposals), 'proposal'))} to vote on{again}."


def _proposals(every: Sequence[Proposal], minutes: Sequence[Minutes]) -> Content:
    head: list[Content] = ["No", *texts("Proposal", "Why", "Asked by", "On", "Conditions", "Voted")]
    votes = {one.proposal: f"{one.recorded.isoformat()} {one.vote.words}" for one in minutes}
    rows: list[list[Content]] = [
        [
            tag("span", one.number, class_="whole"),
            *map(words, (capital(minus(one.what)), one.why, one.by, one.asked.isoformat())),
            words("; ".join(one.needs)),
            words(tag("span", votes.get(one.number, "not yet"), class_="whole")),
        ]
        for one in every
    ]
    return grid(head, rows, "Proposals")


def _minutes(every: Sequence[Minutes], title: str) -> Content:
    if not every:
        return None
    head: list[Content] = ["On", *texts("Proposal", "Vote", "Why", "Look again by", "Attended", "Evidence")]
    rows: list[list[Content]] = [
        [
            when(one.recorded),
            words(f"{one.proposal}: {minus(one.what)}"),
            *map(words, (one.vote.words, one.why, one.revisit.isoformat(), ", ".join(one.attended) or "not recorded")),
            words(f"journal {one.record}, by {one.by}"),
        ]
        for one in every
    ]
    return [tag("h3", title), grid(head, rows, title)]


def _calendar(pack: Pack) -> Content:
    """Reviews and other days to come, as the accounts' calendars have them."""
    every = [one for part in pack.accounts if part.process.found for one in part.process.found.calendar]
    due = sorted({(one.on, one.place, one.what) for one in every})
    if not due:
        return None
    head: list[Content] = ["On", *texts("Account or policy", "What")]
    rows: list[list[Content]] = [[when(day), words(place), words(what)] for day, place, what in due]
    return [tag("h3", "Calendar"), grid(head, rows, "Calendar of reviews")]
