"""`month`: the month of accounts, from fresh data to the report, as far as it goes today."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from trimtab.accounting.database.orders import OrderBook
from trimtab.desk.exporting import Form
from trimtab.desk.live import clock_of
from trimtab.desk.month import Month, Walk, left_steps, month
from trimtab.desk.month_steps import Setting, Step
from trimtab.desk.override_words import override_words
from trimtab.desk.policy import Policy
from trimtab.desk.practice import loader_of
from trimtab.desk.reviewing import wanted
from trimtab.surfaces.cli.book_options import signature
from trimtab.surfaces.cli.options import answer, on_data, opened, say, warn
from trimtab.surfaces.cli.rebalance import asked_name, claimant, order_book
from trimtab.surfaces.cli.sending import judge_of
from trimtab.surfaces.cli.wrapping import wrapped
from trimtab.surfaces.month_page import Pages, write_pages
from trimtab.surfaces.notifying import notify


def walk_month(options: Namespace) -> int:
    """Walk accounts through their month. Exit 5 where a person has to approve, 4 without data, 6 where halted."""
    with order_book(options) as orders:
        setting = setting_of(orders, options)
        chosen = opened(options.policy, options).with_horizon(end=None) if options.policy else None
        found = month(setting, wanted(orders.store, asked_name(options), chosen, setting.prepare))
        pages = write_pages(setting, found)
    full = [line for walk in found.walks for line in _lines(walk, pages)]
    said = notify(options, title(found), brief(found), found.exit_code, details=full)
    if options.json:
        return answer("month", document(found, pages) | {"notified": list(said)}, found.exit_code)
    for line in screen(found, pages):
        say(line)
    for line in said:
        warn(line)
    return found.exit_code


def setting_of(orders: OrderBook, options: Namespace) -> Setting:
    """With what the months of these options are walked."""

    def prepared(policy: Policy) -> Policy:
        return on_data(policy, options)

    return Setting(
        orders,
        judge_of(orders, options),
        clock_of(options.workspace),
        Path(options.workspace),
        loader_of(options.workspace),
        signature(options),
        claimant(),
        getattr(options, "broker", "paper"),
        Form(options.export) if getattr(options, "export", "") else None,
        prepare=prepared,
    )


def title(found: Month) -> str:
    """What came of it in a few words."""
    waits = [walk.name for walk in found.walks if walk.exit_code]
    if not waits and not any(one.exit_code for one in found.skipped):
        return "Trimtab: nothing waits for you"
    return f"Trimtab: {len(waits) or 'an'} account{'s' if len(waits) > 1 else ''} to look at: {', '.join(waits[:5])}"


def brief(found: Month) -> list[str]:
    """A line an account, without units: the step that it is at."""
    told = [(walk, next((one for one in walk.steps if one.code), walk.steps[-1])) for walk in found.walks]
    ranked = sorted(told, key=lambda pair: not pair[1].code)
    return [f"{walk.name}: {step.name} {step.sign}" for walk, step in ranked]


def screen(found: Month, pages: Pages) -> Iterator[str]:
    """A line a step, account by account."""
    for walk in found.walks:
        yield f" {walk.name} {walk.policy}{f'    {walk.month}' if walk.month else ''}"
        yield from _lines(walk, pages)
    for one in found.skipped:
        yield from wrapped(f"{one.account}: {one.why}")


_SIGNS = {"done": "+", "waiting": "~", "next": ">", "stopped": "!"}


def _lines(walk: Walk, pages: Pages) -> Iterator[str]:
    for step in walk.steps:
        yield from wrapped(f"{_SIGNS[step.sign]} {step.name:<10} {step.sign:<8} {step.said}", indent=22)
        if step.command:
            yield f"{'':<23}{step.command}"
    for page in pages.get(walk.name, ()):
        yield from wrapped(f"+ {'report':<10} {'done':<8} {page}", indent=22)
    if walk.name not in pages and (left := left_steps(walk)):
        yield f" . {'to come':<10} {'':<8} {', '.join(left)}"
    for text in walk.remarks:
        yield from wrapped(f"note: {text}", indent=4)
    for one in walk.rebalance.overrides if walk.rebalance is not None else ():
        yield from wrapped(f"override {override_words(one)}", indent=4)


def document(found: Month, pages: Pages) -> dict[str, Any]:
    """The months in plain values."""
    return {"walks": [_walk(walk, pages) for walk in found.walks], "skipped": [one._asdict() for one in found.skipped]}


def _walk(walk: Walk, pages: Pages) -> dict[str, Any]:
    return {
        "account": walk.name,
        "policy": walk.policy,
        "month": walk.month,
        "steps": [_step(one) for one in walk.steps],
        "left": list(left_steps(walk)),
        "overrides": [one.id for one in walk.rebalance.overrides] if walk.rebalance is not None else [],
        "reports": [str(page) for page in pages.get(walk.name, ())],
        "remarks": list(walk.remarks),
        "exit_code": walk.exit_code,
    }


def _step(one: Step) -> dict[str, Any]:
    return {"name": one.name, "sign": one.sign, "said": one.said, "exit_code": one.code, "command": one.command}
