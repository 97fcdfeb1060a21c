"""The referee and the kernel on the same thousands of altered certificates, verdict by verdict. Standard library only:

    cargo build -p counterproof-kernel
    CHECKER=target/debug/counterproof-check AGREEMENT_MUTANTS=10000 python3 -m unittest python/tests/test_agreement.py

Neither shares a line with the other, so a file that is valid in one and not in the other is a bug of one of them.
"""

import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

import referee
from mutation import many, mended

CHECKER = os.environ.get("CHECKER")
MUTANTS, SEED = (int(os.environ.get(name, usual)) for name, usual in (("AGREEMENT_MUTANTS", 2000), ("AGREEMENT_SEED", 1)))
FOLDERS = HERE / "certificates", HERE.parent.parent / "kernel" / "tests" / "data"
COVERED = sorted(kind for kind, (_, check, *_) in referee.KINDS.items() if check)
BATCH = 500  # files a call of the kernel


def kind_of(certificate):
    (kind,) = certificate["data"]
    return kind


def by_referee(path):
    """`valid`, `valid refutation`, `invalid`, `unusable`, or `long` when it takes more than two seconds."""
    signal.setitimer(signal.ITIMER_REAL, 2)
    try:
        return referee.examine(path, None)
    except referee.Refusal as refusal:
        return refusal.verdict, str(refusal)
    except TimeoutError:
        return "long", "more than two seconds"
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def by_kernel(folder, names):
    """The same, from one call; what is no certificate is told without a word before it."""
    command = [str(Path(CHECKER).resolve()), "--threads", "2", "--time-limit", "60", *names]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=100)
    if done.returncode not in (0, 1, 2, 3):
        raise AssertionError(f"exit status {done.returncode}: {done.stderr[-1000:]}")
    found = {}
    for line in done.stdout.splitlines()[:-1] + done.stderr.splitlines():
        name, text = line.split(": ", 1)
        start = text.split(": ", 1)[0]
        found[name] = (start if start in ("valid", "valid refutation", "invalid", "not checked") else "unusable"), text
    return found


@unittest.skipUnless(CHECKER, "CHECKER names no program counterproof-check")
@unittest.skipUnless(hasattr(signal, "setitimer"), "needs a timer")
class Agreement(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        paths = sorted(path for folder in FOLDERS for path in folder.glob("**/*.json"))
        originals = {mended(json.loads(path.read_text())) for path in paths}
        cls.originals = [original for original in map(json.loads, sorted(originals)) if kind_of(original) in COVERED]

    def setUp(self):
        def too_long(*_):
            raise TimeoutError

        before = signal.signal(signal.SIGALRM, too_long)
        self.addCleanup(signal.signal, signal.SIGALRM, before)
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def judged(self, texts):
        """What both say of each text, and how many were too long for one of them."""
        for i, text in enumerate(texts):
            (self.folder / f"{i}.json").write_text(text)
        mine = {f"{i}.json": by_referee(self.folder / f"{i}.json") for i in range(len(texts))}
        # what the referee does not finish would keep the kernel from the files after it
        names = [name for name in mine if mine[name][0] not in ("long", "not checked")]
        theirs = {}
        for start in range(0, len(names), BATCH):
            theirs |= by_kernel(self.folder, names[start : start + BATCH])
        self.assertEqual(sorted(theirs), sorted(names))
        both = [(texts[int(name[:-5])], mine[name], theirs[name]) for name in names if theirs[name][0] != "not checked"]
        return both, len(texts) - len(both)

    def test_originals(self):
        self.assertEqual(sorted({kind_of(original) for original in self.originals}), COVERED)
        both, long = self.judged([mended(original) for original in self.originals])
        self.assertEqual(long, 0)
        for text, (mine, _), (theirs, _) in both:
            self.assertTrue(mine == theirs and mine.startswith("valid"), (mine, theirs, text))

    def mutants(self, kind):
        chance = random.Random(f"{SEED} {kind}")
        own = [original for original in self.originals if kind_of(original) == kind]
        texts = []
        while len(texts) < MUTANTS:
            original = chance.choice(own)
            text = mended(many(original, self.originals, chance))
            if text != mended(original):
                texts.append(text)
        both, long = self.judged(texts)
        split = [one for one in both if (one[1][0].startswith("valid") or one[2][0].startswith("valid")) and one[1][0] != one[2][0]]
        for text, mine, theirs in split[:20]:
            print(f"{kind}: referee: {mine}\n  kernel: {theirs}\n  {text}", file=sys.stderr)
        self.assertEqual(len(split), 0, "files that only one of the two accepts")
        valid = sum(mine[0].startswith("valid") for _, mine, _ in both)
        invalid = sum(mine[0] == theirs[0] == "invalid" for _, mine, theirs in both)
        other = sum(mine[0] != theirs[0] for _, mine, theirs in both)
        if os.environ.get("AGREEMENT_VERBOSE"):
            print(f"{kind}: {len(texts)} mutants: both accept {valid}, both refuse {len(both) - valid} "
                  f"({invalid} for a rule, {other} by another word), {long} too long", file=sys.stderr)
        # what a model computes does not matter to `repetition`
        self.assertGreater(invalid, MUTANTS // (50 if kind == "repetition" else 10))
        self.assertLess(long, max(3, MUTANTS // 100))


for covered in COVERED:
    setattr(Agreement, "test_" + covered.replace("-", "_"), lambda self, kind=covered: self.mutants(kind))


if __name__ == "__main__":
    unittest.main()
