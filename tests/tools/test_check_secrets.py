"""Each rule finds its planted secret and leaves its near miss alone; what a test plants needs a line with a reason."""

import re
import subprocess
from pathlib import Path

import pytest

from tools.check_secrets import RULES, findings, fingerprint, main, planted
from trimtab.surfaces.access.tokens import SHAPE

DRAWN = "9xQ4v" + "B7mK2tR8zW5y"  # the planted texts are put together here, so that this file passes the check itself
HEX = "0f1e2d3c4b5a6978" * 4
TOKEN = "trimtab_" + f"{HEX[:12]}_{HEX}"

CASES = [
    ("a private key", "-----BEGIN RSA " + "PRIVATE KEY-----", "-----BEGIN PUBLIC KEY-----"),
    ("a private key", "-----BEGIN " + "PRIVATE KEY-----", "-----BEGIN CERTIFICATE-----"),
    ("a key of AWS", "id AKIA" + "ABCDEFGHIJ234567 end", "AKIA" + "ABCDEFGHIJ23456"),
    ("a key of AWS", "ASIA" + "ABCDEFGHIJ234567", "ASIA-PACIFIC"),
    ("a token of GitHub", "ghp_" + "a1B2" * 9, "ghp_" + "a1B2" * 8),
    ("a token of GitHub", "github_pat_" + "11ABC_" * 5, "github_pat_docs"),
    ("a token of Slack", "xoxb-" + "123456789012-abc", "xoxb-short"),
    ("a token of Slack", "https://hooks.slack.com/" + "services/T000/B000/" + "x1" * 12, "hooks.slack.com/services/T/B/X"),
    ("a token of this desk", TOKEN, "trimtab_" + "gallery_of_policies_by_question_and_family"),
    ("a token of this desk", "trimtab_" + f"abcdef_{DRAWN * 2}", "trimtab_" + f"abcdef_{DRAWN}"),
    ("a password in an address", "postgresql://me:" + "hunter2@host/db", "postgresql://me@host:5432/db"),
    ("a password in an address", "x = f's3://id:" + "hush@{bucket}'", "postgresql://me:{password}@host/db"),
    ("a password in an address", "amqp://a:" + "b@[::1]/", "postgresql://me:$PASSWORD@host/db"),
    ("a password in an address", "redis://:" + "hush@host", "https://host:8765/people/@ann"),
    ("random text under a secret's name", f'api_key = "{DRAWN}"', f'label = "{DRAWN}"'),
    ("random text under a secret's name", f"export DB_PASSWORD={DRAWN}", "export DB_PASSWORD=$FROM_THE_STORE_99"),
    ("random text under a secret's name", f'{{"client_secret": "{DRAWN}"}}', '{"client_secret": "of-the-house-itself"}'),
    ("random text under a secret's name", f"token: {DRAWN}", "token = sha256_of_all_8_parts(x)"),
    ("random text under a secret's name", f"env['ACCESS_KEY'] = '{DRAWN}'", "env['ACCESS_KEY'] = '1111111111111111a'"),
]


@pytest.mark.parametrize(("what", "secret", "near_miss"), CASES)
def test_a_rule_finds_its_secret_and_leaves_the_near_miss(what: str, secret: str, near_miss: str):
    (found,) = findings("a.py", f"fine\n{secret}\n")
    assert (found.what, found.line) == (what, 2)
    assert list(findings("a.py", f"fine\n{near_miss}\n")) == []


def test_every_rule_has_a_case():
    assert {what for what, *_ in CASES} == {rule.what for rule in RULES}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.what)
def test_control_a_scanner_without_a_rule_misses_its_secret(rule: object, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("tools.check_secrets.RULES", tuple(one for one in RULES if one is not rule))
    missed = [what for what, secret, _ in CASES if not list(findings("a.py", secret))]
    assert set(missed) == {rule.what}


def test_the_tokens_that_the_desk_issues_are_known():
    assert re.fullmatch(SHAPE, TOKEN)


def test_a_finding_shows_no_secret():
    (found,) = findings("a.py", f'password = "{DRAWN}"')
    assert DRAWN[:6] not in str(found)
    assert fingerprint(DRAWN) in str(found)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A repository with one planted secret."""
    subprocess.run(("git", "init", "-q", str(tmp_path)), check=True)
    (tmp_path / "tools").mkdir()
    (tmp_path / "test_a.py").write_text(f'fine\nsecret = "{DRAWN}"\n')
    return tmp_path


def test_a_planted_secret_needs_a_line_of_its_own(project: Path, capsys: pytest.CaptureFixture[str]):
    assert main(project) == 1
    assert f"test_a.py:2: random text under a secret's name (fingerprint {fingerprint(DRAWN)})" in capsys.readouterr().out
    (project / "tools" / "planted.txt").write_text(f"# why\ntest_a.py {fingerprint(DRAWN)} looked for in logs\n")
    assert main(project) == 0
    (project / "test_b.py").write_text(f'secret = "{DRAWN}"\n')  # the line is for one file alone
    assert main(project) == 1


def test_another_secret_in_a_file_with_a_planted_one_is_found(project: Path):
    (project / "tools" / "planted.txt").write_text(f"test_a.py {fingerprint(DRAWN)} looked for in logs\n")
    (project / "test_a.py").write_text(f'secret = "{DRAWN}"\nsecret = "{DRAWN[::-1]}"\n')
    assert main(project) == 1


def test_a_line_that_nothing_needs_is_a_finding(project: Path, capsys: pytest.CaptureFixture[str]):
    (project / "tools" / "planted.txt").write_text(f"test_a.py {fingerprint(DRAWN)} looked for in logs\n")
    (project / "test_a.py").write_text("fine\n")
    assert main(project) == 1
    assert f"test_a.py holds no secret {fingerprint(DRAWN)} any more" in capsys.readouterr().out


def test_a_line_without_a_reason_is_refused():
    with pytest.raises(ValueError, match=r"planted.txt:1: .* gives no reason"):
        planted("test_a.py 0123456789ab\n")
