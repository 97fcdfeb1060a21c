"""The referee on certificates that are right, altered, mutated at random and hostile. Standard library only:

    python3 -m unittest discover -s python/tests
"""

import ast
import copy
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

import plain_truth
import referee
from mutation import mended, mutate

PROGRAM = HERE.parent / "referee.py"
FILES = sorted((HERE / "certificates").glob("*.json"))
REFUTATIONS = {"counterexample", "linear-readout"}
PAIRS = {"collision-scores-refuted", "normalised-pair", "normalised-some-length"}
MUTANTS, SEED = (int(os.environ.get(name, usual)) for name, usual in (("REFEREE_MUTANTS", 3000), ("REFEREE_SEED", 1)))


def load(name):
    return json.loads((HERE / "certificates" / f"{name}.json").read_text())


def kind_of(certificate):
    (kind,) = certificate["data"]
    return kind


def altered(certificate, path, value):
    """A copy with the value at `path`, such as `params.n` or `data.welch.pair[0]`; a function gets what was there."""
    certificate = copy.deepcopy(certificate)
    steps = path.replace("[", ".").replace("]", "").split(".")
    at = certificate
    for step in steps[:-1]:
        at = at[int(step) if isinstance(at, list) else step]
    last = int(steps[-1]) if isinstance(at, list) else steps[-1]
    at[last] = value(at[last]) if callable(value) else value
    return certificate


def matrix(rows):
    rows = [[str(entry) for entry in row] for row in rows]
    return {"shape": [len(rows), len(rows[0])], "rows": rows}


