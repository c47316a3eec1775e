"""Policy: its rules in words with their last result, its stage, its history, what differs from another, and the editor."""

from __future__ import annotations

from trimtab.surfaces.access.roles import Right
from trimtab.surfaces.serving import policy_files
from trimtab.surfaces.web.choosing import part, policies
from trimtab.surfaces.web.page import Asker, Page, Shown, Values
from trimtab.surfaces.web.policy_saving import DEEDS as SAVING
from trimtab.surfaces.web.policy_saving import opened_file
from trimtab.surfaces.web.reads.policy_history import policy_history

STAGES = ("draft", "candidate", "paper", "live")
_ORDER = ("block", "warn", "pass")
DEEDS = SAVING


async def policy(asker: Asker) -> Shown:
    """One policy."""
    known = await policies(asker)
    values: Values = {"policies": known, "rules": [], "said": None, "refused": known["line"], "other": asker.query.one("other")}
    chosen = known["chosen"]
    if chosen is None:
        return Shown("policy.html", values, "rules")
    said = await asker.maybe("policy show", policy=chosen["policy"])
    values["refused"] = said.get("refused", "")
    if values["refused"]:
        return Shown("policy.html", values, "rules", title=f"Policy {chosen['name']}")
    checks = [await _checked(asker, account) for account in chosen["accounts"]]
    values |= {"said": said, "rules": rules_of(said, checks), "checks": checks, "stages": STAGES}
    values |= await _governed(asker, chosen)
    if values["other"]:
        values["diff"] = await asker.maybe("policy diff", policies=[values["other"], chosen["policy"]])
    return Shown("policy.html", values, "rules", title=f"Policy {chosen['name']}")


async def _checked(asker: Asker, account: str) -> Values:
    """What the last rebalance check says of one account that follows it."""
    found = await asker.maybe("rebalance", account=account)
    one = (found.get("accounts") or [None])[0]
    skipped = "; ".join(str(each["why"]) for each in found.get("skipped", []))
    lines = one["evaluations"] if one else []
    return {"account": account, "when": one["when"] if one else "", "lines": lines, "refused": found.get("refused") or skipped}


async def _governed(asker: Asker, chosen: Values) -> Values:
    """Stage, commitment, history, and the changes that were asked for."""
    status = await asker.maybe("policy status", policy=chosen["policy"])
    stage = (status.get("policies") or [None])[0]
    history = await asker.call(policy_history, asker.station.asking.served, chosen["name"])
    changes = await asker.maybe("policy changes")
    mine = [one for one in changes.get("changes", []) if chosen["sha256"] in (one["old"], one["new"])]
    return {"stage": stage, "stage_refused": status.get("refused", ""), "history": history, "changes": mine}


def rules_of(said: Values, checks: list[Values]) -> list[Values]:
    """Each rule of the file, as it stands there, with the worst result that an account has under it."""
    words = {_id_of(one): one for one in said["words"] if one.startswith("Rule ")}
    found = []
    for rule in said["canonical"].get("rules", []):
        name = str(rule.get("id", ""))
        measured = [(check["account"], line) for check in checks for line in check["lines"] if line["rule"] == name and name]
        worst = min((line["outcome"] for _, line in measured), key=_ORDER.index, default="not tested")
        told = words.get(name, "")
        row = {
            "rule": name or rule.get("limit", rule).get("use", ""),
            "result": worst,
            "words": _asks(told) or _limit_words(rule),
        }
        more = {key: str(rule.get(key, "")) for key in ("source", "effective_from", "severity")}
        accounts = ", ".join(f"{account} {line['outcome']}" for account, line in measured)
        found.append(row | more | {"accounts": accounts, "tone": _TONES[worst]})
    return found


_TONES = {"block": "bad", "warn": "warn", "pass": "good", "not tested": "quiet"}


def _id_of(sentence: str) -> str:
    """The id in the sentence of a rule: `IPS-4.1` of `Rule IPS-4.1 (its source): Each asset at most 40 %; a breach warns.`."""
    return sentence.removeprefix("Rule ").partition(" (")[0].partition(":")[0]


def _asks(sentence: str) -> str:
    return (sentence.partition("): ")[2] or sentence.partition(": ")[2]).partition("; a breach")[0]


def _limit_words(rule: Values) -> str:
    limit = rule.get("limit", rule)
    return ", ".join(f"{key.replace('_', ' ')} {value}" for key, value in limit.items() if value not in ("", [], None))


async def edit(asker: Asker) -> Shown:
    """The editor of one file; a name that is not there yet begins a new one, empty or as a copy of `from`."""
    name, origin = asker.query.one("file"), asker.query.one("from")
    values: Values = {"file": name, "files": list(policy_files.listed(asker.station.folder)), "fault": None, "theirs": None}
    values |= {"text": "", "as_read": policy_files.NEW, "opened": "", "refused": "", "rows": []}
    if name:
        values |= await part(opened_file(asker.station, name, origin))
    return Shown("policy_edit.html", values, "rows", title=f"Edit {name}" if name else "Edit a policy")


PAGES = (
    Page("/policy", "policy", "Policy", policy, "Process"),
    Page("/policy/edit", "policy-edit", "Edit a policy", edit, right=Right.RESEARCH, kept=False),
)
