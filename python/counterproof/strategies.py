"""Strategies of Hypothesis for models that count: inputs, embeddings, models, and models with a stated flaw."""

from __future__ import annotations

import json
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Union

from hypothesis import strategies
from hypothesis.strategies import SearchStrategy

from . import _native
from ._commands import construct
from .models import Model

#: A length, or the least and the greatest one.
Lengths = Union[int, tuple[int, int], range]


def _ends(n: Lengths) -> tuple[int, int]:
    if isinstance(n, int):
        return n, n
    if isinstance(n, range):
        return n[0], n[-1]
    return n


def sequences(m: int, n: Lengths) -> SearchStrategy[tuple[int, ...]]:
    """Sequences over ``m`` tokens; they shrink to shorter ones and to smaller tokens."""
    least, most = _ends(n)
    tokens = strategies.integers(0, m - 1)
    return strategies.lists(tokens, min_size=max(least, 1), max_size=most).map(tuple)


def count_vectors(m: int, n: Lengths) -> SearchStrategy[tuple[int, ...]]:
    """How often each of ``m`` tokens occurs in a sequence of length ``n``."""

    def counts(sequence: tuple[int, ...]) -> tuple[int, ...]:
        return tuple(sequence.count(token) for token in range(m))

    return sequences(m, n).map(counts)


def embeddings(m: int, d: int, bound: int = 3, denominator: int = 4) -> SearchStrategy[list[list[Fraction]]]:
    """Token vectors ``[m, d]`` with numerators up to ``bound`` and denominators up to ``denominator``."""
    entry = strategies.builds(Fraction, strategies.integers(-bound, bound), strategies.integers(1, denominator))
    row = strategies.lists(entry, min_size=d, max_size=d)
    return strategies.lists(row, min_size=m, max_size=m)


def _seeds() -> SearchStrategy[int]:
    return strategies.integers(0, 2**64 - 1)


def exact_models(m: int) -> SearchStrategy[Model]:
    """Exact models without positions over ``m`` tokens: random sizes, heads, bases and weights."""
    return _seeds().map(lambda seed: Model(_native.random_exact_model(m, seed).encode(), file="random.json"))


def softmax_models(m: int, layers: int = 2, longest: int = 6) -> SearchStrategy[Model]:
    """Softmax models with up to ``layers`` layers and anything that the class has, for inputs up to ``longest``."""

    def model(seed: int) -> Model:
        return Model(_native.random_softmax_model(m, layers, longest, seed).encode(), file="random.json")

    return _seeds().map(model)


@dataclass(frozen=True)
class Flawed:
    """A counter that is wrong where ``token`` is the query and occurs ``count`` times or more, and right elsewhere."""

    model: Model
    token: int
    count: int
    #: the same in words
    flaw: str


def flawed_models(m: int, n: int) -> SearchStrategy[Flawed]:
    """T1 for sequences of length ``n`` with one weight too large."""

    def flawed(token: int, count: int) -> Flawed:
        document: dict[str, Any] = json.loads(construct("qc-histogram", n=n, m=m).to_bytes())
        rows = document["model"]["mlp"]["output"]["weight"]["rows"]
        # the error is 1/2 at this count, which is no longer near
        rows[token][token] = str(1 + Fraction(1, 2 * count))
        model = Model(json.dumps(document).encode(), file="flawed.json")
        return Flawed(model, token, count, f"token {token} is counted with a weight of 1 + 1/{2 * count}")

    return strategies.builds(flawed, strategies.integers(0, m - 1), strategies.integers(1, n))
