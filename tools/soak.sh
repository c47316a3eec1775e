#!/bin/sh
# Runs the tests marked `soak` and keeps a log that says what was run: commit, seed, Python and packages.
set -eu
log=out/soak.log
mkdir -p out

{
    echo "commit   $(git rev-parse --verify --quiet HEAD 2>/dev/null || echo unknown)$(git diff --quiet HEAD 2>/dev/null || echo ', with changes')"
    echo "seed     $SEED (random tests and TRIMTAB_SOAK_SEED)"
    echo "python   $("$PYTHON" --version)"
    echo "packages $(cksum <locks/test.txt | cut -d' ' -f1) (checksum of locks/test.txt)"
    echo
} | tee "$log"

# tee's exit code hides that of pytest, so it is written down.
code=$(mktemp)
{
    TRIMTAB_SOAK_SEED=$SEED "$PYTHON" -m pytest -m soak --hypothesis-seed="$SEED" -p no:cacheprovider 2>&1 &&
        echo 0 >"$code" || echo $? >"$code"
} | tee -a "$log"
result=$(cat "$code")
rm -f "$code"
echo "log: $log"
exit "$result"
