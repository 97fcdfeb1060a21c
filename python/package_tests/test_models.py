"""Models out of arrays and files, against what PyTorch put out for them on every input (recorded)."""

import itertools
import json
import os
from fractions import Fraction
from pathlib import Path

import numpy
import pytest

import counterproof
from counterproof import Model

REPOSITORY = Path(os.environ.get("REPOSITORY", Path(__file__).parents[2]))
INSTANCES = REPOSITORY / "tests/data/instances"
MAPPINGS = REPOSITORY / "examples/models"


def recorded(name):
    model = Model.from_file(INSTANCES / f"{name}.safetensors", MAPPINGS / f"{name}.mapping.json")
    return model, json.loads((INSTANCES / f"{name}.json").read_text())


def test_a_pytorch_encoder_is_what_pytorch_computes():
    model, truth = recorded("pytorch-encoder")
    assert (model.kind, model.vocabulary, model.blocks) == ("softmax", 3, ["attention", "mlp"] * 2)
    for entry in truth["outputs"]:
        assert abs(float(model(entry["sequence"])) - entry["output"]) < 1e-9
        ((low, high),) = model.outputs(entry["sequence"])[0:1][0]
        assert low <= high and high - low < Fraction(1, 10**15)
    record = model.certify(n=4, task="qc")[0]
    assert record.values["right"] == truth["right"] and record.values["inputs"] == len(truth["outputs"])
    assert record.verdict == "verified" and counterproof.check(record)


def test_a_task_is_a_python_function():
    model, truth = recorded("pytorch-encoder")

    def count(sequence):
        return sequence.count(sequence[-1])

    record = model.certify(count, n=3)[0]
    assert record.params["task"] == "count.json" and record.values["question"] == "a table of 27 answers"
    assert record.values["right"] == model.certify("qc", n=3)[0].values["right"]
    with pytest.raises(counterproof.Refused, match="give one n and one m"):
        model.certify(count, n=[3, 4])
    with pytest.raises(counterproof.Refused, match="sequences are more than a function is asked about"):
        model.certify(count, n=40)


def test_saved_models_are_read_by_the_command_line(tmp_path):
    model, _ = recorded("pytorch-encoder")
    path = model.save(tmp_path / "x.safetensors")
    record = counterproof.verify(model=path, n=2, task="qc")[0]
    own = model.certify(n=2, task="qc")[0]
    assert record.verdict == own.verdict
    assert record.values == own.values and record.params["model"] == str(path)
    assert Model.from_file(path).to_bytes() == model.to_bytes()
    saved = model.certify(n=2, task="qc").save(tmp_path / "out")
    assert saved[-1].name == "pytorch-encoder.safetensors" and saved[-1].read_bytes() == path.read_bytes()


def test_an_accuracy_is_estimated_from_a_sample():
    model, _ = recorded("pytorch-encoder")
    exact = model.certify("qc", n=3)[0].values["accuracy"]
    record = model.estimate("qc", n=3, inputs=500, confidence="0.9999", seed=3)[0]
    assert record.verdict == "estimated" and record.values["sampled"] == 500
    assert record.values["accuracy_at_least"] <= exact <= record.values["accuracy_at_most"]
    assert counterproof.check(record).verdict == "estimated"
    weighted = counterproof.estimate(model, task="qc", n=3, inputs=50, distribution=[1, 0, 0])[0]
    assert weighted.params["distribution"] != record.params["distribution"]
    with pytest.raises(counterproof.Refused, match="--confidence"):
        model.estimate("qc", n=3, inputs=10, confidence=2)


