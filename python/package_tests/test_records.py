"""The main jobs, and what is made of their records."""

import inspect
import json
import re
from decimal import Decimal
from fractions import Fraction

import numpy
import pytest

import counterproof


def test_the_contract():
    record = counterproof.verify("qc-histogram", n=5, m=3)[0]
    assert record.verdict == "verified"
    assert record.params == {"n": 5, "m": 3, "d": 3}
    assert record.values["inputs"] == 45 and record.values["exact"] is True
    collision = counterproof.search_collision([[0], [1], [3], [7]])[0]
    assert collision.values["n_star"] == 4
    assert collision.values["c"] == [3, 0, 0, 1] and collision.values["c_prime"] == [1, 1, 2, 0]


@pytest.mark.parametrize(
    "array",
    [
        numpy.array([[0], [1], [3], [7]]),
        numpy.array([[0], [0.5], [1.5], [3.5]], dtype=numpy.float32),
        [[Fraction(0)], [Fraction(1, 3)], [1], [Fraction(7, 3)]],
        [["0"], ["1/10"], [Decimal("0.3")], ["7e-1"]],
        ((0,), (1,), (3,), (7,)),
    ],
    ids=["int64", "float32", "fractions", "texts", "tuples"],
)
def test_an_embedding_is_any_array_of_numbers(array):
    assert counterproof.search_collision(array)[0].values["n_star"] == 4


def test_a_float_is_the_rational_that_it_denotes():
    # twice 0.2 is 0.1 + 0.3, and no float is any of these
    exact = counterproof.search_collision([["0.1"], ["0.2"], ["0.3"]], max_n=9)[0]
    floats = counterproof.search_collision([[0.1], [0.2], [0.3]], max_n=9)[0]
    assert exact.values["n_star"] == 3
    assert floats.values["free_up_to"] == 9 and floats.values["n_star"] is None
    assert str(Fraction(0.1)) in json.dumps(json.loads(floats.certificate_text)["data"])


def test_numbers_come_as_they_are():
    record = counterproof.verify("qc-count-attend", n=4, m=8)[0]
    assert record.values["max_error"] == Fraction(377, 1127)
    assert isinstance(record.values["base"], (int, Fraction))
    assert counterproof.verify("welch", m=4, d=2)[0].verdict == "verified"


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: counterproof.verify("qc-histogram", n="5-2"), "the range 5-2 is empty; write 2-5"),
        (lambda: counterproof.verify("qc-histogam"), "a similar value exists: 'qc-histogram'"),
        (lambda: counterproof.verify("qc-histogram", n=3, m=2000), "--m: expected 1 to 1024, found 2000"),
        (lambda: counterproof.verify("qc-histogram", n=3, strict=True), "--strict: qc-histogram has no such option"),
        (lambda: counterproof.verify("qc-histogram", n=2.5, m=3), "`5/2` is not a whole number"),
        (lambda: counterproof.verify("qc-histogram", n=float("nan"), m=3), "expected a finite number, found nan"),
        (lambda: counterproof.verify("qc-histogram", n=3, m=3, threads=0), "expected 1 to 1024"),
        (lambda: counterproof.search_collision("absent.csv"), "there is no such file"),
        (lambda: counterproof.search_collision([[1, 2], [3]]), "array.csv:2:1: expected 2 entries as in the first row"),
        (lambda: counterproof.search_collision([1, 2]), "a single column is [[0], [1], ..]"),
        (lambda: counterproof.search_collision([[1], [object()]]), "expected a number, found object"),
        (lambda: counterproof.search_collision(), "give --embedding SPEC or --model FILE"),
        (lambda: counterproof.search_collision([[0], [1]], m=3), "--m: not with `array.csv`: the file says it"),
    ],
)
def test_errors_have_the_words_of_the_command_line(call, words):
    with pytest.raises(counterproof.Refused, match=re.escape(words)) as raised:
        call()
    assert isinstance(raised.value, ValueError)
    assert "--help" not in str(raised.value) and "\x1b" not in str(raised.value)


def test_claims():
    claims = {claim.claim: claim for claim in counterproof.claims()}
    assert claims["welch"].label == "T5" and "m" in claims["welch"].options
    assert len(claims) >= 19


def test_every_option_of_every_claim_is_a_parameter():
    parameters = set(inspect.signature(counterproof.verify).parameters)
    taken = {option.replace("-", "_") for claim in counterproof.claims() for option in claim.options}
    assert taken and taken <= parameters
    record = counterproof.verify("machine-numbers", n=16, least_precision=True, order=["seq"])[0]
    assert record.verdict == "verified"


