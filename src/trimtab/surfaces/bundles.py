"""Bundles for Python and the command line: what a workspace says of a policy, where files may go, and the verdict."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from trimtab.core.errors import UsageError
from trimtab.desk.backtest import backtest
from trimtab.desk.bundle_file import read_bundle, unpacked
from trimtab.desk.bundles import Opened, Said, Verified, open_bundle, pack, ready_to_pack, verify
from trimtab.desk.foreseen import seen_expected
from trimtab.desk.policy import Policy
from trimtab.desk.prepare import load_market, source_in
from trimtab.desk.proof import proof_of
from trimtab.desk.validation import kept
from trimtab.desk.workspace import Workspace
from trimtab.desk.writing import write_bytes


@dataclass(frozen=True, slots=True, eq=False)
class BundleCheck:
    """Whether a bundle comes out here. `found` holds the values; what differs is told series by series, figure by figure."""

    found: Verified

    @property
    def verified(self) -> bool:
        """Whether the same results came out on the same data."""
        return not self.found.exit_code

    @property
    def words(self) -> str:
        """The outcome in a sentence."""
        return self.found.words

    @property
    def data_differences(self) -> tuple[str, ...]:
        """Series that differ or are missing here."""
        return self.found.data

    @property
    def result_differences(self) -> tuple[str, ...]:
        """Results that differ by more than 1e-9 on the same data."""
        return self.found.results

    @property
    def told(self) -> dict[str, str]:
        """What is taken as told, not verified, by its place in the bundle."""
        return self.found.told

    @property
    def remarks(self) -> tuple[str, ...]:
        """What is not the same here, and makes no difference to the outcome."""
        return self.found.remarks

    @property
    def policy(self) -> Policy:
        """The policy of the bundle."""
        return self.found.opened.policy


def packed_to(policy: Policy, out: str | Path | None, workspace: str | Path | None) -> Path:
    """Write the bundle of a policy; where it lies. With a workspace its expectations, validation and trials go with it."""
    made, here = ready_to_pack(policy)
    result = backtest(here, load_market(here))
    said = Said()
    if workspace is not None:
        folder = Workspace(Path(workspace))
        result = folder.trial(result, once=True)
        said = said_of(folder, policy, trials=result.trials.distinct)
    bundle = pack(made, result, said)
    place = require_bundle_place(Path(out if out is not None else bundle.file_name))
    write_bytes(place, bundle.data)
    return place


def verify_bundle(bundle: str | Path, data: str | Path | None = None) -> BundleCheck:
    """Run a bundle on the data here (`data`: a folder of prices, or a market store), and say whether the same comes out.

    Raises UsageError or PolicyError where it is damaged, or names code that is not registered here.
    """
    opened = open_bundle(read_bundle(Path(bundle)), str(bundle))
    return BundleCheck(verify(opened, None if data is None else source_in(data)))


def said_of(folder: Workspace, policy: Policy, *, trials: int) -> Said:
    """What a workspace says of a policy."""
    proof = proof_of(folder.folder, policy)
    validation = kept(folder.path(proof.run)) if proof is not None else None
    many = max(trials, validation.trials) if validation is not None else trials
    return Said(seen_expected(folder.folder, policy)[0], validation, many)


def require_bundle_place(place: Path) -> Path:
    """The place, where a bundle may be written: a new one, or over an earlier bundle. Raises UsageError for another's file."""
    if place.is_dir():
        raise UsageError("--out names a folder", where=str(place), remedy="Name a file in it, such as policy.trimtab.")
    if place.exists():
        try:
            unpacked(read_bundle(place))
        except UsageError:
            what = "this file is there already and is no bundle: it would be replaced"
            raise UsageError(what, where=str(place), remedy="Give another name, or remove that file first.") from None
    return place


def unpack(found: Opened, folder: Path) -> None:
    """Write the files of a bundle into an empty folder. Raises UsageError where it is none."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError("--out is no empty folder", where=str(folder), remedy="Name a new one: it is made.")
    for name, data in found.files.items():
        write_bytes(folder / name, data)
