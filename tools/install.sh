#!/bin/sh
# install.sh ENVIRONMENT LOCK [--with-package]: make the environment if there is none, install the lock into it, and the
# project itself if asked. Says what it does, and prints a dot per package, since a newcomer wants to see life.
set -eu
env=$1
lock=$2
python=$env/bin/python
start=${PYTHON:-python3}
flag=$env/.installed
log=$env/.complaints

if [ ! -x "$python" ]; then
    if ! "$start" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
        echo "Trimtab needs Python 3.11 or newer; $start is not. Try: make PYTHON=python3.12" >&2
        exit 1
    fi
    echo "  making $env (a few seconds)"
    if ! "$start" -m venv "$env"; then
        rm -rf "$env"
        echo "No virtual environment could be made. On Debian and Ubuntu: apt-get install python3-venv" >&2
        exit 1
    fi
fi

# pip_install ARGUMENT...: a dot for each package fetched, a word when they are unpacked; complaints only if it fails.
pip_install() {
    rm -f "$flag"
    {
        "$python" -m pip install --disable-pip-version-check --progress-bar off --no-deps "$@" 2>"$log" && touch "$flag"
    } |
        while IFS= read -r line; do
            case $line in
            Collecting* | Processing* | Requirement*) printf '.' ;;
            Installing*) printf ' unpacking' ;;
            esac
        done
    echo
    if [ ! -f "$flag" ]; then
        cat "$log" >&2
        exit 1
    fi
    rm -f "$flag" "$log"
}

count=$(grep -c '^[a-z].*==' "$lock")
printf '  installing %s packages of %s (about %s s)' "$count" "$lock" "$((count + count / 2))"
pip_install --require-hashes -r "$lock"

if [ "${3:-}" = --with-package ]; then
    printf '  installing trimtab itself (a few seconds)'
    pip_install --no-build-isolation -e .
    "$python" -m compileall -q src # as pip does with what it copies, so that no command has to
fi