def test_records_are_a_sequence():
    records = counterproof.verify("qc-histogram", n=[4, 5], m=range(3, 7), d=4)
    assert len(records) == 8 and [record.params["m"] for record in records[:4]] == [3, 4, 5, 6]
    refuted = records.where(verdict="refuted")
    assert [record.params["m"] for record in refuted] == [6, 6]
    assert refuted[0].reason.startswith("on the sequence")
    both = records[:1] + counterproof.verify("welch", m=4, d=2)
    assert [record.claim for record in both] == ["qc-histogram", "welch"]
    assert records.status == 1 and both[1].certificate in [one.certificate for one in both]
    assert records.command == "counterproof verify qc-histogram --n 4,5 --m 3,4,5,6 --d 4"
    assert "refuted" in repr(refuted) and "verified" not in repr(refuted).split("\n\n")[0]


def test_tables():
    records = counterproof.verify("inverse-width", n=[4, 16])
    frame = records.to_pandas()
    assert list(frame["w_grid"]) == [3, 32] and frame["epsilon"][0] == Fraction(1, 2)
    assert frame["n_squared"].dtype.kind == "i"
    table = records.to_latex(columns=["n", "w_grid"], caption="Widths", label="tab:widths")
    assert "\\begin{table}" in table and "\\caption{Widths}" in table and "\\label{tab:widths}" in table
    assert "32" in table and "verified" not in table and table.endswith("\\end{table}\n")
    assert records.to_latex().count("\\begin{table}") == 0
    # what does not fit is refused with what to leave out, as on the command line
    with pytest.raises(counterproof.Refused, match="too wide|--columns"):
        records.to_latex(width="2in")
    with pytest.raises(counterproof.Refused, match="--columns: .*`w_gird`"):
        records.to_latex(columns=["w_gird"])
    assert records.to_csv(columns="n,w_grid", sort="-n") == "n,w_grid\n16,32\n4,3\n"
    assert records.to_csv(columns=["n", "w_grid"], transpose=True) == "n,4,16\nw_grid,3,32\n"
    assert records.to_markdown(columns=["n", "w_grid"]).count("|") == 12
    assert records.to_csv().splitlines()[0].startswith("claim,n,epsilon,verdict")
    assert json.loads(records.to_json())["schema"] == "counterproof/1"


def test_notebooks_show_verdict_certificate_and_command():
    page = counterproof.search_collision([[0], [1], [3], [7]], name="<rows>.csv")._repr_html_()
    for part in ("verified", "uniform-collision-m4-d1-embedding_rows__csv-taskqc.json", "search collision --embedding"):
        assert part in page
    assert "<rows>" not in page and "&lt;rows&gt;.csv" in page


def test_figures():
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("Agg")
    records = counterproof.verify("inverse-width", n=[4, 16, 64])
    axes = records.plot()
    assert axes.get_xscale() == "log" and axes.get_xlabel() == "context length $n$"
    drawn = {line.get_label(): list(line.get_ydata()) for line in axes.get_lines()}
    assert drawn["$n^2$"] == [16, 256, 4096]
    assert records.plot(axes) is axes
    axes.figure.canvas.draw()
    assert records.figure("svg").startswith(b"<svg") and records.figure("pdf").startswith(b"%PDF")
    with pytest.raises(counterproof.Refused, match="welch has no figure"):
        counterproof.verify("welch", m=4, d=2).plot()


def test_certificates_are_saved_under_the_names_of_the_command_line(tmp_path):
    records = counterproof.search_collision(numpy.array([[0], [1], [3], [7]]))
    paths = records.save(tmp_path / "out")
    names = [path.name for path in paths]
    assert names == ["uniform-collision-m4-d1-embeddingarray_csv-taskqc.json", "array.csv"]
    assert records.save(tmp_path / "out") == paths
    assert paths[1].read_text() == "0\n1\n3\n7\n"
    assert counterproof.check(paths[0])
    # nothing is replaced by something else
    paths[0].write_text("mine")
    other = records[0].save(tmp_path / "out")
    assert other not in paths and counterproof.check(other) and paths[0].read_text() == "mine"
    paths[1].write_text("mine")
    with pytest.raises(counterproof.Refused, match="another file has this name"):
        records.save(tmp_path / "out")
