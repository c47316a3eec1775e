"""Does a component know only what was known? Exact tests, at every decision date.

Row d of an answer may depend on what was known at date d alone. So one date asked alone must equal its row of the batch,
bit for bit; another future must change nothing before it, at EVERY cut (fifty random cuts miss a leak that lives on
one date); what lies before the policy's `since` must stop to matter; and no call may depend on the calls before it.

Each check gives a pair: whether it is passed, and why in words.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from trimtab.core.arrays import Array
from trimtab.validation.comparison import difference, differs
from trimtab.validation.kept_memory import Along, KeptMemory
from trimtab.validation.specimen import Exam, Specimen, arrays

Outcome = tuple[bool, str]
RECENT, WHOLE = 5, 24  # answers looked at up to each cut, and at every which cut all of them are looked at besides


def alone(exam: Exam) -> Outcome:
    """Every date by itself, and every third one, against the batch."""
    dates = exam.specimen.dates
    for d in exam.every:
        found = difference(exam.asked(exam.specimen, [d]), _rows(exam.batch, [d]), dates[[d]], ("alone", "among others"))
        if found:
            return False, f"it reads along the dates, {found}"
    third = list(exam.every)[::3]
    found = difference(exam.asked(exam.specimen, third), _rows(exam.batch, third), dates[third], _EVERY_THIRD)
    return not found, found or f"each of {len(dates)} dates says the same alone as among the others, bit for bit"


def poisoned(exam: Exam) -> Outcome:
    """Another future: wrong in size, sign and gaps."""
    return _future(exam, exam.specimen.poisoned, "with another future")


def truncated(exam: Exam) -> Outcome:
    """No future at all."""
    return _future(exam, exam.specimen.truncated, "without a future")


def _future(exam: Exam, changed: Callable[[int], Specimen], how: str) -> Outcome:
    """The last answers up to every cut, with memory too, and up to every 24th all of them from the first date on.

    What lies further back has had its own cut, where everything after it was changed; so has the memory of it, which goes
    on from what was kept there.
    """
    dates = exam.specimen.dates
    memory, remembers = KeptMemory(), exam.subject.heard is not None
    whole = _heard(exam, exam.specimen, exam.every)
    kept = _heard(exam, exam.specimen, exam.every, memory.keep)
    for cut in exam.every:
        entire = cut % WHOLE == WHOLE - 1 or cut == exam.every[-1]
        world, numbers = changed(cut), range(0 if entire else max(0, cut + 1 - RECENT), cut + 1)
        there, said, found = dates[list(numbers)], _against(f"{how}, with memory"), ""
        if entire or not remembers:
            found = difference(_rows(exam.batch, numbers), exam.asked(world, numbers), there, _against(how))
        if entire and remembers:
            found = found or difference(_rows(whole, numbers), _heard(exam, world, numbers), there, said)
        elif remembers:
            other: list[str] = []
            again = _heard(exam, world, numbers, memory.again(numbers[0], other))
            found = difference(_rows(kept, numbers), again, there, said) or (f"for {other[0]} is another then" if other else "")
        if found:
            return False, f"it knows what comes after {dates[cut]}, {found}"
    return True, f"the same {how} after each of {len(dates)} dates"


def older(exam: Exam) -> Outcome:
    """Rows before `since`, replaced: after how many dates they no longer matter, here or on a much longer market."""
    if not exam.spoken.any():
        return True, "says nothing that could depend on it"
    settled = _settled(exam, exam.specimen)
    if settled is not None:
        return True, _settled_words(settled)
    long = exam.specimen.longer()
    now, then = exam.asked(long), exam.asked(long.forgotten())
    found = difference(now, then, long.dates, _against("with an older history replaced"))
    return not found, f"the oldest history matters for ever, {found}" if found else "reads far back, but not for ever"


def _settled(exam: Exam, specimen: Specimen) -> int | None:
    """The decisions until older history no longer matters; None where it still does at the last that says anything."""
    then = exam.asked(specimen.forgotten())
    changed = np.logical_or.reduce(
        [differs(values, then[name]).reshape(len(values), -1).any(axis=1) for name, values in exam.batch.items()]
    )
    count = int(np.flatnonzero(changed)[-1]) + 1 if changed.any() else 0
    return None if count > int(np.flatnonzero(exam.spoken)[-1]) else count


def _settled_words(count: int) -> str:
    if count == 0:
        return "what lies before `since` does not matter"
    return f"what lies before `since` no longer matters after {count} date{'' if count == 1 else 's'}"


def order(exam: Exam) -> Outcome:
    """The assets in other orders: the answer moves with them (and stays as it is where it is about none)."""
    count, dates = exam.specimen.count, exam.specimen.dates
    for chosen in ([*range(1, count), 0], list(range(count))[::-1]):
        moved = exam.asked(exam.specimen.permuted(chosen))
        expected = {name: _moved(name, values, chosen) for name, values in exam.batch.items()}
        found = difference(expected, moved, dates, ("before", "with the assets in another order"), nearly=True)
        if found:
            return False, f"the place of an asset matters, {found}"
    return True, f"the order of {count} assets does not matter"


def twice(exam: Exam) -> Outcome:
    """The same question, asked again."""
    found = difference(exam.batch, exam.asked(exam.specimen), exam.specimen.dates, ("first", "asked again"))
    return not found, f"it is not determined by the data, {found}" if found else "asked twice, the same bits"


def calls(exam: Exam) -> Outcome:
    """Another market on the same dates, and the same one 28 years later, when no call can have left anything behind."""
    here = exam.specimen.another()
    now = exam.asked(here)
    then = exam.asked(here.later())
    found = difference(now, then, here.dates, ("said", "said of the same prices 28 years later"))
    if found:
        return False, f"it remembers earlier calls, or knows dates by heart, {found}"
    found = difference(exam.batch, exam.asked(exam.specimen), exam.specimen.dates, ("first", "after other markets"))
    return not found, f"it remembers earlier calls, {found}" if found else "calls leave nothing behind"


_EVERY_THIRD = ("among every third date", "among all")


def _against(how: str) -> tuple[str, str]:
    return "as it is", how


def _rows(batch: Mapping[str, Array], numbers: Sequence[int]) -> dict[str, Array]:
    return {name: values[list(numbers)] for name, values in batch.items()}


def _heard(exam: Exam, specimen: Specimen, numbers: Sequence[int], along: Along | None = None) -> dict[str, Array]:
    """The answer with memory, run `along` these decisions; the desk's way where nothing else is said."""
    if exam.subject.heard is None:
        return {}
    with np.errstate(all="ignore"):
        return arrays(exam.subject.heard(specimen.at(numbers), along))


def _moved(name: str, values: Array, chosen: list[int]) -> Array:
    """An answer with its assets in the order `chosen`."""
    if name == "probability":
        return values
    moved = values[:, chosen]
    return moved[:, :, chosen] if name == "covariance" else moved
