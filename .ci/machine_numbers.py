"""T14 in the numbers of NumPy: python .ci/machine_numbers.py PROGRAM FOLDER, with numpy and ml_dtypes.

T1 summed in bfloat16, float16 and 8-bit floats fails on exactly the inputs that the table of `verify machine-numbers` names, and on none before; T2 with
three and four tokens fails in bfloat16 on the input that is named, and on none of thousands drawn at random before; a counter built by hand gives the same
outputs on every input.
"""

import itertools
import json
import random
import subprocess
import sys
from fractions import Fraction

import ml_dtypes
import numpy as np

FORMATS = {
    "e5m2": ml_dtypes.float8_e5m2,
    "e4m3": ml_dtypes.float8_e4m3,
    "bf16": ml_dtypes.bfloat16,
    "fp16": np.float16,
    "fp32": np.float32,
}


def records(program, *words):
    ended = subprocess.run([program, "verify", *words, "--format", "json", "--quiet"], capture_output=True, text=True)
    assert ended.returncode in (0, 1), ended.stderr
    return json.loads(ended.stdout)["records"]


def sums(number, order, n):
    """The sums of 1, .., n terms."""
    counts = np.arange(1, n + 1)
    a = number(np.float32(1) / np.float32(n))
    if order == "flash":
        # singles have twice the bits and two more, so that two roundings are one
        return (counts.astype(np.float32) / np.float32(n)).astype(number)
    if order == "once":
        # exact in doubles and in singles
        return (counts.astype(np.float64) * float(a)).astype(np.float32).astype(number)
    total, all_sums = number(0), []
    for _ in counts:
        total = number(total + a)
        all_sums.append(total)
    return np.array(all_sums, dtype=number)


def first_wrong(number, order, n):
    """The first count that is wrong, with its output."""
    one, size = number(1), number(n)
    assert float(size) == n, "lengths of the table are numbers of the format"
    r = (one + sums(number, order, n)).astype(number)
    y = (size * (r - one).astype(number)).astype(number)
    for count, output in enumerate(y, 1):
        if not abs(float(output) - count) < 0.5:
            return count, float(output)
    return None


def table(program):
    asked = [f"{name}:{order}" for name in FORMATS for order in ("seq", "once", "flash") if name != "fp32"]
    found = records(program, "machine-numbers", "--arithmetic", ",".join(asked))
    assert len(found) == len(asked)
    for record in found:
        name, order = record["params"]["arithmetic"].split(":")
        values = record["values"]
        number, largest = FORMATS[name], values["largest_n"]
        exact = [n for n in range(1, largest + 1) if float(number(n)) == n]
        for n in exact:
            assert first_wrong(number, order, n) is None, (name, order, n)
        n = values["fails_at_n"]
        if float(number(n)) == n:
            wrong = first_wrong(number, order, n)
            assert wrong == (values["fails_at_count"], float(Fraction(values["output"]))), (name, order, wrong)
            print(f"{name}:{order}: right at {len(exact)} lengths up to {largest}; at {n} a count of {wrong[0]} gives {wrong[1]}")
        else:
            print(f"{name}:{order}: right at {len(exact)} lengths up to {largest}; {n} is no number of the format")


def tournament(number, order, counts, query):
    """The output of T2 for a count vector."""
    n = sum(counts)
    assert float(number(n)) == n
    a = number(np.float32(1) / np.float32(n))

    def frequency(count):
        if order == "seq":
            total = number(0)
            for _ in range(count):
                total = number(total + a)
            return total
        return number(np.float32(count) / np.float32(n)) if order == "flash" else number(np.float32(count * float(a)))

    numbers = [number(0) if token == query else frequency(count) for token, count in enumerate(counts)]
    if order == "once":
        own = number(np.float32(1 - sum(map(float, numbers))))
    else:
        total = number(0)
        for x in numbers:
            total = number(total + x)
        own = number(number(1) - total)
    numbers.append(max(own, number(0)))
    while len(numbers) > 1:
        pairs = [numbers[i : i + 2] for i in range(0, len(numbers), 2)]
        numbers = [number(p[1] + max(number(p[0] - p[1]), number(0))) if len(p) == 2 else p[0] for p in pairs]
    return float(number(number(n) * numbers[0]))


