"""A lock is read whole, and what an extra brings is found along the lock's own notes."""

import pytest

from tools.pins import Pin, asked, brought, pins

A, B = "a" * 64, "b" * 64
LOCK = f"""\
# made by
#    make lock
First_Part==1.0 \\
    --hash=sha256:{B} \\
    --hash=sha256:{A}
    # via trimtab (pyproject.toml)
second==2.0.post1 ; python_full_version < '3.12' \\
    --hash=sha256:{A}
    # via
    #   --override locks/overrides.txt
    #   first-part
    #   trimtab (pyproject.toml:build)
third==3
    --hash=sha256:{A}
    # via second
tester==4 \\
    --hash=sha256:{A}
    # via trimtab (pyproject.toml)
"""


def test_a_lock_is_read_whole():
    first, second, tester, third = pins(LOCK)
    assert first == Pin("first-part", "1.0", "", (A, B), ("trimtab (pyproject.toml)",))
    assert second == Pin(
        "second", "2.0.post1", "python_full_version < '3.12'", (A,), ("first-part", "trimtab (pyproject.toml:build)")
    )
    assert (third.via, tester.via) == (("second",), ("trimtab (pyproject.toml)",))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("numpy==1\n", "numpy==1 has no hash"),
        ("numpy>=1 \\\n    --hash=sha256:" + A, "pins no package to one version"),
        ("-e .\n", "pins no package to one version"),
        ("    --hash=sha256:" + A, "line 1 of the lock belongs to no package"),
    ],
)
def test_what_is_no_lock_with_hashes_is_refused(text: str, words: str):
    with pytest.raises(ValueError, match=words):
        pins(text)


def test_extras_are_followed_to_the_end():
    # base asks for first-part, which needs second, which needs third; web asks for second alone; tests for tester.
    extras = {"base": {"first-part"}, "web": {"second"}, "test": {"tester", "elsewhere"}}
    assert brought(pins(LOCK), {name: frozenset(roots) for name, roots in extras.items()}) == {
        "first-part": {"base"},
        "second": {"base", "web"},
        "third": {"base", "web"},
        "tester": {"test"},
    }


def test_what_a_project_asks_for_is_read_without_versions():
    project = {"project": {"dependencies": ["NumPy>=1"], "optional-dependencies": {"postgres": ["psycopg[binary]>=3; x"]}}}
    assert asked(project) == {"base": {"numpy"}, "postgres": {"psycopg"}}
