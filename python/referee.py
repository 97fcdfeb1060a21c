#!/usr/bin/env python3
"""The referee: a second checker of counterproof certificates (format versions 2 and 3), written from docs/ alone; Python 3.11.

    python3 python/referee.py [--time-limit SECONDS] [--expect 'CLAIM name=value ..'] FILE..


*Models.* Softmax in a rational base with integer score differences is rational. Weights are cleared of denominators once, and
a state is a vector of integers over a positive denominator: ReLU keeps it, affine maps multiply it, no fraction is reduced.
Without positions (or with all but the last alike) the output is a function of the query and the counts, so the walk over
inputs goes through all (q, c), and through sequences only where positions differ. Under uniform attention the state is affine
on the simplex of frequencies, and an affine function there *is* the vector of its values at the vertices. Counting by
attention hands the MLP one number, and a ReLU network of one variable is piecewise linear: the ends and kinks decide.

*Lattices.* Two inputs that attention cannot tell apart differ by an integer vector of a kernel. A basis with a left inverse
over the integers generates the whole kernel, cuts bound its coordinates, and a finite enumeration finds every short vector.

    kind               claim                         what is done
    exhaustive         those that a model counts     every input is evaluated
    polytope           those that a model counts     ReLU signs on pieces of the simplex, until the output is f_q or max f
    interval           those that a model counts     errors at ends and kinks of the intervals that attention can reach
    counterexample     those that a model counts     one input is evaluated: a refutation
    repetition         no-position                   every input, and the same input repeated, give one output
    collision          uniform-, attention-collision no short vector in a kernel; a pair that collides
    separation         separation                    the same, with the states as further coordinates
    welch              welch                         the largest product of two directions, and whom it fails
    mfe-bits           mfe-bits                      a binomial coefficient and the sizes of a reduction
    pigeonhole         pigeonhole                    a power against a binomial coefficient
    inverse-width      inverse-width                 networks from above; cells, triples and a slope from below
    linear-program     linear-program                dual multipliers, a contradiction or a ray
    linear-dependence  linear-readout                a dependence that no affine readout survives
    linear-readout     linear-readout                readouts that count: a refutation
    readings, misreading                             not covered: they need enclosures of exp and sqrt
    (claims that a model counts: qc-histogram, mfe-histogram, qc-count-attend, model)

One line a file: `valid` or `valid refutation` on standard output; `invalid` (the proof does not show the statement), `unusable`
(no certificate of this format) or `not checked` (a limit, or a kind that is not covered) on standard error. Exit status: 3 when
something was not checked, else 1 when something is invalid, else 2 when something is unusable, else 0. A file is a stranger's:
no number in it makes this program allocate more than its own content and the limits below allow.
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
from collections import Counter
from fractions import Fraction
from itertools import combinations, product
from operator import mul
from types import SimpleNamespace

FORMAT, VERSIONS = "counterproof-certificate", (2, 3)

# The limits that the format documents. What is beyond them is refused, which does not make it false.
MOST_BYTES = 2**28
MOST_DIGITS = 20_000
MOST_INPUTS, MOST_REPEATED_INPUTS = 2**40, 2**32
MOST_SCORE_DIFFERENCE, MOST_WEIGHT_BITS = 2**16, 2**17
MOST_TABLE_NUMBERS, MOST_TABLE_BITS = 2**25, 2**31
MOST_INTERVAL_WORK = 2**40
MOST_SIZE, MOST_POWER_BITS, MOST_COUNTS, MOST_DIMENSION = 2**12, 70_000, 2**30, 2**10
LARGEST_COUNT = 2**64 - 1
MOST_AT_ONCE, MOST_KINKS = 2**23, 2**17  # ours, of memory: what needs more is not checked
sys.set_int_max_str_digits(MOST_DIGITS)


# --- verdicts ------------------------------------------------------------------------------------------------------------

class Refusal(Exception):
    """Why a file is not valid ("unusable" or "invalid"): the place, what was expected there and what was found."""

    def __init__(self, verdict, place, expected, found):
        super().__init__(f"{place}: expected {expected}, found {show(found)}")
        self.verdict = verdict

class Stopped(BaseException):
    """The time limit or an interrupt; not an Exception, so that nothing on the way takes it for its own."""

def require(condition, place, expected, found):
    if not condition:
        raise Refusal("invalid", place, expected, found)

def require_room(number, most, place):
    if number > most:
        raise Refusal("not checked", place, f"at most {most} numbers in memory", number)

def require_equal(place, expected, found):
    require(expected == found, place, show(expected), found)

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


# --- text to fields ------------------------------------------------------------------------------------------------------

class OtherNumber(str):
    """The text of a number that is no integer from 0 to 2^64 - 1; refused by whoever reads its field."""

def object_with_each_key_once(pairs):
    fields = dict(pairs)
    if len(fields) != len(pairs):
        twice = next(key for key, times in Counter(key for key, _ in pairs).items() if times > 1)
        raise Refusal("unusable", clip(twice), "each field once", "it repeated")
    return fields

def parse(path):
    """The object in a file, and the first number in it that is none. Only regular files are read: a pipe may never end."""
    try:
        flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
        with open(os.open(path, flags), "rb") as file:
            regular = stat.S_ISREG(os.fstat(file.fileno()).st_mode)
            content = file.read(MOST_BYTES + 1) if regular else b""
    except (OSError, ValueError) as error:
        raise Refusal("unusable", "file", "one that can be read", getattr(error, "strerror", None) or "another") from None
    if not regular or len(content) > MOST_BYTES:
        raise Refusal("unusable", "file", f"a regular file of at most {MOST_BYTES} bytes", "another")
    odd = re.search(rb"[^\t\n\r -~]|\\", content)
    if odd:
        what = "a backslash" if odd[0] == b"\\" else f"the byte 0x{odd[0].hex()}"
        raise Refusal("unusable", "file", "printable ASCII and strings without escapes", f"{what} at byte {odd.start()}")
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

RATIONAL = re.compile(r"-?(0|[1-9][0-9]*)(?:/([1-9][0-9]*))?")

class Field:
    """A value of the certificate with its place in it, such as `data.welch.pair`."""

    __slots__ = ("value", "place")

    def __init__(self, value, place):
        self.value = value
        self.place = place

    def wrong(self, expected):
        raise Refusal("unusable", self.place or "certificate", expected, self.value)

    def under(self, name):
        return Field(self.value[name], f"{self.place}.{name}" if self.place else name)

    def record(self, **readers):
        """An object that has exactly these fields, each read by its reader."""
        unknown = [name for name in self.of(dict, "an object") if name not in readers]
        for name in unknown + [name for name in readers if name not in self.value]:
            place = f"{self.place}.{clip(name)}".lstrip(".")
            raise Refusal("unusable", place, f"the fields {', '.join(readers) or '(none)'}", "another" if unknown else "it missing")
        return SimpleNamespace(**{name: read(self.under(name)) for name, read in readers.items()})

    def variant(self, *names):
        """An object with one key, out of `names`: the key and what is under it."""
        if type(self.value) is not dict or len(self.value) != 1 or next(iter(self.value)) not in names:
            self.wrong("an object with one key out of " + ", ".join(names))
        (name,) = self.value
        return name, self.under(name)

    def of(self, kind, expected):
        if type(self.value) is not kind:
            self.wrong(expected)
        return self.value

    def itself(self):
        return self

    def count(self):
        return self.of(int, "a count")

    def count_or_any(self):
        return self.value if self.value == "any" else self.of(int, 'a count or "any"')

    def rational(self):
        match = RATIONAL.fullmatch(self.of(str, "a rational in a string"))
        if match is None:
            self.wrong("a rational such as -3/2")
        top, bottom = match.groups(default="")
        if max(len(top), len(bottom)) > MOST_DIGITS:
            self.wrong(f"at most {MOST_DIGITS} digits")
        numerator, denominator = int(top), int(bottom or 1)
        negative = self.value[0] == "-"
        if (negative and not numerator) or bottom == "1" or math.gcd(numerator, denominator) != 1:
            self.wrong("a rational in lowest terms")
        return Fraction(-numerator if negative else numerator, denominator)

    def integer(self):
        """An integer in a string."""
        number = self.rational()
        return number.numerator if number.denominator == 1 else self.wrong("an integer")

    def list_of(self, read, length=None, verdict="unusable"):
        """`read` of every item of a list, which has this length: by its shape, or ("invalid") by what is said elsewhere."""
        items = [read(Field(item, f"{self.place}[{i}]")) for i, item in enumerate(self.of(list, "a list"))]
        if length not in (None, len(items)):
            raise Refusal(verdict, self.place, f"a list of {length}", f"one of {len(items)}")
        return items

    def matrix(self, rows=None, columns=None):
        """The rows of a matrix of the shape that is asked for. Nothing is allocated by the shape that it states."""
        stated = self.record(shape=list_of(Field.count, 2), rows=Field.itself)
        for asked, found in zip((rows, columns), stated.shape):
            if asked not in (None, found):
                raise Refusal("unusable", self.place + ".shape", asked, found)
        return stated.rows.list_of(list_of(Field.rational, stated.shape[1]), stated.shape[0])

def list_of(read, *length):
    return lambda field: field.list_of(read, *length)

def typed(kind, expected):
    return lambda field: field.of(kind, expected)

TEXT, TRUTH = typed(str, "a string"), typed(bool, "true or false")

def optional(read):
    return lambda field: None if field.value is None else read(field)

def one_of(*names):
    return lambda field: field.value if field.value in names else field.wrong("one of " + ", ".join(names))


# --- numbers -------------------------------------------------------------------------------------------------------------

def dot(left, right):
    return sum(map(mul, left, right))

def largest(numbers):
    return max(map(abs, numbers), default=0)

def norm(numbers):
    return sum(map(abs, numbers))

def binomial(n, k, most):
    """C(n, k), or None when it is above `most`. Partial products grow at least as powers of two, so few are formed."""
    k = min(k, n - k)
    result = 1
    for i in range(1, k + 1):
        result = result * (n - k + i) // i
        if result > most:
            return None
    return result

def power(base, exponent, most):
    """base^exponent, or None when it is above `most`."""
    if base < 2 or exponent * (base.bit_length() - 1) <= most.bit_length():
        result = base ** (exponent if base > 1 else min(exponent, 1))
        return result if result <= most else None

def ceiling_of_root(square):
    """The least integer whose square is at least `square`, which is above 0."""
    return math.isqrt(math.ceil(square) - 1) + 1

def cleared(*matrices):
    """Integer matrices, and the least common denominator that they were multiplied by."""
    entries, scale = sum(len(row) for rows in matrices for row in rows), 1
    for number in (number for rows in matrices for row in rows for number in row):
        scale = math.lcm(scale, number.denominator)
        bits = scale.bit_length() * entries
        require(bits <= MOST_TABLE_BITS, "data", f"numbers over one denominator of at most {MOST_TABLE_BITS} bits", bits)
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
        content = math.gcd(*row)
        if content:
            row = [a // content for a in row]
            pivots.append((next(column for column, a in enumerate(row) if a), row))
    return len(pivots)


# --- models --------------------------------------------------------------------------------------------------------------

def read_affine(field, inputs, outputs=None):
    """An affine map: rows of weights [out, in] and biases [out]."""
    rows = field.record(weight=lambda weight: weight.matrix(outputs, inputs), bias=Field.itself)
    return rows.weight, rows.bias.list_of(Field.rational, len(rows.weight))

def layers_of(field, width):
    """Hidden layers, one after the other, and the width of the last."""
    layers = []
    for item in field.list_of(Field.itself):
        layers.append(read_affine(item, width))
        width = len(layers[-1][1])
    return layers, width

def read_head(field, d):
    head = field.record(**dict.fromkeys(("query", "key", "value", "output"), Field.itself))
    head.query = head.query.matrix(columns=d)  # [k, d]
    head.key = head.key.matrix(len(head.query), d)  # [k, d]
    head.value = head.value.matrix(columns=d)  # [d_v, d]
    head.output = head.output.matrix(d, len(head.value))  # [d, d_v]
    return head

class Model:
    """A transformer with every weight: rationals, shapes checked."""

    def __init__(self, field):
        self.place = field.place
        names = dict.fromkeys(("positions", "heads", "mlp", "readout"), Field.itself)
        parts = field.record(embedding=Field.matrix, base=Field.rational, **names)
        if not parts.embedding:
            raise Refusal("unusable", self.place + ".embedding", "at least one token", "none")
        if parts.base <= 1:
            raise Refusal("unusable", self.place + ".base", "a rational above 1", parts.base)
        self.base = parts.base
        self.embedding = parts.embedding  # [m, d]
        self.m, self.d = len(self.embedding), len(self.embedding[0])
        self.positions = optional(lambda positions: positions.matrix(columns=self.d))(parts.positions)  # [n, d]
        self.heads = parts.heads.list_of(lambda head: read_head(head, self.d))
        mlp = parts.mlp.record(hidden=Field.itself, output=Field.itself)
        self.hidden, width = layers_of(mlp.hidden, self.d)
        if not self.hidden:
            raise Refusal("unusable", mlp.hidden.place, "at least one layer", "none")
        self.output = read_affine(mlp.output, width, self.d)
        self.readout = parts.readout.record(weight=list_of(Field.rational, self.d), bias=Field.rational)
        self.width = max(len(bias) for _, bias in self.hidden)

    def positions_alike(self):
        """Whether all positions but the last are alike, so that inputs are (q, c)."""
        return self.positions is None or all(row == self.positions[0] for row in self.positions[1:-1])

    def is_uniform(self):
        return self.positions is None and not any(any(row) for head in self.heads for row in head.query)

    def slot(self, token, position):
        return token, (None if self.positions is None else position)

    def prefix(self, n):
        """The slots of tokens before the last one, where inputs are (q, c)."""
        return [self.slot(token, 0) for token in range(self.m)] if n > 1 or self.positions is None else []

class IntegerModel:
    """A model cleared of denominators.

    What the network reads of the residual stream is `G r` with `G = [W_1; readout]`, so attention is kept in these coordinates:
    the *reading* of a *slot* (token, position) is `G W_O W_V z`, a head's *sum* over an input `[sum weight * reading, sum weight]`.
    """

    def __init__(self, model):
        self.model, self.readings = model, {}
        (first, first_bias), readout = model.hidden[0], model.readout
        places = 0 if model.positions is None else len(model.positions)
        table = model.m * (places + 1) * (len(first) + model.m) * len(model.heads)
        require(table <= MOST_TABLE_NUMBERS, model.place, f"tables of at most {MOST_TABLE_NUMBERS} numbers", table)
        (self.tokens, self.positions), vector_scale = cleared(model.embedding, model.positions or [])
        self.score_maps = []
        for head in model.heads:
            (query,), query_scale = cleared(head.query)
            (key,), key_scale = cleared(head.key)
            self.score_maps.append((query, key, query_scale * key_scale * vector_scale**2))
        self.values, value_scale = cleared(*(head.value for head in model.heads))
        self.outputs, output_scale = cleared(*(head.output for head in model.heads))
        (self.rows, (bias,)), row_scale = cleared([*first, readout.weight], [first_bias])
        self.head_scale = value_scale * output_scale
        self.scale = row_scale * vector_scale * self.head_scale  # of readings
        self.bias = [entry * vector_scale * self.head_scale for entry in bias] + [0]
        factors = [self.tokens, self.positions], [self.rows], self.values, self.outputs
        bits = table * sum(max((x.bit_length() for rows in maps for row in rows for x in row), default=0) for maps in factors)
        require(bits <= MOST_TABLE_BITS, model.place, f"tables of at most {MOST_TABLE_BITS} bits", bits)
        self.layers = []
        for weight, bias in model.hidden[1:]:
            (rows, (bias,)), scale = cleared(weight, [bias])
            self.layers.append((rows, bias, scale))
        # readout . (W h + b) + bias, so that h and a constant are left
        ((weights,), ((constant,),)), readout_scale = cleared([readout.weight], [[readout.bias]])
        (rows, (bias,)), output_scale = cleared(model.output[0], [model.output[1]])
        self.last = [dot(weights, column) for column in zip(*rows)]
        self.constant = dot(weights, bias) + constant * output_scale
        self.last_scale = readout_scale * output_scale

    def vector(self, slot):
        token, position = self.tokens[slot[0]], slot[1]
        return token if position is None else [a + b for a, b in zip(token, self.positions[position])]

    def residual(self, last):
        """`G z + [b_1; 0]` of the last slot."""
        z = self.vector(last)
        return [dot(row, z) * self.head_scale + bias for row, bias in zip(self.rows, self.bias)]

    def reading(self, slot):
        """`G W_O W_V z` of each head."""
        z, result = self.vector(slot), []
        for value, output in zip(self.values, self.outputs):
            v = [dot(row, z) for row in value]
            o = [dot(row, v) for row in output]
            result.append([dot(row, o) for row in self.rows])
        return result

    def weights(self, last, slots, base=None):
        """Attention weights of the slots and of the last one, for each head: integers, up to a common factor."""
        base, z, result = base or self.model.base, self.vector(last), []
        for number, (query, key, scale) in enumerate(self.score_maps):
            place = f"{self.model.place}.heads[{number}]"
            asked = [dot(row, z) for row in query]
            direction = [dot(asked, column) for column in zip(*key)]
            own, differences = dot(direction, z), []
            for slot in [*slots, last]:
                difference, rest = divmod(dot(direction, self.vector(slot)) - own, scale)
                require(rest == 0, place, "scores of one query that differ by integers", "others")
                require(abs(difference) <= MOST_SCORE_DIFFERENCE, place, "score differences of at most 2^16", difference)
                differences.append(difference)
            least, most = min(differences), max(differences)
            bits = (most - least) * max(base.numerator.bit_length(), base.denominator.bit_length())
            require(bits <= MOST_WEIGHT_BITS, place, f"attention weights of at most {MOST_WEIGHT_BITS} bits", bits)
            powers = {t: base.numerator ** (t - least) * base.denominator ** (most - t) for t in set(differences)}
            result.append([powers[t] for t in differences])
        return result

    def output(self, residual, sums):
        """The output as numerator and denominator, the denominator positive."""
        weight = math.prod(head[-1] for head in sums)
        x = [a * weight for a in residual]
        for head in sums:
            others = weight // head[-1]
            x = [a + b * others for a, b in zip(x, head)]
        return self.network(x, self.scale * weight)

    def network(self, x, denominator):
        """The network on `G r + [b_1; 0] = x / denominator`."""
        read, hidden = x[-1], [a if a > 0 else 0 for a in x[:-1]]
        for rows, bias, scale in self.layers:
            hidden = [max(0, dot(row, hidden) + b * denominator) for row, b in zip(rows, bias)]
            read, denominator = read * scale, denominator * scale
        numerator = read * self.last_scale + dot(self.last, hidden) + self.constant * denominator
        return numerator, denominator * self.last_scale

    def terms(self, last, slots, base=None):
        """`[weight * reading, weight]` of every slot, for each head, and of the last one."""
        require_room(len(slots) * (len(self.rows) + 1) * len(self.values), MOST_AT_ONCE, self.model.place)
        weights, result = self.weights(last, slots, base), []
        for i, slot in enumerate([*slots, last]):
            if slot not in self.readings:
                self.readings[slot] = self.reading(slot)
            heads = zip(weights, self.readings[slot])
            result.append([[weight[i] * entry for entry in [*reading, 1]] for weight, reading in heads])
        return result[:-1], result[-1]

    def on_sequence(self, sequence, base=None):
        """The output on one sequence, by definition."""
        slots = Counter(self.model.slot(token, i) for i, token in enumerate(sequence))
        last = self.model.slot(sequence[-1], len(sequence) - 1)
        terms, sums = self.terms(last, slots, base)
        sums = added(sums, sums, -1)
        for term, times in zip(terms, slots.values()):
            sums = added(sums, term, times)
        return Fraction(*self.output(self.residual(last), sums))

def added(sums, terms, times=1):
    return [[a + times * b for a, b in zip(left, right)] for left, right in zip(sums, terms)]

def walk_counts(machine, n, visit):
    """Visits all inputs (q, c) of length `n`: (query, residual, attention sums, largest count, count of the query).

    Sums grow token by token, so that an input costs one addition and one pass of the network.
    """

    def choose(first, left, sums, top, own):
        """All ways to choose `left` more tokens, none below `first`; every level but the last takes some."""
        if left == 0:
            visit(query, residual, sums, top, own)
            return
        for token in range(first, m):
            is_query, final = token == query, token == m - 1
            more = sums
            for times in (left,) if final else range(1, left + 1):
                more = added(more, terms[token], left if final else 1)
                count = times + is_query
                choose(token + 1, left - times, more, max(top, count), count if is_query else own)

    m = machine.model.m
    for query in range(m):
        last = machine.model.slot(query, n - 1)
        residual = machine.residual(last)
        terms, start = machine.terms(last, machine.model.prefix(n))
        choose(0, n - 1, start, 1, 1)

def walk_sequences(machine, n, visit):
    """The same for sequences. Positions differ, so `n` is the number of rows of a matrix in the file."""
    m, places = machine.model.m, range(n - 1)
    for query in range(m):
        last = (query, n - 1)
        residual = machine.residual(last)
        terms, start = machine.terms(last, [(token, i) for i in places for token in range(m)])
        for prefix in product(range(m), repeat=n - 1):
            sums, counts = start, Counter(prefix)
            for i in places:
                sums = added(sums, terms[i * m + prefix[i]])
            counts[query] += 1
            visit(query, residual, sums, max(counts.values()), counts[query])

def require_inputs(n, m, most):
    """There are m C(n - 1 + m - 1, m - 1) inputs (q, c)."""
    ways = binomial(n + m - 2, m - 1, most)
    require(ways is not None and ways * m <= most, "params", f"at most {most} inputs", "more")


# --- statements that a model counts --------------------------------------------------------------------------------------

TASKS = "query-count", "most-frequent-element"
COUNTING = {  # claim: task (None: any), criterion, whether the model is a histogram
    "qc-histogram": ("query-count", "exact", True),
    "mfe-histogram": ("most-frequent-element", "exact", True),
    "qc-count-attend": ("query-count", "solves", False),
    "model": (None, "solves", False),
}

def read_counting(claim, params, data, **readers):
    """The parameters of a statement that a model counts, the model that they describe, and the fields of its proof."""
    sizes = dict.fromkeys(("m", "d", "mlp_width"), Field.count)
    stated = params.record(task=one_of(*TASKS), criterion=one_of("exact", "solves"), n=Field.count_or_any, **sizes)
    proof = data.record(model=Model, **readers)
    model, (task, criterion, histogram) = proof.model, COUNTING[claim]
    require_equal("params.task", task or stated.task, stated.task)
    require_equal("params.criterion", criterion, stated.criterion)
    require_equal("params.m", model.m, stated.m)
    require_equal("params.d", model.d, stated.d)
    require_equal("params.mlp_width", model.width, stated.mlp_width)
    require(stated.n == "any" or stated.n >= 1, "params.n", "n >= 1", stated.n)
    if claim != "model":
        require_equal(model.place + ".heads", 1, len(model.heads))
    if histogram:
        require(model.is_uniform(), model.place, "W_Q = 0 and no positions", "others")
    if model.positions is not None:
        require(stated.n == len(model.positions), "params.n", f"{len(model.positions)}, as there are positions", stated.n)
    return stated, model, proof

def is_met(stated, error):
    return error == 0 if stated.criterion == "exact" else error < Fraction(1, 2)

def check_exhaustive(claim, params, data):
    readers = {"inputs": one_of("count-vectors", "sequences"), "max_error": Field.rational}
    stated, model, proof = read_counting(claim, params, data, **readers)
    require(stated.n != "any", "params.n", "one context length", "any")
    alike = model.positions_alike()
    if proof.inputs == "count-vectors":
        require(alike, data.place + ".inputs", "sequences, as positions differ", proof.inputs)
        require_inputs(stated.n, model.m, MOST_INPUTS)
    else:
        require(power(model.m, stated.n, MOST_INPUTS), "params", f"at most {MOST_INPUTS} inputs", "more")
    machine, worst = IntegerModel(model), [0, 1]
    counts_query = stated.task == "query-count"

    def visit(query, residual, sums, top, own):
        numerator, denominator = machine.output(residual, sums)
        error = abs(numerator - (own if counts_query else top) * denominator)
        if error * worst[1] > worst[0] * denominator:
            worst[:] = error, denominator
            met, found = is_met(stated, Fraction(*worst)), f"an error of {show(Fraction(*worst))} with query {query}"
            require(met, model.place, "an output that meets the criterion", found)
    # where inputs are (q, c), sequences with equal counts have one output: they are visited once
    (walk_counts if alike else walk_sequences)(machine, stated.n, visit)
    require_equal(data.place + ".max_error", Fraction(*worst), proof.max_error)

def check_counterexample(claim, params, data):
    readers = {"sequence": list_of(Field.count), "output": Field.rational, "answer": Field.count}
    stated, model, proof = read_counting(claim, params, data, **readers)
    sequence, place = proof.sequence, data.place + ".sequence"
    length = len(sequence) if stated.n == "any" else stated.n
    require(len(sequence) == length > 0, place, f"{length or 'some'} tokens", len(sequence))
    require(max(sequence) < model.m, place, f"tokens below m = {model.m}", max(sequence))
    counts = Counter(sequence)
    answer = counts[sequence[-1]] if stated.task == "query-count" else max(counts.values())
    require_equal(data.place + ".answer", answer, proof.answer)
    output = IntegerModel(model).on_sequence(sequence) * (length if stated.n == "any" else 1)
    require_equal(data.place + ".output", output, proof.output)
    require(not is_met(stated, abs(output - answer)), data.place + ".output", "one that does not meet the criterion", output)

class Polytope:
    """The proof for one query: signs of ReLU units on pieces of the simplex, in preorder.

    A form is the vector of an affine function's vertex values: integers over the denominator of its layer. The walk is
    depth first, so constraints and forms are shared: on the way back they are cut to the length that they had.
    """

    def __init__(self, machine, readings, query, task, steps):
        self.machine, self.query, self.task = machine, query, task
        self.place, self.steps, self.at = steps.place, steps.of(list, "a list of steps"), 0
        residual = machine.residual((query, None))
        *self.first, self.read = zip(*([a + b for a, b in zip(residual, reading)] for reading in readings))
        self.zero = [0] * len(readings)
        self.denominators = [machine.scale]
        for _, _, scale in machine.layers:
            self.denominators.append(self.denominators[-1] * scale)
        self.sizes = [len(bias) for _, bias in machine.model.hidden]

    def pre_activation(self, layer, unit, layers):
        if layer == 0:
            return self.first[unit]
        rows, bias, _ = self.machine.layers[layer - 1]
        return self.combined(rows[unit], layers[layer - 1], bias[unit] * self.denominators[layer - 1])

    def combined(self, weights, forms, constant):
        """sum weight * form + constant: on the simplex a constant is the form whose values are all equal to it."""
        result = [constant] * len(self.zero)
        for weight, form in zip(weights, forms):
            if weight and form is not self.zero:
                result = [a + weight * b for a, b in zip(result, form)]
        return result

    def output(self, layers):
        """The output's vertex values, rationals."""
        denominator = self.denominators[-1]
        read = denominator // self.denominators[0] * self.machine.last_scale
        result = self.combined(self.machine.last, layers[-1], self.machine.constant * denominator)
        return [Fraction(a + read * b, denominator * self.machine.last_scale) for a, b in zip(result, self.read)]

    def next_step(self):
        """The place of the next step, which side it is about, and what is under it."""
        require(self.at < len(self.steps), self.place, "another step", "the end")
        step = Field(self.steps[self.at], f"{self.place}[{self.at}]")
        self.at += 1
        return step.place, *(("split", step) if step.value == "split" else step.variant("active", "inactive", "leaf"))

    def show_sign(self, multipliers, form, constraints):
        """`form` less the multiples of the constraints has no negative coefficient, so it is >= 0 on the piece."""
        for pair in multipliers.list_of(list_of(Field.itself, 2)):
            index, multiplier = pair[0].count(), pair[1].rational()
            require(index < len(constraints), pair[0].place, f"a constraint below {len(constraints)}", index)
            require(multiplier >= 0, pair[1].place, "a multiplier that is not negative", multiplier)
            values, denominator = constraints[index]
            form = [a - multiplier * b / denominator for a, b in zip(form, values)]
        for vertex, value in enumerate(form):
            require(value >= 0, multipliers.place, f"no negative coefficient (vertex {vertex})", value)

    def check(self):
        """Every piece ends in a leaf."""
        layers, constraints, open_splits = [[]], [], []
        while True:
            layer, unit = len(layers) - 1, len(layers[-1])
            if unit < self.sizes[layer]:
                form = self.pre_activation(layer, unit, layers)
                if min(form) >= 0:
                    layers[-1].append(form)
                elif max(form) <= 0:
                    layers[-1].append(self.zero)
                else:
                    place, side, multipliers = self.next_step()
                    require(side != "leaf", place, f"a sign of unit {unit} of layer {layer}", "a leaf")
                    if side == "split":
                        open_splits.append((layer, unit, len(constraints), form))
                        constraints.append((form, self.denominators[layer]))
                    else:
                        sign = Fraction(1 if side == "active" else -1, self.denominators[layer])
                        self.show_sign(multipliers, [sign * value for value in form], constraints)
                    layers[-1].append(self.zero if side == "inactive" else form)
            elif layer + 1 < len(self.sizes):
                layers.append([])
            else:
                place, side, leaf = self.next_step()
                require(side == "leaf", place, "a leaf, as no unit is open", side)
                self.check_leaf(leaf, self.output(layers), constraints)
                if not open_splits:
                    break
                # the other side of the last split: its unit is zero
                layer, unit, depth, form = open_splits.pop()
                del layers[layer + 1 :], layers[layer][unit:], constraints[depth:]
                constraints.append(([-value for value in form], self.denominators[layer]))
                layers[layer].append(self.zero)
        require(self.at == len(self.steps), self.place, f"{self.at} steps", len(self.steps))

    def check_leaf(self, leaf, output, constraints):
        token, dominates = self.query, []
        if leaf.value != "query":
            maximum = leaf.variant("maximum")[1].record(token=Field.count, dominates=list_of(Field.itself, len(output), "invalid"))
            token, dominates = maximum.token, maximum.dominates
        require_equal(leaf.place, self.task, "query-count" if leaf.value == "query" else "most-frequent-element")
        for vertex, value in enumerate(output):
            require(value == int(vertex == token), leaf.place, f"an output that is f_{token} (vertex {vertex})", value)
        for j, multipliers in enumerate(dominates):
            difference = [Fraction((vertex == token) - (vertex == j)) for vertex in range(len(output))]
            self.show_sign(multipliers, difference, constraints)