def tokens(program):
    """T2 with three and four tokens in bfloat16."""
    draw = random.Random(0)
    asked = ",".join(f"bf16:{order}" for order in ("seq", "once", "flash"))
    for record in records(program, "machine-numbers", "--construction", "mfe-histogram", "--m", "3,4", "--arithmetic", asked):
        order, m, values = record["params"]["arithmetic"].split(":")[1], record["params"]["m"], record["values"]
        number, counts, query = FORMATS["bf16"], [0] * m, None
        for run in values["sequence"].split():
            query, count = map(int, run.split("^"))
            counts[query] = count
        wrong = tournament(number, order, counts, query)
        assert wrong == float(Fraction(values["output"])) and abs(wrong - max(counts)) >= 0.5, (record, wrong)
        for _ in range(3000):
            n = draw.randint(1, values["largest_n"])
            cuts = sorted(draw.choices(range(n + 1), k=m - 1))
            drawn = [b - a for a, b in zip([0, *cuts], [*cuts, n])]
            asked_for = draw.choice([token for token, count in enumerate(drawn) if count])
            y = tournament(number, order, drawn, asked_for)
            assert abs(y - max(drawn)) < 0.5, (order, drawn, asked_for, y)
        print(f"bf16:{order}, {m} tokens: 3000 inputs up to {values['largest_n']} are right; counts {counts} give {wrong}")


def counter(program, name, order):
    """The counter `lin` with five tokens: every input of length 2 at both positions, summed one by one."""
    folder = "tests/data/instances/behrens/lin-T5-L4.npz"
    mapping = "examples/models/behrens-lin.mapping.json"
    words = ["--model", folder, "--mapping", mapping, "--task", "histogram", "--n", "2", "--arithmetic", f"{name}:{order}"]
    [record] = records(program, *words)
    certificate = records(program, *words, "--certificates", sys.argv[2])[0]["certificate"]
    model = json.load(open(certificate, encoding="utf-8"))["data"]["machine-readings"]["model"]
    number = FORMATS[name]
    value = lambda text: number(float(Fraction(text)))
    vector = lambda texts: [value(text) for text in texts]
    rows = lambda matrix: [vector(row) for row in matrix["rows"]]

    def dot(x, y, bias=None):
        total = None
        for a, b in zip(x, y):
            total = number(a * b) if total is None else number(total + number(a * b))
        total = number(0) if total is None else total
        return total if bias is None else number(total + bias)

    affine = lambda part, x: [dot(row, x, bias) for row, bias in zip(rows(part["weight"]), vector(part["bias"]))]
    attention, mlp = (model["blocks"][i]["part"] for i in (0, 1))
    head = attention["attention"]["heads"][0]
    output = {"weight": head["output"], "bias": attention["attention"]["bias"]}
    embedding, mixing = rows(model["embedding"]), rows(head["weights"]["matrix"])
    reading, right = model["reading"]["arg-max"], 0
    for sequence in itertools.product(range(5), repeat=2):
        x = [embedding[token] for token in sequence]
        values = [affine(head["value"], state) for state in x]
        for position in (0, 1):
            mixed = [dot(mixing[position], column) for column in zip(*values)]
            stream = [number(a + b) for a, b in zip(x[position], affine(output, mixed))]
            hidden = [max(entry, number(0)) for entry in affine(mlp["mlp"]["hidden"][0], stream)]
            y = [float(entry) for entry in affine(reading["map"], affine(mlp["mlp"]["output"], hidden))]
            answer = reading["answers"].index(sequence.count(sequence[position]))
            others = [entry for choice, entry in enumerate(y) if choice != answer]
            right += y[answer] > max(others)
            if record["values"].get("sequence") == list(sequence) and record["values"]["position"] == position:
                assert y == [float(Fraction(str(entry))) for entry in record["values"]["output"]], y
    assert right == record["values"]["right"], (right, record)
    print(f"lin-T5-L4 in {name}:{order}: {right} of 50 inputs right, as the record says")


if __name__ == "__main__":
    table(sys.argv[1])
    tokens(sys.argv[1])
    for name in ("bf16", "fp16", "fp32"):
        counter(sys.argv[1], name, "seq")
