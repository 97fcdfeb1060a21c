"""Seconds of processor time for exact optima: this program beside QSopt_ex, file by file, in one run.

    cargo build --release
    apt-get install qsopt-ex                    # the program `esolver`
    python3 benches/peers/lp.py [FILE.mps[.gz] ...]
    python3 benches/peers/lp.py --program default=PATH --program highs=PATH     # several builds beside each other

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


def programs(named):
    """Name and path of each of ours: `NAME=PATH`, or `PATH` alone."""
    for text in named or [str(HOME / "target/release/counterproof")]:
        name, _, path = text.rpartition("=")
        yield name or "ours", str(Path(path).resolve())


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("files", nargs="*", type=Path)
    arguments.add_argument("--program", action="append", metavar="[NAME=]PATH", help="one of ours; may be given again")
    arguments.add_argument("--peer", default="esolver")
    arguments.add_argument("--repeat", type=int, default=3)
    arguments.add_argument("--limit", type=float, default=120, help="seconds for each run")
    options = arguments.parse_args()
    files = options.files or sorted((HOME / "tests/data/netlib").rglob("*.mps*"))
    mine = dict(programs(options.program))
    heads = "".join(f" {name + ' s':>10} {'ratio':>6}" for name in mine)
    print(f"{'program':<12} {'QSopt_ex s':>10}{heads}  optimum")
    ratios = {name: [] for name in mine}
    with tempfile.TemporaryDirectory() as folder:
        for file in files:
            name = file.name.split(".")[0]
            plain = Path(folder) / f"{name}.mps"
            opened = gzip.open if file.suffix == ".gz" else open
            with opened(file, "rt") as text:
                plain.write_text(text.read())
            solution = Path(folder) / f"{name}.sol"
            command = [options.peer, "-O", str(solution), str(plain)]
            there = best(command, folder, options.repeat, options.limit, lambda _: peers(solution))
            line, optima = f"{name:<12} {there[0]:>10.4f}", {"QSopt_ex": there[1]}
            for label, program in mine.items():
                command = [program, "lp", str(plain), "--relax", "--format", "json", "--quiet"]
                here = best(command, folder, options.repeat, options.limit, ours)
                ratio = here[0] / there[0] if math.isfinite(there[0]) else 0.0
                ratios[label].append((ratio, name))
                line += f" {here[0]:>10.4f} {ratio:>6.2f}"
                optima[label] = here[1]
            same = "same" if len(set(optima.values())) == 1 else f"DIFFERENT: {optima}"
            print(f"{line}  {same}", flush=True)
            os.remove(plain)
    for label, all_of in ratios.items():
        mean = math.exp(sum(math.log(max(ratio, 1e-9)) for ratio, _ in all_of) / len(all_of))
        print(f"{label}: geometric mean {mean:.2f}, largest {max(all_of)[0]:.2f} ({max(all_of)[1]})")


if __name__ == "__main__":
    main()
