"""`tax`: what a year brought and is taxed, which losses are worth taking, where assets belong, and the rates to copy."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from trimtab.accounting.taxes.harvest import Harvest
from trimtab.accounting.taxes.location import Location
from trimtab.core.households import Instrument
from trimtab.core.taxes import Assessment, TaxRegime, TaxYear, Wrapper
from trimtab.desk.books import Scope, entries_of, scope_of
from trimtab.desk.folding import Folded, base_of
from trimtab.desk.harvesting import Harvested, harvest
from trimtab.desk.holdings import folded_scope
from trimtab.desk.locating import Located, Named, located, location_in, location_of
from trimtab.desk.lot_rows import gain_rows
from trimtab.desk.tax_law import rates_text, spoken
from trimtab.surfaces.cli.book_options import law, money, opened, pairs, plain, quotes, when
from trimtab.surfaces.cli.options import as_of, counted, hint, print_file, print_json, say
from trimtab.surfaces.cli.wrapping import wrapped

_YEARS = (
    ("short", "short-term gains less losses"),
    ("long", "long-term gains less losses"),
    ("ordinary", "interest and ordinary dividends"),
    ("qualified", "qualified dividends"),
    ("handed", "long-term gains that funds handed on"),
    ("marked", "futures"),
)


def report(options: Namespace) -> int:
    """The tax year of a household: what came, what is netted, what is owed; wash sales across all its accounts."""
    with opened(options) as book:
        scope = scope_of(book, options.household)
        scope = Scope(scope.name, scope.family, scope.family)  # an account's tax is that of its household
        regime = law(options).regime(base_of(scope.family))
        found = folded_scope(book, scope, regime, until=as_of(options), quotes=quotes(options))
    year = options.year or regime.year(when(options))
    brought, assessed = found.year(year), found.assessments(year)[-1]
    taxed = [place for place, account in scope.places.items() if account.wrapper is Wrapper.TAXABLE]
    gains = gain_rows(found, Scope(scope.name, {place: scope.places[place] for place in taxed}, scope.family), year)
    disallowed = sum(1 for row in gains if row.disallowed)
    if options.json:
        body = {"household": scope.name, "year": year, "currency": base_of(scope.family), "regime": spoken(regime)}
        said = {"lines": [{"what": what, "amount": plain(amount)} for what, amount in assessed.lines]}
        assessment = {"tax": plain(assessed.tax), "carried": plain(assessed.carried), **said}
        print_json(
            "tax report", body | {"accounts": taxed, "brought": plain(brought), "assessment": assessment, "gains": plain(gains)}
        )
        return 0
    say(f" {scope.name} {year}, {spoken(regime)}, in {base_of(scope.family)}: {', '.join(taxed) or 'no taxable account'}")
    for line in _assessed(brought, assessed):
        say(line)
    if disallowed:
        say(f" wash sales: losses of {counted(disallowed, 'sale')} disallowed, wholly or in part: see trimtab book gains")
    hint(" the rates are data to check with your adviser: trimtab tax rates", options)
    return 0


def _assessed(brought: TaxYear, assessed: Assessment) -> Iterator[str]:
    for name, words in _YEARS:
        amount = getattr(brought, name)
        if amount:
            yield f"   {words:<52}{money(amount, 18)}"
    yield " how it is taxed"
    for words, amount in assessed.lines:
        yield f"   {words:<52}{money(amount, 18)}"
    if not assessed.lines:
        yield f"   {'tax':<52}{money(assessed.tax, 18)}"


def harvest_losses(options: Namespace) -> int:
    """Losses worth taking today, and those that must wait."""
    with opened(options) as book:
        scope = scope_of(book, options.household)
        regime = law(options).regime(base_of(scope.family))
        found = folded_scope(book, scope, regime, until=as_of(options))
        entries = entries_of(book, tuple(scope.family))
    replacements = pairs(options.replace, "--replace", "VTI=SCHB")
    asked = Harvest(regime, replacements, threshold=options.least, cost=options.cost)
    day = when(options)
    answer = harvest(_with(found, replacements), scope, entries, day, quotes(options), asked)
    if options.json:
        rows = [plain(one) | {"net": plain(one.net), "words": one.words} for one in answer.suggestions]
        body = {"household": scope.name, "when": str(day), "regime": spoken(regime), "suggestions": rows}
        print_json("tax harvest", body | {"net": plain(answer.net), "unpriced": list(answer.unpriced)})
        return 0
    say(f" {scope.name} on {day}, {spoken(regime)}")
    for line in _harvested(answer):
        say(line)
    return 0


def _with(found: Folded, replacements: dict[str, str]) -> Folded:
    """The register with the replacements that nobody has held yet."""
    known = {one.id for one in found.instruments}
    fresh = [Instrument(name) for name in dict.fromkeys(replacements.values()) if name not in known]
    return replace(found, instruments=(*found.instruments, *fresh))


def _harvested(answer: Harvested) -> Iterator[str]:
    for one in answer.suggestions:
        yield from wrapped(f"{one.words}.")
    if answer.unpriced:
        yield from wrapped(f"no price, not looked at: {', '.join(answer.unpriced)}")
    yield f" together worth {money(answer.net)} after tax and costs" if answer.suggestions else " no loss is worth taking today"


def locate(options: Namespace) -> int:
    """Which account holds which sleeve, by three ways, and what each saves a year."""
    question, name = _question(options)
    answer = located(question)
    if options.json:
        plans = [
            {
                "name": one.name,
                "drag": one.plan.drag,
                "saves": one.saves,
                "moving": one.plan.moving,
                "amounts": _amounts(question, one),
            }
            for one in answer.plans
        ]
        print_json("tax locate", {"name": name, "plans": plans, "missing": list(answer.missing)})
        return 0
    for line in _located(answer, name):
        say(line)
    return 0


def _question(options: Namespace) -> tuple[Location, str]:
    day = when(options)
    if options.name.endswith((".yaml", ".yml")) or Path(options.name).is_file():
        return location_in(options.name, law(options).regime(options.currency), day), options.name
    with opened(options) as book:
        scope = scope_of(book, options.name)
        regime: TaxRegime = law(options).regime(base_of(scope.family))
        found = folded_scope(book, scope, regime, until=as_of(options))
    return location_of(found, scope, day, quotes(options), regime, options.sleeves), scope.name


def _amounts(question: Location, one: Named) -> dict[str, dict[str, float]]:
    names = [place.name for place in question.places]
    rows = zip(question.sleeves, one.plan.amounts.tolist(), strict=True)
    return {sleeve.name: dict(zip(names, row, strict=True)) for sleeve, row in rows}


def _located(answer: Located, name: str) -> Iterator[str]:
    yield f" {name}: {counted(len(answer.location.sleeves), 'sleeve')}, {counted(len(answer.location.places), 'account')}"
    for one in answer.plans:
        yield f"   {one.name:<18} tax {one.plan.drag:>14,.2f} a year   saves {one.saves:>14,.2f}"
    if not any(sleeve.drag(answer.location.rates) for sleeve in answer.location.sleeves):
        yield from wrapped("nothing is known to be taxed: say what they yield, gain and realise, --sleeves FILE.yaml")
    for missing in answer.missing:
        yield from wrapped(f"not answered: {missing}")
    yield f" {answer.best.name}:"
    for line in answer.location.words(answer.best.plan):
        yield from wrapped(f"  {line}", indent=4)


def rates(options: Namespace) -> int:
    """The file of rates that comes with a regime, to copy and edit."""
    text = rates_text(options.name)
    if options.json:
        print_json("tax rates", {"regime": options.name, "yaml": text})
    else:
        print_file(text)
    return 0
