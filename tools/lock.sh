#!/bin/sh
# Writes locks/*.txt: one version of everything for Python 3.11 to 3.14 on Linux, macOS and Windows, with hashes.
# Versions stay as they are unless pyproject.toml asks for others; `tools/lock.sh --upgrade` takes the newest.
set -eu
cd "$(dirname "$0")/.."

env=.venv-lock
if [ ! -x "$env/bin/uv" ]; then
    "${PYTHON:-python3}" -m venv "$env"
    "$env/bin/python" -m pip install --quiet --disable-pip-version-check 'uv==0.13.9'
fi

# compile NAME ARGUMENT...: resolve into locks/NAME.txt. Wheels only: nobody who installs a lock needs a compiler.
compile() {
    name=$1
    shift
    echo "  locks/$name.txt"
    "$env/bin/uv" pip compile --quiet --no-config --custom-compile-command 'make lock' --universal --python-version 3.11 \
        --fork-strategy fewest --only-binary :all: --generate-hashes --overrides locks/overrides.txt \
        --output-file "locks/$name.txt" "$@"
}

# One environment may hold several locks, so each keeps to the versions of those before it.
compile test pyproject.toml --group build --extra samples --extra store --extra vendors --extra sheets --extra sql --extra yahoo --extra postgres \
    --extra alpaca --extra ibkr --extra fix --extra notify --extra bloomberg --extra sweep --extra dask --extra ray --extra objects \
    --extra web --extra oidc --extra mcp \
    --extra test "$@"
# What mypy reads: the types of the web framework, of single sign-on and of the assistants' protocol are in their packages.
compile check pyproject.toml --group build --extra store --extra web --extra oidc --extra mcp --extra check -c locks/test.txt "$@"
compile docs pyproject.toml --group build --extra docs -c locks/test.txt -c locks/check.txt "$@"
compile peer-bt --group peer-bt "$@"
compile peer-optimalportfolios --group peer-optimalportfolios "$@"
compile peer-cvxportfolio --group peer-cvxportfolio "$@"
compile peer-vectorbt --group peer-vectorbt "$@"

# The demo reads data files inside the sample packages and imports none of them: what they would need stays out.
compile demo pyproject.toml --group build -c locks/test.txt "$@"
compile serve pyproject.toml --group build --extra store --extra web -c locks/test.txt "$@"
printf '%s\n' arch linearmodels skfolio >locks/samples.in
compile samples --no-header --no-deps -c locks/test.txt locks/samples.in "$@"
cat locks/samples.txt >>locks/demo.txt
cat locks/samples.txt >>locks/serve.txt
rm locks/samples.txt locks/samples.in