def check_polytope(claim, params, data):
    stated, model, proof = read_counting(claim, params, data, queries=list_of(Field.itself))
    require_equal("params.n", "any", stated.n)
    require(model.is_uniform(), model.place, "W_Q = 0 and no positions", "others")
    require_equal(model.place + ".heads", 1, len(model.heads))
    require_equal(data.place + ".queries", model.m, len(proof.queries))
    machine = IntegerModel(model)
    require_room(model.m * sum(len(bias) + 1 for _, bias in model.hidden), MOST_AT_ONCE, model.place)
    readings = [machine.reading((token, None))[0] for token in range(model.m)]
    for query, steps in enumerate(proof.queries):
        Polytope(machine, readings, query, stated.task, steps).check()


# --- piecewise linear functions of one variable --------------------------------------------------------------------------

class Line:
    """A continuous piecewise linear function on [low, high]: value and slope at `low`, and changes of slope at kinks."""

    def __init__(self, low, high, value, slope, kinks=None):
        self.low, self.high, self.value, self.slope, self.kinks = low, high, value, slope, kinks or {}

    def pieces(self):
        """(left end, right end, value at the left end, slope); at least one, also where low = high."""
        left, value, slope = self.low, self.value, self.slope
        for kink in sorted(self.kinks):
            yield left, kink, value, slope
            value += slope * (kink - left)
            slope += self.kinks[kink]
            left = kink
        yield left, self.high, value, slope

    def relu(self):
        runs, zero = [], Fraction(0)  # runs: (from, slope)
        for left, right, value, slope in self.pieces():
            end = value + slope * (right - left)
            runs.append((left, slope if value > 0 or end > 0 and value == 0 else zero))
            if value > 0 > end or value < 0 < end:
                runs.append((left - value / slope, zero if value > 0 else slope))
        kinks = {at: after - before for (_, before), (at, after) in zip(runs, runs[1:]) if after != before}
        return Line(self.low, self.high, max(self.value, zero), runs[0][1], kinks)

