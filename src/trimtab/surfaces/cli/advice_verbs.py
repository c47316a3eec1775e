"""The verb `advise`, the verbs `mandate`, and their options."""

from __future__ import annotations

import argparse
from typing import Any

from trimtab.surfaces.cli.book_verbs import Adding, place_of_book

ANSWERS = {
    "horizon": ("short", "medium", "long"),
    "tolerance": ("low", "medium", "high"),
    "capacity": ("small", "large"),
    "tax": ("taxable", "advantaged", "mixed"),
    "view": ("conviction", "systematic"),
    "success": ("defined", "undefined"),
}
APPROACHES = ("strategic-tilt", "trend", "volatility-target", "risk-parity", "factor-tilt", "discretionary", "static")
EXAMPLE = "--horizon long --tolerance medium --capacity small --tax taxable --view systematic --success defined"


def add_advice(verbs: Any, common: argparse.ArgumentParser, adding: Adding) -> None:
    """Add them."""
    words = ("six questions: which approach fits, why, and a policy to begin with", f"trimtab advise {EXAMPLE}")
    made = adding.verb(verbs, common, "advise", "advise:advise_verb", words)
    questions = made.add_argument_group("the six questions (in a terminal, those not given are asked)")
    for name, text in QUESTIONS.items():
        questions.add_argument(f"--{name}", metavar="ANSWER", default="", help=f"{text}: {', '.join(ANSWERS[name])}")
    made.add_argument("--file", metavar="FILE", default="", help="a file of answers, in the same words; flags go before it")
    success = made.add_argument_group("what success is")
    text = "weights, such as US_EQ=0.6,CORP=0.4, or a policy of the gallery (default: that of the policy)"
    success.add_argument("--benchmark", metavar="WEIGHTS", default="", help=text)
    success.add_argument("--volatility", metavar="X", type=float, help="target a year, a fraction: 0.10")
    success.add_argument("--tracking-error", metavar="X", type=float, help="from the benchmark, target a year: 0.04")
    success.add_argument("--max-drawdown", metavar="X", type=float, help="the fall that is tolerated, a fraction: 0.25")
    _written(made)
    _mandate(verbs, common, adding)


QUESTIONS = {
    "horizon": "when the money is needed",
    "tolerance": "how much volatility can be lived with",
    "capacity": "how much can be run from day to day",
    "tax": "how gains are taxed",
    "view": "who decides what markets will do",
    "success": "whether it is written down what success is",
}


def _written(made: Any) -> None:
    text = "an approach of your own choice: what speaks against it is said"
    made.add_argument("--wanted", metavar="APPROACH", choices=APPROACHES, help=f"{text}: {', '.join(APPROACHES)}")
    _worth(made)
    made.add_argument(
        "--policy", metavar="FILE", default="", help="the policy to write (default: my-policy.yaml), never over one"
    )
    made.add_argument("--data", metavar="DIR", help="a folder of prices, or a market store (default: the sample data)")
    made.add_argument("--law", metavar="NAME", default="", help="of taxes, written into the policy: us_federal, uk")
    made.add_argument("--save", metavar="FILE", default="", help="write the answers down, for another time or mandate init")


def _worth(made: Any) -> None:
    costs = made.add_argument_group("what it costs: where that makes it marginal, a static allocation is begun")
    costs.add_argument("--marginal", action="store_true", help="the verdict is known already (see trimtab economics)")
    costs.add_argument(
        "--aum", metavar="MONEY", default="", help="how much money is run, such as 5m: the verdict is worked out"
    )
    costs.add_argument("--data-cost", metavar="MONEY", help="what data cost a year")
    costs.add_argument("--software", metavar="MONEY", help="what software costs a year")
    costs.add_argument("--management", metavar="RATE", help="what management takes a year: 0.5%%, 50bp or 0.005")


def _mandate(verbs: Any, common: argparse.ArgumentParser, adding: Adding) -> None:
    """Add them."""
    inner = adding.group(verbs, "mandate", "the investment policy statement: written, checked, shown, signed")
    words = ("write a statement to fill in", "trimtab mandate init --out mandate.yaml")
    init = adding.verb(inner, common, "init", "mandate:init", words)
    text = "a file of answers to the checklist: its settings become the limits"
    init.add_argument("--from-advice", metavar="FILE", default="", help=text)
    init.add_argument("--out", metavar="FILE", default="mandate.yaml", help="the file to write (default: mandate.yaml)")
    words = ("does the statement hold, and does a policy keep to it", "trimtab mandate check mandate.yaml")
    check = adding.verb(inner, common, "check", "mandate:check", words)
    check.add_argument("mandate", metavar="MANDATE", help="a statement")
    check.add_argument("policy", metavar="POLICY", nargs="?", default="", help="a policy file, or one of the gallery by name")
    words = ("what the statement comes to as entries of a policy file", "trimtab mandate rules mandate.yaml")
    rules = adding.verb(inner, common, "rules", "mandate:rules", words)
    rules.add_argument("mandate", metavar="MANDATE", help="a statement")
    rules.add_argument("--into", metavar="POLICY", default="", help="a policy file that shall be held to it")
    rules.add_argument("--out", metavar="FILE", default="", help="of --into: where the policy with its rules is written")
    words = ("the statement as people read it", "trimtab mandate show mandate.yaml --out mandate.html")
    show = adding.verb(inner, common, "show", "mandate:show", words)
    show.add_argument("mandate", metavar="MANDATE", help="a statement")
    show.add_argument("--out", metavar="FILE", default="", help="a page to read or print (default: the screen)")
    words = ("sign the statement in the journal of the book", "trimtab mandate sign mandate.yaml --by anna")
    sign = adding.verb(inner, place_of_book(common), "sign", "mandate:sign", words)
    sign.add_argument("mandate", metavar="MANDATE", help="a statement")
