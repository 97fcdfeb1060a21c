"""Property tests of models that count: one assertion, whose failure is a smallest sequence.

A pass is evidence, not a proof; :meth:`Model.certify` proves.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Optional, Union

from ._native import Refused, Task
from ._tasks import Function
from ._words import exact
from .models import Model

#: A model, or a function from a sequence of tokens to a number.
Solver = Union[Model, Callable[[tuple[int, ...]], Any]]


@dataclass(frozen=True)
class Failure:
    """A sequence on which a model does not solve the task."""

    sequence: tuple[int, ...]
    output: Any
    answer: Fraction

    def __str__(self) -> str:
        sequence = " ".join(map(str, self.sequence))
        return f"on the sequence {sequence} the output is {self.output}, the answer is {self.answer}"


def _answering(task: Union[str, Function], m: int) -> Callable[[tuple[int, ...]], Fraction]:
    if callable(task):

        def asked(sequence: tuple[int, ...]) -> Fraction:
            answer = task(sequence)
            return Fraction(exact(answer[-1] if isinstance(answer, (list, tuple)) else answer))

        return asked
    question = Task(task)
    return lambda sequence: question.answer(m, list(sequence))


def _is_near(output: Any, answer: Fraction, tolerance: Fraction) -> bool:
    if output is None:
        return False
    try:
        # a float is a rational, so no rounding decides
        return abs(Fraction(exact(output)) - answer) < tolerance
    except (Refused, ValueError):
        return False


def find_failure(
    solver: Solver,
    task: Union[str, Function] = "qc",
    *,
    n: Union[int, range, Sequence[int]],
    m: Optional[int] = None,
    tolerance: Any = Fraction(1, 2),
    examples: int = 1000,
    smaller: int = 20_000,
) -> Optional[Failure]:
    """Looks for a sequence on which the output is not within the tolerance of the answer at the last position.

    First random sequences of lengths ``n`` over ``m`` tokens (a model knows its own), always the same ones; a failure is
    shrunk, and then up to ``smaller`` of the sequences before it are tried, shorter ones first, so that what is returned is a
    smallest one where there are few enough.
    """
    if m is None:
        if not isinstance(solver, Model):
            raise Refused("m: say how many tokens there are; a function does not")
        m = solver.vocabulary
    lengths = [n] if isinstance(n, int) else sorted(set(n))
    if not lengths or lengths[0] < 1:
        raise Refused(f"n: expected lengths of at least 1, found {n!r}")
    limit = Fraction(exact(tolerance))
    answer = _answering(task, m)

    def judged(sequence: tuple[int, ...]) -> Optional[Failure]:
        right = answer(sequence)
        output = solver(sequence)
        return None if _is_near(output, right, limit) else Failure(sequence, output, right)

    draw = random.Random(0)
    drawn = (tuple(draw.randrange(m) for _ in range(draw.choice(lengths))) for _ in range(examples))
    found = next((failure for failure in map(judged, drawn) if failure), None)
    if found is None:
        return None
    found = _shrunk(found, judged, lengths)
    before = (one for k in lengths if k <= len(found.sequence) for one in itertools.product(range(m), repeat=k))
    return next((failure for failure in map(judged, itertools.islice(before, smaller)) if failure), found)


def _shrunk(
    failure: Failure, judged: Callable[[tuple[int, ...]], Optional[Failure]], lengths: Sequence[int]
) -> Failure:
    """A failure of which neither a token can be left out nor one be made smaller."""

    def steps(sequence: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
        if len(sequence) - 1 in lengths:
            yield from (sequence[:i] + sequence[i + 1 :] for i in range(len(sequence)))
        for i, token in enumerate(sequence):
            yield from (sequence[:i] + (other,) + sequence[i + 1 :] for other in range(token))

    while smaller := next((found for found in map(judged, steps(failure.sequence)) if found), None):
        failure = smaller
    return failure


def assert_solves(
    solver: Solver,
    task: Union[str, Function] = "qc",
    *,
    n: Union[int, range, Sequence[int]],
    m: Optional[int] = None,
    tolerance: Any = Fraction(1, 2),
    examples: int = 1000,
) -> None:
    """Asserts that a model, or any function of a sequence, solves a task on random sequences of these lengths."""
    failure = find_failure(solver, task, n=n, m=m, tolerance=tolerance, examples=examples)
    if failure is not None:
        name = task if isinstance(task, str) else getattr(task, "__name__", "the task")
        raise AssertionError(f"{name} is not solved: {failure}")