def values_on(pieces, starts, low, high):
    """Values at the ends of [low, high] and at the kinks inside: they have the extremes among them."""
    for x in [low, *starts[bisect_left(starts, low) : bisect_right(starts, high)], high]:
        left, _, value, slope = pieces[max(0, bisect_right(starts, x) - 1)]
        yield value + slope * (x - left)

def combination(low, high, weights, lines, constant):
    value, slope, kinks = constant, Fraction(0), {}
    for weight, line in zip(weights, lines):
        if weight:
            value += weight * line.value
            slope += weight * line.slope
            for kink, change in line.kinks.items():
                kinks[kink] = kinks.get(kink, 0) + weight * change
    return Line(low, high, value, slope, {kink: change for kink, change in kinks.items() if change})

def through_layers(low, high, lines, layers):
    """Lines after layers of (weight, bias), each followed by ReLU."""
    for weight, bias in layers:
        below, lines, kinks = lines, [], 0  # which may double with every layer
        for row, b in zip(weight, bias):
            lines.append(combination(low, high, row, below, b).relu())
            kinks += len(lines[-1].kinks)
            require_room(kinks, MOST_KINKS, "data")
    return lines

def attention_line(machine, last, low, high):
    """The output as a function of x = a_q / D: what the network reads is x times the reading of the last slot."""
    lines = []
    for start, step in zip(machine.residual(last), machine.reading(last)[0]):
        slope = Fraction(step, machine.scale)
        lines.append(Line(low, high, Fraction(start, machine.scale) + slope * low, slope))
    read = lines.pop()
    hidden = through_layers(low, high, [line.relu() for line in lines], machine.model.hidden[1:])
    weights = [Fraction(weight, machine.last_scale) for weight in machine.last]
    constant = Fraction(machine.constant, machine.last_scale)
    return combination(low, high, [*weights, Fraction(1)], [*hidden, read], constant)

