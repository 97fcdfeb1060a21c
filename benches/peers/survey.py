"""Bounds of a trained model's accuracy beside NumPy, which evaluates inputs one by one in doubles: one run.

    cargo build --release
    pip install numpy
    target/release/counterproof train --m 8 --d 8 --n 80 --no-positions --arm optimised --steps 200000 --export model.safetensors
    OPENBLAS_NUM_THREADS=1 python3 benches/peers/survey.py --n 80 --within 1/10,1/100 model.safetensors

The models are those that `train --no-positions` exports. Inputs that differ to such a model are a query and how often each token occurs. What
NumPy would take is the least number of them that holds the fraction of all sequences which the bounds decide (the likeliest ones), over how many
it evaluates a second, and is not run: its forward pass is. Ours is processor time of search, certificate and check. Behind that ratio are the inputs
(pairs of a query and counts) that the certificate decides, and how many these are a second over how many NumPy evaluates. The last column of
a row says whether the bounds contain the accuracy that NumPy finds on a sample (with three standard deviations).
"""

import argparse
import json
import math
import os
import resource
import struct
import subprocess
import tempfile
import time
from fractions import Fraction
from pathlib import Path

import numpy as np

HOME = Path(__file__).resolve().parents[2]
EPS = 1e-5


def arrays(file):
    """The arrays of a safetensors file, in doubles."""
    data = file.read_bytes()
    (size,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8 : 8 + size])
    found = {}
    for name, about in header.items():
        if name != "__metadata__":
            start, end = about["data_offsets"]
            raw = np.frombuffer(data[8 + size + start : 8 + size + end], dtype="<f4")
            found[name] = raw.reshape(about["shape"]).astype(np.float64)
    return found


def norm(x, weight, bias):
    x = x - x.mean(axis=1, keepdims=True)
    return x / np.sqrt((x * x).mean(axis=1, keepdims=True) + EPS) * weight + bias


class Model:
    """One head, post norm, a ReLU MLP, a norm before the readout."""

    def __init__(self, file):
        w = self.w = arrays(file)
        if "positions" in w or w["embedding"].ndim != 2:
            raise SystemExit(f"{file}: expected a model of `train --no-positions`")
        self.tokens = w["embedding"]
        self.m, d = self.tokens.shape
        queries = self.tokens @ w["query.weight"].T + w["query.bias"]
        scores = queries @ (self.tokens @ w["key.weight"].T).T / math.sqrt(d)
        self.weights = np.exp(scores - scores.max(axis=1, keepdims=True))
        values = self.tokens @ w["value.weight"].T + w["value.bias"]
        self.values = values @ w["output.weight"].T

    def outputs(self, queries, counts):
        """`[inputs]` from `[inputs]` and `[inputs, m]`."""
        w = self.w
        weighted = self.weights[queries] * counts
        mixed = weighted @ self.values / weighted.sum(axis=1, keepdims=True)
        x = self.tokens[queries] + mixed + w["output.bias"]
        x = norm(x, w["norm.after_attention.weight"], w["norm.after_attention.bias"])
        hidden = np.maximum(x @ w["mlp.hidden.0.weight"].T + w["mlp.hidden.0.bias"], 0)
        x = x + hidden @ w["mlp.output.weight"].T + w["mlp.output.bias"]
        x = norm(x, w["norm.readout.weight"], w["norm.readout.bias"])
        return x @ w["readout.weight"] + w["readout.bias"]


def sample(m, n, count, seed=0):
    """Queries, and the counts of uniform sequences that end with them."""
    draws = np.random.default_rng(seed)
    queries = draws.integers(0, m, count)
    counts = draws.multinomial(n - 1, [1 / m] * m, count)
    counts[np.arange(count), queries] += 1
    return queries, counts.astype(np.float64)


def rate(model, n, size=20_000):
    """Inputs a second of processor time, the best of five blocks."""
    queries, counts = sample(model.m, n, size)
    best = math.inf
    for _ in range(5):
        start = time.process_time()
        model.outputs(queries, counts)
        best = min(best, time.process_time() - start)
    return size / best


def partitions(total, parts, largest=None):
    if parts == 0:
        if total == 0:
            yield ()
        return
    largest = total if largest is None else largest
    for first in range(min(total, largest), -1, -1):
        if first * parts < total:
            break
        for rest in partitions(total - first, parts - 1, first):
            yield (first, *rest)


