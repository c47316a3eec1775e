"""A first signal of one's own: one commented file with one class, which works at once and passes its check."""

from __future__ import annotations

import keyword
import re
import sys
from dataclasses import dataclass
from importlib.machinery import PathFinder

from trimtab.core.errors import UsageError

TEMPLATE = '''\
"""{kind}: say here what it looks at, by which method, and after whom.

Check it:   trimtab check-signal {module}:{kind}
Use it:     signals: {{{name}: {{use: {module}:{kind}, window: 6M}}}}   (in a policy of your own)
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from trimtab.core.errors import ParameterError
from trimtab.core.roles import View
from trimtab.core.terms import TOTAL_RETURN, Span, months
from trimtab.core.values import Scores
from trimtab.signals.algebra import Term


@dataclass(frozen=True, slots=True)
class {kind}(Term):  # a Term can be added and scaled: 0.5 * {kind}() + Trend()
    """+1 where an asset stands above its value `window` ago, -1 where below, 0 at a tie. Shape (D, A).

    NaN where either value is unknown (warm-up: `window` + 1 rows).
    """

    # The fields are the parameters: a policy file sets them by name. Write durations as 6M, 26W or 120D.
    window: Span = months(6)

    # Where it reads named series, say so in a property `needs`, such as ("cape",), and ask view.series("cape", 1).

    def __post_init__(self) -> None:
        """Refuse what makes no sense, at the door."""
        if self.window.count < 1:
            raise ParameterError("window is 0 steps long", field="window", remedy="Give at least 1M, 1W or 1D.")

    def __call__(self, view: View) -> Scores:
        """(D, A) for all D decision dates at once. Every window ends at its date: the future cannot be asked for."""
        index = view.window(TOTAL_RETURN, self.window.count + 1, every=self.window.every)  # (D, n, A), oldest first
        # Work on each date by itself, over the rows (axis 1) and assets; never along the dates (axis 0). Unknown stays
        # NaN. For sums and means over rows take trimtab.signals.sums, whose last bits do not depend on the layout.
        return Scores(view.assets, np.sign(index[:, -1] - index[:, 0]))

    def sentence(self, view: View, asset: int) -> str:
        """Why the last date says what it says on one asset, with the numbers, or why it is unknown."""
        index = view.window(TOTAL_RETURN, self.window.count + 1, every=self.window.every)[-1, :, asset]
        if not np.isfinite(index[-1]) or not index[0] > 0.0:
            return f"its {{self.window.words}} return is unknown: a value at either end is missing"
        return f"its {{self.window.words}} return is {{100.0 * (index[-1] / index[0] - 1.0):+.1f}} %"

    @property
    def words(self) -> str:
        """What it looks at, for `trimtab policy show`."""
        return f"price against {{self.window.words}} before"
'''


@dataclass(frozen=True, slots=True)
class OwnSignal:
    """What a new signal is called: its class, and the short name of it in a policy and of its file."""

    kind: str
    name: str

    def text(self, module: str) -> str:
        """The file, to be imported as `module`."""
        return TEMPLATE.format(kind=self.kind, name=self.name, module=module)


def own_signal(name: str) -> OwnSignal:
    """The names of a signal that somebody calls `name`, in CamelCase or snake_case. Raises UsageError for what is none."""
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", name) or keyword.iskeyword(name):
        raise UsageError(f"{name!r} is no name for a class", remedy="Write it as MyValue or my_value.")
    parts = [part for word in name.split("_") for part in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z0-9]+", word)]
    snake = "_".join(part.lower() for part in parts)
    camel = "".join(part if part.isupper() and len(parts) > 1 else part.capitalize() for part in parts)
    return OwnSignal(camel, snake)


def require_free(module: str) -> None:
    """Raise UsageError where Python would find another module under this name first, or cannot import it at all."""
    first = module.partition(".")[0]
    if not all(part.isidentifier() and not keyword.iskeyword(part) for part in module.split(".")):
        raise UsageError(
            f"{module!r} cannot be imported", remedy="Name the file in letters, digits and underscores: my_value.py."
        )
    installed = module == first and PathFinder.find_spec(first) is not None
    if installed or first in sys.stdlib_module_names or first in sys.builtin_module_names:
        raise UsageError(f"a module {first!r} is installed already", remedy="Choose another name, such as my_value.")
