#!/usr/bin/env python3
"""The referee: a second checker of counterproof certificates (format versions 2 and 3), from docs/ alone; Python 3.11.

    python3 python/referee.py [--time-limit SECONDS] [--expect 'CLAIM name=value ..'] FILE..

Every number is exact, and nothing is searched for. `@proves` above a check names a kind of proof, the fields of its
statement and of the proof, and its claims where they have other names; the check opens with its rule. `OTHER` are kinds
that are not covered. A file is a stranger's: no number in it makes this program allocate more than its own content and
the limits below allow.

One line a file: `valid` or `valid refutation` on standard output; `invalid` (the proof does not show the statement),
`unusable` (no certificate of this format) or `not checked` (a limit, or a kind that is not covered) on standard error.
Exit status: 0 all valid; 1 some invalid; 2 unusable input or usage; 3 not checked, whatever else was found.
"""

import argparse
import hashlib
import json
import math
import os
import re
import signal
import stat
import sys
import threading
import _thread
from bisect import bisect_left, bisect_right
from collections import Counter, namedtuple
from fractions import Fraction
from itertools import accumulate, combinations, combinations_with_replacement, product
from operator import add, lt, mul
from types import SimpleNamespace

FORMAT, VERSIONS = "counterproof-certificate", (2, 3)

# The limits that the format documents. What is beyond them is refused, which does not make it false.
MOST_BYTES, MOST_DIGITS, LARGEST_COUNT = 2**28, 20_000, 2**64 - 1
MOST_INPUTS, MOST_REPEATED_INPUTS, MOST_INTERVAL_WORK, MOST_MULTISETS, MOST_TOKENS = 2**40, 2**32, 2**40, 2**32, 2**20
MOST_SCORE_DIFFERENCE, MOST_WEIGHT_BITS, MOST_BASE_BITS = 2**16, 2**17, 2**19
MOST_TABLE_NUMBERS, MOST_TABLE_BITS, MOST_STATE_NUMBERS = 2**25, 2**31, 2**25
MOST_SIZE, MOST_COUNTS, MOST_DIMENSION, MOST_POWER_BITS, MOST_PLANAR_BITS = 2**12, 2**30, 2**10, 70_000, 2**26
MOST_AT_ONCE, MOST_KINKS = 2**23, 2**17  # ours, of memory: what needs more is not checked
sys.set_int_max_str_digits(MOST_DIGITS)

# --- verdicts ---------------------------------------------------------------------------------------------------------
class Refusal(Exception):
    """Why a file is not valid ("unusable" or "invalid"): the place, what was expected there and what was found."""
    def __init__(self, verdict, place, expected, found):
        super().__init__(f"{place}: expected {expected}, found {show(found)}")
        self.verdict = verdict

class Stopped(BaseException):
    """The time limit or an interrupt; not an Exception, so that nothing on the way takes it for its own."""

def require(condition, place, expected, found, verdict="invalid"):
    if not condition:
        raise Refusal(verdict, place, expected, found)

def require_equal(place, expected, found):
    require(expected == found, place, show(expected), found)

def require_room(number, most, place, what="numbers in memory"):
    require(number <= most, place, f"at most {most} {what}", number, "not checked")

def show(value):
    """A value in a message: short, on one line, and never a number of a million digits."""
    if isinstance(value, (int, Fraction)) and type(value) is not bool:
        bits = value.numerator.bit_length() + value.denominator.bit_length()
        return str(value) if bits <= 400 else f"a number of {bits} bits"
    if isinstance(value, (list, tuple, dict)):
        return f"a list of {len(value)}" if type(value) is not dict else "an object"
    return clip(value) if isinstance(value, str) else json.dumps(value)

def clip(text, most=80):
    shown = "".join(letter if letter.isprintable() else "?" for letter in text[:most])
    return shown if len(text) <= most else shown + "..."

# --- text to fields ---------------------------------------------------------------------------------------------------
class OtherNumber(str):
    """The text of a number that is no integer from 0 to 2^64 - 1; refused by whoever reads its field."""

def object_with_each_key_once(pairs):
    if len(fields := dict(pairs)) != len(pairs):
        twice = next(key for key, times in Counter(key for key, _ in pairs).items() if times > 1)
        raise Refusal("unusable", clip(twice), "each field once", "it repeated")
    return fields

def parse(path):
    """The object in a regular file (a pipe may never end), and the first number in it that is none."""
    try:
        with open(os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)), "rb") as file:
            regular = stat.S_ISREG(os.fstat(file.fileno()).st_mode)
            content = file.read(MOST_BYTES + 1) if regular else b""
    except (OSError, ValueError) as error:
        raise Refusal("unusable", "file", "a readable one", getattr(error, "strerror", None) or "another") from None
    usable = regular and len(content) <= MOST_BYTES
    require(usable, "file", f"a regular file of at most {MOST_BYTES} bytes", "another", "unusable")
    if odd := re.search(rb"[^\t\n\r -~]|\\", content):
        found = ("a backslash" if odd[0] == b"\\" else f"the byte 0x{odd[0].hex()}") + f" at byte {odd.start()}"
        raise Refusal("unusable", "file", "printable ASCII and strings without escapes", found)
    others = []

    def other(text):
        others.append(text)
        return OtherNumber(text)

    def count(text):
        return int(text) if len(text) <= 20 and text[0] != "-" and int(text) <= LARGEST_COUNT else other(text)

    hooks = {"parse_int": count, "parse_float": other, "parse_constant": other}
    try:
        return json.loads(content.decode("ascii"), object_pairs_hook=object_with_each_key_once, **hooks), others[:1]
    except (json.JSONDecodeError, RecursionError) as error:
        raise Refusal("unusable", "file", "JSON", str(error)) from None

CANONICAL = re.compile(r"(-?)(0|[1-9][0-9]*)(?:/([1-9][0-9]*))?")

class Field(namedtuple("Field", "value place stated", defaults=[None])):
    """A value, its place, such as `data.welch.pair`, and in a proof the parameters. *Readers* make something of one."""

    def wrong(self, expected):
        raise Refusal("unusable", self.place or "certificate", expected, self.value)

    def under(self, name):
        return Field(self.value[name], f"{self.place}.{name}" if self.place else name, self.stated)

    def itself(self):
        return self

    def of(self, kind, expected):
        return self.value if type(self.value) is kind else self.wrong(expected)

    def rational(self):
        match = CANONICAL.fullmatch(self.of(str, "a rational in a string")) or self.wrong("a rational such as -3/2")
        sign, top, bottom = match.groups()
        if max(len(top), len(bottom or "")) > MOST_DIGITS:
            self.wrong(f"at most {MOST_DIGITS} digits")
        numerator, denominator = int(sign + top), int(bottom or 1)
        if bottom == "1" or sign and top == "0" or math.gcd(numerator, denominator) != 1:
            self.wrong("a rational in lowest terms")
        return Fraction(numerator, denominator)

    def integer(self):
        """An integer in a string."""
        number = self.rational()
        return number.numerator if number.denominator == 1 else self.wrong("an integer")

class Record(SimpleNamespace):
    """The fields of an object, read, and its place."""
    def require(self, name, condition, expected, *found):
        require(condition, f"{self.place}.{name}", expected, found[0] if found else getattr(self, name))

    def require_equal(self, **expected):
        for name, value in expected.items():
            require_equal(f"{self.place}.{name}", value, getattr(self, name))

def record(readers):
    """Reads objects that have exactly these fields. Names with one reader stand together; `name?` may be left out."""
    absent = dict.fromkeys(name[:-1] for name in readers if name[-1] == "?")  # None then
    readers = {name.rstrip("?"): read for names, read in readers.items() for name in names.split()}

    def read_record(field):
        unknown = [name for name in field.of(dict, "an object") if name not in readers]
        for name in unknown or [name for name in readers if name not in (field.value | absent)]:
            place, expected = f"{field.place}.{clip(name)}".lstrip("."), ", ".join(readers) or "(none)"
            raise Refusal("unusable", place, f"the fields {expected}", "another" if unknown else "it missing")
        there = {name: read(field.under(name)) for name, read in readers.items() if name in field.value}
        return Record(place=field.place, **absent | there)

    return read_record

def reader(read):
    """Of a function of a field and more: what makes readers of the rest."""
    return lambda *more: lambda field: read(field, *more)

@reader
def variant(field, readers):
    """An object with one key out of `readers`: the key, and what is read under it."""
    if type(field.value) is not dict or len(field.value) != 1 or not field.value.keys() <= readers.keys():
        field.wrong("an object with one key out of " + ", ".join(readers))
    (name,) = field.value
    return name, readers[name](field.under(name))

@reader
def list_of(field, read, length=None, verdict="unusable"):
    """A list of this length: by its shape, or ("invalid") by what is said elsewhere."""
    items = [read(Field(item, f"{field.place}[{i}]", field.stated)) for i, item in enumerate(field.of(list, "a list"))]
    require(length in (None, len(items)), field.place, f"a list of {length}", f"one of {len(items)}", verdict)
    return items

@reader
def matrix(field, rows=None, columns=None):
    """The rows of a matrix of this shape. Nothing is allocated by the shape that it states."""
    stated = record({"shape": list_of(COUNT, 2), "rows": Field.itself})(field)
    for asked, found in zip((rows, columns), stated.shape):
        require(asked in (None, found), field.place + ".shape", asked, found, "unusable")
    return list_of(list_of(Field.rational, stated.shape[1]), stated.shape[0])(stated.rows)

def as_stated(read, length=lambda stated: stated.m):
    """A list as long as the statement says: an entry for each token, or another length."""
    return lambda field: list_of(read, length(field.stated), "invalid")(field)

def embedding(field):
    """A matrix of the stated sizes, read last. There is a token, so no dimension is larger than a row of the file."""
    rows = matrix()(field)
    require(rows, "params.m", "at least one token", 0)
    field.stated.require_equal(m=len(rows), d=len(rows[0]))
    return rows

def typed(kind, expected):
    return lambda field: field.of(kind, expected)

def optional(read):
    return lambda field: None if field.value is None else read(field)

def one_of(*names):
    return lambda field: field.value if field.value in names else field.wrong("one of " + ", ".join(names))

def word_or(word, read):
    return lambda field: word if field.value == word else read(field)

COUNT, TEXT, TRUTH = typed(int, "a count"), typed(str, "a string"), typed(bool, "true or false")
RATIONAL, INTEGER, COUNT_OR_ANY = Field.rational, Field.integer, word_or("any", typed(int, 'a count or "any"'))
KINDS = {}  # kind: the claims that it may be about, its check, what it makes of a claim, readers of the fields

def proves(kind, params, data, claims=(), verdict="valid"):
    """Registers a check, which gets the parameters of the statement and the proof, as they are read."""
    def register(check):
        KINDS[kind] = claims or (kind,), check, verdict, params, data
        return check

    return register

