#!/bin/sh
# Everything about what the project stands on and what it ships: secrets, bill, licences, audit, wheel. Each runs, whatever
# the others found; out/supply/outcome.txt says how each ended, and the exit code is 0 only if all passed. AUDIT=optional
# lets an audit that could not be made stand as what it is, NOT AUDITED, without failing the rest.
set -u
cd "$(dirname "$0")/.."
python=${PYTHON:-.venv/bin/python}
outcome=out/supply/outcome.txt
mkdir -p out/supply
: >"$outcome"
failed=0

# step NAME COMMAND...: run it and note how it ended. Only the audit ends with 3 where it could not be made.
step() {
    name=$1
    shift
    echo "  $name"
    "$@"
    code=$?
    case $name:$code in
    *:0) word=passed ;;
    audit:3) word='NOT AUDITED' ;;
    *) word=FAILED ;;
    esac
    printf '%-9s %s\n' "$name" "$word" >>"$outcome"
    if [ "$word" = FAILED ] || { [ "$word" = 'NOT AUDITED' ] && [ "${AUDIT:-}" != optional ]; }; then
        failed=1
    fi
}

step secrets "$python" -m tools.check_secrets
step bill "$python" -m tools.bill
step licences "$python" -m tools.licences
step audit "$python" -m tools.audit
step wheel sh tools/wheel.sh
echo
cat "$outcome"
exit "$failed"
