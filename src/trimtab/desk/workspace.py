"""A workspace: a folder with every run under its content hash, and the registry of trials that counts them all.

`runs/<hash>/` holds the policy, what it did and what came out; `trials.jsonl` gets a line for each backtest, asked or not;
`last` names the run before. Files are written beside their place and renamed, so that a reader never meets half a run.
"""

from __future__ import annotations

import csv
import hashlib
import json
import shutil
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from trimtab.core.errors import ParameterError, UsageError
from trimtab.core.formulas import neutral
from trimtab.core.money import Money
from trimtab.desk.canonical import changed_since, moved, trial_commitment, with_code
from trimtab.desk.config import Builder, canonical
from trimtab.desk.deflating import deflated, record_of
from trimtab.desk.load import read_policy
from trimtab.desk.policy import Policy
from trimtab.desk.record import decision_record
from trimtab.desk.registry import BUILT_IN, name_of
from trimtab.desk.result import Result
from trimtab.desk.rivals import derived
from trimtab.desk.summary import summary
from trimtab.desk.tax_review import GAIN_COLUMNS, YEAR_COLUMNS, gain_rows, review_taxes, year_rows
from trimtab.desk.trial_chain import Entry
from trimtab.desk.trial_code import code_of
from trimtab.desk.trials import Registry
from trimtab.desk.version import code_version
from trimtab.desk.writing import json_text, write_text
from trimtab.desk.yaml12 import parse

__all__ = ["Workspace", "meta_of", "run_id", "source_of", "write_run", "write_text"]


