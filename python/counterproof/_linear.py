"""Exact linear programs, from files or from arrays as ``scipy.optimize.linprog`` takes them."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Optional

from ._calling import limits, records
from ._native import Refused
from ._progress import Progress
from ._records import Record
from ._words import exact, nested, option, rows


@dataclass(frozen=True)
class LinearProgramResult:
    """The exact outcome; its record has the certificate (a dual, a contradiction or a ray)."""

    #: ``"optimal"``, ``"infeasible"``, ``"unbounded"``, or ``"undecided"`` when a limit was hit
    status: str
    #: the optimum
    fun: Optional[Fraction]
    #: a point where it is attained
    x: Optional[list[Fraction]]
    record: Record


def _sum(coefficients: list[str]) -> str:
    terms = (f"{'-' if c.startswith('-') else '+'} {c.lstrip('-')} x{j}" for j, c in enumerate(coefficients))
    return " ".join(terms)


def _vector(array: Any, what: str) -> list[str]:
    array = nested(array)
    if isinstance(array, (str, bytes)) or not hasattr(array, "__iter__"):
        raise Refused(f"{what}: expected a list of numbers, found {array!r}")
    return [exact(entry) for entry in array]


def _constraints(matrix: Any, sides: Any, relation: str, name: str, width: int) -> list[str]:
    if matrix is None and sides is None:
        return []
    if matrix is None or sides is None:
        raise Refused(f"A_{name} and b_{name} belong together; one is missing")
    left, right = rows(matrix, f"A_{name}"), _vector(sides, f"b_{name}")
    if len(left) != len(right):
        raise Refused(f"b_{name}: expected {len(left)} numbers, one a row of A_{name}, found {len(right)}")
    for index, row in enumerate(left):
        if len(row) != width:
            raise Refused(f"A_{name}: row {index}: expected {width} numbers, one a variable, found {len(row)}")
    return [f" {name}{i}: {_sum(row)} {relation} {side}" for i, (row, side) in enumerate(zip(left, right))]


def _end(value: Any) -> Optional[str]:
    if value is None or (isinstance(value, float) and value in (float("inf"), float("-inf"))):
        return None
    return exact(value)


def _bounds(bounds: Any, width: int) -> list[str]:
    pairs = nested(bounds)
    if len(pairs) == 2 and not any(hasattr(entry, "__iter__") for entry in pairs):
        pairs = [pairs] * width
    if len(pairs) != width:
        raise Refused(f"bounds: expected one pair, or {width}, one a variable, found {len(pairs)}")
    lines = []
    for j, (low, high) in enumerate(pairs):
        low, high = _end(low), _end(high)
        lines.append(f" {'-inf' if low is None else low} <= x{j} <= {'inf' if high is None else high}")
    return lines


def _text(c: Any, A_ub: Any, b_ub: Any, A_eq: Any, b_eq: Any, bounds: Any, maximize: bool) -> str:
    costs = _vector(c, "c")
    width = len(costs)
    constraints = _constraints(A_ub, b_ub, "<=", "ub", width) + _constraints(A_eq, b_eq, "=", "eq", width)
    lines = ["Maximize" if maximize else "Minimize", f" obj: {_sum(costs)}"]
    lines += ["Subject To", *constraints, "Bounds", *_bounds(bounds, width), "End", ""]
    return "\n".join(lines)


def lp(
    c: Any,
    A_ub: Any = None,
    b_ub: Any = None,
    A_eq: Any = None,
    b_eq: Any = None,
    bounds: Any = (0, None),
    *,
    maximize: bool = False,
    relax: bool = False,
    threads: Optional[int] = None,
    time_limit: Any = None,
    progress: Progress = None,
) -> LinearProgramResult:
    """Solves a linear program exactly: a file (``.lp``, ``.mps``), or ``c @ x`` least with ``A_ub @ x <= b_ub``,
    ``A_eq @ x == b_eq`` and bounds, by default ``x >= 0``. ``relax`` reads integer variables of a file as continuous ones."""
    inputs: dict[str, bytes] = {}
    if isinstance(c, (str, os.PathLike)):
        if any(given is not None for given in (A_ub, b_ub, A_eq, b_eq)) or maximize:
            raise Refused(f"{os.fspath(c)}: a file says everything; give no arrays beside it")
        file = os.fspath(c)
    else:
        file = "program.lp"
        inputs[file] = _text(c, A_ub, b_ub, A_eq, b_eq, bounds, maximize).encode()
    words = ["lp", file, *option("relax", relax), *option("format", "json"), *limits(threads, time_limit)]
    record = records(words, inputs, progress)[0]
    if record.verdict != "verified":
        return LinearProgramResult("undecided", None, None, record)
    status, optimum = record.values["status"], record.values["optimum"]
    point = None
    if status == "optimal" and record.certificate_text is not None:
        proof = json.loads(record.certificate_text)["data"]["linear-program"]["proof"]
        point = [Fraction(entry) for entry in proof["optimal"]["primal"]]
    return LinearProgramResult(status, None if optimum is None else Fraction(optimum), point, record)
