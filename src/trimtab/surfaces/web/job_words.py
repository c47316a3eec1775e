"""What a job is, and what came of it, in the words and links of its page."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

Values = dict[str, Any]
_RUN = re.compile(r"[0-9a-f]{12}")
_SUBJECTS = ("policy", "target", "subject", "component", "quarter", "feeds")
_HIDDEN = ("trimtab", "kind", "messages", "exit_code")
_MOST = 60  # rows of a list that are shown of a document


def job_title(verb: str, values: Mapping[str, Any]) -> str:
    """What a job does, to what: `Sweep of policies/growth.yaml`."""
    subject = next((values[name] for name in _SUBJECTS if values.get(name)), "")
    text = ", ".join(map(str, subject)) if isinstance(subject, list | tuple) else str(subject)
    words = f"{verb[:1].upper()}{verb[1:]}"
    return f"{words} of {text}" if text else words


def progress_words(by: str, progress: Mapping[str, Any] | None) -> str:
    """Who began it and how far it has come, for a page without script."""
    if not progress or not progress["total"]:
        return f"Begun by {by}. It goes on when you leave this page."
    return f"Begun by {by}; {progress['done']} of {progress['total']} parts when this page was made."


def moment_words(moment: str | None) -> str:
    """A moment as a reader wants it: `2018-09-28 22:00:05 UTC`."""
    return (moment or "").replace("T", " ").replace("Z", " UTC")


def home_of(verb: str) -> tuple[str, str]:
    """The page that work of a verb belongs to: its address and its name."""
    word = verb.partition(" ")[0]
    return _HOMES.get(verb) or _HOMES.get(word) or ("/research", "Research")


def fields_again(values: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What was asked, as the fields of a form: lists are several fields of one name, what is empty is left out."""
    lists = ((name, value if isinstance(value, list | tuple) else [value]) for name, value in values.items())
    given = ((name, one) for name, several in lists for one in several if one is not None and one is not False and one != "")
    return [(name, "yes" if one is True else str(one)) for name, one in given]


def outcome_shown(verb: str, values: Mapping[str, Any], document: Values) -> Values:
    """How the document of a verb is shown: its `form`, which names a part of the template, and what that part needs."""
    shown = _FORMS.get(verb, _facts)(values, document)
    return shown | {"messages": list(document.get("messages", [])), "exit_code": document.get("exit_code", 0)}


def _backtest(values: Mapping[str, Any], document: Values) -> Values:
    figures = document.get("summary") or {}
    told = {key: document.get(key) for key in ("run", "title", "execution", "notes", "deflated_words", "trials")}
    rivals = [one.strip() for one in _names(values.get("vs")) if one.strip()]
    return {"form": "run", **told, "figures": figures, "rivals": rivals, "sheet": bool(document.get("report"))}


def _names(value: Any) -> list[str]:
    """Names with commas between, or a list of them."""
    return [name for text in (value if isinstance(value, list | tuple) else [value or ""]) for name in str(text).split(",")]


def _sweep(_: Mapping[str, Any], document: Values) -> Values:
    if not document.get("job"):
        return _facts(_, document)
    top = [{**row, "place": at, "point": _point(row.get("point") or {})} for at, row in enumerate(document["top"], 1)]
    keys = ("name", "variants", "run", "failed", "gaps", "trials", "distinct_trials", "deflated_words", "medians", "benchmark")
    return {"form": "sweep", "sweep": document["job"][:32], "top": top, **{key: document.get(key) for key in keys},
            "beats": document.get("beats_benchmark")}  # fmt: skip


def _point(point: Mapping[str, Any]) -> str:
    return ", ".join(f"{key}={value}" for key, value in point.items()) or "as written"


def _validate(_: Mapping[str, Any], document: Values) -> Values:
    return {"form": "lights", "run": document.get("run"), "validation": document}


def _report(_: Mapping[str, Any], document: Values) -> Values:
    place = str(document.get("report", "")).split("/")
    run = place[1] if len(place) == 3 and place[0] == "runs" and _RUN.fullmatch(place[1]) else ""
    return {"form": "report", "run": run, "place": document.get("report"), "notes": document.get("notes", [])}


def _pack(_: Mapping[str, Any], document: Values) -> Values:
    file = str(document.get("html") or "").rpartition("/")[2]
    if not file:
        return _facts(_, document)
    proposals = [{key: one.get(key) for key in ("number", "kind", "account", "what", "by")} for one in document["proposals"]]
    accounts = ", ".join(str(one.get("account")) for one in document.get("accounts", []))
    told = {key: document.get(key) for key in ("quarter", "first", "last", "until", "whole")}
    return {"form": "pack", "file": file, "proposals": proposals, "accounts": accounts, **told}


def _commit(values: Mapping[str, Any], document: Values) -> Values:
    return {"form": "commitment", "policy": values.get("policy", ""), "hypothesis": document.get("hypothesis", ""),
            "drawn": document.get("drawn"), "name": document.get("name")}  # fmt: skip


def _attribute(values: Mapping[str, Any], document: Values) -> Values:
    name = document.get("run")
    way = f"run={name}" if name else f"account={document.get('account', values.get('target', ''))}"
    return _facts(values, document) | {"link": f"/performance?{way}", "linked": "The performance page shows it drawn"}


def _facts(_: Mapping[str, Any], document: Values) -> Values:
    """Single values as a list of terms, lists of sentences, and lists of mappings as tables; the rest as it is."""
    shown = {name: value for name, value in document.items() if name not in _HIDDEN}
    single = {name: value for name, value in shown.items() if not isinstance(value, list | dict) and value is not None}
    lists = {name: value for name, value in shown.items() if isinstance(value, list) and value}
    said = {name: value[:_MOST] for name, value in lists.items() if all(isinstance(one, str) for one in value)}
    tables = {name: _flat(value) for name, value in lists.items() if all(isinstance(one, dict) for one in value)}
    return {"form": "facts", "facts": single, "said": said, "tables": tables}


def _flat(rows: list[Values]) -> Values:
    """A table of the single values of mappings."""
    columns = dict.fromkeys(key for row in rows for key, value in row.items() if not isinstance(value, list | dict))
    kept = [{key: row.get(key) for key in columns} for row in rows[:_MOST]]
    return {"columns": list(columns), "rows": kept, "left": max(0, len(rows) - _MOST)}


_FORMS: Mapping[str, Callable[[Mapping[str, Any], Values], Values]] = {
    "backtest": _backtest,
    "sweep": _sweep,
    "validate": _validate,
    "report": _report,
    "attribute": _attribute,
    "committee pack": _pack,
    "policy commit": _commit,
}
_HOMES = {
    "committee": ("/committee", "Committee"),
    "policy": ("/policy", "Policy"),
    "data": ("/data", "Data"),
    "backup": ("/journal/verify", "Is the book sound?"),
    "attribute": ("/performance", "Performance"),
}
