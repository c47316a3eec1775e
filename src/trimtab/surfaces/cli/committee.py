"""`committee pack` and `committee minutes`: the file that lies before an investment committee, and what it decided."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterator, Sequence
from pathlib import Path

from trimtab.core.errors import UsageError
from trimtab.desk.committee import Pack, Wanted, pack_of
from trimtab.desk.committee_period import quarter_of
from trimtab.desk.minutes import Decided, Minutes, earlier, minutes_of, record_minutes, to_revisit
from trimtab.desk.policy import Policy
from trimtab.desk.practice import loader_of
from trimtab.surfaces.cli.book_options import opened, signature
from trimtab.surfaces.cli.options import answer, as_of, hint, on_data, say
from trimtab.surfaces.cli.present import refuse_as_of
from trimtab.surfaces.cli.rebalance import asked_name, order_book
from trimtab.surfaces.cli.wrapping import wrapped
from trimtab.surfaces.committee_document import minutes_document, pack_document
from trimtab.surfaces.committee_files import default_place, free_place, laid_before
from trimtab.surfaces.report.committee_page import findings, write_pack
from trimtab.surfaces.report.pdf import browser, print_pdf
from trimtab.surfaces.report.wording import MINUS, SPACE

NAMED = 4  # accounts that the screen names
NEEDED = ("proposal", "vote", "why", "revisit")
SIGNS_NOTHING = "a vote signs nothing: changes wait for trimtab policy sign, promotions for trimtab policy promote"


def pack(options: Namespace) -> int:
    """Make the pack, write its page, and its PDF where asked for; print what each part comes to."""
    by = signature(options)
    quarter = quarter_of(options.quarter, by.day)
    name = asked_name(options) if options.account or options.household or options.all else ""
    page, printed = _places(options, default_place(Path(options.workspace), quarter, name))

    def prepared(policy: Policy) -> Policy:
        return on_data(policy, options)

    with order_book(options) as orders:
        folder = Path(options.workspace)
        found = pack_of(orders, Wanted(quarter, by, folder, loader_of(folder), prepared, name, as_of(options)))
    write_pack(found, page)
    if printed is not None:
        print_pdf(page, printed)
    if options.json:
        places = {"html": str(page), "pdf": None if printed is None else str(printed)}
        return answer("committee pack", pack_document(found) | places, 0)
    for line in pack_lines(found):
        say(line)
    say(f" page: {page}{f'    pdf: {printed}' if printed is not None else ''}")
    for one in found.proposals[:1]:
        again = f"--revisit {found.until.year + 1}-{found.until.month:02}"
        said = f'--proposal {one.number} --vote 4:1 --why "..." {again}{f" --pack {page}" if options.html else ""}'
        hint(f" next: trimtab committee minutes {said}", options)
    return 0


def _places(options: Namespace, usual: Path) -> tuple[Path, Path | None]:
    """Where the page and the PDF go. Raises UsageError where something else stands there, or nothing can print."""
    page = free_place(Path(options.html) if options.html else usual, again=options.again)
    if options.pdf is None:
        return page, None
    browser()  # said before the work is done, not after
    return page, free_place(Path(options.pdf) if options.pdf else page.with_suffix(".pdf"), again=options.again)


def pack_lines(found: Pack) -> Iterator[str]:
    """The screen: what was looked at, and a sentence for each part."""
    names = [one.name for one in found.accounts]
    shown = ", ".join(names) if len(names) <= NAMED else f"{len(names)} accounts"
    over = "" if found.whole else ", not over yet"
    yield from wrapped(f"{found.quarter.name} to {found.until}{over}    {shown}    journal {found.head[:12]}")
    for number, (name, said) in enumerate(findings(found), 1):
        yield from wrapped(f"{number} {name:<12} {_ascii(said)}", indent=16)
    for one in found.proposals:
        yield from wrapped(f"  {one.number:<5} {_ascii(one.what)}", indent=9)


def _ascii(words: str) -> str:
    """A sentence of the page as a terminal shows it."""
    return words.replace(MINUS, "-").replace(SPACE, " ")


def minutes(options: Namespace) -> int:
    """Write minutes down, or list them. Raises UsageError where half of a vote is given."""
    given = {name: str(getattr(options, name)) for name in NEEDED}
    if not any((*given.values(), options.pack, options.attended)):
        return _listed(options)
    if options.as_of:
        refuse_as_of()
    if missing := [f"--{name}" for name, value in given.items() if not value.strip()]:
        remedy = 'Write all of it: --proposal P-1 --vote 4:1 --why "..." --revisit 2027-03.'
        raise UsageError(f"minutes need {', '.join(missing)} too", remedy=remedy)
    laid = laid_before(Path(options.workspace), options.pack, given["proposal"])
    attended = tuple(options.attended.split(",")) if options.attended else ()
    with opened(options) as book:
        texts = (given["proposal"], given["vote"], given["why"], given["revisit"])
        decided = Decided(*texts, laid.sha256, attended, laid.head, laid.what)
        made, head = record_minutes(book, decided, signature(options)), book.head()
        before = earlier(book, made)
    if options.json:
        rest = {"earlier": [one.record for one in before], "remarks": list(laid.remarks)}
        body = {"written": minutes_document(made), "pack_file": str(laid.place), "journal_head": head} | rest
        return answer("committee minutes", body, 0)
    for line in (*_said(made), f"   on {laid.place}, SHA-256 {laid.sha256[:12]}    journal {made.record}, head {head[:12]}"):
        say(line)
    for one in before:
        say(f"   voted on before: {one.recorded} {one.vote.words} (journal {one.record}, by {one.by})")
    for words in laid.remarks:
        for line in wrapped(f"! {words}"):
            say(line)
    hint(SIGNS_NOTHING, options)
    return 0


def _listed(options: Namespace) -> int:
    """All minutes; what is to be looked at again by now stands first."""
    with opened(options) as book:
        every = minutes_of(book, as_of(options))
    due = to_revisit(every, as_of(options) or signature(options).day)
    if options.json:
        body = {"revisit": [one.record for one in due], "minutes": [minutes_document(one) for one in every]}
        return answer("committee minutes", body, 0)
    if not every:
        say(" no minutes yet")
        hint(" next: trimtab committee pack 2026Q3, then trimtab committee minutes --proposal P-1 ...", options)
    for title, found in (("to be looked at again by now", due), ("minutes, the latest first", every[::-1])):
        if found:
            say(f" {title}")
            for line in _rows(found):
                say(line)
    return 0


def _rows(found: Sequence[Minutes]) -> Iterator[str]:
    for one in found:
        yield from _said(one)


def _said(one: Minutes) -> Iterator[str]:
    there = f"; there were {', '.join(one.attended)}" if one.attended else ""
    again = f"again by {one.revisit}"
    yield from wrapped(f"{one.recorded} {one.proposal:<5} {one.vote.words}; {again}: {_ascii(one.what)}", indent=4)
    yield from wrapped(f"    why: {one.why} ({one.by}{there})", indent=4)