def counter(n, m):
    """T1 as arrays of NumPy: uniform attention, then one hidden unit a token."""
    unit = numpy.eye(m)
    arrays = {"E": unit, "zero": numpy.zeros((1, m)), "b": -numpy.ones(m), "w": numpy.full((1, m), float(n)), "c": numpy.array([-2.0 * n])}
    mapping = {
        "format": "counterproof-mapping",
        "version": 2,
        "layout": "out-in",
        "tokens": "E",
        "bos": "none",
        "positions": "none",
        "layers": [
            {
                "attention": {
                    "heads": 1,
                    "mixing": "softmax",
                    "causal": False,
                    "query": {"weight": "zero"},
                    "key": {"weight": "zero"},
                    "value": "identity",
                    "output": "identity",
                    "residual": True,
                    "norm": "none",
                },
                "mlp": {
                    "activation": "relu",
                    "hidden": [{"weight": "E", "bias": "b"}],
                    "output": {"weight": "E"},
                    "residual": True,
                    "norm": "none",
                },
            }
        ],
        "norm": "none",
        "reading": {"number": {"weight": "w", "bias": "c"}},
        "read_at": "last",
    }
    return arrays, mapping


def test_arrays_and_a_mapping():
    arrays, mapping = counter(4, 3)
    model = Model.from_arrays(arrays, mapping, task="qc")
    for sequence in itertools.product(range(3), repeat=4):
        assert model(sequence) == sequence.count(sequence[-1])
    assert model.certify(n=4)[0].verdict == "verified"
    assert model.certify(n=5)[0].verdict == "refuted"
    # the same arrays make the same bytes, in any order
    assert Model.from_arrays(dict(reversed(arrays.items())), mapping, task="qc").to_bytes() == model.to_bytes()
    assert Model.from_arrays({name: array.astype("float16") for name, array in arrays.items()}, mapping)((0, 1, 0, 0)) == 3


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda arrays, mapping: arrays.update(extra=numpy.zeros(2)), "array `extra`"),
        (lambda arrays, mapping: arrays.pop("b"), "`b`"),
        (lambda arrays, mapping: mapping["layers"][0]["mlp"].update(activation="tanh"), "activation"),
        (lambda arrays, mapping: mapping.pop("read_at"), "read_at"),
        (lambda arrays, mapping: arrays.update(b=numpy.zeros(3, dtype=complex)), "b: expected floats or integers"),
    ],
)
def test_what_does_not_fit_is_refused_by_its_name(change, words):
    arrays, mapping = counter(4, 3)
    change(arrays, mapping)
    with pytest.raises(counterproof.Refused) as raised:
        Model.from_arrays(arrays, mapping)
    assert words in str(raised.value)


def test_files_of_numpy(tmp_path):
    arrays, mapping = counter(3, 2)
    numpy.savez(tmp_path / "counter.npz", **arrays)
    model = Model.from_file(tmp_path / "counter.npz", mapping)
    assert model.certify("qc", n=3)[0].verdict == "verified" and model.file == "counter.safetensors"
    (tmp_path / "bad.safetensors").write_bytes(b"\x08\x00\x00\x00\x00\x00\x00\x00nonsense")
    with pytest.raises(counterproof.Refused, match="expected an .npz or a .safetensors file"):
        Model.from_file(tmp_path / "bad.safetensors", mapping)
    (tmp_path / "m.json").write_text("{]")
    with pytest.raises(counterproof.Refused, match="m.json:1:2: expected JSON"):
        Model.from_file(tmp_path / "counter.npz", tmp_path / "m.json")


def test_a_construction_is_a_model():
    model = counterproof.construct("qc-histogram", n=5, m=3)
    assert model.kind == "exact" and model((0, 1, 0, 2, 0)) == 3
    assert model.certify(n=5)[0].verdict == "verified"
    few = counterproof.construct("qc-histogram", n=5, m=4, d=2)
    collisions = [counterproof.search_collision(model=few)[0], counterproof.search_collision("truncated", m=4, d=2)[0]]
    assert collisions[0].values["n_star"] == collisions[1].values["n_star"] is not None


def test_two_models_have_two_names():
    a, b = counterproof.construct("qc-histogram", n=3, m=2), counterproof.construct("qc-histogram", n=3, m=3)
    with pytest.raises(counterproof.Refused, match="qc-histogram.json is given twice"):
        counterproof.verify(model=[a, b], n=3)
    b.file = "other.json"
    records = counterproof.verify(model=[a, b], n=3)
    assert [record.params["model"] for record in records] == ["qc-histogram.json", "other.json"]