def check_interval(claim, params, data):
    def reason(field):
        named = type(field.value) is not dict
        return one_of("not-claimed", "two")(field) if named else field.variant("below")[1].list_of(Field.count)

    stated, model, proof = read_counting(claim, params, data, max_error=Field.rational, least_base=reason)
    require(stated.n != "any", "params.n", "one context length", "any")
    n, m = stated.n, model.m
    require_equal("params.task", "query-count", stated.task)
    require_equal(model.place + ".heads", 1, len(model.heads))
    require(model.positions_alike(), model.place + ".positions", "all but the last alike", "others")
    work = n * m * (model.width + 1)
    require(work <= MOST_INTERVAL_WORK, "params", f"n m (width + 1) of at most {MOST_INTERVAL_WORK}", work)
    machine, slots, worst = IntegerModel(model), model.prefix(n), Fraction(0)
    for slot in slots:
        require(not any(machine.reading(slot)[0]), model.place, f"nothing read from token {slot[0]} in the prefix", "something")
    for query in range(m):
        last = model.slot(query, n - 1)
        *weights, own = machine.weights(last, slots)[0]
        if n > 1:
            require(weights[query] == own, model.place, f"one weight of token {query} in the prefix and last", "two")
        others = weights[:query] + weights[query + 1 :] or [own]

        def ends(count):
            return [Fraction(own, count * own + (n - count) * weight) for weight in (max(others), min(others))]

        counts = range(1 if m > 1 else n, n + 1)
        reached = ends(counts[0]) + ends(n)  # the ends of the intervals move in one direction as the count grows
        pieces = list(attention_line(machine, last, min(reached), max(reached)).pieces())
        starts = [piece[0] for piece in pieces]
        for count in counts:
            for value in values_on(pieces, starts, *ends(count)):
                error = abs(value - count)
                if error > worst:
                    require(is_met(stated, error), model.place, "an output that meets the criterion", error)
                    worst = error
    require_equal(data.place + ".max_error", worst, proof.max_error)
    if proof.least_base == "two":
        require(model.base == 2, data.place + ".least_base", "base 2", model.base)
    elif proof.least_base != "not-claimed":
        check_below(machine, n, proof.least_base, data.place + ".least_base.below")

