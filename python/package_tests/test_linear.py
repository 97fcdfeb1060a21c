"""Exact linear programs from arrays and files."""

from fractions import Fraction

import numpy
import pytest

import counterproof


def test_arrays_as_scipy_has_them():
    found = counterproof.lp(
        [-1, 4], A_ub=[[-3, 1], [1, 2]], b_ub=[6, 4], bounds=[(None, None), (-3, None)], progress=False
    )
    assert (found.status, found.fun, found.x) == ("optimal", -22, [10, -3])
    assert counterproof.check(found.record)


def test_floats_are_exact_and_equalities_hold():
    a = numpy.array([[0.1, 0.2, 0.3]])
    found = counterproof.lp(numpy.ones(3), A_eq=a, b_eq=[1], maximize=True)
    x = found.x
    assert sum(Fraction(entry) * value for entry, value in zip(a[0].tolist(), x)) == 1
    assert found.fun == sum(x) == 1 / Fraction(0.1)


def test_other_outcomes():
    assert counterproof.lp([1], A_ub=[[1]], b_ub=[-1]).status == "infeasible"
    unbounded = counterproof.lp([-1])
    assert (unbounded.status, unbounded.fun, unbounded.x) == ("unbounded", None, None)
    assert counterproof.lp([1], bounds=(2, float("inf"))).fun == 2


def test_files(tmp_path):
    path = tmp_path / "small.lp"
    path.write_text("Maximize\n p: 1/3 x + y\nSubject To\n a: x + y <= 1\nBounds\n y <= 1/2\nEnd\n")
    found = counterproof.lp(path)
    assert found.fun == Fraction(2, 3) and found.x == [Fraction(1, 2), Fraction(1, 2)]
    assert found.record.params["file"] == str(path)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (([1, 2], [[1]], [1]), "A_ub: row 0: expected 2 numbers, one a variable, found 1"),
        (([1, 2], [[1, 1]], None), "A_ub and b_ub belong together"),
        (([1, 2], [[1, 1]], [1, 2]), "b_ub: expected 1 numbers, one a row of A_ub, found 2"),
        (([1, 2], None, None, None, None, [(0, 1)]), "bounds: expected one pair, or 2"),
        (([float("inf")],), "expected a finite number, found inf"),
        (("absent.lp",), "absent.lp: "),
        (("absent.lp", [[1]], [1]), "a file says everything"),
    ],
)
def test_what_does_not_fit_is_refused(arguments, words):
    with pytest.raises(counterproof.Refused) as raised:
        counterproof.lp(*arguments)
    assert words in str(raised.value)