def likeliest(m, n, fraction):
    """How many pairs of a query and counts hold this fraction of all sequences, the likeliest first."""
    classes = []
    for counts in partitions(n - 1, m):
        mass = math.exp(math.lgamma(n) - sum(math.lgamma(c + 1) for c in counts) - (n - 1) * math.log(m))
        orders = math.factorial(m)
        for count in set(counts):
            orders //= math.factorial(counts.count(count))
        classes.append((mass, orders))
    held, points = 0.0, 0
    for mass, orders in sorted(classes, reverse=True):
        if held + mass * orders >= fraction:
            return m * (points + math.ceil((fraction - held) / mass))
        held += mass * orders
        points += orders
    return m * points


def tightened(low, high, total):
    """The ends of counts with this sum."""
    above, below = total - sum(low), sum(high) - total
    return [max(lo, hi - below) for lo, hi in zip(low, high)], [min(hi, lo + above) for lo, hi in zip(low, high)]


def within_ends(low, high, total):
    """How many counts with this sum are between these ends; the widest token takes what is left."""
    spare = total - sum(low)
    *widths, widest = sorted(hi - lo for lo, hi in zip(low, high))
    ways = np.ones(1)
    for width in widths:
        if width:
            ways = np.convolve(ways, np.ones(width + 1))[: spare + 1]
    return int(ways[max(spare - widest, 0) :].sum())


def decided(trees, m, n):
    """How many inputs that differ to the model are under the leaves `r`, `w` and `p` of a certificate's trees (docs/certificates.md)."""
    found = 0
    for query, tree in enumerate(trees):
        left = [tightened([int(token == query) for token in range(m)], [n] * m, n)]
        for symbol in tree:
            low, high = left.pop()
            if symbol in "rwp":
                found += within_ends(low, high, n)
            elif symbol != "o":
                token = ord(symbol) - ord("A")
                middle = (low[token] + high[token]) // 2
                first, second = high.copy(), low.copy()
                first[token], second[token] = middle, middle + 1
                left += [tightened(second, high, n), tightened(low, first, n)]
    return found


def run(command):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.perf_counter()
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False)
    took = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, took, done


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("models", nargs="+", type=Path)
    arguments.add_argument("--n", type=int, required=True)
    arguments.add_argument("--within", default="1/10,1/100")
    arguments.add_argument("--time-limit", default="60", help="seconds for each run of ours")
    arguments.add_argument("--sample", type=int, default=1_000_000)
    arguments.add_argument("--program", type=Path, default=HOME / "target/release/counterproof")
    options = arguments.parse_args()
    program = options.program.resolve()
    print(f"{'model':<12} {'within':>6} {'at least':>9} {'at most':>8} {'boxes':>9} {'ours s':>7} {'check s':>7} {'KB':>6}"
          f" {'NumPy/s':>9} {'NumPy s':>9} {'ratio':>8} {'decided':>9} {'a second':>8}  sampled")
    for file in options.models:
        model = Model(file)
        queries, counts = sample(model.m, options.n, options.sample)
        blocks = [model.outputs(queries[i : i + 20_000], counts[i : i + 20_000]) for i in range(0, options.sample, 20_000)]
        answers = counts[np.arange(options.sample), queries]
        sampled = float((np.abs(np.concatenate(blocks) - answers) < 0.5).mean())
        spread = 3 * math.sqrt(max(sampled * (1 - sampled), 1 / options.sample) / options.sample)
        each = rate(model, options.n)
        for within in options.within.split(","):
            with tempfile.TemporaryDirectory() as folder:
                ours, _, done = run([program, "verify", "--model", file.resolve(), "--n", options.n, "--within", within, "--time-limit",
                                     options.time_limit, "--certificates", folder, "--format", "json", "--quiet"])
                if not done.stdout:
                    raise SystemExit(f"{file}: {done.stderr.strip()}")
                values = json.loads(done.stdout)["records"][0]["values"]
                low, high = (Fraction(str(values[name])) for name in ("accuracy_at_least", "accuracy_at_most"))
                files = [os.path.join(folder, name) for name in os.listdir(folder)]
                size = sum(os.path.getsize(path) for path in files) / 1000
                check = run([program, "check", *files])[1] if files else math.nan
                trees = [json.loads(Path(path).read_text())["data"]["accuracy"]["trees"] for path in files]
                inputs = sum(decided(each_tree, model.m, options.n) for each_tree in trees)
            needed = likeliest(model.m, options.n, 1 - float(high - low)) / each
            holds = "inside" if low - spread <= sampled <= high + spread else "OUTSIDE"
            print(f"{file.stem:<12} {within:>6} {float(low):>9.4f} {float(high):>8.4f} {values['visited']:>9} {ours:>7.1f} {check:>7.1f} {size:>6.0f}"
                  f" {each:>9.3g} {needed:>9.3g} {needed / ours:>8.1f} {inputs:>9.3g} {inputs / ours / each:>8.0f}  {sampled:.4f} {holds}", flush=True)


if __name__ == "__main__":
    main()
