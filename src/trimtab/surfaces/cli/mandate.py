"""`mandate init | check | rules | show | sign`."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from trimtab.core.errors import BreachError, UsageError
from trimtab.desk import gallery
from trimtab.desk.advice_answers import read_said
from trimtab.desk.advising import Plan, name_of_file
from trimtab.desk.mandate_reading import load_mandate
from trimtab.desk.mandate_template import template
from trimtab.desk.mandates import check_mandate, governed, rule_lines, sign_mandate, signed_by
from trimtab.desk.policy_sheet import written
from trimtab.desk.writing import write_text
from trimtab.desk.yaml12 import read_text
from trimtab.governance.checklist import advise
from trimtab.governance.mandate import Mandate
from trimtab.governance.mandate_words import limits, parts
from trimtab.governance.tightness import Finding, Verdict
from trimtab.surfaces.cli.book_options import opened as opened_book
from trimtab.surfaces.cli.book_options import signature, when
from trimtab.surfaces.cli.options import hint, opened, print_json, say
from trimtab.surfaces.cli.tables import clipped
from trimtab.surfaces.cli.wrapping import wrapped
from trimtab.surfaces.report.mandate_page import write_mandate

LABEL = 16  # letters of a label


def init(options: Namespace) -> int:
    """Write a statement to fill in; never over a file."""
    place = Path(options.out)
    if place.exists():
        raise UsageError(f"{place} exists already", remedy="Give another name: trimtab mandate init --out NAME.yaml.")
    plan = None
    if options.from_advice:
        said = read_said(options.from_advice)
        plan = Plan(advise(said.answered()), said.yardstick(), name_of_file(place))
    write_text(place, template(when(options), plan))
    if options.json:
        print_json("mandate-init", {"mandate": str(place)})
    else:
        say(f" wrote {place}")
        hint(f"next: fill it in, then trimtab mandate show {place}    trimtab mandate check {place} POLICY", options)
    return 0


def check(options: Namespace) -> int:
    """Does the statement hold; does the policy keep to it? Exit code 3 where it does not."""
    mandate = load_mandate(options.mandate)
    found = check_mandate(mandate, opened(options.policy, options)) if options.policy else ()
    broken = [one for one in found if one.verdict is not Verdict.KEPT]
    code = BreachError.exit_code if broken else 0
    if options.json:
        body = {"policy": options.policy or None, "parts": [_plain(one) for one in found], "kept": not broken}
        print_json("mandate-check", {**_about(mandate), **body})
        return code
    say(f" {options.mandate}: valid    {mandate.name}, version {mandate.version}    mandate {mandate.sha256[:12]}")
    for one in found:
        for line in wrapped(_finding(one), indent=12):
            say(line)
    if found:
        say(f" {options.policy} {'keeps the mandate' if not broken else 'does not keep the mandate'}")
    if broken:
        hint(f"next: trimtab mandate rules {options.mandate} --into {options.policy} --out held-to.yaml", options)
    return code


def rules(options: Namespace) -> int:
    """What the statement comes to in a policy file; with `--into`, a policy that is held to it."""
    mandate = load_mandate(options.mandate)
    if not options.into:
        if options.out:
            raise UsageError("--out needs --into", remedy="Name the policy that shall be held to it: --into policy.yaml.")
        _show_entries(mandate, options)
        return 0
    if not options.out:
        raise UsageError("--into needs --out", remedy="Name the file to write: --out held-to.yaml. The policy itself stays.")
    place = Path(options.out)
    if place.exists():
        raise UsageError(f"{place} exists already", remedy="Give another name: --out NAME.yaml.")
    named = options.into in gallery.names() and not Path(options.into).is_file()
    text = governed(gallery.text(options.into) if named else read_text(options.into, "the policy"), mandate, options.into)
    write_text(place, text)
    if options.json:
        print_json("mandate-rules", {**_about(mandate), "entries": mandate.entries, "policy": str(place)})
    else:
        say(f" wrote {place}: {options.into}, held to {mandate.name}, version {mandate.version}")
    return 0


def show(options: Namespace) -> int:
    """The statement as people read it: on the screen, or as a page."""
    mandate = load_mandate(options.mandate)
    page = write_mandate(mandate, Path(options.out)) if options.out else None
    if options.json:
        print_json("mandate", {**_about(mandate), "mandate": mandate.canonical, "page": None if page is None else str(page)})
        return 0
    if page is not None:
        say(f" wrote {page}")
        return 0
    for line in _screen(mandate):
        say(line)
    return 0


def sign(options: Namespace) -> int:
    """Sign it in the journal of the book."""
    mandate = load_mandate(options.mandate)
    with opened_book(options) as book:
        left = sign_mandate(book, mandate, signature(options))
        signed = signed_by(book, mandate)
    if options.json:
        print_json("mandate-sign", {**_about(mandate), "signed_by": list(signed), "to_sign": list(left)})
        return 0
    say(f" {mandate.name}, version {mandate.version}, mandate {mandate.sha256[:12]}: signed by {', '.join(signed)}")
    if left:
        say(f" still to sign: {', '.join(left)}")
    return 0


def _about(mandate: Mandate) -> dict[str, Any]:
    return {"name": mandate.name, "version": mandate.version, "sha256": mandate.sha256}


def _plain(one: Finding) -> dict[str, str]:
    return {"section": one.section, "mandate": one.wanted, "verdict": one.verdict.value, "policy": one.said}


def _finding(one: Finding) -> str:
    if one.verdict is Verdict.KEPT:
        return f"{one.verdict.value:<10} {one.section}: {one.wanted}"
    return f"{one.verdict.value.upper():<10} {one.section}: {one.wanted}; the policy: {one.said}"


def _show_entries(mandate: Mandate, options: Namespace) -> None:
    if options.json:
        print_json("mandate-rules", {**_about(mandate), "entries": mandate.entries, "policy": None})
        return
    for key, value in mandate.entries.items():
        if key != "rules":
            for line in written(key, value):
                say(line)
        elif value:
            say("rules:")
            for line in rule_lines(value):
                say(line)


def _screen(mandate: Mandate) -> Iterator[str]:
    yield from wrapped(f"{mandate.title}: {mandate.name}, version {mandate.version}, from {mandate.effective_from}")
    yield f" SHA-256 {mandate.sha256}"
    for heading, lines in parts(mandate):
        yield ""
        yield f" {heading.upper()}"
        for label, text in lines:
            yield from wrapped(f"{clipped(label, LABEL)} {text}", indent=LABEL + 1)
        if heading == "Objectives" and mandate.constraints:
            yield ""
            yield " LIMITS"
            for section, words, since, does in limits(mandate):
                yield from wrapped(f"{clipped(section, 6)} {words}; from {since}; a breach {does}", indent=7)