@dataclass(frozen=True, slots=True)
class Workspace:
    """The folder; made when the first run is saved."""

    folder: Path

    def trial(self, result: Result, *, beside: Iterable[Result] = (), once: bool = False) -> Result:
        """Append the backtest to the registry and return it with the number of trials on it; `once`: unless a line names it.

        The results `beside` it that somebody named are trials too, before it. Raises UsageError where the registry is
        damaged, and for a policy that is no longer what its hash commits to.
        """
        rivals = [_line(other) | _as_rival(other.policy) for other in beside if not derived(other.policy)]
        entry = _line(result)
        for other in rivals:
            self.registry.append(other)
        self.registry.add(lambda entries: None if once and any(_same_run(one, entry) for one in entries) else entry)
        return self.counted(result)

    def counted(self, result: Result) -> Result:
        """The result with the number of trials of this workspace on it, and the version of the code."""
        return replace(result, trials=self.registry.count().at(result.periods_per_year), code_version=code_version())

    @property
    def registry(self) -> Registry:
        """The registry of its trials."""
        return Registry(self.folder)

    def trials(self) -> list[dict[str, Any]]:
        """Every line of the registry. Raises UsageError where one cannot be read: trials are never dropped."""
        return self.registry.entries()

    def save(self, result: Result) -> str:
        """Write a run under its content hash, unless it is there already. Returns the hash."""
        run = run_id(result)
        place = self.folder / "runs" / run
        if not place.exists():
            place.parent.mkdir(parents=True, exist_ok=True)
            draft = Path(tempfile.mkdtemp(prefix=".draft-", dir=place.parent))
            draft.chmod(0o755)
            try:
                write_run(result, run, draft)
                draft.rename(place)
            except BaseException as error:  # Ctrl-C too: no half run stays behind
                shutil.rmtree(draft, ignore_errors=True)
                if not (isinstance(error, OSError) and place.exists()):  # another process may have saved the same run
                    raise
        self.note(result, run)
        write_text(self.folder / "last", run + "\n")
        return run

    def note(self, result: Result, run: str) -> None:
        """Write into a saved run where its policy and data are found today, which is not part of its hash.

        The number of trials on the result too: it stands there for a registry that goes missing.
        """
        meta = self.meta(run)
        counted = max(result.trials.total, meta.get("trials") or 0)
        today = {"folder": result.policy.identity.folder, "data": source_of(result.policy), "trials": counted}
        if meta | today != meta:
            write_text(self.path(run) / "run.json", json_text(meta | today, indent=2) + "\n")

    def path(self, run: str) -> Path:
        """The folder of a run; a few first letters of its hash are enough. Raises UsageError where there is none."""
        runs = self.folder / "runs"
        found = sorted(path for path in runs.glob(f"{run}*") if path.is_dir()) if run.isalnum() else []
        if len(found) == 1:
            return found[0]
        what = f"{run!r} names {len(found)} runs" if found else f"there is no run {run!r}"
        known = ", ".join(path.name for path in sorted(runs.glob("*")) if not path.name.startswith("."))
        remedy = f"Runs here: {known}." if known else "Make one: trimtab backtest POLICY."
        raise UsageError(what, where=str(self.folder), remedy=remedy)

    def last(self) -> str:
        """The hash of the last run. Raises UsageError where there is none."""
        path = self.folder / "last"
        if not path.exists():
            raise UsageError("no run yet", where=str(self.folder), remedy="Make one: trimtab backtest POLICY.")
        return path.read_text(encoding="utf-8").strip()

    def meta(self, run: str) -> dict[str, Any]:
        """What `run.json` says of a run."""
        place = self.path(run) / "run.json"
        try:
            found = json.loads(place.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            found = None
        if not isinstance(found, dict) or not found.keys() >= {"run", "folder", "data", "end", "data_sha256"}:
            raise _damaged(place)
        return found

    def policy(self, run: str) -> Policy:
        """The policy of a run as it was written, on the data and up to the date of that run. UsageError where it is damaged."""
        meta, place = self.meta(run), self.path(run) / "policy.yaml"
        try:
            text = place.read_text(encoding="utf-8")
            folder, horizon = Path(meta["folder"]), _horizon(meta)
        except (OSError, ValueError, TypeError, ParameterError) as error:
            raise _damaged(place if isinstance(error, OSError | UnicodeError) else place.with_name("run.json")) from None
        document = parse(text, f"run {run}")
        policy = read_policy(document, source=text, folder=folder)
        if meta["data"]:
            policy = replace(policy, data=Builder(document).component("sources", meta["data"], ("data",)))
        return policy.with_horizon(**horizon)


def _horizon(meta: Mapping[str, Any]) -> dict[str, Any]:
    """What a run had otherwise than its policy file: dates and capital that were moved, and the last date."""
    said = {**(meta.get("moved") or {}), **({"end": meta["end"]} if meta["end"] else {})}
    days = {key: date.fromisoformat(day) if (day := said[key]) else None for key in ("since", "start", "end") if key in said}
    return {**days, **({"capital": Money.parse(said["capital"])} if "capital" in said else {})}


def _damaged(place: Path) -> UsageError:
    """A file of a run that is missing or cannot be read."""
    remedy = "Remove the folder and run the policy again: trimtab backtest POLICY."
    return UsageError("the run is damaged", where=str(place), remedy=remedy)


def source_of(policy: Policy) -> dict[str, Any] | None:
    """The source of a policy's data in plain values, folders in full; None for a table that lay in memory."""
    if name_of("sources", policy.data) not in BUILT_IN["sources"]:
        return None
    pinned = getattr(policy.data, "pinned", None)  # a market store grows: a replay reads what this run read
    values = canonical("sources", policy.data if pinned is None else pinned())
    if "path" in values:
        values["path"] = str(Path(values["path"]).resolve())
    return values


def _line(result: Result) -> dict[str, Any]:
    """The line of a backtest. Raises UsageError for a policy that is no longer what its hash commits to.

    Another start is another trial, as it is for a variant of a sweep. A rival runs over the dates of the policy that it
    stands beside, which nobody chose for it: `trial` counts it as itself. With code of one's own that was edited it is another.
    """
    policy = result.policy
    if changed := changed_since(policy):
        what = f"policy {policy.name!r} was changed after it was read, in {', '.join(changed)}: its hash says another one"
        raise UsageError(what, remedy="Change the file or the plain values, and read it again: trimtab.load_policy.")
    identity = {"run": run_id(result), "policy": trial_commitment(policy, code_of(policy)), "data": result.seen_digest}
    return identity | {"name": policy.name} | record_of(result).figures


def _as_rival(policy: Policy) -> dict[str, Any]:
    """What the line of a rival has otherwise: its dates do not count."""
    return {"policy": with_code(policy.sha256, code_of(policy)), "rival": True}


def _same_run(one: Entry, other: Entry) -> bool:
    return one.get("run") == other["run"] and "rival" not in one


def run_id(result: Result) -> str:
    """First 12 hex digits of the SHA-256 over policy, dates, capital, data and code, components of one's own with it.

    Raises UsageError where such code was edited after it had been loaded.
    """
    policy = result.policy
    horizon = policy.horizon  # may have been moved since the policy was committed to
    code = [code_version(), *(f"{name} {digest}" for name, digest in code_of(policy).items())]
    text = "|".join([policy.sha256, str(horizon.start), str(horizon.capital), result.seen_digest, *code])
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def write_run(result: Result, run: str, place: Path) -> None:
    """Policy, meta data, wealth and weights, trades, decisions, and tax years and gains if taxed, in plain formats."""
    write_text(place / "policy.yaml", result.policy.identity.source)
    write_text(place / "policy.canonical.json", result.policy.text + "\n")
    write_text(place / "run.json", json_text(meta_of(result, run), indent=2) + "\n")
    ids = [asset.id for asset in result.assets]
    rows = zip(result.dates, result.wealth.tolist(), result.weights.tolist(), strict=True)
    _write_csv(place / "wealth.csv", ["date", "wealth", *ids], ([str(d), repr(w), *map(repr, v)] for d, w, v in rows))
    trades = ([f.when, neutral(ids[f.asset]), f.units, f.price, f.amount, f.cost, neutral(f.order)] for f in result.fills)
    _write_csv(place / "trades.csv", ["date", "asset", "units", "price", "amount", "cost", "order"], trades)
    review = review_taxes(result)
    if review is not None:
        _write_csv(place / "taxes.csv", list(YEAR_COLUMNS), year_rows(review))
        _write_csv(
            place / "gains.csv", list(GAIN_COLUMNS), ([neutral(str(asset)), *rest] for asset, *rest in gain_rows(result))
        )
    lines = (json_text(decision_record(result.policy, decision)) for decision in result.decisions)
    write_text(place / "decisions.jsonl", "\n".join(lines) + "\n")


def meta_of(result: Result, run: str) -> dict[str, Any]:
    """What identifies a run and what came out of it."""
    return {
        "run": run,
        "name": result.policy.name,
        "title": result.policy.title,
        "policy_sha256": result.policy.sha256,
        "data_sha256": result.data_digest,
        "code": code_version(),
        "own_code": code_of(result.policy) or None,
        "folder": result.policy.identity.folder,
        "data": source_of(result.policy),
        "moved": moved(result.policy) or None,
        "end": str(result.policy.horizon.end) if result.policy.horizon.end else None,
        "execution": result.execution_words,
        "trials": result.trials.total,
        "trials_missing": result.trials.missing or None,
        "journal_head": result.journal_head,
        "notes": list(result.notes),
        "issues": [{"where": i.where, "what": i.what, "action": i.action} for i in result.market.issues],
        "blocked": list(result.blocked),
        "deflated_words": deflated(result).words or None,
        "summary": summary(result),
    }


def _write_csv(path: Path, header: list[str], rows: Iterable[Iterable[Any]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow([neutral(name) for name in header])
        writer.writerows(rows)
