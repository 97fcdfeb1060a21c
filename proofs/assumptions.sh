#!/bin/sh
# Print the assumptions of every theorem of theorems.tsv and fail unless each is closed
# under the global context; fail as well when a Theorem of the theories is not listed.
set -eu
cd "$(dirname "$0")"
mkdir -p build/assumptions

# Every Theorem is in the list, under the file that holds it.
tail -n +2 theorems.tsv | awk -F'\t' 'NF != 5 { print "theorems.tsv: bad line: " $0 > "/dev/stderr"; exit 1 } { print $3 " " $4 }' \
    | sort > build/assumptions/listed
if [ -n "$(uniq -d build/assumptions/listed)" ]; then
    echo "theorems.tsv: listed twice: $(uniq -d build/assumptions/listed)" >&2; exit 1
fi
for f in $(grep '\.v$' _CoqProject); do
    sed -n "s/^ *Theorem \([A-Za-z0-9_']*\).*/\1/p" "$f" | sed "s|^|$f |"
done | sort > build/assumptions/stated
missing=$(comm -13 build/assumptions/listed build/assumptions/stated)
if [ -n "$missing" ]; then
    echo "theorems.tsv: theorems that are not listed:" >&2; echo "$missing" >&2; exit 1
fi

# One query per line of the list; Coq answers them in order.
{
    awk '{ print $1 }' build/assumptions/listed | uniq | sed 's|theories/\(.*\)\.v|From Counterproof Require \1.|'
    sed 's|theories/\(.*\)\.v \(.*\)|Print Assumptions Counterproof.\1.\2.|' build/assumptions/listed
} > build/assumptions/Query.v
coqc -noglob -Q theories Counterproof build/assumptions/Query.v > build/assumptions/answers

closed=$(grep -c '^Closed under the global context$' build/assumptions/answers || true)
total=$(wc -l < build/assumptions/listed)
if [ "$closed" -ne "$total" ] || [ "$(wc -l < build/assumptions/answers)" -ne "$total" ]; then
    cat build/assumptions/answers >&2
    echo "assumptions: $closed of $total theorems are closed" >&2; exit 1
fi
paste -d' ' build/assumptions/listed build/assumptions/answers
echo "assumptions: all $total theorems are closed under the global context"