# --- numbers ----------------------------------------------------------------------------------------------------------
def dot(left, right):
    return sum(map(mul, left, right))

def times(rows, vector):
    return [dot(row, vector) for row in rows]

def largest(numbers):
    return max(map(abs, numbers), default=0)

def norm(numbers):
    return sum(map(abs, numbers))

def binomial(n, k, most):
    """C(n, k), or None when it is above `most`. It is at least (n / k)^k, so nothing much larger is formed."""
    k = min(k, n - k)
    small = k == 0 or k * ((n // k).bit_length() - 1) <= most.bit_length()
    ways = math.comb(n, k) if small else most + 1
    return ways if ways <= most else None

def cleared(*matrices):
    """Integer matrices, and the least common denominator that they were multiplied by."""
    entries, scale = sum(len(row) for rows in matrices for row in rows), 1
    for number in (number for rows in matrices for row in rows for number in row):
        scale = math.lcm(scale, number.denominator)
        require_room(scale.bit_length() * entries, MOST_TABLE_BITS, "data", "bits over one denominator")
    return [[[x.numerator * (scale // x.denominator) for x in row] for row in rows] for rows in matrices], scale

def rank_of(rows, enough):
    """The rank of an integer matrix; counting ends at `enough`."""
    pivots = []
    for row in rows:
        if len(pivots) == enough:
            break
        for column, pivot in pivots:
            if row[column]:
                row = [pivot[column] * a - row[column] * b for a, b in zip(row, pivot)]
        if content := math.gcd(*row):
            row = [a // content for a in row]
            pivots.append((next(column for column, a in enumerate(row) if a), row))
    return len(pivots)

# --- models -----------------------------------------------------------------------------------------------------------
@reader
def affine(field, inputs, outputs=None):
    """An affine map: rows of weights [out, in + 1], each with its bias at the end."""
    parts = record({"weight": matrix(outputs, inputs), "bias": Field.itself})(field)
    return [[*row, entry] for row, entry in zip(parts.weight, list_of(RATIONAL, len(parts.weight))(parts.bias))]

@reader
def network(field, inputs, outputs):
    """Hidden layers, at least one, and an affine map of the last."""
    parts = record({"hidden": list_of(Field.itself), "output": Field.itself})(field)
    require(parts.hidden, field.place + ".hidden", "at least one layer", "none", "unusable")
    hidden = []
    for layer in parts.hidden:
        hidden.append(affine(len(hidden[-1]) if hidden else inputs)(layer))
    return hidden, affine(len(hidden[-1]), outputs)(parts.output)

@reader
def head(field, d):
    parts = record({"query key value output": Field.itself})(field)
    parts.query = matrix(None, d)(parts.query)  # [k, d]
    parts.key = matrix(len(parts.query), d)(parts.key)  # [k, d]
    parts.value = matrix(None, d)(parts.value)  # [d_v, d]
    parts.output = matrix(d, len(parts.value))(parts.output)  # [d, d_v]
    return parts

class Model:
    """A transformer cleared of denominators.

    What the network reads of the residual stream is `G r` with `G = [W_1; readout]`, so attention is kept in these
    coordinates: the *reading* of a *slot* (token, position) is `G W_O W_V z`, a head's *sum* over an input
    `[sum weight * reading, sum weight]`. Scores of one query differ by integers, so that weights are rational.
    """
    def __init__(self, field):
        parts = record({"embedding": matrix(), "base": RATIONAL, "positions heads mlp readout": Field.itself})(field)
        self.place, self.base, self.readings = field.place, parts.base, {}
        require(parts.embedding, self.place + ".embedding", "at least one token", "none", "unusable")
        require(self.base > 1, self.place + ".base", "a rational above 1", self.base, "unusable")
        self.m, self.d = len(parts.embedding), len(parts.embedding[0])
        positions = optional(matrix(None, self.d))(parts.positions)  # [n, d]
        self.heads = list_of(head(self.d))(parts.heads)
        self.hidden, output = network(self.d, self.d)(parts.mlp)
        readout = record({"weight": list_of(RATIONAL, self.d), "bias": RATIONAL})(parts.readout)
        self.width, self.length = max(map(len, self.hidden)), None if positions is None else len(positions)
        table = self.m * ((self.length or 0) + 1) * (len(self.hidden[0]) + self.m) * len(self.heads)
        require(table <= MOST_TABLE_NUMBERS, self.place, f"tables of at most {MOST_TABLE_NUMBERS} numbers", table)
        (self.tokens, self.positions), self.vector_scale = cleared(parts.embedding, positions or [])
        self.scores = [cleared(head.query, head.key) for head in self.heads]
        self.values, value_scale = cleared(*(head.value for head in self.heads))
        self.outputs, output_scale = cleared(*(head.output for head in self.heads))
        (self.rows,), row_scale = cleared([*self.hidden[0], [*readout.weight, 0]])
        self.head_scale = value_scale * output_scale
        self.scale = row_scale * self.vector_scale * self.head_scale  # of readings
        factors = [self.tokens, self.positions], [[row[:-1] for row in self.rows]], self.values, self.outputs
        bits = table * sum(largest(x for rows in maps for row in rows for x in row).bit_length() for maps in factors)
        require(bits <= MOST_TABLE_BITS, self.place, f"tables of at most {MOST_TABLE_BITS} bits", bits)
        self.layers = [(rows, scale) for (rows,), scale in map(cleared, self.hidden[1:])]
        ((read,),), read_scale = cleared([[*readout.weight, readout.bias]])  # of the output W h + b, over [h, 1]
        (rows,), output_scale = cleared(output)
        rows.append([0] * len(self.hidden[-1]) + [output_scale])
        self.last, self.last_scale = times(zip(*rows), read), read_scale * output_scale

    def positions_alike(self):
        """Whether all positions but the last are alike, so that inputs are (q, c)."""
        return all(row == self.positions[0] for row in self.positions[1:-1])

    def slot(self, token, position):
        return token, (None if self.length is None else position)

    def prefix(self, n):
        """The slots of tokens before the last one, where inputs are (q, c)."""
        return [self.slot(token, 0) for token in range(self.m)] if n > 1 or self.length is None else []

    def vector(self, slot):
        token, position = self.tokens[slot[0]], slot[1]
        return token if position is None else [a + b for a, b in zip(token, self.positions[position])]

    def residual(self, last):
        """`G z + [b_1; 0]` of the last slot."""
        z = [*self.vector(last), self.vector_scale]
        return [dot(row, z) * self.head_scale for row in self.rows]

    def reading(self, slot):
        """`G W_O W_V z` of each head."""
        z = self.vector(slot)
        return [times(self.rows, times(output, times(value, z))) for value, output in zip(self.values, self.outputs)]

    def weights(self, last, slots):
        """Attention weights of the slots and of the last one, for each head: integers, up to a common factor."""
        top, bottom, z, result = self.base.numerator, self.base.denominator, self.vector(last), []
        for number, ((query, key), scale) in enumerate(self.scores):
            place, scale = f"{self.place}.heads[{number}]", (scale * self.vector_scale) ** 2
            direction = times(zip(*key), times(query, z))
            own, differences = dot(direction, z), []
            for slot in [*slots, last]:
                difference, rest = divmod(dot(direction, self.vector(slot)) - own, scale)
                require(rest == 0, place, "scores of one query that differ by integers", "others")
                require(abs(difference) <= MOST_SCORE_DIFFERENCE, place, "score differences up to 2^16", difference)
                differences.append(difference)
            least, most = min(differences), max(differences)
            bits = (most - least) * max(top.bit_length(), bottom.bit_length())
            require(bits <= MOST_WEIGHT_BITS, place, f"attention weights of at most {MOST_WEIGHT_BITS} bits", bits)
            powers = {t: top ** (t - least) * bottom ** (most - t) for t in set(differences)}
            result.append([powers[t] for t in differences])
        return result

    def terms(self, last, slots):
        """`[weight * reading, weight]` of every slot, for each head, and of the last one."""
        require_room(len(slots) * (len(self.rows) + 1) * len(self.values), MOST_AT_ONCE, self.place)
        weights, result = self.weights(last, slots), []
        for i, slot in enumerate([*slots, last]):
            if slot not in self.readings:
                self.readings[slot] = self.reading(slot)
            heads = zip(weights, self.readings[slot])
            result.append([[weight[i] * entry for entry in [*reading, 1]] for weight, reading in heads])
        return result[:-1], result[-1]

    def output(self, residual, sums):
        """The output as numerator and denominator, the denominator positive."""
        weight = math.prod(head[-1] for head in sums)
        x = [a * weight for a in residual]
        for head in sums:
            others = weight // head[-1]
            x = [a + b * others for a, b in zip(x, head)]
        read, hidden, denominator = x.pop(), [a if a > 0 else 0 for a in x], self.scale * weight
        for rows, scale in self.layers:
            hidden.append(denominator)
            hidden = [max(0, dot(row, hidden)) for row in rows]
            read, denominator = read * scale, denominator * scale
        hidden.append(denominator)
        return read * self.last_scale + dot(self.last, hidden), denominator * self.last_scale

    def on_sequence(self, sequence):
        """The output on one sequence, by definition."""
        *prefix, last = (self.slot(token, i) for i, token in enumerate(sequence))
        slots = Counter(prefix)
        terms, sums = self.terms(last, slots)
        for term, number in zip(terms, slots.values()):
            sums = added(sums, term, number)
        return Fraction(*self.output(self.residual(last), sums))

def added(sums, terms, times=1):
    terms = terms if times == 1 else [[times * b for b in term] for term in terms]
    return [list(map(add, left, right)) for left, right in zip(sums, terms)]

def walk(model, n):
    """All inputs of length `n`: (query, residual, attention sums, largest count, count of the query).

    They are (q, c) where all positions but the last are alike, as the output is a function of these; else sequences.
    """
    m, alike = model.m, model.positions_alike()
    slots = model.prefix(n) if alike else [(token, i) for i in range(n - 1) for token in range(m)]

    def with_more(left, sums, first=0, top=1, own=1):
        """All ways to choose `left` more tokens, none below `first`: an input costs one addition to the sums."""
        for token in range(first, m):  # every level but the last takes some
            is_query, final, more = token == query, token == m - 1, sums
            for number in (left,) if final else range(1, left + 1):
                more = added(more, terms[token], left if final else 1)
                count = number + is_query
                counts = max(top, count), count if is_query else own
                if number == left:
                    yield query, residual, more, *counts
                else:
                    yield from with_more(left - number, more, token + 1, *counts)

    for query in range(m):
        last = model.slot(query, n - 1)
        residual, (terms, start) = model.residual(last), model.terms(last, slots)
        if alike and n > 1:
            yield from with_more(n - 1, start)
            continue
        for prefix in product(range(m), repeat=n - 1):
            sums, counts = start, Counter([*prefix, query])
            for i, token in enumerate(prefix):
                sums = added(sums, terms[i * m + token])
            yield query, residual, sums, max(counts.values()), counts[query]

def require_inputs(n, m, most, place="params"):
    """There are m C(n - 1 + m - 1, m - 1) inputs (q, c)."""
    ways = binomial(n + m - 2, m - 1, most)
    require(ways is not None and ways * m <= most, place, f"at most {most} inputs", "more")
    return ways * m

# --- statements that a model counts -----------------------------------------------------------------------------------
TASKS = {"query-count": lambda query, c: c[query], "most-frequent-element": lambda query, c: max(c)}  # the answers
TASK = one_of(*TASKS)
COUNTING = {  # claim: task (None: any), criterion, whether the model is a histogram
    "qc-histogram": ("query-count", "exact", True),
    "mfe-histogram": ("most-frequent-element", "exact", True),
    "qc-count-attend": ("query-count", "solves", False),
    "model": (None, "solves", False),
}

def counting(kind, data, verdict="valid"):
    """Registers a check of the claims that a model counts: the first field of the proof is the model."""
    params = {"task": TASK, "criterion": one_of("exact", "solves"), "n": COUNT_OR_ANY, "m d mlp_width": COUNT}
    return proves(kind, params, {"model": Model, **data}, COUNTING, verdict)

def described(stated, model, one_head=False, uniform=False):
    """The model, after a check that it is the one that the parameters and the claim describe."""
    task, criterion, histogram = COUNTING[stated.claim]
    stated.require_equal(task=task or stated.task, criterion=criterion, m=model.m, d=model.d, mlp_width=model.width)
    stated.require("n", stated.n == "any" or stated.n >= 1, "n >= 1")
    if one_head or stated.claim != "model":
        require_equal(model.place + ".heads", 1, len(model.heads))
    if uniform or histogram:
        is_uniform = model.length is None and not any(any(row) for head in model.heads for row in head.query)
        require(is_uniform, model.place, "W_Q = 0 and no positions", "others")
    if model.length is not None:
        stated.require("n", stated.n == model.length, f"{model.length}, as there are positions")
    return model

def is_met(stated, error):
    return error == 0 if stated.criterion == "exact" else error < Fraction(1, 2)

@counting("exhaustive", {"inputs": one_of("count-vectors", "sequences"), "max_error": RATIONAL})
def check_exhaustive(stated, proof):
    """Every input meets the criterion, and `max_error` is the largest error."""
    model = described(stated, proof.model)
    n, m, worst, counts_query = stated.n, model.m, (0, 1), stated.task == "query-count"
    stated.require("n", n != "any", "one context length")
    if proof.inputs == "count-vectors":  # sequences with equal counts have one output: they are visited once
        proof.require("inputs", model.positions_alike(), "sequences, as positions differ")
        require_inputs(n, m, MOST_INPUTS)
    else:
        few = m == 1 or n < MOST_INPUTS.bit_length() and m**n <= MOST_INPUTS
        require(few, "params", f"at most {MOST_INPUTS} inputs", "more")
    for query, residual, sums, top, own in walk(model, n):
        numerator, denominator = model.output(residual, sums)
        error = abs(numerator - (own if counts_query else top) * denominator)
        if error * worst[1] > worst[0] * denominator:
            worst = error, denominator
            met, found = is_met(stated, Fraction(*worst)), f"an error of {show(Fraction(*worst))} with query {query}"
            require(met, model.place, "an output that meets the criterion", found)
    proof.require_equal(max_error=Fraction(*worst))

def require_sequence(proof, name, n, m):
    """A field is a sequence of `n` tokens."""
    sequence = getattr(proof, name)
    proof.require(name, len(sequence) == n > 0, f"{n or 'some'} tokens", len(sequence))
    proof.require(name, max(sequence) < m, f"tokens below m = {m}", max(sequence))

@counting("counterexample", {"sequence": list_of(COUNT), "output": RATIONAL, "answer": COUNT}, "valid refutation")
def check_counterexample(stated, proof):
    """The output on one sequence does not meet the criterion."""
    model, sequence = described(stated, proof.model), proof.sequence
    n, factor = (len(sequence), len(sequence)) if stated.n == "any" else (stated.n, 1)
    require_sequence(proof, "sequence", n, model.m)
    counts = Counter(sequence)
    answer = counts[sequence[-1]] if stated.task == "query-count" else max(counts.values())
    proof.require_equal(answer=answer, output=model.on_sequence(sequence) * factor)
    proof.require("output", not is_met(stated, abs(proof.output - answer)), "one that does not meet the criterion")

class Polytope:
    """The proof for one query: signs of ReLU units on pieces of the simplex, in preorder.

    An affine function on the simplex *is* the vector of its values at the vertices, a form: integers over the
    denominator of its layer, or () for a unit that is zero. The walk is depth first, so constraints and forms are
    shared: on the way back they are cut to the length that they had.
    """
    def __init__(self, model, readings, query, task, steps):
        self.model, self.query, self.task = model, query, task
        self.place, self.steps, self.at = steps.place, steps.of(list, "a list of steps"), 0
        residual = model.residual((query, None))
        *self.first, self.read = zip(*([a + b for a, b in zip(residual, reading)] for reading in readings))
        self.denominators = list(accumulate([model.scale, *(scale for _, scale in model.layers)], mul))
        self.units = [(layer, i) for layer, rows in enumerate(model.hidden) for i in range(len(rows))]
        self.forms, self.constraints = [], []

    def check(self):
        """Every piece ends in a leaf."""
        others = [(0, 0, None)]  # of pieces: how many forms and constraints are known, and a unit that is zero
        while others:
            known, depth, cut = others.pop()
            del self.forms[known:], self.constraints[depth:]
            if cut is not None:
                self.forms.append(())
                self.constraints.append([-value for value in cut])
            for layer, unit in self.units[len(self.forms) :]:
                form = self.after(layer - 1, self.model.layers[layer - 1][0][unit]) if layer else self.first[unit]
                denominator, active = self.denominators[layer], min(form) >= 0
                if not active and max(form) > 0:
                    place, side, multipliers = self.next_step()
                    require(side != "leaf", place, f"a sign of unit {unit} of layer {layer}", "a leaf")
                    active, values = side != "inactive", [Fraction(value, denominator) for value in form]
                    if side == "split":
                        others.append((len(self.forms), len(self.constraints), values))
                        self.constraints.append(values)
                    else:
                        self.show_sign(multipliers, values if active else [-value for value in values])
                self.forms.append(form if active else ())
            place, side, leaf = self.next_step()
            require(side == "leaf", place, "a leaf, as no unit is open", side)
            self.check_leaf(leaf)
        require(self.at == len(self.steps), self.place, f"{self.at} steps", len(self.steps))

    def next_step(self):
        """The place of the next step, which side it is about, and what is under it."""
        require(self.at < len(self.steps), self.place, "another step", "the end")
        step = Field(self.steps[self.at], f"{self.place}[{self.at}]")
        self.at += 1
        sides = dict.fromkeys(("active", "inactive", "leaf"), Field.itself)
        return step.place, *(("split", step) if step.value == "split" else variant(sides)(step))

    def after(self, layer, row):
        """`row` over [units of a layer, 1]: on the simplex a constant is the form whose values are all equal to it."""
        result, start = [row[-1] * self.denominators[layer]] * len(self.read), sum(map(len, self.model.hidden[:layer]))
        for weight, form in zip(row, self.forms[start : start + len(row) - 1]):
            if weight and form:
                result = [a + weight * b for a, b in zip(result, form)]
        return result

    def show_sign(self, multipliers, form):
        """`form` less the multiples of the constraints has no negative coefficient, so it is >= 0 on the piece."""
        for index, multiplier in list_of(list_of(Field.itself, 2))(multipliers):
            i, most, factor = COUNT(index), len(self.constraints), multiplier.rational()
            require(i < most, index.place, f"a constraint below {most}", i)
            require(factor >= 0, multiplier.place, "a multiplier that is not negative", factor)
            form = [a - factor * b for a, b in zip(form, self.constraints[i])]
        for vertex, value in enumerate(form):
            require(value >= 0, multipliers.place, f"no negative coefficient (vertex {vertex})", value)

    def check_leaf(self, leaf):
        """The output is the form of the query, or of a token that no other exceeds on the piece."""
        m, token, dominates = len(self.read), self.query, []
        if leaf.value != "query":
            fields = record({"token": COUNT, "dominates": list_of(Field.itself, m, "invalid")})
            _, maximum = variant({"maximum": fields})(leaf)
            token, dominates = maximum.token, maximum.dominates
        require_equal(leaf.place, self.task, "query-count" if leaf.value == "query" else "most-frequent-element")
        denominator, last_scale = self.denominators[-1], self.model.last_scale
        read = denominator // self.denominators[0] * last_scale
        for vertex, (a, b) in enumerate(zip(self.after(len(self.denominators) - 1, self.model.last), self.read)):
            value = Fraction(a + read * b, denominator * last_scale)
            require(value == int(vertex == token), leaf.place, f"an output that is f_{token} (vertex {vertex})", value)
        for j, multipliers in enumerate(dominates):
            self.show_sign(multipliers, [Fraction((vertex == token) - (vertex == j)) for vertex in range(m)])

@counting("polytope", {"queries": list_of(Field.itself)})
def check_polytope(stated, proof):
    """The signs of all units follow from the cuts, on each piece of the simplex, and the output is f_q or max f."""
    model = described(stated, proof.model, one_head=True, uniform=True)
    stated.require_equal(n="any")
    require_equal(proof.place + ".queries", model.m, len(proof.queries))
    require_room(model.m * sum(len(rows) + 1 for rows in model.hidden), MOST_AT_ONCE, model.place)
    readings = [model.reading((token, None))[0] for token in range(model.m)]
    for query, steps in enumerate(proof.queries):
        Polytope(model, readings, query, stated.task, steps).check()

@proves("repetition", {"n m times models": COUNT},
        {"models": list_of(Model), "inputs": one_of("count-vectors")}, ["no-position"])
def check_repetition(stated, proof):
    """Every input, and the same input repeated, give one output."""
    n, times, models = stated.n, stated.times, proof.models
    stated.require("models", stated.models == len(models) > 0, f"{len(models) or 'some'}")
    stated.require("n", n >= 1, "n >= 1")
    stated.require("times", times >= 2 and n * times <= LARGEST_COUNT, "at least 2, with a length in 64 bits")
    for model in models:
        stated.require_equal(m=model.m)
        require_inputs(n, model.m, MOST_REPEATED_INPUTS)
        require(model.length is None, model.place + ".positions", "null", "some")
        for _, residual, sums, _, _ in walk(model, n):
            once = model.output(residual, sums)
            repeated = model.output(residual, [[entry * times for entry in head] for head in sums])
            equal = once[0] * repeated[1] == repeated[0] * once[1]
            require(equal, model.place, "one output for an input and its repetition", "two")

# --- piecewise linear functions of one variable -----------------------------------------------------------------------
class Line(namedtuple("Line", "ends value slope kinks")):
    """A continuous piecewise linear function on [low, high]: value and slope at `low`, changes of slope at kinks."""
    def pieces(self):
        """(left end, right end, value at the left end, slope); at least one, also where low = high."""
        (left, high), value, slope = self.ends, self.value, self.slope
        for kink in sorted(self.kinks):
            yield left, kink, value, slope
            value += slope * (kink - left)
            slope += self.kinks[kink]
            left = kink
        yield left, high, value, slope

    def relu(self):
        runs, zero = [], Fraction(0)  # runs: (from, slope)
        for left, right, value, slope in self.pieces():
            end = value + slope * (right - left)
            runs.append((left, slope if value > 0 or end > 0 and value == 0 else zero))
            if value > 0 > end or value < 0 < end:
                runs.append((left - value / slope, zero if value > 0 else slope))
        kinks = {at: after - before for (_, before), (at, after) in zip(runs, runs[1:]) if after != before}
        return Line(self.ends, max(self.value, zero), runs[0][1], kinks)

def combination(ends, row, lines):
    """`row` over [lines, 1]."""
    used, kinks = [(weight, line) for weight, line in zip(row, lines) if weight], {}
    value, slope = row[-1] + sum(a * x.value for a, x in used), sum((a * x.slope for a, x in used), Fraction(0))
    for weight, line in used:
        for kink, change in line.kinks.items():
            kinks[kink] = kinks.get(kink, 0) + weight * change
    return Line(ends, value, slope, {kink: change for kink, change in kinks.items() if change})

def network_line(ends, layers, last):
    """A network of one number x: layers, each followed by ReLU, then a row over [units, x, 1]."""
    low, (first, *others) = ends[0], layers
    lines = [Line(ends, weight * low + bias, weight, {}).relu() for weight, bias in first]
    for rows in others:
        below, lines, kinks = lines, [], 0  # which may double with every layer
        for row in rows:
            lines.append(combination(ends, row, below).relu())
            kinks += len(lines[-1].kinks)
            require_room(kinks, MOST_KINKS, "data")
    return combination(ends, last, [*lines, Line(ends, low, Fraction(1), {})])

def attention_line(model, last, ends):
    """The output as a function of x = a_q / D: what the network reads is x times the reading of the last slot."""
    rows = zip(model.reading(last)[0], model.residual(last))
    *first, (slope, start) = ([Fraction(entry, model.scale) for entry in row] for row in rows)
    *weights, constant = (Fraction(weight, model.last_scale) for weight in model.last)
    return network_line(ends, [first, *model.hidden[1:]], [*weights, slope, constant + start])

def least_base(field):  # why no smaller one works
    return (record({"below": list_of(COUNT)}) if type(field.value) is dict else one_of("not-claimed", "two"))(field)

@counting("interval", {"max_error": RATIONAL, "least_base": least_base})
def check_interval(stated, proof):
    """Attention hands the MLP one number, in an interval for each count: the ends and kinks decide about the output."""
    model, n, m, worst = described(stated, proof.model, one_head=True), stated.n, stated.m, Fraction(0)
    stated.require("n", n != "any", "one context length")
    stated.require_equal(task="query-count")
    require(model.positions_alike(), model.place + ".positions", "all but the last alike", "others")
    work = n * m * (model.width + 1)
    require(work <= MOST_INTERVAL_WORK, "params", f"n m (width + 1) of at most {MOST_INTERVAL_WORK}", work)
    slots = model.prefix(n)
    for slot in slots:
        require(not any(model.reading(slot)[0]), model.place, f"nothing read of token {slot[0]} in the prefix", "some")
    for query in range(m):
        last = model.slot(query, n - 1)
        *weights, own = model.weights(last, slots)[0]
        require(n == 1 or weights[query] == own, model.place, f"one weight of token {query} at all positions", "two")
        others = weights[:query] + weights[query + 1 :] or [own]

        def ends(count):
            return [Fraction(own, count * own + (n - count) * weight) for weight in (max(others), min(others))]

        counts = range(1 if m > 1 else n, n + 1)
        reached = ends(counts[0]) + ends(n)  # the ends of the intervals move in one direction as the count grows
        pieces = list(attention_line(model, last, (min(reached), max(reached))).pieces())
        starts = [piece[0] for piece in pieces]
        for count in counts:
            low, high = ends(count)
            for x in [low, *starts[bisect_left(starts, low) : bisect_right(starts, high)], high]:
                left, _, value, slope = pieces[max(0, bisect_right(starts, x) - 1)]
                error = abs(value + slope * (x - left) - count)
                if error > worst:
                    require(is_met(stated, error), model.place, "an output that meets the criterion", error)
                    worst = error
    proof.require_equal(max_error=worst)
    if proof.least_base == "two":
        proof.require("least_base", model.base == 2, "base 2", model.base)
    elif proof.least_base != "not-claimed":
        check_below(model, n, proof.least_base)

def check_below(model, n, proof):
    """A sequence that fails with the base one less, and with every smaller base too."""
    sequence = proof.below
    proof.require("below", model.base.denominator == 1 and model.base > 2, "an integer base above 2", model.base)
    require_sequence(proof, "below", n, model.m)
    last, slots = model.slot(sequence[-1], n - 1), model.prefix(n)
    *weights, own = model.weights(last, [slots[token] for token in sorted(set(sequence[:-1]))])[0]
    proof.require("below", max(weights, default=own) <= own, "no token with a larger weight than the query", "one")
    for _, _, _, slope in attention_line(model, last, (Fraction(1, n), Fraction(1))).pieces():
        proof.require("below", slope <= 0, "an output that does not grow with x", "one that does")
    model.base -= 1
    excess = model.on_sequence(sequence) - sequence.count(sequence[-1])
    proof.require("below", excess >= Fraction(1, 2), "an output 1/2 above the answer with the base one less", excess)

# --- kernels and short vectors ----------------------------------------------------------------------------------------
def kernel_proof(width):
    """A basis of an integer kernel, a left inverse that shows it is one, and cuts that bound coordinates."""
    return record({"query": optional(COUNT), "basis left_inverse cuts": list_of(as_stated(INTEGER, width))})

def check_basis(proof, is_in_kernel, dimension):
    """The basis generates the whole integer kernel, whose dimension is `dimension(k)` where it is at least `k`."""
    for i, vector in enumerate(proof.basis):
        proof.require(f"basis[{i}]", is_in_kernel(vector), "a vector of the kernel", "another")
    require_equal(proof.place + ".left_inverse", len(proof.basis), len(proof.left_inverse))
    for i, row in enumerate(proof.left_inverse):
        for j, vector in enumerate(proof.basis):
            require_equal(f"{proof.place}.left_inverse[{i}]", int(i == j), dot(row, vector))
    require_equal(proof.place + ".basis", dimension(len(proof.basis)), len(proof.basis))

def short_vectors(proof, bound, first=0):
    """Up to sign, all kernel vectors but 0 that the cuts allow; the last coordinate is at least `first`.

    `bound(y)` is the most that |<y, z>| can be. The cuts of a level bound its coordinate once higher ones are fixed.
    """
    levels = [[] for _ in proof.basis]
    for i, cut in enumerate(proof.cuts):
        products = times(proof.basis, cut)
        level = next((level for level, product in enumerate(products) if product), None)
        proof.require(f"cuts[{i}]", level is not None, "one that is not orthogonal to the basis", "another")
        sign = 1 if products[level] > 0 else -1
        levels[level].append(([sign * product for product in products], bound(cut)))
    for level, cuts in enumerate(levels):
        proof.require("cuts", cuts, f"a cut of level {level}", "none")

    def choices(higher, vector):
        """The next coordinate with the higher ones, and the vector that they give."""
        level = len(levels) - len(higher) - 1
        lowest = [] if any(higher) else [0 if higher else first]
        highest = []
        for products, most in levels[level]:
            fixed = dot(higher, products[level + 1 :])
            lowest.append(-((most + fixed) // products[level]))
            highest.append((most - fixed) // products[level])
        for coordinate in range(max(lowest), min(highest) + 1):
            yield [coordinate, *higher], [a + coordinate * b for a, b in zip(vector, proof.basis[level])]

    open_choices = [choices([], [0] * len(proof.basis[0]))]
    while open_choices:
        coordinates, vector = next(open_choices[-1], ([], []))
        if not coordinates:
            open_choices.pop()
        elif len(coordinates) < len(levels):
            open_choices.append(choices(coordinates, vector))
        elif any(coordinates):
            yield vector

KERNEL, STATES_KERNEL = kernel_proof(lambda stated: stated.m), kernel_proof(lambda stated: stated.m + stated.d)
PAIR = record({"query": COUNT, "c c_prime": as_stated(COUNT)})  # two inputs of one length, by their counts

def inputs_of(pair, n):
    """The two inputs, of length `n`: (query, counts)."""
    inputs = (pair.query, pair.c), (getattr(pair, "query_prime", pair.query), pair.c_prime)
    for query, c in inputs:
        is_input = sum(c) == n and query < len(c) and c[query] >= 1
        require(is_input, pair.place, f"two inputs of length {n} with the query", "others")
    return inputs

def difference(pair, n, tasks):
    """Of two inputs of length `n` with different answers."""
    inputs = inputs_of(pair, n)
    for task in tasks:
        require(len({TASKS[task](*one) for one in inputs}) == 2, pair.place, f"different answers ({task})", "equal")
    return [a - b for a, b in zip(pair.c, pair.c_prime)]

def uniform_rows(embedding, stated, queries):
    """For a query (any), integer rows of what uniform attention passes on: every column cleared, and the length."""
    rows = [*(cleared([column])[0][0][0] for column in zip(*embedding)), [1] * len(embedding)]
    return lambda query: rows

def attention_rows(model, stated, queries):
    """For a query, integer rows of what a model's heads pass on: numerators and denominators; and the length."""
    stated.require_equal(m=model.m, d=model.d)
    require(model.length is None, model.place + ".positions", "null", "some")
    require_room(model.m * sum(map(len, model.values)), MOST_AT_ONCE, model.place)
    slots, ones = [(token, None) for token in range(model.m)], [1] * model.m
    values = [[*(times(model.tokens, row) for row in rows), ones] for rows in model.values]
    return lambda query: [ones] + [
        list(map(mul, weights, row))
        for weights, rows in zip(model.weights((query, None), slots), values) for row in rows
    ]

def score_rows(scores, stated, queries):
    """For a query, integer rows of what the head that reads the mark passes on: its weights B^-gap; and the length."""
    (p, q), m, gaps = scores.base.as_integer_ratio(), stated.m, dict(zip(queries, scores.gaps))
    scores.require("base", p > q, "above 1")
    scores.require("gaps", gaps, "those of a query")
    stated.require_equal(m=len(scores.gaps[0]), d=1)
    require_equal(scores.place + ".gaps", len(queries), len(scores.gaps))
    for query, row in gaps.items():
        scores.require("gaps", len(row) == m and query < m and row[query] == 0, f"{m} gaps, 0 at the query {query}")
        scores.require("gaps", p.bit_length() * max(row) <= MOST_BASE_BITS, f"powers of {MOST_BASE_BITS} bits")
    return lambda query: [[p ** (max(gaps[query]) - gap) * q**gap for gap in gaps[query]], [1] * m]

SUBJECTS = {  # how what collides is read, the claim, and for a query integer rows of what attention passes on
    "embedding": (embedding, "uniform-collision", uniform_rows),
    "model": (Model, "attention-collision", attention_rows),
    "scores": (record({"base": RATIONAL, "gaps": list_of(list_of(COUNT))}), "attend-length", score_rows),
}

@proves("collision", {
    "task": TASK, "m d": COUNT, "query collides_at": optional(COUNT), "free_up_to": COUNT_OR_ANY,
}, {
    "proofs": list_of(KERNEL), "pair": optional(PAIR), "multisets?": record({"multipliers": list_of(INTEGER)}),
    "subject": variant({name: read for name, (read, *_) in SUBJECTS.items()}),
}, [claim for _, claim, _ in SUBJECTS.values()])
def check_collision(stated, proof):
    """No short vector in a kernel, so no two inputs up to a length collide; and a pair that does, or refutes that."""
    m, query, free, pair, (kind, subject) = stated.m, stated.query, stated.free_up_to, proof.pair, proof.subject
    (_, claim, prepare), sums = SUBJECTS[kind], proof.multisets
    require_equal("claim", claim, stated.claim)
    asked = [query] if query is not None or kind == "embedding" else range(m)
    rows_of, asked = prepare(subject, stated, asked), [] if sums else asked
    refutes = pair is not None and stated.collides_at is None and not (proof.proofs or sums) and free != "any"
    if sums:
        fits = kind == "embedding" and free != "any" and len(sums.multipliers) == len(rows_of(query))
        sums.require("multipliers", fits, "one for each row of an embedding, and a length")
        check_sums(sums, rows_of(query), max(free - 1, 0))
    stated.require("query", query is None or query < m, f"a token below m = {m}")
    require_equal(proof.place + ".proofs", 0 if refutes else len(asked), len(proof.proofs))
    for expected, kernel in zip(asked, proof.proofs):
        kernel.require_equal(query=expected)
        rows = rows_of(expected)
        check_basis(kernel, lambda v: not any(times(rows, v)), lambda known: m - rank_of(rows, m - known))
        check_free(kernel, stated.task, free)
    length = free if refutes else stated.collides_at
    proof.require("pair", (pair is None) == (length is None), "null iff params.collides_at is", "otherwise")
    if pair is not None:
        pair.require("query", query in (None, pair.query), show(query))
        apart = difference(pair, length, [stated.task])
        require(not any(times(rows_of(pair.query), apart)), pair.place, "two inputs that collide", "two that do not")
    return "valid refutation" if refutes else None

def check_sums(proof, rows, size):
    """No two multisets of `size` tokens have one fingerprint, so their sums differ: so does what is passed on."""
    count = binomial(len(rows[0]) + size - 1, size, MOST_MULTISETS)
    few = max(size, len(rows[0])) <= MOST_TOKENS and count is not None
    require(few, proof.place, f"{MOST_MULTISETS} multisets of {MOST_TOKENS} tokens", "more")
    require_room(count, MOST_AT_ONCE, proof.place)
    chosen = combinations_with_replacement(times(zip(*rows), proof.multipliers), size)
    require_equal(proof.place, count, len({sum(one) % (2**64 - 59) for one in chosen}))

def check_free(kernel, task, free):
    """No two inputs of length `free` or less collide: the kernel has no vector as short as their difference."""
    query, basis = kernel.query, kernel.basis
    counts_query = query is not None and task == "query-count"
    if counts_query:  # the difference is not zero at the query
        for i, vector in enumerate(basis[:-1]):
            kernel.require(f"basis[{i}]", vector[query] == 0, "0 at the query in all but the last", vector[query])
        basis = [vector for vector in basis if vector[query]]
    if not basis:
        return
    require(free != "any", "params.free_up_to", "an integer, as there is a kernel", free)
    radius = 2 * (free - 1)
    for z in short_vectors(kernel, lambda cut: radius * largest(cut), int(counts_query)) if radius >= 0 else ():
        length = norm(z)
        if length == radius and query is not None and not counts_query:
            # the only inputs of this length with this difference are z^+ + e_q and z^- + e_q
            left, right = (max(max(sign * a, 0) + (j == query) for j, a in enumerate(z)) for sign in (1, -1))
            if left == right:
                continue
        require(length > radius, kernel.place, f"no vector of length {radius} or less", f"one of length {length}")

def integer_states(embedding, stated):
    """`V' = s V^T` [d, m] in integers, and `s n`."""
    require(stated.n >= 1 and stated.d <= MOST_DIMENSION, "params", f"n >= 1 and d <= {MOST_DIMENSION}", stated.n)
    (integers,), scale = cleared(embedding)
    return list(zip(*integers)), scale * stated.n

def short_differences(stated, kernel, states, most):
    """Up to sign, all differences `z` of inputs with `V' z` of size at most `most`, and that size; some larger ones."""
    m, radius = stated.m, 2 * (stated.n - 1)
    kernel.require_equal(query=None)
    # the kernel is all (z, V' z) with sum z = 0
    check_basis(kernel, lambda v: not sum(v[:m]) and times(states, v[:m]) == v[m:], lambda known: m - 1)
    if most >= 0 and radius > 0 and kernel.basis:
        for vector in short_vectors(kernel, lambda cut: radius * largest(cut[:m]) + most * norm(cut[m:])):
            if norm(vector[:m]) <= radius:
                yield vector[:m], largest(vector[m:])

@proves("separation", {"n m d": COUNT, "distance": RATIONAL},
        {"proof": STATES_KERNEL, "pair": PAIR, "embedding": embedding})
def check_separation(stated, proof):
    """The same with the states as further coordinates: none are closer than `distance`, and a pair is as close."""
    pair, (states, steps) = proof.pair, integer_states(proof.embedding, stated)
    bound = stated.distance * steps
    stated.require("distance", bound.denominator == 1 and bound >= 0, "a distance that two states can have")
    for _, run in short_differences(stated, proof.proof, states, bound.numerator - 1):
        require(run >= bound.numerator, proof.proof.place, "no states that are closer", "some")
    apart = Fraction(largest(times(states, difference(pair, stated.n, TASKS))), steps)
    require_equal(pair.place, stated.distance, apart)

@proves("normalised-states", {
    "task": TASK, "n": COUNT_OR_ANY, "m d": COUNT, "norm": one_of("none", "layer", "rms"), "eps": optional(RATIONAL),
}, {
    "pair": optional(record({"query query_prime": COUNT, "c c_prime": as_stated(COUNT)})),
    "classes": optional(COUNT), "embedding": embedding,
}, ["layer-norm"])
def check_normalised_states(stated, proof):
    """The tokens are independent, or every normalised state of the inputs has one answer; or a pair refutes that."""
    n, m, d, eps, pair, answers = stated.n, stated.m, stated.d, stated.eps, proof.pair, {}
    require(d >= 1 and n != 0, "params", "d >= 1 and n >= 1", "less")
    stated.require("eps", (eps is None) == (stated.norm == "none") and (eps or 0) >= 0, "at least 0, null without norm")
    (rows,), _ = cleared(proof.embedding)
    rows = [[d * x - sum(row) for x in row] if stated.norm == "layer" else row for row in rows]

    def agrees(query, c):
        """Whether the inputs with this normalised state that were looked at before have the answer of this one."""
        state = [dot(c, column) + sum(c) * column[query] for column in zip(*rows)]
        factor = math.gcd(*state) if eps == 0 else 1
        answer = TASKS[stated.task](query, c)
        return answers.setdefault(tuple(x // (factor or 1) for x in state), answer) == answer

    proof.require("classes", proof.classes is None or pair is None and n != "any", "null")
    if pair is not None:
        inputs = inputs_of(pair, sum(pair.c) if n == "any" else n)
        require(not all([agrees(*one) for one in inputs]), pair.place, "one state with different answers", "another")
        return "valid refutation"
    if proof.classes is None:
        independent = rank_of([row + [1] * (eps != 0) for row in rows], m) == m
        return proof.require("embedding", independent, "independent tokens", "others")
    inputs = require_inputs(n, m, MOST_STATE_NUMBERS // (d + 8), "params.n")
    short = all(-(2**63) <= 2 * n * x < 2**63 for row in rows for x in row)
    proof.require("embedding", short, "2 n times an entry of 64 bits", "a longer one")
    require_room(inputs * (d + 8), MOST_AT_ONCE, proof.place)
    for others in combinations_with_replacement(range(m), n - 1):
        for query in range(m):
            c = [others.count(token) + (token == query) for token in range(m)]
            require(agrees(query, c), proof.place, "one answer for each normalised state", "two")
    require_equal(proof.place + ".classes", len(answers), proof.classes)

@proves("lipschitz", {
    "task": TASK, "n m d": COUNT, "epsilon radius bound_all_embeddings": RATIONAL, "lipschitz": word_or("inf", RATIONAL)
}, {"proof": optional(STATES_KERNEL), "pair": optional(PAIR), "embedding": embedding})
def check_lipschitz(stated, proof):
    """States are no steeper than `lipschitz`, as in `separation` but for differences that are less steep; a pair is."""
    n, m, kernel, pair, twice = stated.n, stated.m, proof.proof, proof.pair, 2 * stated.epsilon
    states, steps = integer_states(proof.embedding, stated)
    check_all_embeddings(stated)
    stated.require("radius", max(map(largest, states)) * n <= stated.radius * steps, "at least every entry")
    counts_query = stated.task == "query-count"
    farthest, found = (n - 1 if counts_query else n + -n // m), Fraction(0)
    if pair is None:
        proof.require("pair", farthest <= twice, "two inputs, as answers are more than 2 epsilon apart", None)
    else:
        answers = [TASKS[stated.task](*one) for one in inputs_of(pair, n)]
        rise, run = max(answers) - min(answers) - twice, largest(times(states, difference(pair, n, [])))
        require(rise > 0, pair.place, "answers more than 2 epsilon apart", answers)
        found = rise * steps / run if run else "inf"
    proof.require("proof", (kernel is None) == (found in (0, "inf")), "null iff the constant is 0 or inf", "otherwise")
    stated.require_equal(lipschitz=found)
    most = 0 if kernel is None else math.ceil((farthest - twice) * steps / found) - 1
    for z, run in short_differences(stated, kernel, states, most) if kernel else ():
        other, apart = sorted((max(z), -min(z)))
        if not counts_query:  # the n - norm(z) / 2 common tokens where z is largest
            apart = min(apart, apart - other + n - norm(z) // 2)
        require((apart - twice) * steps <= found * run, kernel.place, "no inputs that are steeper", "some")

# --- bounds -----------------------------------------------------------------------------------------------------------
def coherence(rows):
    """The largest squared product of the directions of two rows."""
    normed = [(row, dot(row, row)) for row in rows]
    return max((Fraction(dot(v, w) ** 2, a * b) for (v, a), (w, b) in combinations(normed, 2)), default=Fraction(0))

def wrong_from(squared):
    """The least n with (n - 1) mu >= 1/2, so with (n - 1)^2 >= 1 / (4 mu^2)."""
    return 2 + math.isqrt(math.ceil(1 / (4 * squared)) - 1) if squared else None

@proves("welch", {"m d": COUNT, "fails_from_n": optional(COUNT), "mu_squared welch_squared": RATIONAL},
        {"pair": optional(list_of(COUNT, 2)), "embedding": embedding})
def check_welch(stated, proof):
    """All squared products of two directions are at most `mu_squared`, and those of `pair` are it."""
    m, d, pair, directions = stated.m, stated.d, proof.pair, []
    stated.require("m", m >= 2, "at least 2")
    for token, row in enumerate(proof.embedding):
        proof.require(f"embedding.rows[{token}]", any(row), "a vector that has a direction", "zero")
        ((integers,),), _ = cleared([row])
        content = math.gcd(*integers) * (1 if next(filter(None, integers)) > 0 else -1)
        directions.append(tuple(a // content for a in integers))
    most = coherence(directions) if len(set(directions)) == m else Fraction(1)  # of parallel ones no pair is tried
    stated.require_equal(mu_squared=most, fails_from_n=wrong_from(most))
    stated.require_equal(welch_squared=Fraction(max(m - d, 0), d * (m - 1)))
    proof.require("pair", (pair is None) == (most == 0), "null iff mu is 0", "otherwise")
    attains = pair is None or pair[0] != pair[1] and max(pair) < m and coherence([directions[i] for i in pair]) == most
    proof.require("pair", attains, "two tokens that attain mu", "others")

def in_coordinates(field):
    """Vectors with coordinates: how many, in how many dimensions, their squared coherence, and their shape."""
    parts = record({"rows relations": matrix()})(field)
    rows, relations = ([cleared([row])[0][0][0] for row in part] for part in (parts.rows, parts.relations))
    parts.require("rows", rows and all(map(any, rows)), "vectors that have a direction", "none")
    columns, count = len(rows[0]), len(relations)
    holds = all(len(z) == columns and not any(times(rows, z)) for z in relations)
    parts.require("relations", holds and rank_of(relations, columns) == count, "independent ones", "others")
    return len(rows), columns - count, coherence(rows), not count and (len(rows), columns)

def equiangular(field):
    """The same of a Seidel matrix S of order m with S^2 = t S + (m - 1) I, which tells no shape."""
    rows, place, m = list_of(TEXT)(field), field.place, len(field.value)
    require(m >= 2, place, "at least 2 rows", m)
    for i, row in enumerate(rows):
        fits = len(row) == m and set(row) <= set("0+-") and row[i] == "0" and row.count("0") == 1
        require(fits, f"{place}[{i}]", f"{m} characters, 0 at the diagonal, + or - elsewhere", row)
    require(all(map(str.__eq__, rows, map("".join, zip(*rows)))), place, "a symmetric matrix", "another")
    minus, t = [int(row.replace("+", "0").replace("-", "1"), 2) for row in rows], None
    for (i, a), (j, b) in combinations(enumerate(minus), 2):
        sign = 1 if rows[i][j] == "+" else -1  # at i and j one of the rows has 0 and the other one this sign
        entry = sign * (m - 2 * (a ^ b).bit_count()) - 2
        t = entry if t is None else t
        require(entry == t, f"{place}[{j}]", f"S^2 = {t} S + {m - 1} I", entry)
    root = math.isqrt(t * t + 4 * (m - 1))
    require(t == 0 or root * root == t * t + 4 * (m - 1), place, "integer eigenvalues", t)
    rank, squared = (m * (root - t) // (2 * root), Fraction(4, (root - t) ** 2)) if t else (m // 2, Fraction(1, m - 1))
    return m, rank, squared, None

def is_planar(m, c):
    """Whether 0 <= c <= cos^2(pi / m): some M_k, 0 < k < m, is not above zero."""
    before, now = 1, 2 * c.numerator
    for _ in range(1, m):
        if now <= 0:
            return c >= 0
        require(now.bit_length() <= MOST_PLANAR_BITS, "params.mu_squared_at_least", "a shorter number", "a longer one")
        before, now = now, c.numerator * (2 * now - c.denominator * before)
    return False

@proves("histogram-error", {
    "n m d": COUNT, "every_embedding": TRUTH, "right_up_to fails_from": optional(COUNT),
    "mu_squared_at_least mu_squared_at_most worst_error_squared_at_least worst_error_squared_at_most": RATIONAL,
}, {
    "lower": one_of("coherence", "welch", "orthoplex", "levenshtein", "planar"),
    "embedding": optional(variant({"seidel": equiangular, "vectors": in_coordinates})),
})
def check_histogram_error(stated, proof):
    """A rule bounds the coherence of all embeddings, or it is that of one, and some vectors attain the other bound."""
    n, m, d, rule, every = stated.n, stated.m, stated.d, proof.lower, stated.every_embedding
    require(min(n, m, d) >= 1, "params", "n, m and d of at least 1", min(n, m, d))
    count, rank, most, shape = proof.embedding[1] if proof.embedding else (m, m, Fraction(0), None)
    fits = count >= m and rank <= d if every else shape == (m, d)
    proof.require("embedding", fits, "enough vectors in as many dimensions", f"{count} in {rank}")
    allowed = {"coherence": not every, "welch": every, "planar": every and d == 2}
    proof.require("lower", allowed.get(rule, every and 2 * m > d * (d + 1)), "a rule for these sizes")
    least = {  # where it is allowed, the last one has m > d
        "coherence": most, "planar": stated.mu_squared_at_least, "orthoplex": Fraction(1, d),
        "welch": Fraction(max(m - d, 0), d * max(m - 1, 1)),
        "levenshtein": Fraction(3 * m - d * d - 2 * d, (d + 2) * max(m - d, 1)),
    }[rule]
    stated.require("mu_squared_at_least", rule != "planar" or is_planar(m, least), f"0 to cos^2(pi / {m})")
    stated.require_equal(mu_squared_at_least=least, worst_error_squared_at_least=(n - 1) ** 2 * least)
    stated.require_equal(mu_squared_at_most=most, worst_error_squared_at_most=(n - 1) ** 2 * most)
    stated.require_equal(right_up_to=wrong_from(most) - 1 if most else None, fails_from=wrong_from(least))

@proves("mfe-bits", {"classes": INTEGER, "k m bits disjointness_bits": COUNT}, {"elements repeats padding": COUNT})
def check_mfe_bits(stated, proof):
    """A binomial coefficient, and the sizes of a reduction from disjointness."""
    k, m, classes, elements = stated.k, stated.m, stated.classes, proof.elements
    stated.require("k", 1 <= k <= MOST_SIZE, f"1 to {MOST_SIZE}")
    stated.require("m", 1 <= m <= MOST_SIZE, f"1 to {MOST_SIZE}")
    stated.require("classes", binomial(k + m - 1, m - 1, classes) == classes, "C(k + m - 1, m - 1)")
    stated.require_equal(bits=(classes - 1).bit_length(), disjointness_bits=elements)
    require_equal(proof.place, k, elements * proof.repeats + proof.padding)
    proof.require("elements", 3 * elements + 1 <= m, f"3 elements + 1 <= {m}")
    decides = 2 * proof.padding + 1 < 2 * proof.repeats if elements else proof.repeats == 0
    proof.require("padding", decides, "2 padding + 1 < 2 repeats, or nothing repeated")

@proves("pigeonhole", {"states vectors": INTEGER, "collision": TRUTH, "n m d bound": COUNT}, {})
def check_pigeonhole(stated, proof):
    """A power against a binomial coefficient."""
    n, m, d, base = stated.n, stated.m, stated.d, 2 * stated.n * stated.bound + 1
    require(min(n, m, d) >= 1, "params", "n, m and d of at least 1", min(n, m, d))
    require(base.bit_length() * d <= MOST_POWER_BITS, "params", f"a power up to {MOST_POWER_BITS} bits", "more")
    stated.require("states", stated.states == base**d, "(2 n bound + 1)^d")
    stated.require("vectors", binomial(n + m - 1, m - 1, stated.vectors) == stated.vectors, "C(n + m - 1, m - 1)")
    stated.require_equal(collision=stated.vectors > stated.states)

def cells(points, d):
    """The largest g with g^d < points: two of them share one of g^d cells."""
    below = points - 1
    if d >= below.bit_length():
        return min(below, 1)
    root = 1 << -(-below.bit_length() // d)  # from above, by Newton's steps
    while (lower := ((d - 1) * root + below // root ** (d - 1)) // d) < root:
        root = lower
    return root

def check_all_embeddings(stated):
    """`bound_all_embeddings`: two tokens are close, and two sums of n - 1 tokens."""
    n, m, d, side, twice = stated.n, stated.m, stated.d, 2 * stated.radius, 2 * stated.epsilon
    require(n >= 2 and m >= 2 and 1 <= d < 2**32, "params", "n >= 2, m >= 2 and d >= 1", (n, m, d))
    stated.require("epsilon", stated.epsilon >= 0, "at least 0")
    stated.require("radius", side > 0, "above 0")
    sums = binomial(n + m - 2, m - 1, 2**MOST_POWER_BITS - 1) if n + m - 2 <= LARGEST_COUNT else None
    require(sums, "params", f"a number of sums of at most {MOST_POWER_BITS} bits", "a longer one")
    copies = n - 1 if stated.task == "query-count" else n // 2
    bound = max((copies - twice) * cells(m, d) / copies, (1 - twice) * cells(sums, d) / (n - 1), 0) * n / side
    stated.require_equal(bound_all_embeddings=bound)

@proves("lipschitz-bound", {
    "task": TASK, "n m d heads head_dimension": COUNT, "bound_any_attention": optional(RATIONAL),
    "epsilon radius bound_all_embeddings attained_at_most": RATIONAL,
}, {}, ["lipschitz"])
def check_lipschitz_bound(stated, proof):
    """What all embeddings have at least, what digits to the base 2 n have, and what any attention has at least."""
    check_all_embeddings(stated)
    n, m, d, twice, radius = stated.n, stated.m, stated.d, 2 * stated.epsilon, stated.radius
    width, power = stated.heads * stated.head_dimension, (m - 2) // d  # the most digits that a coordinate has
    require((2 * n).bit_length() * power <= MOST_POWER_BITS, "params", f"a power up to {MOST_POWER_BITS} bits", "more")
    require(1 <= width < 2**32, "params", "heads of some dimension", width)
    tokens = m - 1 - power * d
    even = (n - 1) // tokens
    steepest = max((n - 1 - twice) / (even + 1), tokens - twice / even if even else 0, 0)
    attention = max(n // 2 - 1 - twice, 0) * cells(m, width) / (radius * min(stated.heads, 2))
    stated.require_equal(attained_at_most=steepest * n * (2 * n) ** power / radius)
    stated.require_equal(bound_any_attention=None if stated.task == "query-count" else attention)

# --- widths of the inverter -------------------------------------------------------------------------------------------
def require_within(stated, line, strict, place):
    """The network is within `epsilon` of k on [1/(k + leak), 1/k], for k = 1..n.

    All k are decided at once: on a piece of slope s, N(1/(k + e)) - k is monotone in k, or concave with its top where
    (k + e)^2 = -s. So the first and the last k of the piece decide, and those beside the top.
    """
    n, leak, epsilon = stated.n, stated.leak, stated.epsilon
    for left, right, value, slope in line.pieces():
        k = math.floor(1 / left)
        points = [(k, left)] if 1 / left - k <= leak and k <= n else []  # a kink in the interval of k
        top = math.isqrt(math.floor(max(-slope, 0)))
        for end in {Fraction(0), leak}:
            first, last = max(1, math.ceil(1 / right - end)), min(n, math.floor(1 / left - end))
            points += [(k, 1 / (k + end)) for k in sorted({first, last, top - 1, top, top + 1}) if first <= k <= last]
        for k, x in points:
            error = abs(value + slope * (x - left) - k)
            right_k = error < epsilon or error == epsilon and not strict
            require(right_k, place, f"a network within tolerance of {k}", f"an error of {show(error)}")

def line_of(network, ends):
    """`alpha x + beta + sum a ReLU(w x + b)`."""
    first, weights = [[unit.w, unit.b] for unit in network.units], [unit.a for unit in network.units]
    return network_line(ends, [first], [*weights, network.alpha, network.beta])

SCALAR = record({"alpha beta": RATIONAL, "units": list_of(record({"a w b": RATIONAL}))})

@proves("inverse-width", {
    "n": COUNT, "strict": TRUTH, "w_min": COUNT, "two_layers": list_of(COUNT, 2),
    "epsilon leak p_min": RATIONAL, "w_grid unit_width": optional(COUNT),
}, {
    "two_layers": network(1, 1), "grid": record({"fails_at": optional(RATIONAL)}),
    "width": record({"network": SCALAR, "triples": list_of(list_of(COUNT, 3))}),
    "slope": record({"pair": optional(list_of(COUNT, 2)), "network": SCALAR, "inner": optional(SCALAR)}),
})
def check_inverse_width(stated, proof):
    """Networks show that numbers are enough; cells, triples and a slope that fewer are not."""
    stated.require("n", 1 <= stated.n <= MOST_COUNTS, f"1 to {MOST_COUNTS}")
    stated.require("epsilon", stated.epsilon >= 0, "epsilon >= 0")
    stated.require("leak", 0 <= stated.leak < 1, "0 <= leak < 1")
    hidden, (output,) = proof.two_layers
    ends = 1 / (stated.n + stated.leak), Fraction(1)
    check_grid(stated, proof.grid, ends[0])
    check_width(stated, proof.width, ends)
    check_slope(stated, proof.slope, ends)
    stated.require_equal(two_layers=[len(rows) for rows in hidden])
    line = network_line(ends, hidden, [*output[:-1], 0, output[-1]])
    require_within(stated, line, stated.strict, proof.place + ".two_layers")

def check_grid(stated, grid, low):
    """`w_grid` cells are within tolerance, one less are not. The first cell is the worst."""
    cells, allowed, fails_at = stated.w_grid, stated.epsilon - stated.leak, grid.fails_at
    none = allowed < 0 or allowed == 0 and (stated.strict or low < 1)
    stated.require("w_grid", (cells is None) == none, "null" if none else "a number of cells")
    grid.require("fails_at", (fails_at is None) == (cells in (None, 1)), "null iff w_grid is 1 or null")
    if none:
        return
    stated.require("w_grid", cells >= 1, "a cell")
    left, right = 1 / low, 1 / (low + (1 - low) / cells)
    rest, product = left + right - allowed, 4 * left * right
    within = rest < 0 or rest**2 < product or rest**2 == product and not stated.strict
    stated.require("w_grid", within, "cells within tolerance")
    if fails_at is None:
        return
    grid.require("fails_at", low <= fails_at <= 1, "a point of [1/(n + leak), 1]")
    excess, cell = 0, (1 - low) / (cells - 1)
    if cell:  # between a and b the interpolant is above 1/x by (x - a) (b - x) / (a b x)
        a = low + cell * min((fails_at - low) // cell, cells - 2)
        excess = (fails_at - a) * (a + cell - fails_at) / (a * (a + cell) * fails_at)
    fails = excess > allowed or excess == allowed and stated.strict
    grid.require("fails_at", fails, "a point where one cell less is out of tolerance")

def check_width(stated, width, ends):
    """A network of `w_min` units, and as many triples, each of which needs a kink of its own."""
    require_equal(width.network.place + ".units", stated.w_min, len(width.network.units))
    require_within(stated, line_of(width.network, ends), stated.strict, width.network.place)
    require_equal(width.place + ".triples", stated.w_min, len(width.triples))
    end, leak, n = 1, stated.leak, stated.n
    for number, (i, j, k) in enumerate(width.triples):
        name = f"triples[{number}]"
        width.require(name, end <= i < j + leak < k <= n, f"{end} <= i < j + leak < k <= {n}", [i, j, k])
        excess = i + k - i * k / (j + leak) - j - 2 * stated.epsilon
        above = excess > 0 or excess == 0 and stated.strict
        width.require(name, above, "a chord above the upper end of j", "one that is not")
        end = k

def check_slope(stated, slope, ends):
    """A network of total slope `p_min`, two points that force it, and the least width with unit weights."""
    pair, network, inner, forced = slope.pair, slope.network, slope.inner, Fraction(0)
    slope.require("inner", (inner is None) != stated.strict, "null iff strict is false", "otherwise")
    if pair is not None:
        j, k = pair
        reach, n = j + stated.leak, stated.n
        slope.require("pair", 1 <= j < k <= n and reach < k, f"1 <= j, j + leak < k <= {n}", "others")
        forced = (k - j - 2 * stated.epsilon) / (1 / reach - Fraction(1, k))
        slope.require("pair", forced >= 0, "two points that force a slope", forced)
    stated.require_equal(p_min=forced)
    network.require_equal(alpha=0)
    require_equal(network.place, forced, sum(abs(unit.a * unit.w) for unit in network.units))
    require_within(stated, line_of(network, ends), False, network.place)
    if inner is not None:
        inner.require_equal(alpha=0)
        require_within(stated, line_of(inner, ends), True, inner.place)
    if stated.unit_width is not None:
        open_end, unit_network = stated.strict and pair is not None, inner or network
        stated.require_equal(unit_width=math.floor(forced) + 1 if open_end else math.ceil(forced))
        units = sum(math.ceil(abs(unit.a * unit.w)) for unit in unit_network.units)
        require_equal(unit_network.place, stated.unit_width, units)

# --- linear programs --------------------------------------------------------------------------------------------------
def term(field):
    j, coefficient = list_of(Field.itself, 2)(field)
    return COUNT(j), coefficient.rational() or coefficient.wrong("a coefficient that is not zero")

def require_point(program, x, place, is_ray=False):
    """A point of all rows and bounds; for a ray, right-hand sides and finite bounds are 0."""
    for i, row in enumerate(program.rows):
        excess = sum(a * x[j] for j, a in row.terms) - (0 if is_ray else row.rhs)
        met = excess == 0 or row.relation == (">=" if excess > 0 else "<=")
        require(met, place, f"a point that satisfies row {i}", "another")
    for j, variable in enumerate(program.variables):
        for bound, side in (variable.lower, 1), (variable.upper, -1):
            met = bound is None or side * (x[j] - (0 if is_ray else bound)) >= 0
            require(met, f"{place}[{j}]", "an entry within its bounds", x[j])

def dual_bound(program, costs, multipliers, sign, place):
    """What multipliers of the rows, of the right signs, and the finite bounds of variables bound the objective by."""
    reduced, total = list(costs), Fraction(0)
    for i, (row, multiplier) in enumerate(zip(program.rows, multipliers)):
        right = row.relation == "=" or sign * multiplier * (1 if row.relation == ">=" else -1) >= 0
        require(right, f"{place}[{i}]", f"the sign of a {row.relation} row", multiplier)
        if multiplier:
            total += multiplier * row.rhs
            for j, a in row.terms:
                reduced[j] -= multiplier * a
    for j, (coefficient, variable) in enumerate(zip(reduced, program.variables)):
        if coefficient:
            side = "lower" if sign * coefficient > 0 else "upper"
            bound = getattr(variable, side)
            require(bound is not None, place, f"a finite {side} bound of variable {j}", "none")
            total += coefficient * bound
    return total

ROW = {"terms": list_of(term), "name": TEXT, "relation": one_of("<=", ">=", "="), "rhs": RATIONAL}
VARIABLE = {"name": TEXT, "lower upper": optional(RATIONAL), "cost": RATIONAL}
PROGRAM = {"constant": RATIONAL, "variables": list_of(record(VARIABLE)), "rows": list_of(record(ROW))}
STATUS = "optimal", "infeasible", "unbounded"

@proves("linear-program", {"variables rows": COUNT, "status": one_of(*STATUS), "optimum": optional(RATIONAL)},
        {"program": record({"sense": one_of("minimise", "maximise"), **PROGRAM}), "proof": Field.itself})
def check_linear_program(stated, proof):
    """Duality: primal and dual of one value, a contradiction, bounds that exclude each other, or a point and a ray."""
    program = proof.program
    for row in program.rows:
        columns = [-1, *(j for j, _ in row.terms), len(program.variables)]
        ascending, expected = all(map(lt, columns, columns[1:])), f"ascending variables below {columns[-1]}"
        require(ascending, row.place + ".terms", expected, "others", "unusable")
    columns, rows = (list_of(RATIONAL, len(side), "invalid") for side in (program.variables, program.rows))
    status, evidence = variant({
        "optimal": record({"primal": columns, "dual": rows}), "infeasible": record({"farkas": rows}),
        "empty-bounds": record({"variable": COUNT}), "unbounded": record({"point ray": columns}),
    })(proof.proof)
    stated.require_equal(variables=len(program.variables), rows=len(program.rows))
    stated.require_equal(status="infeasible" if status == "empty-bounds" else status)
    place, optimum, costs = evidence.place, None, [variable.cost for variable in program.variables]
    sign = 1 if program.sense == "minimise" else -1
    if status == "optimal":
        require_point(program, evidence.primal, place + ".primal")
        value = dot(costs, evidence.primal)
        require_equal(place, value, dual_bound(program, costs, evidence.dual, sign, place + ".dual"))
        optimum = value + program.constant
    elif status == "infeasible":
        least = dual_bound(program, [0] * len(costs), evidence.farkas, 1, place + ".farkas")
        evidence.require("farkas", least > 0, "an excess above 0 over what bounds allow", least)
    elif status == "empty-bounds":
        bounds = [(variable.lower, variable.upper) for variable in program.variables]
        excluded = [j for j, pair in enumerate(bounds) if None not in pair and pair[0] > pair[1]]
        evidence.require("variable", evidence.variable in excluded, "one whose lower bound is above its upper bound")
    else:
        require_point(program, evidence.point, place + ".point")
        require_point(program, evidence.ray, place + ".ray", is_ray=True)
        gain = -sign * dot(costs, evidence.ray)
        evidence.require("ray", gain > 0, "an objective that gets better along it", gain)
    stated.require_equal(optimum=optimum)

# --- linear readouts --------------------------------------------------------------------------------------------------
@proves("linear-dependence", {"n m d": COUNT},
        {"query": COUNT, "z": as_stated(RATIONAL), "embedding": embedding}, ["linear-readout"])
def check_linear_dependence(stated, proof):
    """A dependence of the token vectors that no affine readout survives."""
    n, m, z, query = stated.n, stated.m, proof.z, proof.query
    proof.require("query", query < m, f"a token below m = {m}")
    proof.require("z", sum(z) == 0, "entries that sum to 0", sum(z))
    for column in zip(*proof.embedding):
        proof.require("z", dot(z, column) == 0, "a dependence of the token vectors", "another")
    proof.require("z", n >= 1 and (n - 1) * z[query] >= norm(z) / 2 > 0, "(n - 1) z_query >= ||z||_1 / 2 > 0", "less")

@proves("linear-readout", {"n m d": COUNT},
        {"weights": matrix(), "bias": as_stated(RATIONAL), "embedding": embedding}, verdict="valid refutation")
def check_linear_readout(stated, proof):
    """Readouts that count."""
    require_equal(proof.place + ".weights", stated.m, len(proof.weights))
    require_equal(proof.place + ".weights", stated.d, len(proof.weights[0]))
    stated.require("n", stated.n >= 1, "n >= 1")
    (vectors,), scale = cleared(proof.embedding)
    (weights, (bias,)), readout_scale = cleared(proof.weights, [proof.bias])
    one, times = scale * readout_scale, 2 * (stated.n - 1)
    for query, row in enumerate(weights if times else []):
        for token, vector in enumerate(vectors):
            error = abs(dot(row, vector) + bias[query] * scale - one * (token == query))
            proof.require(f"weights.rows[{query}]", times * error < one, f"an error below 1/2 at token {token}", "more")

# --- files ------------------------------------------------------------------------------------------------------------
COUNTS = "a transformer with d = {d} and MLP width {mlp_width} counts ({task}, {criterion}), n = {n}, m = {m}"
FREE = "{task}, m = {m}, d = {d}, query {query}: no two inputs collide up to n = {free_up_to}, two do at "
STATEMENTS = {  # claim: what it says of its parameters
    **dict.fromkeys(COUNTING, COUNTS),
    "no-position": "no one of {models} models without positions is within 1/2 at n = {n}, m = {m} and {times} times n",
    "uniform-collision": "under uniform attention, " + FREE + "n = {collides_at}",
    "attention-collision": "under the attention of a model, " + FREE + "n = {collides_at}",
    "attend-length": "with the head that reads the mark, " + FREE + "n = {collides_at}",
    "layer-norm": "under uniform attention and norm {norm} (eps {eps}) states determine the answer ({task}), n = {n}, "
    "m = {m}, d = {d}",
    "separation": "states of one query and different answers, n = {n}, m = {m}, d = {d}, are at least {distance} apart",
    "lipschitz": "{task} within {epsilon}, n = {n}, m = {m}, d = {d}, entries up to {radius}: Lipschitz constant "
    "{lipschitz}, of all embeddings at least {bound_all_embeddings}",
    "welch": "{m} directions, d = {d}, have mu^2 = {mu_squared} >= {welch_squared} and fail from n = {fails_from_n} on",
    "histogram-error": "n = {n}, m = {m}, d = {d}, all embeddings {every_embedding}: squared worst error from "
    "{worst_error_squared_at_least} to {worst_error_squared_at_most}; right to {right_up_to}, wrong from {fails_from}",
    "mfe-bits": "after {k} of 2 {k} + 1 tokens, m = {m}, {bits} bits are needed ({classes} states; disjointness: "
    "{disjointness_bits})",
    "pigeonhole": "n = {n}, m = {m}, d = {d}, entries up to {bound}: {vectors} count vectors, {states} states, "
    "collision {collision}",
    "inverse-width": "1/k, k = 1..{n}, within {epsilon} (strict {strict}, leak {leak}): {w_grid} cells, width {w_min}, "
    "slope {p_min}, width {unit_width} with unit weights; two layers of widths {two_layers} do it",
    "linear-program": "{variables} variables, {rows} rows: {status}, optimum {optimum}",
    "linear-readout": "no affine readout of these vectors counts every query within 1/2, n = {n}, m = {m}, d = {d}",
}
OTHER = ("exhaustive-part readings readings-part accuracy misreading sample difference machine-readings "
         "machine-numbers least-precision collision-part").split()
KINDS |= dict.fromkeys(OTHER, (("part", "model", "token-mixing", "machine-numbers"), None, "not checked", {}, {}))

def examine(path, expectation):
    """The verdict about a file, and its text: parse, digest, what was asked for, then the proof."""
    content, others = parse(path)
    certificate = Field(content, "")
    certificate.of(dict, "an object")
    for name, known in (("format", (FORMAT,)), ("version", VERSIONS)):  # first: another version has other fields
        require(content.get(name) in known, name, " or ".join(map(show, known)), content.get(name), "unusable")
    claims = one_of(*STATEMENTS, "part", "token-mixing", "machine-numbers")
    parts = record({"claim": claims, "sha256": TEXT, "format version params data": Field.itself})(certificate)
    kind, data = variant(dict.fromkeys(KINDS, Field.itself))(parts.data)
    version = 2 + (kind in ("readings", "misreading"))  # in which the kind's format changed last
    require(content["version"] == version, "version", "that of its kind", content["version"], "unusable")
    rest = {name: value for name, value in content.items() if name != "sha256"}
    digest = hashlib.sha256(json.dumps(rest, sort_keys=True, separators=(",", ":")).encode()).hexdigest()
    require(parts.sha256 == digest or others, "sha256", digest, parts.sha256)  # with others their fields are named
    claims, check, verdict, params, proof = KINDS[kind]
    if check is None:
        return verdict, f"certificates of kind {kind} are not covered"
    values = parts.params.of(dict, "an object")
    if expectation:
        require_expected(expectation, parts.claim, values)
    require(parts.claim in claims, "claim", " or ".join(claims), parts.claim)
    stated = record(params)(parts.params)
    stated.claim = parts.claim
    verdict = check(stated, record(proof)(data._replace(stated=stated))) or verdict
    for text in others:
        raise Refusal("unusable", "certificate", "integers from 0 to 2^64 - 1 as numbers", text)
    shown = {name: json.dumps(value) if isinstance(value, list) else show(value) for name, value in values.items()}
    return verdict, f"{parts.claim}: " + STATEMENTS[parts.claim].format(**{"lipschitz": "not stated"} | shown)

def require_expected(expectation, claim, params):
    """A proof of a triviality is no proof of what was asked: the statement has to be the one that was expected."""
    require_equal("claim", expectation[0], claim)
    for name, text in expectation[1].items():
        require(name in params, f"params.{name}", text, "no such field")
        written = json.dumps(params[name], separators=(",", ":"))
        require(text in (written, params[name]), f"params.{name}", text, written)

class Watch:
    """Ends the work: at the time limit, or when a signal says so. Raises only where a file is being judged."""
    def __init__(self, seconds):
        self.stopped = self.judging = False
        actions = {"SIGINT": self.stop, "SIGTERM": self.stop, "SIGHUP": self.stop, "SIGPIPE": signal.SIG_DFL}
        for name in actions.keys() & set(dir(signal)):  # SIGPIPE: when nobody reads the answers, end
            signal.signal(getattr(signal, name), actions[name])
        if seconds is not None:
            timer = threading.Timer(seconds, _thread.interrupt_main)
            timer.daemon = True
            timer.start()

    def stop(self, *_):
        self.stopped = True
        if self.judging:
            self.judging = False
            raise Stopped

    def judge(self, path, expectation):
        try:
            self.judging = True
            return ("not checked", "a limit was reached first") if self.stopped else examine(path, expectation)
        except Refusal as refusal:
            return refusal.verdict, str(refusal)
        except Stopped:
            return "not checked", "a limit was reached first"
        except Exception as error:  # no memory, or a mistake of this program: nothing is said about the file
            return "not checked", f"{type(error).__name__} in the checker"
        finally:
            self.judging = False

def statement(text):
    claim, *fields = text.split() or [""]
    if claim not in STATEMENTS or not all("=" in field for field in fields):
        raise argparse.ArgumentTypeError("expected 'CLAIM name=value ..' with a claim out of " + ", ".join(STATEMENTS))
    return claim, dict(field.split("=", 1) for field in fields)

def main():
    about, *_, lines = __doc__.split("\n\n")
    parser = argparse.ArgumentParser(description=about, epilog=lines, allow_abbrev=False)
    parser.add_argument("files", nargs="+", metavar="FILE", help="a certificate")
    parser.add_argument("--time-limit", type=float, metavar="SECONDS", help="stop after this long")
    parser.add_argument("--expect", type=statement, metavar="'CLAIM k=v ..'", help="what each has to state, in JSON")
    options = parser.parse_args()
    if options.time_limit is not None and not 0 < options.time_limit < threading.TIMEOUT_MAX:
        parser.error("argument --time-limit: expected a number of seconds")
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="backslashreplace")
    watch, found = Watch(options.time_limit), Counter()
    for path in options.files:
        verdict, text = watch.judge(path, options.expect)
        valid = verdict.startswith("valid")
        found["valid" if valid else verdict] += 1
        print(f"{clip(path, 4096)}: {verdict}: {text}", file=sys.stdout if valid else sys.stderr, flush=True)
    print(", ".join(f"{found[name]} {name}" for name in ("valid", "invalid", "unusable", "not checked")), flush=True)
    return 3 if found["not checked"] else 1 if found["invalid"] else 2 if found["unusable"] else 0

if __name__ == "__main__":
    sys.exit(main())
