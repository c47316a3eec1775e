"""Each house rule finds its planted fault, says where, and leaves clean code alone."""

import ast
from pathlib import Path

import pytest

from tools.check_sizes import Fault, Module, faults, main

ROOM = "src/trimtab/signals/trend.py"


def found(code: str, path: str = ROOM) -> list[Fault]:
    text = f'"""What it is."""\n{code}\n'
    return faults(Module(Path(path), text, ast.parse(text)))


def long_function(lines: int) -> str:
    body = "\n".join(f"    x{n} = {n}" for n in range(lines - 1))  # the def line is the first
    return f"def f():\n{body}\n"


def test_clean_code_has_no_fault():
    assert found("from datetime import date\n\ndef f(day: date, *, n: int = 1) -> date:\n    return day\n") == []


@pytest.mark.parametrize(
    ("lines", "warning"),
    [
        pytest.param(250, None, id="short"),
        pytest.param(251, True, id="long"),
        pytest.param(350, True, id="just allowed"),
        pytest.param(351, False, id="too long"),
    ],
)
def test_length_of_a_file(lines: int, warning: bool | None):
    answer = found("\n".join("x = 1" for _ in range(lines - 1)))  # the docstring is a line too
    assert [fault.warning for fault in answer] == ([] if warning is None else [warning])


def test_a_module_needs_a_docstring():
    assert [fault.text for fault in faults(Module(Path(ROOM), "x = 1\n", ast.parse("x = 1\n")))] == ["no module docstring"]


def test_a_function_may_have_thirty_lines_of_code():
    assert found(long_function(30)) == []
    (fault,) = found(long_function(31))
    assert fault == Fault(2, "f has 31 lines of code, at most 30")


def test_docstrings_comments_and_blanks_are_no_code():
    padding = '    """Says\n\n    a lot.\n    """\n' + "    # why\n\n" * 40
    assert found(long_function(30).replace("def f():\n", f"def f():\n{padding}")) == []


def test_lines_of_a_text_are_code():
    text = "\n".join("words" for _ in range(30))
    assert len(found(f'def f():\n    return """{text}"""\n')) == 1


@pytest.mark.parametrize(
    ("given", "count"),
    [
        ("a, b, c, d, e, f", 0),
        ("self, a, b, c, d, e, f", 0),
        ("cls, a, b, c, d, e, *, f", 0),
        ("a, b, c, d, e, f, g", 1),
        ("a, /, b, c, *d, e, f, **g", 1),
        ("self, a, b, c, d, e, f, g", 1),
        ("a, self, b, c, d, e, f", 1),
    ],
)
def test_parameters_are_counted_without_self(given: str, count: int):
    assert len(found(f"def f({given}): ...")) == count


def test_fields_of_a_dataclass_are_no_parameters():
    fields = "\n".join(f"    a{n}: int = {n}" for n in range(20))
    assert found(f"from dataclasses import dataclass\n\n@dataclass\nclass Many:\n{fields}\n") == []


@pytest.mark.parametrize(
    "path",
    [
        "src/trimtab/signals/utils.py",
        "src/trimtab/signals/trend_helpers.py",
        "src/trimtab/common/trend.py",
        "src/trimtab/desk/order_manager.py",
        "src/trimtab/desk/handler.py",
        "src/trimtab/core/base.py",
    ],
)
def test_a_file_is_named_for_what_it_answers(path: str):
    assert len(found("x = 1", path)) == 1


@pytest.mark.parametrize("name", ["OrderManager", "BaseSignal", "HTTPHandler", "TrendUtils", "Helper"])
def test_a_class_is_named_for_what_it_is(name: str):
    assert len(found(f"class {name}: ...")) == 1


@pytest.mark.parametrize("name", ["Database", "Manage", "Baseline", "Uncommon"])
def test_only_whole_words_count(name: str):
    assert found(f"class {name}: ...") == []


CLOCKS = [
    "from datetime import datetime\nx = datetime.now()",
    "from datetime import datetime as dt, UTC\nx = dt.now(UTC)",
    "import datetime\nx = datetime.datetime.utcnow()",
    "import datetime as d\nx = d.date.today()",
    "from datetime import date\nx = date.today()",
    "from datetime import datetime\nx = datetime.today()",
    "import time\nx = time.time()",
    "import time as t\nx = t.time_ns()",
    "import pandas as pd\nx = pd.Timestamp.now()",
    "import pandas as pd\nx = pd.Timestamp('today')",
    "import numpy as np\nx = np.datetime64('now')",
    "from datetime import datetime\ndef f(clock=datetime.now): ...",
]


@pytest.mark.parametrize("code", CLOCKS)
def test_the_clock_is_read_in_live_alone(code: str):
    assert len(found(code)) == 1
    assert len(found(code, "src/trimtab/desk/cycle.py")) == 1
    assert found(code, "src/trimtab/desk/live.py") == []


def test_a_name_brought_in_from_time_is_followed():
    assert {fault.line for fault in found("from time import time as t\n\nx = t()")} == {2, 4}


@pytest.mark.parametrize(
    "code",
    [
        "def f(clock):\n    return clock.now()",
        "import numpy as np\nx = np.datetime64('2020-01-31')",
        "time = 3\ny = time",
    ],
)
def test_a_clock_that_is_handed_in_is_fine(code: str):
    assert found(code) == []


@pytest.mark.parametrize("name", ["perf_counter", "perf_counter_ns", "monotonic", "process_time"])
def test_stopwatches_belong_to_desk_surfaces_and_sources(name: str):
    code = f"import time\nx = time.{name}()"
    assert len(found(code)) == 1
    assert found(code, "src/trimtab/desk/sweep.py") == []
    assert found(code, "src/trimtab/surfaces/cli/main.py") == []
    assert found(code, "src/trimtab/data/sources/http.py") == []
    assert len(found(code, "src/trimtab/data/view.py")) == 1


@pytest.mark.parametrize(
    "code",
    [
        "import pickle",
        "from pickle import loads",
        "import pandas as pd\nx = pd.read_pickle('x')",
        "def f(frame):\n    frame.to_pickle('x')",
        "import numpy as np\nx = np.load('x', allow_pickle=True)",
        "x = eval('1')",
        "exec('x = 1')",
        "import yaml\nx = yaml.load('x', yaml.SafeLoader)",
        "import yaml as y\nx = y.unsafe_load('x')",
    ],
)
def test_nothing_runs_what_it_reads(code: str):
    assert len(found(code)) == 1


@pytest.mark.parametrize(
    "code",
    [
        "import yaml\nx = yaml.safe_load('x')",
        "import numpy as np\nx = np.load('x', allow_pickle=False)",
        "import re\nx = re.compile('a')",
    ],
)
def test_safe_reading_is_fine(code: str):
    assert found(code) == []


def test_the_command_prints_the_place_and_fails(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    path = tmp_path / "src" / "trimtab" / "core" / "base.py"
    path.parent.mkdir(parents=True)
    path.write_text('"""What it is."""\n')
    assert main([str(tmp_path)]) == 1
    assert f"{path}:1: the name 'base' says 'base'" in capsys.readouterr().out


def test_a_warning_does_not_fail(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    (tmp_path / "trend.py").write_text('"""What it is."""\n' + "x = 1\n" * 300)
    assert main([str(tmp_path)]) == 0
    assert "warning: 301 lines" in capsys.readouterr().out
