#!/bin/sh
# Compile every example certificate; every tampered one must be refused by its checker.
set -eu
cd "$(dirname "$0")"
mkdir -p build/examples build/tampered

for f in examples/*.v; do
    name=$(basename "$f" .v)
    answer=$(coqc -noglob -Q theories Counterproof -o "build/examples/$name.vo" "$f")
    if [ "$answer" != "Closed under the global context" ]; then
        echo "$f: $answer" >&2; exit 1
    fi
    echo "$f: accepted"
    if [ ! -f "examples/tampered/$name.v" ]; then
        echo "$f: no tampered version" >&2; exit 1
    fi
done

for f in examples/tampered/*.v; do
    name=$(basename "$f" .v)
    if coqc -noglob -Q theories Counterproof -o "build/tampered/$name.vo" "$f" > "build/tampered/$name.log" 2>&1; then
        echo "$f: accepted, but it is wrong" >&2; exit 1
    fi
    # Refused by the checker's value, and not because something else went wrong.
    if ! grep -q 'The term "eq_refl" has type "true = true"' "build/tampered/$name.log"; then
        cat "build/tampered/$name.log" >&2; exit 1
    fi
    echo "$f: refused"
done