def check_below(machine, n, sequence, place):
    """A sequence that fails with the base one less, and with every smaller base too."""
    model = machine.model
    require(model.base.denominator == 1 and model.base > 2, place, "an integer base above 2", model.base)
    require(len(sequence) == n, place, f"{n} tokens", len(sequence))
    require(max(sequence) < model.m, place, f"tokens below m = {model.m}", max(sequence))
    last, slots = model.slot(sequence[-1], n - 1), model.prefix(n)
    *weights, own = machine.weights(last, [slots[token] for token in sorted(set(sequence[:-1]))])[0]
    require(max(weights, default=own) <= own, place, "no token with a larger weight than the query", "one")
    for _, _, _, slope in attention_line(machine, last, Fraction(1, n), Fraction(1)).pieces():
        require(slope <= 0, place, "an output that does not grow with x", "one that does")
    excess = machine.on_sequence(sequence, model.base - 1) - sequence.count(sequence[-1])
    require(excess >= Fraction(1, 2), place, "an output at least 1/2 above the answer with the base one less", excess)

def check_repetition(claim, params, data):
    stated = params.record(n=Field.count, m=Field.count, times=Field.count, models=Field.count)
    proof = data.record(models=list_of(Model), inputs=one_of("count-vectors"))
    n, m, times = stated.n, stated.m, stated.times
    require(stated.models == len(proof.models) > 0, "params.models", f"{len(proof.models) or 'some'}", stated.models)
    require(n >= 1, "params.n", "n >= 1", n)
    require(times >= 2 and n * times <= LARGEST_COUNT, "params.times", "at least 2, with a length in 64 bits", times)
    require_inputs(n, m, MOST_REPEATED_INPUTS)
    for model in proof.models:
        require_equal("params.m", model.m, m)
        require(model.positions is None, model.place + ".positions", "null", "some")
        machine = IntegerModel(model)

        def visit(query, residual, sums, top, own):
            once = machine.output(residual, sums)
            repeated = machine.output(residual, [[entry * times for entry in head] for head in sums])
            equal = once[0] * repeated[1] == repeated[0] * once[1]
            require(equal, model.place, "one output for an input and its repetition", "two")

        walk_counts(machine, n, visit)


# --- kernels and short vectors -------------------------------------------------------------------------------------------