class Folder(unittest.TestCase):
    """A folder for files that a test writes, and the verdict about one of them."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def write(self, content, name="certificate.json"):
        path = self.folder / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    def verdict(self, content, expectation=None):
        """The verdict and its text. Nothing but a refusal may be raised, so a mistake of the referee fails the test."""
        try:
            return referee.examine(self.write(content), expectation)
        except referee.Refusal as refusal:
            return refusal.verdict, str(refusal)


class Accepts(Folder):
    def test_every_certificate_of_the_folder(self):
        self.assertGreaterEqual(len(FILES), 20)
        for path in FILES:
            with self.subTest(path.stem):
                certificate = json.loads(path.read_text())
                refutes = kind_of(certificate) in REFUTATIONS or path.stem in PAIRS
                expected = "valid refutation" if refutes else "valid"
                verdict, text = referee.examine(path, None)
                self.assertEqual((verdict, text.split(":")[0]), (expected, certificate["claim"]))
                self.assertLess(path.stat().st_size, 20_000)

    def test_their_statements_are_true(self):
        for path in FILES:
            with self.subTest(path.stem):
                self.assertTrue(plain_truth.holds(json.loads(path.read_text())))

    def test_every_covered_kind_and_claim_is_among_them(self):
        certificates = [json.loads(path.read_text()) for path in FILES]
        covered = {kind for kind, (_, check, *_) in referee.KINDS.items() if check}
        self.assertEqual({kind_of(certificate) for certificate in certificates}, covered)
        self.assertEqual({certificate["claim"] for certificate in certificates}, set(referee.STATEMENTS))

    def test_white_space_and_the_order_of_fields_do_not_matter(self):
        certificate = json.loads(mended(load("welch")))
        self.assertEqual(self.verdict(json.dumps(dict(reversed(certificate.items())), indent=3))[0], "valid")

    def test_widths_of_a_million_lengths_are_decided_at_once(self):
        certificate = altered(load("inverse-width"), "params", lambda params: {
            **params, "n": 10**9, "epsilon": str(10**9), "w_grid": 1, "w_min": 0, "p_min": "0", "unit_width": 0,
        })
        nothing = {"alpha": "0", "beta": "0", "units": []}
        certificate["data"]["inverse-width"].update(
            grid={"fails_at": None},
            width={"network": nothing, "triples": []},
            slope={"pair": None, "network": nothing, "inner": None},
        )
        self.assertEqual(self.verdict(mended(certificate))[0], "valid")


MODEL = "data.exhaustive.model"
WIDTH = "data.inverse-width"
LP = "data.linear-program"
ALTERED = [
    # certificate, field, new value, verdict, place
    ("welch", "version", 1, "unusable", "version"),
    ("welch", "version", 3, "unusable", "version"),
    ("welch", "version", "2", "unusable", "version"),
    ("welch", "format", "another", "unusable", "format"),
    ("welch", "claim", "no-claim", "unusable", "claim"),
    ("welch", "claim", "separation", "invalid", "claim"),
    ("welch", "extra", 1, "unusable", "extra"),
    ("welch", "params.extra", 1, "unusable", "params.extra"),
    ("welch", "data.extra", 1, "unusable", "data"),
    ("welch", "params", [], "unusable", "params"),
    ("welch", "params.m", 4.0, "unusable", "params.m"),
    ("welch", "params.m", -4, "unusable", "params.m"),
    ("welch", "params.m", True, "unusable", "params.m"),
    ("welch", "params.m", 2**64, "unusable", "params.m"),
    ("welch", "params.m", 5, "invalid", "params.m"),
    ("welch", "params.d", 3, "invalid", "params.d"),
    ("welch", "params.mu_squared", "24/26", "unusable", "params.mu_squared"),
    ("welch", "params.mu_squared", "+25/26", "unusable", "params.mu_squared"),
    ("welch", "params.mu_squared", "025/26", "unusable", "params.mu_squared"),
    ("welch", "params.mu_squared", "25/26 ", "unusable", "params.mu_squared"),
    ("welch", "params.mu_squared", "-0", "unusable", "params.mu_squared"),
    ("welch", "params.mu_squared", "3/1", "unusable", "params.mu_squared"),
    ("welch", "params.mu_squared", "1/0", "unusable", "params.mu_squared"),
    ("welch", "params.mu_squared", "1" * 20_001, "unusable", "params.mu_squared"),
    ("welch", "params.mu_squared", 1, "unusable", "params.mu_squared"),
    ("welch", "params.mu_squared", "1", "invalid", "params.mu_squared"),
    ("welch", "params.welch_squared", "1/2", "invalid", "params.welch_squared"),
    ("welch", "params.fails_from_n", 3, "invalid", "params.fails_from_n"),
    ("welch", "params.fails_from_n", None, "invalid", "params.fails_from_n"),
    ("welch", "data.welch.pair", [0, 0], "invalid", "data.welch.pair"),
    ("welch", "data.welch.pair", [0, 9], "invalid", "data.welch.pair"),
    ("welch", "data.welch.pair", None, "invalid", "data.welch.pair"),
    ("welch", "data.welch.pair", [0], "unusable", "data.welch.pair"),
    ("welch", "data.welch.embedding.rows[1]", ["0", "0"], "invalid", "data.welch.embedding.rows[1]"),
    ("welch", "data.welch.embedding.shape", [4, 3], "unusable", "data.welch.embedding.rows[0]"),
    ("welch", "data.welch.embedding.shape", [10**18, 2], "unusable", "data.welch.embedding.rows"),
    ("welch-orthogonal", "data.welch.pair", [0, 1], "invalid", "data.welch.pair"),
    ("exhaustive-query-count", "params.task", "most-frequent-element", "invalid", "params.task"),
    ("exhaustive-query-count", "params.criterion", "solves", "invalid", "params.criterion"),
    ("exhaustive-query-count", "params.n", 4, "invalid", MODEL),
    ("exhaustive-query-count", "params.n", 0, "invalid", "params.n"),
    ("exhaustive-query-count", "params.n", "any", "invalid", "params.n"),
    ("exhaustive-query-count", "params.n", "all", "unusable", "params.n"),
    ("exhaustive-query-count", "params.m", 3, "invalid", "params.m"),
    ("exhaustive-query-count", "params.d", 3, "invalid", "params.d"),
    ("exhaustive-query-count", "params.mlp_width", 3, "invalid", "params.mlp_width"),
    ("exhaustive-query-count", "data.exhaustive.max_error", "1/4", "invalid", "data.exhaustive.max_error"),
    ("exhaustive-query-count", "data.exhaustive.inputs", "some", "unusable", "data.exhaustive.inputs"),
    ("exhaustive-query-count", MODEL + ".base", "1", "unusable", MODEL + ".base"),
    ("exhaustive-query-count", MODEL + ".heads", [], "invalid", MODEL + ".heads"),
    ("exhaustive-query-count", MODEL + ".heads", lambda heads: heads * 2, "invalid", MODEL + ".heads"),
    ("exhaustive-query-count", MODEL + ".heads[0].query.rows[0]", ["1", "0"], "invalid", MODEL),
    ("exhaustive-query-count", MODEL + ".heads[0].key.shape[1]", 3, "unusable", MODEL + ".heads[0].key.shape"),
    ("exhaustive-query-count", MODEL + ".mlp.hidden", [], "unusable", MODEL + ".mlp.hidden"),
    ("exhaustive-query-count", MODEL + ".mlp.hidden[0].bias", ["0"], "unusable", MODEL + ".mlp.hidden[0].bias"),
    ("exhaustive-query-count", MODEL + ".mlp.hidden[0].bias[0]", "0", "invalid", MODEL),
    ("exhaustive-query-count", MODEL + ".readout.bias", "1", "invalid", MODEL),
    ("exhaustive-sequences", "data.exhaustive.inputs", "count-vectors", "invalid", "data.exhaustive.inputs"),
    ("exhaustive-sequences", "params.n", 4, "invalid", "params.n"),
    ("exhaustive-sequences", "claim", "qc-histogram", "invalid", "params.criterion"),
    ("exhaustive-attention", "data.exhaustive.max_error", "0", "invalid", "data.exhaustive.max_error"),
    ("exhaustive-attention", MODEL + ".heads[0].query.rows[0][0]", "1/3", "invalid", MODEL + ".heads[0]"),
    ("exhaustive-attention", MODEL + ".heads[0].query.rows[0][0]", "100000", "invalid", MODEL + ".heads[0]"),
    ("polytope-no-step", "params.n", 3, "invalid", "params.n"),
    ("polytope-no-step", "data.polytope.queries[0]", [], "invalid", "data.polytope.queries[0]"),
    ("polytope-no-step", "data.polytope.queries", lambda queries: queries[:2], "invalid", "data.polytope.queries"),
    ("polytope-no-step", "data.polytope.queries[0]", lambda steps: steps * 2, "invalid", "data.polytope.queries[0]"),
    ("polytope-no-step", "data.polytope.queries[1][0]", "split", "invalid", "data.polytope.queries[1][0]"),
    ("polytope-no-step", "data.polytope.queries[1][0]", {"leaf": "maximum"}, "unusable", "data.polytope.queries[1][0].leaf"),
    ("polytope-no-step", "data.polytope.model.mlp.output.bias[0]", "1", "invalid", "data.polytope.queries[0][0].leaf"),
    ("polytope-signs", "data.polytope.queries[0][1].active[0][1]", "4", "invalid", "data.polytope.queries[0][1].active"),
    ("polytope-signs", "data.polytope.queries[0][1].active[0][1]", "1", "invalid", "data.polytope.queries[0][1].active"),
    ("polytope-signs", "data.polytope.queries[0][1].active[0][0]", 1, "invalid", "data.polytope.queries[0][1].active[0][0]"),
    ("polytope-signs", "data.polytope.queries[0][1].active[0]", [0], "unusable", "data.polytope.queries[0][1].active[0]"),
    ("polytope-signs", "data.polytope.queries[0][1]", {"inactive": [[0, "3"]]}, "invalid", "data.polytope.queries[0][1].inactive"),
    ("polytope-signs", "data.polytope.queries[0][1]", {"active": [[0, "-3"]]}, "invalid", "data.polytope.queries[0][1].active[0][1]"),
    ("polytope-signs", "data.polytope.queries[0][1]", {"leaf": "query"}, "invalid", "data.polytope.queries[0][1]"),
    ("polytope-signs", "data.polytope.queries[0][2]", {"active": []}, "invalid", "data.polytope.queries[0][2]"),
    ("polytope-signs", "data.polytope.queries[0][3].inactive", [], "invalid", "data.polytope.queries[0][3].inactive"),
    ("polytope-splits", "data.polytope.queries[0][1]", {"leaf": "query"}, "invalid", "data.polytope.queries[0][1]"),
    ("polytope-splits", "data.polytope.queries[0][2].leaf", "query", "invalid", "data.polytope.queries[0][2].leaf"),
    ("polytope-splits", "data.polytope.queries[0][2].leaf.maximum.token", 7, "invalid", "data.polytope.queries[0][2].leaf"),
    ("polytope-splits", "data.polytope.queries[0][2].leaf.maximum.dominates", [[], [], []], "invalid",
     "data.polytope.queries[0][2].leaf.maximum.dominates[0]"),
    ("polytope-splits", "data.polytope.queries[0][2].leaf.maximum.dominates", [[], []], "invalid",
     "data.polytope.queries[0][2].leaf.maximum.dominates"),
    ("interval-below", "params.n", 4, "invalid", "params.n"),
    ("interval-below", "data.interval.max_error", "0", "invalid", "data.interval.max_error"),
    ("interval-below", "data.interval.least_base", "two", "invalid", "data.interval.least_base"),
    ("interval-below", "data.interval.least_base", "three", "unusable", "data.interval.least_base"),
    ("interval-below", "data.interval.least_base.below", [1, 1], "invalid", "data.interval.least_base.below"),
    ("interval-below", "data.interval.least_base.below", [1, 2, 0], "invalid", "data.interval.least_base.below"),
    ("interval-below", "data.interval.least_base.below", [0, 0, 0], "invalid", "data.interval.least_base.below"),
    ("interval-below", "data.interval.model.base", "2", "invalid", "data.interval.model"),
    ("interval-below", "data.interval.model.positions.rows[0][1]", "1", "invalid", "data.interval.model.positions"),
    ("interval-below", "data.interval.model.embedding.rows[0][1]", "1", "invalid", "data.interval.model"),
    ("interval-below", "data.interval.model.positions.rows[2][0]", "1", "invalid", "data.interval.model"),
    ("interval-below", "data.interval.model.readout.bias", "31/4", "invalid", "data.interval.model"),
    ("counterexample-exact", "data.counterexample.output", "1", "invalid", "data.counterexample.output"),
    ("counterexample-exact", "data.counterexample.answer", 1, "invalid", "data.counterexample.answer"),
    ("counterexample-exact", "data.counterexample.sequence", [], "invalid", "data.counterexample.sequence"),
    ("counterexample-exact", "data.counterexample.sequence", [0, 1, 3], "invalid", "data.counterexample.sequence"),
    ("counterexample-exact", "data.counterexample.sequence", [0, 1], "invalid", "data.counterexample.sequence"),
    ("counterexample-any", "data.counterexample.sequence", [0, 1], "invalid", "data.counterexample.output"),
    ("counterexample-model", "data.counterexample", lambda data: {**data, "sequence": [1, 0, 0], "output": "2"}, "invalid",
     "data.counterexample.output"),
    ("repetition", "params.times", 1, "invalid", "params.times"),
    ("repetition", "params.times", 2**63, "invalid", "params.times"),
    ("repetition", "params.n", 0, "invalid", "params.n"),
    ("repetition", "params.m", 3, "invalid", "params.m"),
    ("repetition", "params.models", 1, "invalid", "params.models"),
    ("repetition", "params.n", 2**40, "invalid", "params"),
    ("repetition", "data.repetition.inputs", "sequences", "unusable", "data.repetition.inputs"),
    ("repetition", "data.repetition", lambda data: {"models": data["models"]}, "unusable", "data.repetition.inputs"),
    ("repetition", "data.repetition.models[0].positions", {"shape": [2, 3], "rows": [["0"] * 3] * 2}, "invalid",
     "data.repetition.models[0].positions"),
    ("collision-all-queries", "params.free_up_to", 3, "invalid", "data.collision.proofs[0]"),
    ("collision-all-queries", "params.free_up_to", "any", "invalid", "params.free_up_to"),
    ("collision-all-queries", "params.collides_at", 4, "invalid", "data.collision.pair"),
    ("collision-all-queries", "params.collides_at", None, "invalid", "data.collision.pair"),
    ("collision-all-queries", "params.query", 0, "invalid", "data.collision.proofs[0].query"),
    ("collision-all-queries", "params.query", 4, "invalid", "params.query"),
    ("collision-all-queries", "claim", "attention-collision", "invalid", "claim"),
    ("collision-all-queries", "data.collision.proofs", [], "invalid", "data.collision.proofs"),
    ("collision-all-queries", "data.collision.proofs[0].cuts", [], "invalid", "data.collision.proofs[0].cuts"),
    ("collision-all-queries", "data.collision.proofs[0].cuts[0]", ["1"] * 4, "invalid", "data.collision.proofs[0].cuts[0]"),
    ("collision-all-queries", "data.collision.proofs[0].basis", lambda rows: rows[:1], "invalid",
     "data.collision.proofs[0].left_inverse"),
    ("collision-all-queries", "data.collision.proofs[0].basis[0]", ["2", "-2", "-2", "2"], "invalid",
     "data.collision.proofs[0].left_inverse[0]"),
    ("collision-all-queries", "data.collision.proofs[0].basis[0]", ["1", "0", "0", "-1"], "invalid",
     "data.collision.proofs[0].basis[0]"),
    ("collision-all-queries", "data.collision.proofs[0]", lambda proof: {
        **proof, "basis": proof["basis"][:1], "left_inverse": proof["left_inverse"][:1], "cuts": proof["cuts"][:1]}, "invalid",
     "data.collision.proofs[0].basis"),
    ("collision-all-queries", "data.collision.pair.c", [1, 0, 0, 1], "invalid", "data.collision.pair"),
    ("collision-all-queries", "data.collision.pair.query", 1, "invalid", "data.collision.pair"),
    ("collision-all-queries", "data.collision.pair.query", 9, "invalid", "data.collision.pair"),
    ("collision-all-queries", "data.collision.pair", lambda pair: {**pair, "c_prime": pair["c"]}, "invalid", "data.collision.pair"),
    ("collision-all-queries", "data.collision.pair", lambda pair: {**pair, "c_prime": [0, 0, 2, 1]}, "invalid",
     "data.collision.pair"),
    ("collision-harmless", "params.task", "query-count", "invalid", "data.collision.proofs[0]"),
    ("collision-harmless", "params.free_up_to", 5, "invalid", "data.collision.proofs[0]"),
    ("collision-never", "params.free_up_to", 10**18, "valid", "uniform-collision"),
    ("collision-never", "data.collision.subject.embedding.rows[1]", ["1", "0", "0"], "invalid", "data.collision.proofs[0].basis"),
    ("collision-never", "data.collision.subject.embedding", {"shape": [0, 10**18], "rows": []}, "invalid", "params.m"),
    ("collision-attention", "data.collision.subject.model.positions", {"shape": [1, 1], "rows": [["0"]]}, "invalid",
     "data.collision.subject.model.positions"),
    ("collision-attention", "data.collision.proofs", lambda proofs: proofs[::-1], "invalid", "data.collision.proofs[0].query"),
    ("collision-scores", "params.free_up_to", 6, "invalid", "data.collision.proofs[1]"),
    ("collision-scores", "params.d", 2, "invalid", "params.d"),
    ("collision-scores", "claim", "uniform-collision", "invalid", "claim"),
    ("collision-scores", "data.collision.subject.scores.base", "1", "invalid", "data.collision.subject.scores.base"),
    ("collision-scores", "data.collision.subject.scores.base", "3", "invalid", "data.collision.proofs[1].basis[0]"),
    ("collision-scores", "data.collision.subject.scores.gaps", [], "invalid", "data.collision.subject.scores.gaps"),
    ("collision-scores", "data.collision.subject.scores.gaps[1]", [2, 1, 4], "invalid", "data.collision.subject.scores.gaps"),
    ("collision-scores", "data.collision.subject.scores.gaps[1]", [2, 0], "invalid", "data.collision.subject.scores.gaps"),
    ("collision-scores", "data.collision.subject.scores.gaps[1]", [2**40, 0, 4], "invalid", "data.collision.subject.scores.gaps"),
    ("collision-scores-one-query", "data.collision.subject.scores.gaps", lambda rows: rows * 2, "invalid",
     "data.collision.subject.scores.gaps"),
    ("collision-scores-refuted", "params.free_up_to", 7, "invalid", "data.collision.pair"),
    ("collision-scores-refuted", "params.free_up_to", "any", "invalid", "data.collision.proofs"),
    ("collision-scores-refuted", "data.collision.pair.c", [4, 2, 0], "invalid", "data.collision.pair"),
    ("normalised-classes", "params.n", 3, "invalid", "data.normalised-states"),
    ("normalised-classes", "params.n", "any", "invalid", "data.normalised-states.classes"),
    ("normalised-classes", "params.n", 0, "invalid", "params"),
    ("normalised-classes", "params.n", 10**18, "invalid", "params.n"),
    ("normalised-classes", "params.eps", None, "invalid", "params.eps"),
    ("normalised-classes", "params.eps", "-1", "invalid", "params.eps"),
    ("normalised-classes", "params.norm", "batch", "unusable", "params.norm"),
    ("normalised-classes", "data.normalised-states.classes", 8, "invalid", "data.normalised-states.classes"),
    ("normalised-classes", "data.normalised-states.embedding.rows[0][0]", str(2**60), "invalid", "data.normalised-states.embedding"),
    ("normalised-classes", "data.normalised-states.embedding.rows[0][0]", str(2**60 - 1), "valid", "layer-norm"),
    ("normalised-affine", "params.n", 10**18, "valid", "layer-norm"),
    ("normalised-affine", "params.eps", "0", "invalid", "params.eps"),
    ("normalised-affine", "data.normalised-states.embedding.rows[2]", ["2", "0"], "invalid", "data.normalised-states.embedding"),
    ("normalised-linear", "data.normalised-states.embedding.rows[2]", ["-1", "-1", "0", "0"], "invalid",
     "data.normalised-states.embedding"),
    ("normalised-pair", "params.eps", "1/100000", "invalid", "data.normalised-states.pair"),
    ("normalised-pair", "params.norm", "rms", "invalid", "data.normalised-states.pair"),
    ("normalised-pair", "params.n", 4, "invalid", "data.normalised-states.pair"),
    ("normalised-pair", "data.normalised-states.classes", 1, "invalid", "data.normalised-states.classes"),
    ("normalised-pair", "data.normalised-states.pair.query", 1, "invalid", "data.normalised-states.pair"),
    ("normalised-pair", "data.normalised-states.pair.c_prime", [3, 0, 0], "invalid", "data.normalised-states.pair"),
    ("normalised-some-length", "data.normalised-states.pair.query_prime", 5, "invalid", "data.normalised-states.pair"),
    ("separation", "params.distance", "1/4", "invalid", "data.separation.pair"),
    ("separation", "params.distance", "3/4", "invalid", "data.separation.proof"),
    ("separation", "params.distance", "-1/2", "invalid", "params.distance"),
    ("separation", "params.distance", "1/3", "invalid", "params.distance"),
    ("separation", "params.n", 5, "invalid", "params.distance"),
    ("separation", "params.n", 0, "invalid", "params"),
    ("separation", "data.separation.proof.query", 0, "invalid", "data.separation.proof.query"),
    ("separation", "data.separation.proof.cuts", [], "invalid", "data.separation.proof.cuts"),
    ("separation", "data.separation.proof.basis[0][0]", "7", "invalid", "data.separation.proof.basis[0]"),
    ("separation", "data.separation.pair.c_prime", [0, 0, 4], "invalid", "data.separation.pair"),
    ("histogram-error", "params.n", 0, "invalid", "params"),
    ("histogram-error", "params.m", 7, "invalid", "data.histogram-error.embedding"),
    ("histogram-error", "params.d", 2, "invalid", "data.histogram-error.embedding"),
    ("histogram-error", "params.every_embedding", False, "invalid", "data.histogram-error.embedding"),
    ("histogram-error", "params.every_embedding", 1, "unusable", "params.every_embedding"),
    ("histogram-error", "params.mu_squared_at_least", "1/4", "invalid", "params.mu_squared_at_least"),
    ("histogram-error", "params.mu_squared_at_most", "1/6", "invalid", "params.mu_squared_at_most"),
    ("histogram-error", "params.worst_error_squared_at_least", "2", "invalid", "params.worst_error_squared_at_least"),
    ("histogram-error", "params.worst_error_squared_at_most", "1", "invalid", "params.worst_error_squared_at_most"),
    ("histogram-error", "params.right_up_to", 3, "invalid", "params.right_up_to"),
    ("histogram-error", "params.right_up_to", None, "invalid", "params.right_up_to"),
    ("histogram-error", "params.fails_from", 2, "invalid", "params.fails_from"),
    ("histogram-error", "data.histogram-error.lower", "coherence", "invalid", "data.histogram-error.lower"),
    ("histogram-error", "data.histogram-error.lower", "orthoplex", "invalid", "data.histogram-error.lower"),
    ("histogram-error", "data.histogram-error.lower", "planar", "invalid", "data.histogram-error.lower"),
    ("histogram-error", "data.histogram-error.lower", "bukh-cox", "unusable", "data.histogram-error.lower"),
    ("histogram-error", "data.histogram-error.embedding", None, "invalid", "data.histogram-error.embedding"),
    ("histogram-error", "data.histogram-error.embedding.seidel[1]", "+0---+", "invalid", "data.histogram-error.embedding.seidel"),
    ("histogram-error", "data.histogram-error.embedding.seidel[1]", "+0", "invalid", "data.histogram-error.embedding.seidel[1]"),
    ("histogram-error", "data.histogram-error.embedding.seidel[1]", "+0+1-+", "invalid", "data.histogram-error.embedding.seidel[1]"),
    ("histogram-error", "data.histogram-error.embedding.seidel[1]", 7, "unusable", "data.histogram-error.embedding.seidel[1]"),
    ("histogram-error", "data.histogram-error.embedding.seidel", ["0+", "+0"], "invalid", "data.histogram-error.embedding"),
    ("histogram-error-simplex", "params.d", 2, "invalid", "data.histogram-error.embedding"),
    ("histogram-error-hexagon", "data.histogram-error.embedding.vectors.relations", matrix([[1, 1, 0]]), "invalid",
     "data.histogram-error.embedding.vectors.relations"),
    ("histogram-error-hexagon", "data.histogram-error.embedding.vectors.relations", matrix([[1, 1, 1], [2, 2, 2]]), "invalid",
     "data.histogram-error.embedding.vectors.relations"),
    ("histogram-error-hexagon", "data.histogram-error.embedding.vectors.relations", matrix([[1, 1]]), "invalid",
     "data.histogram-error.embedding.vectors.relations"),
    ("histogram-error-hexagon", "data.histogram-error.embedding.vectors.rows.rows[0]", ["0"] * 3, "invalid",
     "data.histogram-error.embedding.vectors.rows"),
    ("histogram-error-pentagon", "params.mu_squared_at_least", "1636271243/2500000000", "invalid", "params.mu_squared_at_least"),
    ("histogram-error-pentagon", "params.mu_squared_at_least", "7", "invalid", "params.mu_squared_at_least"),
    ("histogram-error-pentagon", "params.mu_squared_at_least", "-1", "invalid", "params.mu_squared_at_least"),
    ("histogram-error-own", "data.histogram-error.lower", "welch", "invalid", "data.histogram-error.lower"),
    ("histogram-error-own", "params.d", 3, "invalid", "data.histogram-error.embedding"),
    ("lipschitz", "params.lipschitz", "4", "invalid", "params.lipschitz"),
    ("lipschitz", "params.lipschitz", "inf", "invalid", "params.lipschitz"),
    ("lipschitz", "params.lipschitz", "infinite", "unusable", "params.lipschitz"),
    ("lipschitz", "params.n", 1, "invalid", "params"),
    ("lipschitz", "params.epsilon", "-1", "invalid", "params.epsilon"),
    ("lipschitz", "params.radius", "0", "invalid", "params.radius"),
    ("lipschitz", "params.bound_all_embeddings", "1", "invalid", "params.bound_all_embeddings"),
    ("lipschitz", "data.lipschitz.pair.c_prime", [1, 1, 1], "invalid", "data.lipschitz.pair"),
    ("lipschitz", "data.lipschitz.pair.c_prime", [4, 0, 0], "invalid", "data.lipschitz.pair"),
    ("lipschitz", "data.lipschitz.pair", None, "invalid", "data.lipschitz.pair"),
    ("lipschitz", "data.lipschitz.proof", None, "invalid", "data.lipschitz.proof"),
    ("lipschitz", "data.lipschitz.proof.query", 0, "invalid", "data.lipschitz.proof.query"),
    ("lipschitz", "data.lipschitz.proof.basis[0][0]", "7", "invalid", "data.lipschitz.proof.basis[0]"),
    ("lipschitz-tolerance", "params.radius", "2", "invalid", "params.bound_all_embeddings"),
    ("lipschitz-none", "params.lipschitz", "1", "invalid", "params.lipschitz"),
    ("lipschitz-bound", "params.attained_at_most", "1", "invalid", "params.attained_at_most"),
    ("lipschitz-bound", "params.bound_any_attention", "0", "invalid", "params.bound_any_attention"),
    ("lipschitz-bound", "params.n", 2**64 - 1, "invalid", "params"),
    ("lipschitz-bound", "params.m", 10**18, "invalid", "params.bound_all_embeddings"),
    ("lipschitz-bound", "params.heads", 2**40, "invalid", "params"),
    ("lipschitz-bound", "params.d", 0, "invalid", "params"),
    ("lipschitz-bound-heads", "params.heads", 0, "invalid", "params"),
    ("lipschitz-bound-heads", "params.heads", 1, "invalid", "params.bound_any_attention"),
    ("lipschitz-bound-heads", "params.bound_any_attention", None, "invalid", "params.bound_any_attention"),
    ("mfe-bits", "params.classes", "36", "invalid", "params.classes"),
    ("mfe-bits", "params.classes", 35, "unusable", "params.classes"),
    ("mfe-bits", "params.classes", "71/2", "unusable", "params.classes"),
    ("mfe-bits", "params.bits", 5, "invalid", "params.bits"),
    ("mfe-bits", "params.bits", 7, "invalid", "params.bits"),
    ("mfe-bits", "params.k", 10**18, "invalid", "params.k"),
    ("mfe-bits", "params.m", 10**18, "invalid", "params.m"),
    ("mfe-bits", "params.m", 0, "invalid", "params.m"),
    ("mfe-bits", "params.disjointness_bits", 2, "invalid", "params.disjointness_bits"),
    ("mfe-bits", "data.mfe-bits.repeats", 2, "invalid", "data.mfe-bits"),
    ("mfe-bits", "data.mfe-bits", {"elements": 1, "repeats": 1, "padding": 2}, "invalid", "data.mfe-bits.padding"),
    ("pigeonhole", "params.d", 0, "invalid", "params"),
    ("pigeonhole", "params.m", 0, "invalid", "params"),
    ("pigeonhole", "params.states", "8", "invalid", "params.states"),
    ("pigeonhole", "params.vectors", "21", "invalid", "params.vectors"),
    ("pigeonhole", "params.vectors", "-20", "invalid", "params.vectors"),
    ("pigeonhole", "params.d", 10**18, "invalid", "params"),
    ("pigeonhole", "params.n", 10**18, "invalid", "params.states"),
    ("pigeonhole", "params.collision", False, "invalid", "params.collision"),
    ("pigeonhole", "params.collision", "true", "unusable", "params.collision"),
    ("pigeonhole", "data.pigeonhole", {"n": 3}, "unusable", "data.pigeonhole.n"),
    ("inverse-width", "params.n", 10, "invalid", "params.w_grid"),
    ("inverse-width", "params.n", 0, "invalid", "params.n"),
    ("inverse-width", "params.epsilon", "-1/2", "invalid", "params.epsilon"),
    ("inverse-width", "params.leak", "1", "invalid", "params.leak"),
    ("inverse-width", "params.strict", True, "invalid", WIDTH + ".width.network"),
    ("inverse-width", "params.w_grid", 13, "invalid", WIDTH + ".grid.fails_at"),
    ("inverse-width", "params.w_grid", 11, "invalid", "params.w_grid"),
    ("inverse-width", "params.w_grid", 0, "invalid", "params.w_grid"),
    ("inverse-width", "params.w_grid", None, "invalid", "params.w_grid"),
    ("inverse-width", "params.w_min", 2, "invalid", WIDTH + ".width.network.units"),
    ("inverse-width", "params.p_min", "35", "invalid", "params.p_min"),
    ("inverse-width", "params.unit_width", 37, "invalid", "params.unit_width"),
    ("inverse-width", "params.two_layers", [1, 1], "invalid", "params.two_layers"),
    ("inverse-width", "params.two_layers", [1], "unusable", "params.two_layers"),
    ("inverse-width", WIDTH + ".grid.fails_at", "1", "invalid", WIDTH + ".grid.fails_at"),
    ("inverse-width", WIDTH + ".grid.fails_at", "2", "invalid", WIDTH + ".grid.fails_at"),
    ("inverse-width", WIDTH + ".grid.fails_at", None, "invalid", WIDTH + ".grid.fails_at"),
    ("inverse-width", WIDTH + ".width.triples", [[1, 2, 3]], "invalid", WIDTH + ".width.triples[0]"),
    ("inverse-width", WIDTH + ".width.triples", [[1, 4, 10]], "invalid", WIDTH + ".width.triples[0]"),
    ("inverse-width", WIDTH + ".width.triples", [], "invalid", WIDTH + ".width.triples"),
    ("inverse-width", WIDTH + ".width.network.beta", "0", "invalid", WIDTH + ".width.network"),
    ("inverse-width", WIDTH + ".slope.pair", None, "invalid", "params.p_min"),
    ("inverse-width", WIDTH + ".slope.pair", [3, 10], "invalid", WIDTH + ".slope.pair"),
    ("inverse-width", WIDTH + ".slope.network.alpha", "1", "invalid", WIDTH + ".slope.network.alpha"),
    ("inverse-width", WIDTH + ".slope.network.beta", "9", "invalid", WIDTH + ".slope.network"),
    ("inverse-width", WIDTH + ".two_layers.output.bias[0]", "100", "invalid", WIDTH + ".two_layers"),
    ("inverse-width-exact", "params.w_grid", 16, "invalid", "params.w_grid"),
    ("inverse-width-strict", WIDTH + ".slope.inner", None, "invalid", WIDTH + ".slope.inner"),
    ("inverse-width-leak", "params.leak", "1/2", "invalid", "params.w_grid"),
    ("program-minimum", "params.optimum", "11", "invalid", "params.optimum"),
    ("program-minimum", "params.status", "infeasible", "invalid", "params.status"),
    ("program-minimum", "params.variables", 3, "invalid", "params.variables"),
    ("program-minimum", "params.rows", 4, "invalid", "params.rows"),
    ("program-minimum", LP + ".program.sense", "maximise", "invalid", LP + ".proof.optimal.dual[0]"),
    ("program-minimum", LP + ".program.rows[0].relation", "<", "unusable", LP + ".program.rows[0].relation"),
    ("program-minimum", LP + ".program.rows[0].terms", [[1, "1"], [0, "1"]], "unusable", LP + ".program.rows[0].terms"),
    ("program-minimum", LP + ".program.rows[0].terms", [[0, "1"], [2, "1"]], "unusable", LP + ".program.rows[0].terms"),
    ("program-minimum", LP + ".program.rows[0].terms[0][1]", "0", "unusable", LP + ".program.rows[0].terms[0][1]"),
    ("program-minimum", LP + ".program.rows[0].rhs", "5", "invalid", LP + ".proof.optimal.primal"),
    ("program-minimum", LP + ".program.variables[0].upper", "1", "invalid", LP + ".proof.optimal.primal[0]"),
    ("program-minimum", LP + ".program.variables[0].cost", "4", "invalid", LP + ".proof.optimal"),
    ("program-minimum", LP + ".proof.optimal.dual[0]", "-4", "invalid", LP + ".proof.optimal.dual[0]"),
    ("program-minimum", LP + ".proof.optimal.dual", ["4", "0"], "invalid", LP + ".proof.optimal.dual"),
    ("program-minimum", LP + ".proof.optimal.primal", ["4", "1"], "invalid", LP + ".proof.optimal.primal"),
    ("program-minimum", LP + ".proof.optimal.dual", ["0", "0", "1"], "invalid", LP + ".proof.optimal"),
    ("program-minimum", LP + ".program.constant", "1", "invalid", "params.optimum"),
    ("program-maximum", LP + ".program.variables[0].upper", None, "invalid", LP + ".proof.optimal.dual"),
    ("program-contradiction", LP + ".program.rows[1].rhs", "4", "invalid", LP + ".proof.infeasible.farkas"),
    ("program-contradiction", LP + ".proof.infeasible.farkas", ["1", "1"], "invalid", LP + ".proof.infeasible.farkas[1]"),
    ("program-contradiction-bounds", LP + ".program.variables[1].upper", None, "invalid", LP + ".proof.infeasible.farkas"),
    ("program-contradiction-bounds", LP + ".program.variables[1].upper", "3", "invalid", LP + ".proof.infeasible.farkas"),
    ("program-empty-bounds", LP + ".proof.empty-bounds.variable", 1, "invalid", LP + ".proof.empty-bounds.variable"),
    ("program-empty-bounds", LP + ".proof.empty-bounds.variable", 2, "invalid", LP + ".proof.empty-bounds.variable"),
    ("program-empty-bounds", "params.optimum", "0", "invalid", "params.optimum"),
    ("program-unbounded", LP + ".proof.unbounded.point[0]", "7", "invalid", LP + ".proof.unbounded.point"),
    ("program-unbounded", LP + ".proof.unbounded.ray", ["0", "0"], "invalid", LP + ".proof.unbounded.ray"),
    ("program-unbounded", LP + ".proof.unbounded.ray", ["1", "0"], "invalid", LP + ".proof.unbounded.ray"),
    ("program-unbounded", LP + ".program.sense", "minimise", "invalid", LP + ".proof.unbounded.ray"),
    ("linear-dependence", "params.n", 1, "invalid", "data.linear-dependence.z"),
    ("linear-dependence", "data.linear-dependence.query", 0, "invalid", "data.linear-dependence.z"),
    ("linear-dependence", "data.linear-dependence.query", 4, "invalid", "data.linear-dependence.query"),
    ("linear-dependence", "data.linear-dependence.z", ["0"] * 4, "invalid", "data.linear-dependence.z"),
    ("linear-dependence", "data.linear-dependence.z", ["1", "0", "0", "-1"], "invalid", "data.linear-dependence.z"),
    ("linear-dependence", "data.linear-dependence.z", ["0", "0", "1", "0"], "invalid", "data.linear-dependence.z"),
    ("linear-readout", "params.n", 0, "invalid", "params.n"),
    ("linear-readout", "data.linear-readout.bias[0]", "1", "invalid", "data.linear-readout.weights.rows[0]"),
    ("linear-readout", "data.linear-readout.bias[0]", "1/2", "invalid", "data.linear-readout.weights.rows[0]"),
]


class Refuses(Folder):
    def test_altered_certificates_at_the_field(self):
        for name, path, value, verdict, place in ALTERED:
            with self.subTest(certificate=name, path=path, value=str(value)[:40]):
                found, text = self.verdict(mended(altered(load(name), path, value)))
                self.assertEqual((found, text.split(":")[0]), (verdict, place), text)

    def test_every_field_that_is_missing_or_renamed(self):
        for path in FILES:
            certificate = json.loads(path.read_text())
            for holder, name, place in objects(certificate):
                if name == "sha256" or holder is certificate["data"]:
                    continue
                for rename in (False, True):
                    value = holder.pop(name)
                    if rename:
                        holder[name + "_"] = value
                    verdict, text = self.verdict(mended(certificate))
                    self.assertEqual(verdict, "unusable", (path.stem, place, text))
                    holder.pop(name + "_", None)
                    holder[name] = value

    def test_other_spellings_of_the_same_values(self):
        text = mended(load("welch"))
        spelled = {
            "a repeated key": text.replace('"params": {', '"params": {"m": 4, '),
            "an escape": text.replace('"welch"', '"\\u0077elch"'),
            "a byte order mark": "\ufeff" + text,
            "what is not ASCII": text.replace("welch", "wélch"),
            "more after the end": text + "{}",
            "NaN": text.replace('"m": 4', '"m": NaN'),
            "Infinity": text.replace('"m": 4', '"m": Infinity'),
            "a decimal point": text.replace('"m": 4', '"m": 4.0'),
            "an exponent": text.replace('"m": 4', '"m": 4e0'),
            "a minus sign": text.replace('"d": 2', '"d": -0'),
            "a comment": text.replace("{", "{ /* */", 1),
            "a comma too many": text.replace("}", ",}", 1),
            "single quotes": text.replace('"', "'"),
            "an array for an object": json.dumps(list(json.loads(text).items())),
            "a part": text[:-20],
            "two documents": text + text,
            "UTF-16": text.encode("utf-16"),
        }
        for name, content in spelled.items():
            with self.subTest(name):
                self.assertEqual(self.verdict(content)[0], "unusable")

    def test_wrong_digests(self):
        certificate = json.loads(mended(load("welch")))
        for digest in ("0" * 64, certificate["sha256"].upper(), certificate["sha256"][:-1], ""):
            verdict, text = self.verdict(json.dumps({**certificate, "sha256": digest}))
            self.assertEqual((verdict, text.split(":")[0]), ("invalid", "sha256"))

    def test_the_field_of_a_number_is_named_whatever_the_digest(self):
        for digest in ("mended", "wrong"):
            certificate = altered(load("polytope-signs"), "data.polytope.queries[0][1].active[0][0]", 0.0)
            text = mended(certificate) if digest == "mended" else json.dumps(certificate)
            verdict, found = self.verdict(text)
            self.assertEqual((verdict, found.split(":")[0]), ("unusable", "data.polytope.queries[0][1].active[0][0]"))

    def test_kinds_that_are_not_covered(self):
        for kind, version, claim in (
            ("readings", 3, "model"),
            ("misreading", 3, "model"),
            ("sample", 2, "model"),
            ("machine-readings", 2, "model"),
            ("machine-numbers", 2, "machine-numbers"),
            ("least-precision", 2, "machine-numbers"),
        ):
            parts = {"version": version, "claim": claim, "params": {}, "data": {kind: {}}}
            certificate = {"format": referee.FORMAT, **parts}
            self.assertEqual(self.verdict(mended(certificate)), ("not checked", f"certificates of kind {kind} are not covered"))
            self.assertEqual(self.verdict(json.dumps({**certificate, "sha256": ""}))[0], "invalid")

    def test_expected_statements(self):
        text = mended(load("collision-one-query"))
        for expectation, verdict, place in (
            ("uniform-collision", "valid", "uniform-collision"),
            ('uniform-collision m=4 query=0 task="query-count" free_up_to=5', "valid", "uniform-collision"),
            ("uniform-collision task=query-count collides_at=6", "valid", "uniform-collision"),
            ("welch", "invalid", "claim"),
            ("uniform-collision free_up_to=6", "invalid", "params.free_up_to"),
            ("uniform-collision query=null", "invalid", "params.query"),
            ("uniform-collision n=6", "invalid", "params.n"),
        ):
            with self.subTest(expectation):
                found, message = self.verdict(text, referee.statement(expectation))
                self.assertEqual((found, message.split(":")[0]), (verdict, place))


def objects(value, place=""):
    """Every (object, key, place of the key)."""
    if isinstance(value, dict):
        for name in list(value):
            yield value, name, f"{place}.{name}"
            yield from objects(value[name], f"{place}.{name}")
    elif isinstance(value, list):
        for i, item in enumerate(value):
            yield from objects(item, f"{place}[{i}]")


class Mutants(Folder):
    """Certificates altered at random, digests mended: no mistake of the referee, and what it accepts is true."""

    @unittest.skipUnless(hasattr(signal, "setitimer"), "needs a timer")
    def test_mutants(self):
        def too_long(*_):
            raise TimeoutError

        originals = [json.loads(path.read_text()) for path in FILES]
        chance = random.Random(SEED)
        before = signal.signal(signal.SIGALRM, too_long)
        self.addCleanup(signal.signal, signal.SIGALRM, before)
        verdicts, long = {}, 0
        for number in range(MUTANTS):
            original = originals[number % len(originals)]
            mutant, path = mutate(original, originals, chance)
            text = mended(mutant)
            if text == mended(original):
                continue
            signal.setitimer(signal.ITIMER_REAL, 2)
            try:
                verdict, message = self.verdict(text)
            except TimeoutError:  # an enumeration that a mutation made long
                long += 1
                continue
            finally:
                signal.setitimer(signal.ITIMER_REAL, 0)
            self.assertNotIn("\n", message)
            self.assertNotRegex(message, r"\d\.\d{6}|\de-\d")  # nothing was computed in floats
            verdicts[verdict] = verdicts.get(verdict, 0) + 1
            if verdict.startswith("valid"):
                self.assertTrue(plain_truth.holds(mutant), (FILES[number % len(FILES)].stem, path, text))
        self.assertLess(long, MUTANTS // 500)
        self.assertLess(verdicts["valid"], MUTANTS // 6)
        if os.environ.get("REFEREE_VERBOSE"):
            print(verdicts, "too long:", long)


class TheProgram(Folder):
    """Exit status, lines and time, as a shell sees them."""

    def run_it(self, *arguments, limit=30, memory=None):
        def less_memory():
            import resource

            resource.setrlimit(resource.RLIMIT_AS, (memory, memory))

        before, used = less_memory if memory and os.name == "posix" else None, os.times()
        command = [sys.executable, str(PROGRAM), *map(str, arguments)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=limit, preexec_fn=before)
        self.assertNotIn("Traceback", done.stderr)
        now = os.times()
        done.seconds = now.children_user + now.children_system - used.children_user - used.children_system
        return done

    def kinds(self):
        good = HERE / "certificates" / "welch.json"
        refuted = HERE / "certificates" / "linear-readout.json"
        bad = self.write(mended(altered(load("welch"), "params.d", 3)), "bad.json")
        unusable = self.write("{}", "unusable.json")
        other = {"format": referee.FORMAT, "version": 3, "claim": "model", "params": {}, "data": {"readings": {}}}
        return good, refuted, bad, unusable, self.write(mended(other), "open.json")

    def test_exit_status(self):
        good, refuted, bad, unusable, undecided = self.kinds()
        for files, status, summary in (
            ([good], 0, "1 valid, 0 invalid, 0 unusable, 0 not checked"),
            ([good, refuted], 0, "2 valid, 0 invalid, 0 unusable, 0 not checked"),
            ([good, bad], 1, "1 valid, 1 invalid, 0 unusable, 0 not checked"),
            ([unusable, good], 2, "1 valid, 0 invalid, 1 unusable, 0 not checked"),
            ([unusable, bad, good], 1, "1 valid, 1 invalid, 1 unusable, 0 not checked"),
            ([undecided, good], 3, "1 valid, 0 invalid, 0 unusable, 1 not checked"),
            ([undecided, bad, unusable, good], 3, "1 valid, 1 invalid, 1 unusable, 1 not checked"),
            ([self.folder / "missing.json"], 2, "0 valid, 0 invalid, 1 unusable, 0 not checked"),
            ([self.folder], 2, "0 valid, 0 invalid, 1 unusable, 0 not checked"),
            (["/dev/null"], 2, "0 valid, 0 invalid, 1 unusable, 0 not checked"),
        ):
            with self.subTest([str(file) for file in files]):
                done = self.run_it(*files)
                self.assertEqual((done.returncode, done.stdout.splitlines()[-1]), (status, summary))
                self.assertEqual(len(done.stdout.splitlines()) - 1 + len(done.stderr.splitlines()), len(files))

    def test_lines(self):
        good, refuted, bad, unusable, _ = self.kinds()
        done = self.run_it(good, refuted, bad, unusable)
        self.assertTrue(done.stdout.startswith(f"{good}: valid: welch: "))
        self.assertIn(f"\n{refuted}: valid refutation: linear-readout: ", done.stdout)
        self.assertIn(f"{bad}: invalid: params.d: expected 2, found 3\n", done.stderr)
        self.assertIn(f"{unusable}: unusable: format: expected counterproof-certificate, found null\n", done.stderr)

    def test_expect(self):
        good = HERE / "certificates" / "welch.json"
        self.assertEqual(self.run_it("--expect", "welch m=4 d=2", good).returncode, 0)
        done = self.run_it("--expect", "welch m=5", good)
        self.assertEqual((done.returncode, done.stderr), (1, f"{good}: invalid: params.m: expected 5, found 4\n"))

    def test_usage(self):
        good = HERE / "certificates" / "welch.json"
        for arguments in ([], ["--what", good], ["--time-limit", "0", good], ["--time-limit", "nan", good],
                          ["--expect", "", good], ["--expect", "nothing", good], ["--expect", "welch m", good]):
            self.assertEqual(self.run_it(*arguments).returncode, 2, arguments)
        self.assertEqual(self.run_it("--help").returncode, 0)

    def long(self):
        """True, but with two million inputs for each model."""
        return self.write(mended(altered(load("repetition"), "params.n", 10**6)), "long.json")

    def test_time_limit(self):
        good, start = HERE / "certificates" / "welch.json", time.monotonic()
        done = self.run_it("--time-limit", "1", good, self.long(), good)
        self.assertLess(time.monotonic() - start, 10)  # on a machine that is busy
        self.assertLess(done.seconds, 3)
        self.assertEqual((done.returncode, done.stdout.splitlines()[-1]), (3, "1 valid, 0 invalid, 0 unusable, 2 not checked"))
        self.assertEqual(done.stderr.count("not checked: a limit was reached first\n"), 2)

    @unittest.skipUnless(os.name == "posix", "signals")
    def test_signals(self):
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            command = [sys.executable, str(PROGRAM), str(HERE / "certificates" / "welch.json"), str(self.long())]
            process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            self.assertIn("valid", process.stdout.readline())
            process.send_signal(number)
            out, errors = process.communicate(timeout=20)
            self.assertEqual((process.returncode, out), (3, "1 valid, 0 invalid, 0 unusable, 1 not checked\n"))
            self.assertNotIn("Traceback", errors)

    def test_hostile_files(self):
        good = mended(load("exhaustive-query-count"))
        hostile = {
            "empty": "",
            "white": " \n" * 1000,
            "binary": bytes(range(256)) * 100,
            "zeros": b"\0" * 10**6,
            "brackets": "[" * 100_000,
            "closed brackets": "[" * 100_000 + "]" * 100_000,
            "objects": '{"a":' * 100_000,
            "a huge integer": "1" * 10**6,
            "a huge integer inside": good.replace('"n": 3', '"n": ' + "1" * 10**6),
            "a huge rational": good.replace('"max_error": "0"', '"max_error": "' + "1" * 10**6 + '"'),
            "a huge denominator": good.replace('"max_error": "0"', '"max_error": "1/' + "7" * 10**6 + '"'),
            "a huge string": good.replace("exhaustive", "x" * 10**6),
            "many keys": "{" + ",".join(f'"{i}":0' for i in range(10**5)) + "}",
            "one key often": "{" + ",".join('"a":0' for i in range(10**5)) + "}",
            "a huge exponent": good.replace('"n": 3', '"n": 1e999999999'),
        }
        for name, content in hostile.items():
            with self.subTest(name):
                done = self.run_it(self.write(content), memory=2**30)
                self.assertLess(done.seconds, 2)
                # the digest of an altered certificate is wrong, which is found before its numbers are read
                status = 1 if name in ("a huge rational", "a huge denominator") else 2
                self.assertEqual((done.returncode, len(done.stderr.splitlines())), (status, 1))
                self.assertLess(len(done.stderr), 1000)

    def test_what_would_need_much_memory(self):
        """Small files whose work is large: they end at a limit, of memory or of time."""
        wide = load("exhaustive-query-count")
        model, m = wide["data"]["exhaustive"]["model"], 4000
        model["embedding"] = matrix([j] for j in range(m))
        model["heads"] = [{name: matrix([[int(name in ("value", "output"))]]) for name in ("query", "key", "value", "output")}]
        model["mlp"]["hidden"] = [{"weight": matrix([j] for j in range(m)), "bias": ["0"] * m}]
        model["mlp"]["output"] = {"weight": matrix([[0] * m]), "bias": ["0"]}
        model["readout"] = {"weight": ["1"], "bias": "0"}
        wide["params"].update(m=m, d=1, mlp_width=m, n=2)
        verdict, text = self.verdict(mended(wide))
        self.assertEqual((verdict, text.split(":")[0]), ("not checked", MODEL), text)

        tents = load("interval-two")  # every layer folds the line once more: 2^40 kinks
        mlp = tents["data"]["interval"]["model"]["mlp"]
        mlp["hidden"] = [{"weight": matrix([[0, 1], [0, 1]]), "bias": ["-1", "-3/2"]}]
        mlp["hidden"] += [{"weight": matrix([[2, -4], [2, -4]]), "bias": ["0", "-1/2"]}] * 40
        mlp["output"]["weight"] = matrix([[0, 0], [1, 1]])
        tents["params"]["mlp_width"] = 2
        done = self.run_it("--time-limit", "2", self.write(mended(tents)), memory=2**30)
        self.assertEqual((done.returncode, done.stderr.count("not checked")), (3, 1))

        fine = load("linear-readout")  # 40,000 numbers over a denominator of 65,000 bits, and the checker need not take them
        rows, none = [[0] * 200 for _ in range(200)], matrix([[0] * 200] * 200)
        rows[0][0] = f"1/{3**41_000}"
        fine["params"].update(n=1, m=200, d=200)
        fine["data"]["linear-readout"] = {"embedding": matrix(rows), "weights": none, "bias": ["0"] * 200}
        verdict, text = self.verdict(mended(fine))
        self.assertEqual((verdict, text.split(":")[0]), ("not checked", "data"), text)

        flat = load("separation-zero")
        flat["params"].update(m=1, d=10**5)
        proof = {"query": None, "basis": [], "left_inverse": [], "cuts": []}
        pair = {"query": 0, "c": [3], "c_prime": [3]}
        flat["data"]["separation"] = {"embedding": matrix([[0] * 10**5]), "proof": proof, "pair": pair}
        self.assertEqual(self.run_it(self.write(mended(flat)), memory=2**30).returncode, 1)

    def test_numbers_of_20000_digits(self):
        constant = "1" * 20_000
        certificate = altered(load("program-minimum"), LP + ".program.constant", constant)
        certificate["params"]["optimum"] = constant[:-2] + "21"
        self.assertEqual(self.verdict(mended(certificate))[0], "valid")

    def test_huge_sizes(self):
        """Every count of every certificate, replaced by 10^18 and by the largest: refused or true within two seconds."""
        for path in FILES:
            certificate = json.loads(path.read_text())
            for holder, name, place in objects(certificate):
                if type(holder[name]) is not int or name == "version":
                    continue
                old = holder[name]
                for size in (10**18, 2**64 - 1):
                    holder[name] = size
                    start = time.process_time()
                    verdict, text = self.verdict(mended(certificate))
                    self.assertLess(time.process_time() - start, 2, (path.stem, place))
                    if verdict.startswith("valid"):
                        explained = place in (".params.times", ".params.free_up_to") or path.stem.startswith("linear-")
                        # orthonormal vectors fit into any more dimensions and are right at any length
                        explained = explained or path.stem == "histogram-error-orthonormal"
                        self.assertTrue(explained, (path.stem, place, text))
                holder[name] = old

    def test_names_of_files_stay_on_one_line(self):
        for name in ("a\nb.json", "\x1b[31mred.json", "\udcff.json"):
            done = self.run_it(self.folder / name)
            self.assertEqual((done.returncode, len(done.stderr.splitlines())), (2, 1))
            self.assertNotIn("\x1b", done.stderr)


class TheSource(unittest.TestCase):
    def test_standard_library_only_no_floats_and_not_too_long(self):
        text = PROGRAM.read_text()
        self.assertLessEqual(len(text.splitlines()), 1510)
        self.assertLessEqual(max(map(len, text.splitlines())), 120)
        for node in ast.walk(ast.parse(text)):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module] if isinstance(node, ast.ImportFrom) else []
            for name in names:
                self.assertIn(name.split(".")[0], sys.stdlib_module_names)
            self.assertFalse(isinstance(node, ast.Constant) and isinstance(node.value, float))
        self.assertEqual(text.count("float"), 2)  # the time limit, and what JSON reads in its place


if __name__ == "__main__":
    unittest.main()
