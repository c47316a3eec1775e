"""What is tried: scripts, names of files, addresses on this machine, formulas, and ways to another site. Plain values only."""

from __future__ import annotations

from pathlib import Path

SCRIPTS: tuple[str, ...] = tuple(Path(__file__).with_name("scripts.txt").read_text(encoding="utf-8").splitlines())

ELSEWHERE = (  # where `next` must not lead
    *("//evil.example", "///evil.example", "////evil.example", "/\\evil.example", "\\\\evil.example", "/\\/evil.example"),
    *("https://evil.example", "http:evil.example", "https:/evil.example", "HTTPS://evil.example", "javascript:alert(1)"),
    *("/\t/evil.example", "/\n/evil.example", "/\r/evil.example", "\t//evil.example", " //evil.example", "\x00//evil.example"),
    *("data:text/html,x", "evil.example", "@evil.example", "//evil.example/%2f..", "//[::1]", "/\x0b/evil.example"),
)

UPWARDS = (  # names that lead to ../outside/canary.yaml or the machine's own files; `{}` is that folder in full
    *("../outside/canary.yaml", "../outside/canary.json", "../outside/canary.csv", "../outside/canary.txt"),
    *("{}/canary.yaml", "{}/canary.csv", "file://{}/canary.yaml", "file:{}/canary.yaml", "/{}/canary.yaml"),
    *("leads_out/canary.yaml", "leads_out/canary.csv", "leads_out/canary.json", "./leads_out/canary.yaml", "leads_out"),
    *(
        "policies/../../outside/canary.yaml",
        "./../outside/canary.yaml",
        "..//outside//canary.yaml",
        "policies/./../../outside/canary.yaml",
    ),
    *("..\\outside\\canary.yaml", "..\\/outside/canary.yaml", "%2e%2e/outside/canary.yaml", "..%2foutside%2fcanary.yaml"),
    *("%252e%252e%252foutside%252fcanary.yaml", "..%5coutside%5ccanary.yaml", "..%c0%afoutside/canary.yaml"),
    *("....//outside/canary.yaml", "..;/outside/canary.yaml", "../outside/canary.yaml\x00.yaml", "../outside/canary.yaml%00"),
    *("~/../outside/canary.yaml", "~root/.profile", "/etc/passwd", "../" * 12 + "etc/passwd", "/proc/self/environ"),
    *("/dev/zero", "/dev/stdin", "\\\\?\\C:\\x", "C:\\x", "con", "a" * 5000, "../" * 60, "x/" * 120 + "x"),
)

FORMULAS = (
    *("=1+1", "+1+1", "-1+1", "@SUM(1)", "\t=1+1", "\r=1+1", "\n=1+1", " =1+1", '=HYPERLINK("http://evil.example")'),
    *("=cmd|' /C calc'!A0", "\uff1d1+1", "\uff0b1", "\uff0d1", "\uff20SUM(1)", "-2+3+cmd|' /C calc'!A0", "'=1", "\xa0=1"),
)

_LOOPBACK = (
    *("127.0.0.1", "localhost", "LOCALHOST", "127.1", "127.0.1", "2130706433", "0x7f000001", "0x7f.0.0.1", "0177.0.0.1"),
    *("017700000001", "0", "0.0.0.0", "[::1]", "[::]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "127.0.0.1.nip.io"),  # noqa: S104
    *(
        "localtest.me",
        "127.127.127.127",
        "user@127.0.0.1",
        "127.0.0.1%2523@evil.example",
        "\u2460\u2461\u2466.0.0.1",
        "127.0.0.1.",
    ),
)


def addresses(port: int) -> tuple[str, ...]:
    """Addresses that would have a server ask itself, its neighbours or its files."""
    spelled = tuple(f"http://{host}:{port}/asked" for host in _LOOPBACK)
    others = (
        *("file:///etc/passwd", "http://169.254.169.254/latest/meta-data/", "http://[fd00:ec2::254]/", "gopher://127.0.0.1:1/"),
        *(f"ftp://127.0.0.1:{port}/x", f"//127.0.0.1:{port}/x", f"HTTP://127.0.0.1:{port}/x", f"s3://127.0.0.1:{port}/x"),
        *(f"postgresql://127.0.0.1:{port}/x", f"mysql://127.0.0.1:{port}/x", f"http:\\\\127.0.0.1:{port}\\x"),
    )
    return (*spelled, *others)


BOMB = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{chr(98 + k)}: &{chr(98 + k)} [{', '.join(['*' + chr(97 + k)] * 9)}]\n" for k in range(7)
)
"""289 bytes or so, and millions of leaves."""

QUESTIONS = (  # to the market store, `OUTSIDE` being a folder that it must not read
    *(f"SELECT * FROM {kind}('OUTSIDE/canary.csv')" for kind in ("read_csv", "read_text", "read_blob", "read_csv_auto")),  # noqa: S608
    *("SELECT * FROM 'OUTSIDE/canary.csv'", "FROM 'OUTSIDE/canary.csv'", "SELECT * FROM '/etc/passwd'"),
    *("SELECT * FROM glob('OUTSIDE/*')", "SELECT getenv('TRIMTAB_ADMIN')", "SELECT * FROM read_text('access.db')"),
    *("SELECT * FROM read_text('../outside/canary.txt')", "SELECT * FROM read_text('market/../../outside/canary.txt')"),
    *("SELECT * FROM read_text('market/../leads_out/canary.txt')", "SELECT * FROM query_table('OUTSIDE/canary.csv')"),
    *("SELECT 1; COPY (SELECT 1) TO 'OUTSIDE/written.csv'", "ATTACH 'OUTSIDE/x.db'", "INSTALL httpfs"),
    *("SET lock_configuration = false", "SELECT (SELECT content FROM read_text('OUTSIDE/canary.txt'))"),
    *("WITH a AS (SELECT * FROM read_text('OUTSIDE/canary.txt')) SELECT * FROM a", "SELECT * FROM duckdb_secrets()"),
    "SELECT * FROM query('SELECT * FROM read_text(''OUTSIDE/canary.txt'')')",
)
