#!/bin/sh
# The extracted checker accepts what is valid (exit 0), refuses what is not (exit 1) and
# what it cannot read (exit 2).
set -u
cd "$(dirname "$0")"
kernel=$1
failures=0
for f in tests/*; do
    case "$f" in
        *.valid) expected=0 ;;
        *.invalid) expected=1 ;;
        *.malformed) expected=2 ;;
        *) echo "$f: unknown kind of test" >&2; exit 1 ;;
    esac
    "$kernel" "$f" > /dev/null 2>&1
    status=$?
    if [ "$status" -ne "$expected" ]; then
        echo "$f: exit status $status, expected $expected" >&2
        failures=$((failures + 1))
    fi
done
"$kernel" - < tests/farkas.valid > /dev/null || { echo "standard input: refused" >&2; failures=$((failures + 1)); }
"$kernel" tests/farkas.valid tests/farkas.invalid > /dev/null && { echo "two files: accepted" >&2; failures=$((failures + 1)); }
[ "$failures" -eq 0 ] && echo "extraction: $(ls tests | wc -l) certificates answered as expected"
