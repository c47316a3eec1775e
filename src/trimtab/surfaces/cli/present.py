"""Verbs that look at things as they are now: `--as-of` is refused, rather than passed over in silence."""

from __future__ import annotations

from argparse import Namespace

from trimtab.core.errors import UsageError

PRESENT = frozenset(
    {
        *("advise:advise_verb", "mandate:check", "mandate:rules", "mandate:show", "mandate:sign"),
        *("commitment:commit_policy", "commitment:promote_policy"),
        *("changing:change", "changing:sign_change", "changing:changes", "overriding:override"),
        *("month:walk_month", "practice:practice", "status:show_status"),
    }
)


def require_present(options: Namespace) -> None:
    """Raises UsageError where a verb is asked about another day than it can answer for."""
    if options.as_of and options.run in PRESENT:
        refuse_as_of()


def refuse_as_of() -> None:
    """Raises UsageError."""
    what = "--as-of does not go with this: it looks at things as they are now"
    raise UsageError(what, remedy="Leave it out. To rehearse the past: trimtab practice.")
