"""Commands that leave files: training, and everything at once."""

import pytest

import counterproof


def test_a_trained_model_is_certified():
    trained = counterproof.train(m=2, d=2, n=3, steps=300, arm="optimised", hidden=4, seed=1, held_out=64)
    assert trained.measured["m"] == 2 and trained.measured["steps"] == 300
    record = trained.model.certify(n=3)[0]
    assert record.verdict in ("verified", "refuted") and record.params["model"] == "trained.safetensors"
    assert counterproof.check(record)
    with pytest.raises(counterproof.Refused, match="--rate"):
        counterproof.train(m=2, d=2, n=3, rate=-1.0)


def test_reproduce_writes_its_folder(tmp_path):
    with pytest.raises(counterproof.Refused, match="--only"):
        counterproof.reproduce(tmp_path / "out", quick=True, only="nothing")
    found = counterproof.reproduce(tmp_path / "out", quick=True, only="welch")
    assert found.report.is_file() and found.paper.is_file()
    assert "verified" in found.text
    certificates = sorted((tmp_path / "out" / "certificates").glob("*.json"))
    assert certificates and all(counterproof.check_all(certificates, progress=False))
