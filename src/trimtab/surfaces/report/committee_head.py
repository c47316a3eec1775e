"""The head of a committee's pack: accounts and policies, what was committed to, the journal, and what to read first."""

from __future__ import annotations

from collections.abc import Iterator

from trimtab.desk.committee import Pack
from trimtab.desk.committee_policy import PolicyPart
from trimtab.governance.promotion import Stage
from trimtab.surfaces.report.committee_pieces import counted
from trimtab.surfaces.report.markup import Content, Markup, prose, tag
from trimtab.surfaces.report.panel import bullets
from trimtab.surfaces.report.wording import capital, listed, minus, number, signed_percent

MOST = 4  # accounts that the title names


def masthead(pack: Pack) -> Markup:
    """What was looked at, the figures of the first glance, who committed to what, and what to be wary of."""
    span = f"{pack.quarter.first.isoformat()} to {pack.until.isoformat()}"
    return tag(
        "header",
        tag("p", "Investment committee", class_="kicker"),
        tag("h1", f"{pack.quarter.name}: {_names(pack)}"),
        tag("p", prose(f"{span}. {_lede(pack)}"), class_="lede"),
        tag("dl", [_tile(*one) for one in _tiles(pack)], class_="tiles"),
        tag("div", _facts(pack), _warnings(pack), class_="first"),
        class_="masthead",
    )


def _names(pack: Pack) -> str:
    """The accounts, or how many there are."""
    names = [one.name for one in pack.accounts]
    return listed(names) if len(names) <= MOST else f"{len(names)} accounts"


def _lede(pack: Pack) -> str:
    over = "" if pack.whole else "The quarter is not over. "
    return f"{over}{capital(counted(len(pack.proposals), 'proposal'))} to vote on."


def _tiles(pack: Pack) -> Iterator[tuple[str, str, str]]:
    """Name, value and what stands below it: of one account its figures, of several how many of them."""
    if len(pack.accounts) == 1:
        yield from _own_tiles(pack)
    else:
        policies = len({one.follows.sha256 for one in pack.accounts if one.follows is not None})
        yield "Accounts", str(len(pack.accounts)), f"under {policies} polic{'y' if policies == 1 else 'ies'}"
        scores = [float(one.process.found.adherence.score) for one in pack.accounts if one.process.found]
        if scores:
            yield "Lowest process score", number(min(scores), 1), f"of {len(scores)} accounts, out of 100"
    yield "Proposals", str(len(pack.proposals)), f"{len(pack.revisit)} to look at again"


def _own_tiles(pack: Pack) -> Iterator[tuple[str, str, str]]:
    (account,) = pack.accounts
    results, fan, ladder = account.results.found, account.promised.found, account.discretion.found
    if account.process.found:
        broken = len(account.process.found.adherence.violations)
        yield "Process score", number(float(account.process.found.adherence.score), 1), counted(broken, "violation")
    if results and not results.spans[0].why:
        one = results.spans[0]
        yield f"Account in {one.name}", signed_percent(one.mine), f"{signed_percent(one.theirs)} benchmark"
    if ladder and ladder.ladder.found:
        way = ladder.ladder.found
        yield "Against the model", signed_percent(way.account - way.model, 2), counted(len(ladder.overrides), "override")
    if fan and fan.standing.judged is not None:
        name, mark = fan.standing.outside or ("wealth", fan.standing.wealth)
        yield "Percentile of the fan", number(mark.percentile, 0), f"{name}: {'inside' if fan.inside else 'outside'}"


def _tile(name: str, value: str, beside: str) -> Markup:
    return tag("div", tag("dt", name), tag("dd", value, class_="value"), tag("dd", beside, class_="beside"))


def _facts(pack: Pack) -> Markup:
    """Accounts, policies with their commitments, the journal, and how things were executed."""
    rows: list[tuple[str, Content]] = [("Accounts", ", ".join(one.name for one in pack.accounts))]
    for one in pack.policies:
        rows += _policy(one)
    rows.append(("Journal", ["head ", tag("code", pack.head[:12], title=pack.head)]))
    rows.append(("Made", prose(f"{pack.made.isoformat()} by {pack.by}")))
    return tag("dl", [tag("div", tag("dt", name), tag("dd", value)) for name, value in rows], class_="facts")


def _policy(one: PolicyPart) -> Iterator[tuple[str, Content]]:
    sha256 = one.following.sha256
    begun = " since" if one.stage is Stage.PAPER else "; on paper or live since"
    since = f"{begun} {one.launched.isoformat()}" if one.launched else ""
    yield "Policy", [one.title, " ", tag("code", sha256[:12], title=sha256), prose(f", {one.stage.value}{since}")]
    said = one.committed
    words = f"{said.hypothesis} ({said.by}, {said.at[:10]})" if said else "Nobody has committed to it"
    yield "Hypothesis", prose(words)
    if one.studied.found is not None:
        yield "Execution", capital(one.studied.found.execution)
        trials = one.studied.found
        count = f"{trials.trials:,} in this workspace, {trials.distinct:,} of them different"
        yield "Trials", count if trials.trials else "None in this workspace"


def _warnings(pack: Pack) -> Markup:
    """Flaws of the data and assumptions, plainly."""
    lines = list(dict.fromkeys(line for one in pack.policies for line in _flaws(one)))
    if not pack.whole:
        lines.insert(0, f"The quarter is not over: this is how it stood on {pack.until.isoformat()}.")
    body = bullets([prose(minus(line)) for line in lines]) if lines else tag("p", "No flaw of the data is known.")
    title = tag("h2", "Read this first", id="warnings-title")
    return tag("aside", title, body, class_="warnings", aria_labelledby="warnings-title")


def _flaws(one: PolicyPart) -> Iterator[str]:
    if one.studied.found is None:
        yield f"{one.title}: {one.studied.why}"
        return
    if one.studied.found.missing:
        yield capital(one.studied.found.missing)
    yield from one.studied.found.notes
