"""Strategies, and the assertion whose failure is a smallest sequence."""

import itertools
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import counterproof
from counterproof import strategies


@given(strategies.sequences(3, (2, 5)), strategies.count_vectors(4, 6), strategies.embeddings(3, 2))
def test_what_strategies_draw(sequence, counts, rows):
    assert 2 <= len(sequence) <= 5 and set(sequence) <= {0, 1, 2}
    assert len(counts) == 4 and sum(counts) == 6 and min(counts) >= 0
    assert len(rows) == 3 and all(len(row) == 2 and all(abs(entry) <= 3 for entry in row) for row in rows)


@settings(max_examples=20, deadline=None)
@given(strategies.embeddings(3, 1), st.integers(2, 5))
def test_an_embedding_of_the_strategy_is_decided(rows, max_n):
    record = counterproof.search_collision(rows, max_n=max_n)[0]
    assert record.verdict == "verified" and counterproof.check(record)
    if record.values["n_star"] is not None:
        # the two inputs have one sum and different counts of the query
        sums = [sum(c * row[0] for c, row in zip(record.values[name], rows)) for name in ("c", "c_prime")]
        assert sums[0] == sums[1]


@settings(max_examples=15, deadline=None)
@given(strategies.exact_models(2), strategies.sequences(2, (1, 3)))
def test_models_without_positions_do_not_see_repetition(model, sequence):
    assert model(sequence) == model(sequence * 2)


@settings(max_examples=5, deadline=None)
@given(strategies.softmax_models(2, layers=1, longest=3))
def test_softmax_models_are_decided(model):
    assert model.kind == "softmax" and model.vocabulary == 2
    record = model.certify("qc", n=1, time_limit=20)[0]
    assert record.verdict in ("verified", "refuted")


@settings(max_examples=10, deadline=None)
@given(strategies.flawed_models(3, 4))
def test_the_flaw_of_a_model_is_where_it_is_said_to_be(flawed):
    failure = counterproof.find_failure(flawed.model, n=4)
    # the smallest sequence of length 4: as many other tokens as possible, and these the smallest
    wrong = [
        sequence
        for sequence in itertools.product(range(3), repeat=4)
        if sequence[-1] == flawed.token and sequence.count(flawed.token) >= flawed.count
    ]
    assert failure.sequence == wrong[0]
    assert failure.output == failure.answer * (1 + Fraction(1, 2 * flawed.count))
    record = flawed.model.certify(n=4)[0]
    assert record.verdict == "refuted" and str(flawed.count * 2) in flawed.flaw


def test_the_assertion():
    counterproof.assert_solves(lambda sequence: sequence.count(sequence[-1]), "qc", n=range(1, 7), m=3)
    counterproof.assert_solves(counterproof.construct("mfe-histogram", n=5, m=3), "mfe", n=5)
    counterproof.assert_solves(max, "max", n=[2, 5], m=4)
    with pytest.raises(AssertionError) as raised:
        counterproof.assert_solves(lambda sequence: min(sequence.count(sequence[-1]), 2), n=range(1, 7), m=2)
    assert str(raised.value) == "qc is not solved: on the sequence 0 0 0 the output is 2, the answer is 3"


def test_any_task_and_any_number():
    def parity(sequence):
        return sum(sequence) % 2

    for task in ("count(1) % 2", parity):
        counterproof.assert_solves(parity, task, n=range(1, 6), m=2)
        failure = counterproof.find_failure(lambda sequence: 0.5, task, n=range(1, 6), m=2)
        # at a distance of 1/2 nothing is near
        assert failure.sequence == (0,) and failure.answer == 0
    assert counterproof.find_failure(lambda s: 0.5, parity, n=3, m=2, tolerance="0.51") is None
    assert counterproof.find_failure(lambda s: float("nan"), n=1, m=2).sequence == (0,)


def test_what_is_missing_is_told():
    with pytest.raises(counterproof.Refused, match="say how many tokens there are"):
        counterproof.assert_solves(max, "max", n=3)
    with pytest.raises(counterproof.Refused, match="lengths of at least 1"):
        counterproof.assert_solves(max, "max", n=[], m=2)
    with pytest.raises(counterproof.Refused, match="--task: .*expected"):
        counterproof.assert_solves(max, "count(", n=3, m=2)