class KernelProof:
    """A basis of an integer kernel, a left inverse that shows it is one, and cuts that bound coordinates."""

    def __init__(self, field, width):
        vectors = dict.fromkeys(("basis", "left_inverse", "cuts"), list_of(list_of(Field.integer, width, "invalid")))
        proof = field.record(query=optional(Field.count), **vectors)
        self.place, self.query, self.cuts = field.place, proof.query, proof.cuts
        self.basis, self.left_inverse = proof.basis, proof.left_inverse

    def check_basis(self, is_in_kernel, dimension):
        """The basis generates an integer kernel; `dimension(k)` is its dimension, which is at least `k`."""
        for i, vector in enumerate(self.basis):
            require(is_in_kernel(vector), f"{self.place}.basis[{i}]", "a vector of the kernel", "another")
        require_equal(self.place + ".left_inverse", len(self.basis), len(self.left_inverse))
        for i, row in enumerate(self.left_inverse):
            for j, vector in enumerate(self.basis):
                require_equal(f"{self.place}.left_inverse[{i}]", int(i == j), dot(row, vector))
        require_equal(self.place + ".basis", dimension(len(self.basis)), len(self.basis))

    def short_vectors(self, bound, first=0):
        """Up to sign, all kernel vectors but 0 that the cuts allow; the last coordinate is at least `first`.

        `bound(y)` is the most that |<y, z>| can be. The cuts of a level bound its coordinate once the higher ones are fixed.
        """
        k = len(self.basis)
        levels = [[] for _ in range(k)]
        for i, cut in enumerate(self.cuts):
            products = [dot(cut, vector) for vector in self.basis]
            level = next((level for level, product in enumerate(products) if product), None)
            require(level is not None, f"{self.place}.cuts[{i}]", "one that is not orthogonal to the basis", "another")
            sign = 1 if products[level] > 0 else -1
            levels[level].append(([sign * product for product in products], bound(cut)))
        for level, cuts in enumerate(levels):
            require(cuts, self.place + ".cuts", f"a cut of level {level}", "none")
        coordinates = [0] * k

        def choices(level):
            higher = coordinates[level + 1 :]
            lowest = [] if any(higher) else [first if level == k - 1 else 0]
            highest = []
            for products, most in levels[level]:
                fixed = dot(higher, products[level + 1 :])
                lowest.append(-((most + fixed) // products[level]))
                highest.append((most - fixed) // products[level])
            return iter(range(max(lowest), min(highest) + 1))

        level, open_choices, sums = k - 1, [choices(k - 1)], [[0] * len(self.basis[0])]
        while open_choices:
            coordinate = next(open_choices[-1], None)
            coordinates[level] = coordinate or 0
            if coordinate is None:
                open_choices.pop(), sums.pop()
                level += 1
                continue
            vector = [a + coordinate * b for a, b in zip(sums[-1], self.basis[level])]
            if level > 0:
                level -= 1
                open_choices.append(choices(level))
                sums.append(vector)
            elif any(coordinates):
                yield vector

class Pair:
    """Two inputs of one length with one query, by their counts."""

    def __init__(self, field, m):
        counts = list_of(Field.count, m, "invalid")
        pair = field.record(query=Field.count, c=counts, c_prime=counts)
        self.place, self.query, self.inputs = field.place, pair.query, (pair.c, pair.c_prime)

    def difference(self, n):
        for counts in self.inputs:
            is_input = sum(counts) == n and self.query < len(counts) and counts[self.query] >= 1
            require(is_input, self.place, f"two inputs of length {n} with the query", "others")
        return [a - b for a, b in zip(*self.inputs)]

    def require_different(self, task):
        answers = {counts[self.query] if task == "query-count" else max(counts) for counts in self.inputs}
        require(len(answers) == 2, self.place, f"different answers ({task})", "equal ones")

def require_sizes(embedding, stated):
    """There is a token, so no dimension is larger than a row of the file."""
    require(embedding, "params.m", "at least one token", 0)
    require_equal("params.m", len(embedding), stated.m)
    require_equal("params.d", len(embedding[0]), stated.d)

def uniform_rows(embedding, stated):
    """For a query (any), integer rows of what uniform attention passes on: every column cleared, and the length."""
    require_sizes(embedding, stated)
    rows = [*(cleared([column])[0][0][0] for column in zip(*embedding)), [1] * len(embedding)]
    return lambda query: rows

def attention_rows(model, stated):
    """For a query, integer rows of what a model's heads pass on: numerators, denominators, the length."""
    require_sizes(model.embedding, stated)
    require(model.positions is None, model.place + ".positions", "null", "some")
    numbers = model.m * sum(len(head.value) for head in model.heads)
    require_room(numbers, MOST_AT_ONCE, model.place)
    machine, slots = IntegerModel(model), [(token, None) for token in range(model.m)]
    values = [[[dot(row, z) for z in machine.tokens] for row in head] for head in machine.values]

    def of_query(query):
        rows = [[1] * model.m]
        for weights, head in zip(machine.weights((query, None), slots), values):
            rows += [list(map(mul, weights, row)) for row in head] + [weights[:-1]]
        return rows

    return of_query

def check_collision(claim, params, data):
    readers = {"query": optional(Field.count), "free_up_to": Field.count_or_any, "collides_at": optional(Field.count)}
    stated = params.record(task=one_of(*TASKS), m=Field.count, d=Field.count, **readers)
    m, query, free = stated.m, stated.query, stated.free_up_to
    readers = {"proofs": list_of(lambda field: KernelProof(field, m)), "pair": optional(lambda field: Pair(field, m))}
    proof = data.record(subject=Field.itself, **readers)
    kind, content = proof.subject.variant("embedding", "model")
    require_equal("claim", "uniform-collision" if kind == "embedding" else "attention-collision", claim)
    rows_of = uniform_rows(content.matrix(), stated) if kind == "embedding" else attention_rows(Model(content), stated)
    require(query is None or query < m, "params.query", f"a token below m = {m}", query)
    asked = [query] if query is not None or kind == "embedding" else range(m)
    require_equal(data.place + ".proofs", len(asked), len(proof.proofs))
    for expected, kernel in zip(asked, proof.proofs):
        require_equal(kernel.place + ".query", expected, kernel.query)
        rows = rows_of(kernel.query)
        kernel.check_basis(lambda v: not any(dot(row, v) for row in rows), lambda known: m - rank_of(rows, m - known))
        check_free(kernel, stated.task, free)
    pair, length = proof.pair, stated.collides_at
    require((pair is None) == (length is None), data.place + ".pair", "null iff params.collides_at is", "otherwise")
    if pair is not None:
        difference = pair.difference(length)
        require(query in (None, pair.query), pair.place + ".query", show(query), pair.query)
        pair.require_different(stated.task)
        for row in rows_of(pair.query):
            require(dot(row, difference) == 0, pair.place, "two inputs that collide", "two that are told apart")

def check_free(kernel, task, free):
    """No two inputs of length `free` or less collide: the kernel has no vector as short as their difference."""
    place, query, basis = kernel.place, kernel.query, kernel.basis
    counts_query = query is not None and task == "query-count"
    if counts_query:  # the difference is not zero at the query
        for i, vector in enumerate(basis[:-1]):
            require(vector[query] == 0, f"{place}.basis[{i}]", "0 at the query in all vectors but the last", vector[query])
        basis = [vector for vector in basis if vector[query]]
    if not basis:
        return
    require(free != "any", "params.free_up_to", "an integer, as there is a kernel", free)
    radius = 2 * (free - 1)
    for z in kernel.short_vectors(lambda cut: radius * largest(cut), int(counts_query)) if radius >= 0 else ():
        length = norm(z)
        if length == radius and query is not None and not counts_query:
            # the only inputs of this length with this difference are z^+ + e_q and z^- + e_q
            left, right = (max(max(sign * a, 0) + (j == query) for j, a in enumerate(z)) for sign in (1, -1))
            if left == right:
                continue
        require(length > radius, place, f"no vector of length {radius} or less", f"one of length {length}")

def check_separation(claim, params, data):
    stated = params.record(n=Field.count, m=Field.count, d=Field.count, distance=Field.rational)
    n, m, d, distance = stated.n, stated.m, stated.d, stated.distance
    readers = {"proof": lambda field: KernelProof(field, m + d), "pair": lambda field: Pair(field, m)}
    proof = data.record(embedding=Field.matrix, **readers)
    kernel, pair = proof.proof, proof.pair
    require_sizes(proof.embedding, stated)
    require(n >= 1 and d <= MOST_DIMENSION, "params", f"n >= 1 and d <= {MOST_DIMENSION}", n)
    require_equal(kernel.place + ".query", None, kernel.query)
    (integers,), scale = cleared(proof.embedding)
    states = list(zip(*integers))  # V' [d, m]
    bound = distance * scale * n
    require(bound.denominator == 1 and bound >= 0, "params.distance", "a distance that two states can have", distance)
    bound = bound.numerator
    # the kernel is all (z, V' z) with sum z = 0
    kernel.check_basis(lambda v: not sum(v[:m]) and [dot(row, v[:m]) for row in states] == v[m:], lambda known: m - 1)
    radius = 2 * (n - 1)
    if bound > 0 and radius > 0 and kernel.basis:
        for vector in kernel.short_vectors(lambda cut: radius * largest(cut[:m]) + (bound - 1) * norm(cut[m:])):
            closer = norm(vector[:m]) <= radius and largest(vector[m:]) < bound
            require(not closer, kernel.place, "no states that are closer", "some")
    difference = pair.difference(n)
    for task in TASKS:
        pair.require_different(task)
    apart = Fraction(largest(dot(row, difference) for row in states), scale * n)
    require_equal(pair.place, distance, apart)


# --- bounds --------------------------------------------------------------------------------------------------------------

def check_welch(claim, params, data):
    squares = dict.fromkeys(("mu_squared", "welch_squared"), Field.rational)
    stated = params.record(m=Field.count, d=Field.count, fails_from_n=optional(Field.count), **squares)
    proof = data.record(embedding=Field.matrix, pair=optional(list_of(Field.count, 2)))
    m, d, pair = stated.m, stated.d, proof.pair
    require_sizes(proof.embedding, stated)
    require(m >= 2, "params.m", "at least 2", m)
    directions = []
    for token, row in enumerate(proof.embedding):
        require(any(row), f"{data.place}.embedding.rows[{token}]", "a vector that has a direction", "zero")
        ((integers,),), _ = cleared([row])
        content = math.gcd(*integers) * (1 if next(filter(None, integers)) > 0 else -1)
        directions.append(tuple(a // content for a in integers))
    lengths = [dot(v, v) for v in directions]

    def squared(j, q):
        return Fraction(dot(directions[j], directions[q]) ** 2, lengths[j] * lengths[q])

    parallel = len(set(directions)) < m  # then the largest product is 1, and no pairs need be tried
    most = Fraction(1) if parallel else max(squared(j, q) for j, q in combinations(range(m), 2))
    require_equal("params.mu_squared", most, stated.mu_squared)
    require_equal("params.welch_squared", Fraction(m - d, d * (m - 1)) if m > d else Fraction(0), stated.welch_squared)
    fails_from = 1 + ceiling_of_root(1 / (4 * most)) if most else None
    require_equal("params.fails_from_n", fails_from, stated.fails_from_n)
    require((pair is None) == (most == 0), data.place + ".pair", "null iff mu is 0", "otherwise")
    attains = pair is None or pair[0] != pair[1] and max(pair) < m and squared(*pair) == most
    require(attains, data.place + ".pair", "two tokens that attain mu", "others")

def check_mfe_bits(claim, params, data):
    numbers = dict.fromkeys(("k", "m", "bits", "disjointness_bits"), Field.count)
    stated = params.record(classes=Field.integer, **numbers)
    proof = data.record(elements=Field.count, repeats=Field.count, padding=Field.count)
    k, m, classes, elements = stated.k, stated.m, stated.classes, proof.elements
    require(1 <= k <= MOST_SIZE, "params.k", f"1 to {MOST_SIZE}", k)
    require(1 <= m <= MOST_SIZE, "params.m", f"1 to {MOST_SIZE}", m)
    require(binomial(k + m - 1, m - 1, classes) == classes, "params.classes", "C(k + m - 1, m - 1)", classes)
    require_equal("params.bits", (classes - 1).bit_length(), stated.bits)
    require_equal("params.disjointness_bits", elements, stated.disjointness_bits)
    require_equal(data.place, k, elements * proof.repeats + proof.padding)
    require(3 * elements + 1 <= m, data.place + ".elements", f"3 elements + 1 <= {m}", elements)
    decides = 2 * proof.padding + 1 < 2 * proof.repeats if elements else proof.repeats == 0
    require(decides, data.place + ".padding", "2 padding + 1 < 2 repeats, or nothing repeated", proof.padding)

def check_pigeonhole(claim, params, data):
    numbers = dict.fromkeys(("n", "m", "d", "bound"), Field.count)
    stated = params.record(states=Field.integer, vectors=Field.integer, collision=TRUTH, **numbers)
    data.record()
    n, m = stated.n, stated.m
    require(min(n, m, stated.d) >= 1, "params", "n, m and d of at least 1", min(n, m, stated.d))
    bits = (2 * n * stated.bound + 1).bit_length() * stated.d
    require(bits <= MOST_POWER_BITS, "params", f"a power of at most {MOST_POWER_BITS} bits", bits)
    states = power(2 * n * stated.bound + 1, stated.d, stated.states)
    require(states == stated.states, "params.states", "(2 n bound + 1)^d", stated.states)
    vectors = binomial(n + m - 1, m - 1, stated.vectors)
    require(vectors == stated.vectors, "params.vectors", "C(n + m - 1, m - 1)", stated.vectors)
    require_equal("params.collision", vectors > states, stated.collision)


# --- widths of the inverter ----------------------------------------------------------------------------------------------

def require_within(p, line, strict, place):
    """The network is within `epsilon` of k on [1/(k + leak), 1/k], for k = 1..n.

    All k are decided at once: on a piece of slope s, N(1/(k + e)) - k is monotone in k, or concave with its top where
    (k + e)^2 = -s. So the first and the last k of the piece decide, and those beside the top.
    """

    def require_near(value, k):
        error = abs(value - k)
        right = error < p.epsilon or error == p.epsilon and not strict
        require(right, place, f"a network within tolerance of {k}", f"an error of {show(error)}")

    for left, right, value, slope in line.pieces():
        k = math.floor(1 / left)
        if 1 / left - k <= p.leak and k <= p.n:  # a kink inside the interval of k
            require_near(value, k)
        top = math.isqrt(math.floor(max(-slope, 0)))
        for end in {Fraction(0), p.leak}:
            first, last = max(1, math.ceil(1 / right - end)), min(p.n, math.floor(1 / left - end))
            for k in sorted({first, last, top - 1, top, top + 1}):
                if first <= k <= last:
                    require_near(value + slope * (1 / (k + end) - left), k)

def scalar_network(field):
    """`alpha x + beta + sum a ReLU(w x + b)`, with the slopes `|a w|`."""
    units = list_of(lambda field: field.record(a=Field.rational, w=Field.rational, b=Field.rational))
    network = field.record(alpha=Field.rational, beta=Field.rational, units=units)
    network.place, network.slopes = field.place, [abs(unit.a * unit.w) for unit in network.units]
    return network

def scalar_line(network, p):
    low, one = 1 / (p.n + p.leak), Fraction(1)
    lines = [Line(low, one, unit.w * low + unit.b, unit.w).relu() for unit in network.units] + [Line(low, one, low, one)]
    return combination(low, one, [*(unit.a for unit in network.units), network.alpha], lines, network.beta)

def check_inverse_width(claim, params, data):
    rationals = dict.fromkeys(("epsilon", "leak", "p_min"), Field.rational)
    counts = dict.fromkeys(("w_grid", "unit_width"), optional(Field.count))
    layers = list_of(Field.count, 2)
    p = params.record(n=Field.count, strict=TRUTH, w_min=Field.count, two_layers=layers, **rationals, **counts)
    triples, pair = list_of(list_of(Field.count, 3)), optional(list_of(Field.count, 2))
    readers = {
        "grid": {"fails_at": optional(Field.rational)},
        "width": {"network": scalar_network, "triples": triples},
        "slope": {"pair": pair, "network": scalar_network, "inner": optional(scalar_network)},
    }
    parts = {name: lambda field, inner=inner: field.record(**inner) for name, inner in readers.items()}
    proof = data.record(two_layers=lambda field: field.record(hidden=Field.itself, output=Field.itself), **parts)
    hidden, last = layers_of(proof.two_layers.hidden, 1)
    (weights,), (bias,) = read_affine(proof.two_layers.output, last, 1)
    require(1 <= p.n <= MOST_COUNTS, "params.n", f"1 to {MOST_COUNTS}", p.n)
    require(p.epsilon >= 0, "params.epsilon", "epsilon >= 0", p.epsilon)
    require(0 <= p.leak < 1, "params.leak", "0 <= leak < 1", p.leak)
    check_grid(p, proof.grid.fails_at, data.place + ".grid.fails_at")
    check_width(p, proof.width, data.place + ".width")
    check_slope(p, proof.slope, data.place + ".slope")
    require_equal("params.two_layers", [len(biases) for _, biases in hidden], p.two_layers)
    low, one = 1 / (p.n + p.leak), Fraction(1)
    lines = through_layers(low, one, [Line(low, one, low, one)], hidden)
    require_within(p, combination(low, one, weights, lines, bias), p.strict, data.place + ".two_layers")

def check_grid(p, fails_at, place):
    """`w_grid` cells are within tolerance, one less are not. The first cell is the worst."""
    low, allowed = 1 / (p.n + p.leak), p.epsilon - p.leak
    none = allowed < 0 or allowed == 0 and (p.strict or low < 1)
    require((p.w_grid is None) == none, "params.w_grid", "null" if none else "a number of cells", p.w_grid)
    require((fails_at is None) == (p.w_grid in (None, 1)), place, "null iff w_grid is 1 or null", fails_at)
    if none:
        return
    require(p.w_grid >= 1, "params.w_grid", "a cell", 0)
    left, right = 1 / low, 1 / (low + (1 - low) / p.w_grid)
    rest, product = left + right - allowed, 4 * left * right
    within = rest < 0 or rest**2 < product or not p.strict and (rest == 0 or rest**2 == product)
    require(within, "params.w_grid", "cells within tolerance", p.w_grid)
    if fails_at is None:
        return
    require(low <= fails_at <= 1, place, "a point of [1/(n + leak), 1]", fails_at)
    excess = Fraction(0)
    if low < 1:
        cell = (1 - low) / (p.w_grid - 1)
        start = low + cell * min((fails_at - low) // cell, p.w_grid - 2)
        rise = (1 / (start + cell) - 1 / start) / cell
        excess = 1 / start + rise * (fails_at - start) - 1 / fails_at
    fails = excess > allowed or excess == allowed and p.strict
    require(fails, place, "a point where one cell less is out of tolerance", fails_at)

def check_width(p, width, place):
    """A network of `w_min` units, and as many triples, each of which needs a kink of its own."""
    require_equal(place + ".network.units", p.w_min, len(width.network.units))
    require_within(p, scalar_line(width.network, p), p.strict, place + ".network")
    require_equal(place + ".triples", p.w_min, len(width.triples))
    end = 1
    for number, (i, j, k) in enumerate(width.triples):
        where = f"{place}.triples[{number}]"
        require(end <= i < j + p.leak < k <= p.n, where, f"{end} <= i < j + leak < k <= {p.n}", [i, j, k])
        excess = i + k - i * k / (j + p.leak) - j - 2 * p.epsilon
        require(excess > 0 or excess == 0 and p.strict, where, "a chord above the upper end of j", "one that is not")
        end = k

def check_slope(p, slope, place):
    """A network of total slope `p_min`, two points that force it, and the least width with unit weights."""
    network, inner = slope.network, slope.inner
    require((inner is None) != p.strict, place + ".inner", "null iff strict is false", "otherwise")
    forced = Fraction(0)
    if slope.pair is not None:
        j, k = slope.pair
        require(1 <= j < k <= p.n and j + p.leak < k, place + ".pair", f"1 <= j, j + leak < k <= {p.n}", "others")
        forced = (k - j - 2 * p.epsilon) / (1 / (j + p.leak) - Fraction(1, k))
        require(forced >= 0, place + ".pair", "two points that force a slope", forced)
    require_equal("params.p_min", forced, p.p_min)
    require_equal(network.place + ".alpha", 0, network.alpha)
    require_equal(network.place, p.p_min, sum(network.slopes))
    require_within(p, scalar_line(network, p), False, network.place)
    if inner is not None:
        require_equal(inner.place + ".alpha", 0, inner.alpha)
        require_within(p, scalar_line(inner, p), True, inner.place)
    if p.unit_width is not None:
        open_end = p.strict and slope.pair is not None
        require_equal("params.unit_width", math.floor(p.p_min) + 1 if open_end else math.ceil(p.p_min), p.unit_width)
        units = sum(map(math.ceil, (inner or network).slopes))
        require_equal((inner or network).place, p.unit_width, units)


# --- linear programs -----------------------------------------------------------------------------------------------------

def read_term(field):
    j, coefficient = field.list_of(Field.itself, 2)
    return j.count(), coefficient.rational() or coefficient.wrong("a coefficient that is not zero")

class Program:
    def __init__(self, field):
        bound = optional(Field.rational)
        variable = {"name": TEXT, "lower": bound, "upper": bound, "cost": Field.rational}
        row = {"name": TEXT, "relation": one_of("<=", ">=", "="), "rhs": Field.rational}
        program = field.record(
            sense=one_of("minimise", "maximise"),
            constant=Field.rational,
            variables=list_of(lambda field: field.record(**variable)),
            rows=list_of(lambda field: field.record(terms=list_of(read_term), **row)),
        )
        self.variables, self.rows, self.constant = program.variables, program.rows, program.constant
        self.costs = [variable.cost for variable in self.variables]
        self.sign = 1 if program.sense == "minimise" else -1
        for i, row in enumerate(self.rows):
            columns = [-1, *(j for j, _ in row.terms), len(self.variables)]
            if not all(j < k for j, k in zip(columns, columns[1:])):
                raise Refusal("unusable", f"{field.place}.rows[{i}].terms", f"ascending variables below {columns[-1]}", "others")

    def require_point(self, x, place, is_ray=False):
        """A point of all rows and bounds; for a ray, right-hand sides and finite bounds are 0."""
        for i, row in enumerate(self.rows):
            excess = sum(a * x[j] for j, a in row.terms) - (0 if is_ray else row.rhs)
            met = excess == 0 or row.relation == (">=" if excess > 0 else "<=")
            require(met, place, f"a point that satisfies row {i}", "another")
        for j, variable in enumerate(self.variables):
            for bound, side in (variable.lower, 1), (variable.upper, -1):
                if bound is not None:
                    require(side * (x[j] - (0 if is_ray else bound)) >= 0, f"{place}[{j}]", "an entry within its bounds", x[j])

    def combine(self, multipliers, sign, place):
        """The combination of the rows: coefficients and right-hand side, after a check of signs."""
        sums, total = [Fraction(0)] * len(self.variables), Fraction(0)
        for i, (row, multiplier) in enumerate(zip(self.rows, multipliers)):
            right = row.relation == "=" or sign * multiplier * (1 if row.relation == ">=" else -1) >= 0
            require(right, f"{place}[{i}]", f"the sign of a {row.relation} row", multiplier)
            if multiplier:
                total += multiplier * row.rhs
                for j, a in row.terms:
                    sums[j] += multiplier * a
        return sums, total

    def over_bounds(self, coefficients, positive, negative, place):
        """sum of each coefficient times the bound that its sign selects, which has to be finite."""
        total = Fraction(0)
        for j, (coefficient, variable) in enumerate(zip(coefficients, self.variables)):
            if coefficient:
                side = positive if coefficient > 0 else negative
                bound = getattr(variable, side)
                require(bound is not None, place, f"a finite {side} bound of variable {j}", "none")
                total += coefficient * bound
        return total

def check_linear_program(claim, params, data):
    status = one_of("optimal", "infeasible", "unbounded")
    stated = params.record(variables=Field.count, rows=Field.count, status=status, optimum=optional(Field.rational))
    fields = data.record(program=Program, proof=Field.itself)
    program = fields.program
    kind, content = fields.proof.variant("optimal", "infeasible", "empty-bounds", "unbounded")
    columns, rows = (list_of(Field.rational, len(side), "invalid") for side in (program.variables, program.rows))
    optimal, unbounded = {"primal": columns, "dual": rows}, {"point": columns, "ray": columns}
    readers = {"infeasible": {"farkas": rows}, "empty-bounds": {"variable": Field.count}, "optimal": optimal, "unbounded": unbounded}
    proof, place = content.record(**readers[kind]), content.place
    require_equal("params.variables", len(program.variables), stated.variables)
    require_equal("params.rows", len(program.rows), stated.rows)
    require_equal("params.status", "infeasible" if kind == "empty-bounds" else kind, stated.status)
    optimum = None
    if kind == "optimal":
        program.require_point(proof.primal, place + ".primal")
        sums, total = program.combine(proof.dual, program.sign, place + ".dual")
        reduced = [cost - entry for cost, entry in zip(program.costs, sums)]
        sides = ("lower", "upper")[:: program.sign]
        value = dot(program.costs, proof.primal)
        require_equal(place, value, total + program.over_bounds(reduced, *sides, place + ".dual"))
        optimum = value + program.constant
    elif kind == "infeasible":
        sums, total = program.combine(proof.farkas, 1, place + ".farkas")
        most = program.over_bounds(sums, "upper", "lower", place + ".farkas")
        require(total > most, place + ".farkas", f"a right-hand side above {show(most)}", total)
    elif kind == "empty-bounds":
        require(proof.variable < len(program.variables), place + ".variable", "a variable", proof.variable)
        variable = program.variables[proof.variable]
        empty = None not in (variable.lower, variable.upper) and variable.lower > variable.upper
        require(empty, place + ".variable", "a variable whose lower bound is above its upper bound", proof.variable)
    else:
        program.require_point(proof.point, place + ".point")
        program.require_point(proof.ray, place + ".ray", is_ray=True)
        gain = -program.sign * dot(program.costs, proof.ray)
        require(gain > 0, place + ".ray", "an objective that gets better along it", gain)
    require_equal("params.optimum", optimum, stated.optimum)


# --- linear readouts -----------------------------------------------------------------------------------------------------

def check_linear_dependence(claim, params, data):
    stated = params.record(n=Field.count, m=Field.count, d=Field.count)
    proof = data.record(embedding=Field.matrix, query=Field.count, z=list_of(Field.rational, stated.m, "invalid"))
    require_sizes(proof.embedding, stated)
    z = proof.z
    require(proof.query < stated.m, data.place + ".query", f"a token below m = {stated.m}", proof.query)
    require(sum(z) == 0, data.place + ".z", "entries that sum to 0", sum(z))
    for column in zip(*proof.embedding):
        require(dot(z, column) == 0, data.place + ".z", "a dependence of the token vectors", "another")
    enough = stated.n >= 1 and (stated.n - 1) * z[proof.query] >= norm(z) / 2 > 0
    require(enough, data.place + ".z", "(n - 1) z_query >= ||z||_1 / 2 > 0", "otherwise")

def check_linear_readout(claim, params, data):
    stated = params.record(n=Field.count, m=Field.count, d=Field.count)
    proof = data.record(embedding=Field.matrix, weights=Field.matrix, bias=list_of(Field.rational, stated.m, "invalid"))
    require_sizes(proof.embedding, stated)
    require_equal(data.place + ".weights", stated.m, len(proof.weights))
    require_equal(data.place + ".weights", stated.d, len(proof.weights[0]))
    require(stated.n >= 1, "params.n", "n >= 1", stated.n)
    (vectors,), scale = cleared(proof.embedding)
    (weights, (bias,)), readout_scale = cleared(proof.weights, [proof.bias])
    one, times = scale * readout_scale, 2 * (stated.n - 1)
    for query, row in enumerate(weights if times else []):
        constant = bias[query] * scale
        for token, vector in enumerate(vectors):
            error = abs(dot(row, vector) + constant - one * (token == query))
            require(times * error < one, f"{data.place}.weights.rows[{query}]", f"an error below 1/2 with token {token}", "more")


# --- files ---------------------------------------------------------------------------------------------------------------

COUNTS = "a transformer with d = {d} and MLP width {mlp_width} counts ({task}, {criterion}), n = {n}, m = {m}"
FREE = "{task}, m = {m}, d = {d}, query {query}: no two inputs collide up to n = {free_up_to}, two do at n = {collides_at}"
STATEMENTS = {  # claim: what it says of its parameters
    **dict.fromkeys(COUNTING, COUNTS),
    "no-position": "no one of {models} models without positions is within 1/2 at n = {n}, m = {m} and at {times} times n",
    "uniform-collision": "under uniform attention, " + FREE,
    "attention-collision": "under the attention of a model, " + FREE,
    "separation": "states of inputs with n = {n}, m = {m}, d = {d}, different answers and one query are at least {distance} apart",
    "welch": "{m} directions with d = {d} have mu^2 = {mu_squared} >= {welch_squared}, and fail from n = {fails_from_n} on",
    "mfe-bits": "after {k} of 2 {k} + 1 tokens, m = {m}, {bits} bits are needed ({classes} states; disjointness: {disjointness_bits})",
    "pigeonhole": "n = {n}, m = {m}, d = {d}, entries up to {bound}: {vectors} count vectors, {states} states, collision {collision}",
    "inverse-width": "1/k, k = 1..{n}, within {epsilon} (strict {strict}, leak {leak}): {w_grid} cells, width {w_min}, slope {p_min}, "
    "width {unit_width} with unit weights; two layers of widths {two_layers} do it",
    "linear-program": "{variables} variables, {rows} rows: {status}, optimum {optimum}",
    "linear-readout": "with these token vectors no affine readout counts every query within 1/2, n = {n}, m = {m}, d = {d}",
}
KINDS = {  # kind: the claims that it may be about, its check, and what it makes of a claim; no check: left to others
    "exhaustive": (COUNTING, check_exhaustive, "valid"),
    "polytope": (COUNTING, check_polytope, "valid"),
    "interval": (COUNTING, check_interval, "valid"),
    "counterexample": (COUNTING, check_counterexample, "valid refutation"),
    "repetition": (["no-position"], check_repetition, "valid"),
    "collision": (["uniform-collision", "attention-collision"], check_collision, "valid"),
    "separation": (["separation"], check_separation, "valid"),
    "welch": (["welch"], check_welch, "valid"),
    "mfe-bits": (["mfe-bits"], check_mfe_bits, "valid"),
    "pigeonhole": (["pigeonhole"], check_pigeonhole, "valid"),
    "inverse-width": (["inverse-width"], check_inverse_width, "valid"),
    "linear-program": (["linear-program"], check_linear_program, "valid"),
    "linear-dependence": (["linear-readout"], check_linear_dependence, "valid"),
    "linear-readout": (["linear-readout"], check_linear_readout, "valid refutation"),
    **dict.fromkeys(("readings", "misreading"), (["model", "token-mixing"], None, "not checked")),
}

def examine(path, expectation):
    """The verdict about a file, and its text: parse, digest, what was asked for, then the proof."""
    content, others = parse(path)
    certificate = Field(content, "")
    certificate.of(dict, "an object")
    for name, known in (("format", (FORMAT,)), ("version", VERSIONS)):  # before all else: another version has other fields
        if content.get(name) not in known:
            raise Refusal("unusable", name, " or ".join(map(show, known)), content.get(name))
    fields = dict.fromkeys(("format", "version", "params", "data"), Field.itself)
    parts = certificate.record(claim=one_of(*STATEMENTS, "token-mixing"), sha256=TEXT, **fields)
    kind, data = parts.data.variant(*KINDS)
    if content["version"] != 2 + (kind in ("readings", "misreading")):  # in which the kind's format changed last
        raise Refusal("unusable", "version", "that of its kind", content["version"])
    rest = {name: value for name, value in content.items() if name != "sha256"}
    digest = hashlib.sha256(json.dumps(rest, sort_keys=True, separators=(",", ":")).encode()).hexdigest()
    if parts.sha256 != digest and not others:  # with others it cannot be right, but their fields are to be named
        raise Refusal("invalid", "sha256", digest, parts.sha256)
    claims, check, verdict = KINDS[kind]
    if check is None:
        return verdict, f"certificates of kind {kind} are not covered"
    params = parts.params.of(dict, "an object")
    if expectation:
        compare(expectation, parts.claim, params)
    require(parts.claim in claims, "claim", " or ".join(claims), parts.claim)
    check(parts.claim, parts.params, data)
    for text in others:
        raise Refusal("unusable", "certificate", "integers from 0 to 2^64 - 1 as numbers", text)
    shown = {name: json.dumps(value) if isinstance(value, list) else show(value) for name, value in params.items()}
    return verdict, f"{parts.claim}: {STATEMENTS[parts.claim].format(**shown)}"

def compare(expectation, claim, params):
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

def seconds(text):
    if not 0 < float(text) < threading.TIMEOUT_MAX:
        raise ValueError
    return float(text)

def statement(text):
    claim, *fields = text.split() or [""]
    if claim not in STATEMENTS or not all("=" in field for field in fields):
        raise argparse.ArgumentTypeError(f"expected 'CLAIM name=value ..' with a claim out of {', '.join(STATEMENTS)}")
    return claim, dict(field.split("=", 1) for field in fields)

def main():
    about = "Checks counterproof certificates of format versions 2 and 3; shares nothing with the program that writes them."
    status = "Exit status: 0 all valid; 1 some invalid; 2 unusable input or usage; 3 not checked, whatever else was found."
    parser = argparse.ArgumentParser(description=about, epilog=status, allow_abbrev=False)
    parser.add_argument("files", nargs="+", metavar="FILE", help="a certificate")
    parser.add_argument("--time-limit", type=seconds, metavar="SECONDS", help="stop after this long")
    parser.add_argument("--expect", type=statement, metavar="'CLAIM k=v ..'", help="what every file has to state; values as JSON")
    options = parser.parse_args()
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
