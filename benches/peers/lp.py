"""Seconds of processor time for exact optima: this program beside QSopt_ex, file by file, in one run.

    cargo build --release
    apt-get install qsopt-ex                    # the program `esolver`
    python3 benches/peers/lp.py [FILE.mps[.gz] ...]

Without files: the programs of Netlib in tests/data. Each run is a process of its own, from reading the file to writing the answer; the
best of REPEAT counts, of user and system time. Ours has written and checked its certificate by then, the peer has not. The last lines
are the geometric mean and the largest of the ratios ours / theirs.
"""

import argparse
import gzip
import json
import math
import os
import resource
import subprocess
import tempfile
from fractions import Fraction
from pathlib import Path

HOME = Path(__file__).resolve().parents[2]


def seconds(command, folder, limit):
    """Processor time of one run and what it printed; None when it did not end within the limit."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=limit, check=False)
    except subprocess.TimeoutExpired:
        return None, ""
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, done.stdout


def best(command, folder, repeat, limit, answer):
    times, found = [], None
    for _ in range(repeat):
        time, text = seconds(command, folder, limit)
        if time is None:
            return math.inf, None
        times.append(time)
        found = answer(text)
    return min(times), found


def ours(text):
    values = json.loads(text)["records"][0]["values"]
    return values["status"] if values["optimum"] is None else Fraction(values["optimum"])


def peers(solution):
    text = solution.read_text()
    if "INFEASIBLE" in text:
        return "infeasible"
    return Fraction(next(line for line in text.splitlines() if line.strip().startswith("Value")).split("=")[1].strip())


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("files", nargs="*", type=Path)
    arguments.add_argument("--program", type=Path, default=HOME / "target/release/counterproof")
    arguments.add_argument("--peer", default="esolver")
    arguments.add_argument("--repeat", type=int, default=3)
    arguments.add_argument("--limit", type=float, default=120, help="seconds for each run")
    options = arguments.parse_args()
    files = options.files or sorted((HOME / "tests/data/netlib").rglob("*.mps*"))
    print(f"{'program':<12} {'ours s':>8} {'QSopt_ex s':>10} {'ratio':>7}  optimum")
    ratios = []
    with tempfile.TemporaryDirectory() as folder:
        for file in files:
            name = file.name.split(".")[0]
            plain = Path(folder) / f"{name}.mps"
            opened = gzip.open if file.suffix == ".gz" else open
            with opened(file, "rt") as text:
                plain.write_text(text.read())
            solution = Path(folder) / f"{name}.sol"
            command = [options.program.resolve(), "lp", plain, "--relax", "--format", "json", "--quiet"]
            here = best([str(part) for part in command], folder, options.repeat, options.limit, ours)
            there = best([options.peer, "-O", str(solution), str(plain)], folder, options.repeat, options.limit, lambda _: peers(solution))
            same = "same" if here[1] == there[1] else f"DIFFERENT: {here[1]} and {there[1]}"
            ratio = here[0] / there[0] if math.isfinite(there[0]) else 0.0
            ratios.append((ratio, name))
            print(f"{name:<12} {here[0]:>8.3f} {there[0]:>10.3f} {ratio:>7.2f}  {same}", flush=True)
            os.remove(plain)
    mean = math.exp(sum(math.log(max(ratio, 1e-9)) for ratio, _ in ratios) / len(ratios))
    print(f"geometric mean {mean:.2f}, largest {max(ratios)[0]:.2f} ({max(ratios)[1]})")


if __name__ == "__main__":
    main()
