"""Certificates are judged by the kernel alone."""

import json

import pytest

import counterproof


@pytest.fixture(scope="module")
def record():
    return counterproof.verify("qc-histogram", n=5, m=3)[0]


def test_records_files_and_texts(record, tmp_path):
    path = record.save(tmp_path)
    for certificate in (record, path, str(path), path.read_text(), path.read_bytes()):
        finding = counterproof.check(certificate, expect="qc-histogram n=5 m=3")
        assert finding and finding.outcome == "valid" and finding.verdict == "verified"
    assert "n = 5, m = 3" in finding.message


def test_what_is_wrong_is_told(record, tmp_path):
    altered = record.certificate_text.replace('"m":3', '"m":4')
    assert altered != record.certificate_text
    path = tmp_path / "altered.json"
    path.write_text(altered)
    findings = counterproof.check_all([path, record, tmp_path / "absent.json", "{}"], progress=False)
    assert [finding.outcome for finding in findings] == ["invalid", "valid", "unusable", "unusable"]
    assert not findings[0] and findings[0].name == str(path) and "sha256" in findings[0].message
    assert not counterproof.check(record, expect="qc-histogram n=6")
    assert counterproof.check(record, time_limit=0).outcome == "not checked"
    for limits, words in (({"threads": 0}, "expected 1 to 1024"), ({"time_limit": -1}, "expected a number of seconds")):
        with pytest.raises(counterproof.Refused, match=words):
            counterproof.check(record, **limits)


def test_a_refutation_is_valid_and_says_so():
    refuted = counterproof.verify("qc-histogram", n=5, m=6, d=4)[0]
    assert counterproof.check(refuted).verdict == "refuted"


def test_undecided_records_have_nothing_to_check():
    # what would decide it is told, too
    with pytest.warns(UserWarning, match="1 cell is undecided"):
        open_one = counterproof.verify("qc-histogram", n=5, m=3, time_limit=0)[0]
    assert open_one.verdict == "undecided" and open_one.reason == "the time limit was reached"
    with pytest.raises(counterproof.Refused, match="has no certificate"):
        counterproof.check(open_one)


def test_a_forged_verdict_does_not_survive(record):
    certificate = json.loads(record.certificate_text)
    certificate["params"]["n"] = 50
    assert not counterproof.check(json.dumps(certificate))
