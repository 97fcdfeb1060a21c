"""The exact forward pass against a module's own, on random inputs: a model that is read wrongly is refused, with the layer."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import Any, Optional

from .._native import Refused
from ._model import Model

#: What a module computes on a sequence: the name of each place in its stream, how many blocks of ours come before it,
#: and the numbers ``[positions, d]`` there; then its outputs ``[positions that are read, choices]``.
Trace = tuple[list[tuple[str, int, Sequence[Sequence[float]]]], Sequence[Sequence[float]]]


class Unsupported(Refused):
    """A part that cannot be represented; it is named, never approximated."""


class Disagreement(Refused):
    """The exact model computes something else than the module; the first layer where they differ is named."""


def _differs(theirs: float, low: Any, high: Any, tolerance: float) -> bool:
    ours = float((low + high) / 2)
    return not abs(theirs - ours) <= tolerance * max(1.0, abs(ours)) + float(high - low)


def _compare(place: str, sequence: Sequence[int], theirs: Any, ours: Any, tolerance: float) -> None:
    on = f"on the sequence {' '.join(map(str, sequence))}"
    shapes = [(len(rows), len(rows[0]) if rows else 0) for rows in (theirs, ours)]
    if shapes[0] != shapes[1]:
        raise Disagreement(f"{place}: the module has numbers of the shape {shapes[0]}, the exact model of {shapes[1]}, {on}")
    for i, (row, exact) in enumerate(zip(theirs, ours)):
        for j, (value, (low, high)) in enumerate(zip(row, exact)):
            if _differs(float(value), low, high, tolerance):
                raise Disagreement(
                    f"{place}: entry {j} at position {i} is {float(value):.9g} in the module and "
                    f"{float((low + high) / 2):.9g} in the exact model, {on}"
                )


def check(
    model: Model,
    trace: Callable[[Sequence[int]], Trace],
    *,
    length: int,
    tolerance: float,
    sequences: int = 4,
    seed: int = 0,
) -> None:
    """Compares the stream after each layer and the outputs on random sequences."""
    draw = random.Random(seed)
    for _ in range(sequences):
        sequence = [draw.randrange(model.vocabulary) for _ in range(length)]
        places, outputs = trace(sequence)
        for place, blocks, stream in places:
            _compare(place, sequence, stream, model._native.stream(sequence, blocks), tolerance)
        _compare("the outputs", sequence, outputs, model.outputs(sequence), tolerance)


def first_that_agrees(candidates: Sequence[tuple[str, Callable[[], Model]]], checked: Callable[[Model], None]) -> Model:
    """What a module does not say about itself (a mask, say) is found by trying; the last disagreement is the one told."""
    error: Optional[Disagreement] = None
    for _, make in candidates:
        model = make()
        try:
            checked(model)
            return model
        except Disagreement as why:
            # the one that gets furthest tells most
            error = error or why
    tried = " or ".join(name for name, _ in candidates)
    raise Disagreement(f"{error} (tried: {tried})")
