"""Bad input: one line on stderr with place and remedy, the promised exit code, nothing on stdout, and nothing written."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.surfaces.cli.desk_folder import POLICY, everything, put, table
from trimtab.surfaces.cli import research
from trimtab.surfaces.cli.main import main

Capture = pytest.CaptureFixture[str]
VERBS = ["backtest", "decide", "policy check", "policy show"]


def refused(words: str, code: int, capsys: Capture) -> str:
    """Run in the current folder; the one line on stderr."""
    before = everything(Path())
    assert main(words.split()) == code
    said = capsys.readouterr()
    assert said.out == ""
    assert everything(Path()) == before  # nothing was written, not even an empty folder
    (line,) = said.err.splitlines()
    assert line.startswith("error TT-")
    assert line.endswith(f"[exit {code}]")
    assert "Traceback" not in said.err
    return line


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(put(tmp_path))
    return tmp_path


@pytest.mark.parametrize("words", ["policy show \x1b[2Jmine.yaml", "backtest policy.yaml --\x1b[2Jmine", "\x1b[2Jmine"])
def test_what_would_steer_the_terminal_is_spelled_out_in_a_refusal(words: str, folder: Path, capsys: Capture) -> None:
    """A regression: an escape sequence in what was typed went to the terminal."""
    line = refused(words, 2, capsys)
    assert "\\x1b[2Jmine" in line
    assert "\x1b" not in line


# Policies (exit 2).

BAD_POLICIES = [
    ("allocator:", "alocator:", "policy.yaml:12:1 unknown key alocator. Did you mean allocator?"),
    ("window: 3M", "windw: 3M", "policy.yaml:10:25 unknown key signals.average.windw. Did you mean window?"),
    ("SPY: 0.60", "SPY: 60", "policy.yaml:8:18 benchmark.SPY is 60, above 1.0. Weights are fractions: did you mean 0.60?"),
    ("at_most: 0.10", "at_most: 40", "policy.yaml:14:37 rules[0].limit.at_most is 40, above 1.0. Weights are fractions: did"),
    ("tilt: 0.10", "tilt: 10", "policy.yaml:12:33 allocator.tilt is 10, above 1.0. Weights are fractions: did you mean 0.10?"),
    ("TLT: 0.40", "TLT: 0.80", "policy.yaml:8:12 the benchmark weights sum to 1.4. Weights may sum to 1 at most"),
    (
        "since: 2010-01-04",
        "since: 2010-01-04\nend: 2009-12-31",
        "policy.yaml:4:6 end 2009-12-31 is not after since",
    ),
    ("since: 2010-01-04", "start: 2011-01-04\nend: 2010-01-04\nsince: 2009-01-04", "policy.yaml:4:6 end 2010-01-04 is not"),
    ("use: trend", "use: trned", "policy.yaml:10:18 'trned' is none of the signals. Did you mean trend?"),
    ("trimtab: 1", "trimtab: 1\n\tx: 1", "policy.yaml:2:1 not valid YAML: a tab where spaces belong. Indent with spaces."),
    ("trimtab: 1", "trimtab: 1\nname: a", "policy.yaml:3:1 'name' stands here twice. Keep one."),
    ("data: {use: folder, path: prices}", "data: !!python/object:os.system {}", "policy.yaml:4:7 the tag"),
    ("use: trend", "use: os:system", "policy.yaml:10:18 'os:system' is no dataclass."),
]


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize(("old", "new", "said"), BAD_POLICIES, ids=[new[:30] for _, new, _ in BAD_POLICIES])
def test_a_bad_policy_is_exit_2(verb: str, old: str, new: str, said: str, folder: Path, capsys: Capture) -> None:
    put(folder, policy=POLICY.replace(old, new))
    assert said in refused(f"{verb} policy.yaml", 2, capsys)


@pytest.mark.parametrize("verb", ["backtest", "decide"])
def test_what_only_the_data_show_to_be_a_bad_policy_is_exit_2_too(verb: str, folder: Path, capsys: Capture) -> None:
    put(folder, policy=POLICY.replace("series: SPY", "series: SPX"))
    assert "no series 'SPX' in the data in prices. Did you mean SPY?" in refused(f"{verb} policy.yaml", 2, capsys)
    monthly = [table(400)[0], *(line for line in table(400)[1:] if line[:10] in MONTH_ENDS)]
    put(folder, monthly)
    assert "monthly data hold no next session for `trade: next_open`" in refused(f"{verb} policy.yaml", 2, capsys)
    put(folder, policy=POLICY.replace("combine:", "cash: {series: NONE}\ncombine:"))
    assert "no series 'NONE'" in refused(f"{verb} policy.yaml", 2, capsys)


MONTH_ENDS = {"2010-01-29", "2010-02-26", "2010-03-31", "2010-04-30", "2010-05-31", "2010-06-30", "2010-07-30", "2010-08-31"}


def test_averages_are_refused_with_the_way_out(folder: Path, capsys: Capture) -> None:
    policy = "trimtab: 1\nname: a\nuniverse: {long_corporate: null}\nbenchmark: {long_corporate: 1.0}\n"
    (folder / "policy.yaml").write_text(policy + "schedule: {trade: same_close}\n", encoding="utf-8")
    line = refused("backtest policy.yaml", 2, capsys)
    assert "long_corporate: values are averages over a period" in line
    assert "write `averages: allowed`" in line


# Words on the command line (exit 2).


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("backtest none.yaml", "cannot read the policy none.yaml: No such file or directory. Check the name"),
        ("backtest prices", "cannot read the policy prices"),
        ("backtest policy.yaml --as-of yesterday", "--as-of 'yesterday' is not a date. Write it as 2018-11-30."),
        ("backtest policy.yaml --as-of 2009-01-01", "--as-of 2009-01-01 is not after 2010-01-04, where the policy starts."),
        ("decide policy.yaml --as-of 2010-01-04", "is not after 2010-01-04"),
        ("backtest policy.yaml --vs saa,nobody", "'nobody' is neither a policy file nor one of the gallery"),
        ("policy diff policy.yaml none", "cannot read the policy none"),
        ("why SPY", "no run yet. Make one: trimtab backtest POLICY."),
        ("why SPY --run abc", "there is no run 'abc'. Make one"),
        ("compare a b", "there is no run 'a'"),
        ("init --from trend --out new.yaml", "no policy 'trend' in the gallery. Did you mean fund-trend? There are"),
        ("init --out policy.yaml", "policy.yaml exists already. Give another name"),
        ("why SPY --as-of 1.1.2020", "no run yet"),
    ],
)
def test_wrong_words_are_exit_2(words: str, said: str, folder: Path, capsys: Capture) -> None:
    assert said in refused(words, 2, capsys)


NO_COMMANDS = ["bogus", "backtest", "backtest policy.yaml --bogus", "policy", "samples", "compare a", "why", "policy bogus"]


@pytest.mark.parametrize("words", [*NO_COMMANDS, "why A --since yesterday"])
def test_words_that_are_no_command_are_exit_2_in_one_line(words: str, folder: Path, capsys: Capture) -> None:
    before = everything(folder)
    assert main(words.split()) == 2
    said = capsys.readouterr()
    (line,) = said.err.splitlines()
    assert line.startswith("error TT-USE-002  trimtab")
    assert "--help" in line
    assert said.out == ""
    assert everything(folder) == before


# Data (exit 4).


def cell(row: int, text: str) -> Callable[[list[str]], list[str]]:
    """The second series of a line (counted from 1, the header) replaced."""

    def change(lines: list[str]) -> list[str]:
        day, first, _ = lines[row - 1].split(",")
        return [*lines[: row - 1], f"{day},{first},{text}", *lines[row:]]

    return change


def doubled(lines: list[str]) -> list[str]:
    return [*lines[:50], lines[49].rsplit(",", 1)[0] + ",1.0", *lines[50:]]


BAD_DATA: list[tuple[str, Callable[[list[str]], list[str]], str]] = [
    ("NaN", cell(40, "NaN"), "prices.csv:40:3 the cell reads 'NaN'. Leave the cell empty if the price is unknown."),
    ("text", cell(41, "n.a."), "prices.csv:41:3 "),
    ("zero", cell(42, "0"), "prices.csv:42:3 0 is not a price: prices are above zero"),
    ("negative", cell(43, "-3.5"), "prices.csv:43:3 -3.5 is not a price"),
    ("formula", cell(44, "=1+1"), "prices.csv:44:3 '=1+1' is text"),
    ("infinite", cell(45, "inf"), "prices.csv:45:3 "),
    ("conflicting doubles", doubled, "prices.csv:51:3 2010-03-11 occurs twice with different numbers (prices.csv:50:3)"),
    ("ragged", lambda lines: [*lines, "2020-01-01,1"], ":3 "),
    ("no rows", lambda lines: lines[:1], "prices.csv:1:1 the file has a header and no rows"),
    (
        "semicolons",
        lambda lines: [line.replace(",", ";") for line in lines],
        "prices.csv:1:1 the columns are separated",
    ),
    ("bad date", lambda lines: [lines[0], "2010-13-01,1,2", *lines[1:]], "prices.csv:2:1 "),
]


@pytest.mark.parametrize("verb", ["backtest", "decide"])
@pytest.mark.parametrize(("name", "change", "said"), BAD_DATA, ids=[name for name, _, _ in BAD_DATA])
def test_bad_prices_are_exit_4_with_their_place(
    verb: str, name: str, change: Callable[[list[str]], list[str]], said: str, folder: Path, capsys: Capture
) -> None:
    put(folder, change(table()))
    line = refused(f"{verb} policy.yaml", 4, capsys)
    assert said in line
    assert line.count(". ") >= 1  # what, and what to do


@pytest.mark.parametrize("verb", ["backtest", "decide"])
def test_no_data_and_no_overlap_are_exit_4(verb: str, folder: Path, capsys: Capture) -> None:
    (folder / "prices" / "prices.csv").unlink()
    assert "the folder holds no data file. Give a folder with files ending in" in refused(f"{verb} policy.yaml", 4, capsys)
    shutil.rmtree(folder / "prices")
    assert "prices: there is no such folder or file" in refused(f"{verb} policy.yaml", 4, capsys)
    put(folder)
    (folder / "prices" / "prices.csv").unlink()
    lines = table()
    for name, column, rows in (("SPY", 1, lines[1:100]), ("TLT", 2, lines[100:])):
        body = "\n".join(f"{row.split(',')[0]},{row.split(',')[column]}" for row in rows)
        (folder / "prices" / f"{name}.csv").write_text(f"date,close\n{body}\n", encoding="utf-8")
    line = refused(f"{verb} policy.yaml", 4, capsys)
    assert "no overlap between the series: SPY ends 2010-05-20, TLT starts 2010-05-21" in line


def test_too_little_history_is_exit_4(folder: Path, capsys: Capture) -> None:
    put(folder, table(30))
    assert "has all prices, signals and weights. Give more history," in refused("backtest policy.yaml", 4, capsys)


def test_init_on_a_folder_without_prices_is_exit_4(folder: Path, capsys: Capture) -> None:
    (folder / "empty").mkdir()
    assert "the folder holds no data file" in refused("init --data empty --out new.yaml", 4, capsys)


# What is put right, and said.


def test_an_empty_cell_doubles_and_disorder_are_put_right_and_listed(folder: Path, capsys: Capture) -> None:
    lines = cell(40, "")(table())
    lines = [*lines[:100], lines[99], *lines[100:]]  # an identical double
    lines[150], lines[151] = lines[151], lines[150]  # two rows out of order
    put(folder, lines)
    assert main(["backtest", "policy.yaml", "--json", "--quiet"]) == 0
    run = json.loads(capsys.readouterr().out)
    assert {(i["where"], i["what"], i["action"]) for i in run["issues"]} == {
        ("prices.csv:152:1", "rows are not in order of date", "sorted"),
        ("prices.csv:101:1", "1 identical double row", "dropped"),
        ("prices.csv TLT", "1 empty cell in close", "kept as unknown"),
    }
    (note,) = (note for note in run["notes"] if "data issues" in note)
    assert note.startswith("3 data issues: prices.csv:")
    assert "prices.csv:152:1 rows are not in order of date: sorted" in note
    assert "TLT has no price on 1 sessions: it is valued at its last known price there." in run["notes"]
    assert main(["backtest", "policy.yaml", "--quiet"]) == 0
    assert "3 data issues" in capsys.readouterr().out


def test_put_right_is_as_good_as_right(folder: Path, capsys: Capture) -> None:
    main(["backtest", "policy.yaml", "--json", "--quiet"])
    clean = json.loads(capsys.readouterr().out)
    lines = table()
    put(folder, [lines[0], *reversed(lines[1:]), lines[5]])
    main(["backtest", "policy.yaml", "--json", "--quiet"])
    assert json.loads(capsys.readouterr().out)["run"] == clean["run"]


# What nobody foresaw.


def test_a_fault_of_ours_is_one_line_and_a_traceback_only_when_asked(
    folder: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("oh")

    monkeypatch.setattr(research, "market_of", broken)
    line = refused("backtest policy.yaml", 1, capsys)
    assert "ZeroDivisionError: oh. This is a fault of Trimtab: run it again with --debug" in line
    with pytest.raises(ZeroDivisionError):
        main(["backtest", "policy.yaml", "--debug"])


def test_debug_shows_the_traceback_of_an_expected_error_too(folder: Path) -> None:
    from trimtab.core.errors import UsageError

    with pytest.raises(UsageError):
        main(["backtest", "none.yaml", "--debug"])


def test_a_folder_that_may_not_be_written_is_one_line(folder: Path, capsys: Capture) -> None:
    (folder / ".trials.lock").mkdir()
    line = refused("backtest policy.yaml --quiet", 1, capsys)
    assert "Check the disk and that you may read and write there." in line


def test_the_check_catches_a_verb_that_writes_before_it_reads(
    folder: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: a verb that makes its folder first."""
    real = research.opened
    monkeypatch.setattr(research, "opened", lambda *given: (folder / "runs").mkdir() or real(*given))
    with pytest.raises(AssertionError):
        refused("backtest none.yaml", 2, capsys)
