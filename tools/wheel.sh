#!/bin/sh
# Builds wheel and sdist twice without a network, from two copies of the tree that differ in place, dates and modes, and once
# more from the sdist; compares them byte for byte; looks into the wheel; installs it into an environment that shares the
# packages of .venv but not the tree; and runs tests there (FULL=1: all of them). BUILD=1 stops before the environment.
set -eu
cd "$(dirname "$0")/.."
python=${PYTHON:-.venv/bin/python}
case $python in /*) ;; *) python=$PWD/$python ;; esac
out=$PWD/out/supply/wheel
env=$PWD/out/supply/wheel-env
SOURCE_DATE_EPOCH=$(git log -1 --format=%ct)
export SOURCE_DATE_EPOCH

digest() { "$python" -c 'import hashlib, sys; print(hashlib.sha256(open(sys.argv[1], "rb").read()).hexdigest())' "$1"; }

# same FILE FILE: whether both hold the same bytes; says the SHA-256 if so.
same() {
    one=$(digest "$1")
    two=$(digest "$2")
    if [ "$one" != "$two" ]; then
        echo "wheel: $(basename "$1") is not reproducible: $one, then $two" >&2
        exit 1
    fi
    echo "  $(basename "$1"): the same bytes from $3, SHA-256 $one"
}

# build TREE FOLDER [-t wheel]: what hatchling makes of a tree.
build() {
    tree=$1
    folder=$2
    shift 2
    (cd "$tree" && "$python" -m hatchling build --directory "$folder" "$@" >"$out/build.log" 2>&1) || {
        cat "$out/build.log" >&2
        exit 1
    }
}

rm -rf "$out" "$env"
mkdir -p "$out/tree-1" "$out/a longer name/tree-2" "$out/from-sdist"
echo "  building wheel and sdist twice"
git ls-files -z --cached --others --exclude-standard |
    "$python" -c 'import os, sys; sys.stdout.write("".join(f + "\0" for f in sys.stdin.read().split("\0") if os.path.isfile(f)))' |
    tar --null -T - -cf "$out/tree.tar"
tar -xf "$out/tree.tar" -C "$out/tree-1"
tar -xmf "$out/tree.tar" -C "$out/a longer name/tree-2"
chmod -R go-rwx "$out/a longer name/tree-2"
rm "$out/tree.tar"
build "$out/tree-1" "$out/1"
build "$out/a longer name/tree-2" "$out/2"
wheel=$(echo "$out"/1/*.whl)
sdist=$(echo "$out"/1/*.tar.gz)
same "$wheel" "$out/2/$(basename "$wheel")" "two trees"
same "$sdist" "$out/2/$(basename "$sdist")" "two trees"
tar -xzf "$sdist" -C "$out/from-sdist"
build "$(echo "$out"/from-sdist/*)" "$out/3" -t wheel
same "$wheel" "$out/3/$(basename "$wheel")" "the sdist"
"$python" -m tools.wheel_contents "$wheel" "$out/tree-1"
rm -rf "$out/2" "$out/3" "$out/tree-1" "$out/a longer name" "$out/from-sdist"
[ -z "${BUILD:-}" ] || exit 0

echo "  installing the wheel into an environment of its own"
"$python" -m venv --without-pip "$env"
"$python" -m pip --python "$env/bin/python" install --quiet --disable-pip-version-check --no-index --no-deps "$wheel"
# A .pth file adds the folder of .venv's packages, but not what that folder's own .pth files add: the tree stays out.
"$python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))' >"$("$env/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/shared.pth"

if [ -n "${FULL:-}" ]; then
    echo "  running all tests against the installed wheel (ten to fifteen minutes)"
    set -- -n 2 --dist loadfile --ignore=tests/docs
else
    echo "  running a part of the tests against the installed wheel (a minute; FULL=1 runs all)"
    set -- tests/core tests/desk/test_gallery.py tests/surfaces/test_report.py tests/surfaces/cli/test_verbs.py \
        tests/surfaces/cli/test_outputs.py
fi
OPENBLAS_NUM_THREADS=1 "$env/bin/python" -m tools.installed --quiet -p no:cacheprovider "$@"
"$env/bin/trimtab" --version
echo "wheel: $(basename "$wheel") is reproducible, whole, and passes its tests where it is installed"
