"""The main jobs in one line each; parameters, defaults and messages are those of the command line."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, Optional, Union

from ._calling import answer, limits, records
from ._native import Refused, Unfinished
from ._progress import Progress
from ._records import Records
from ._tasks import Task, asked
from ._words import Number, Numbers, Path as AnyPath, option, options, rows
from .models import Model

#: Token vectors: a family by its name, a file, or an array with one row a token.
Embedding = Any


@dataclass(frozen=True)
class Claim:
    """A statement of the theory."""

    claim: str
    #: ``"T1"``, ..
    label: str
    statement: str
    source: str
    #: how it is decided
    decided: str
    #: what :func:`verify` takes for it
    options: tuple[str, ...]
    #: theorems about it that are proved in Coq
    coq: tuple[str, ...]


def claims() -> list[Claim]:
    """The statements, their source and how each is decided."""
    found = json.loads(answer(["claims", "--format", "json"], {}, False).text)
    lists = ("options", "coq")
    return [Claim(**{**row, **{name: tuple(row[name]) for name in lists}}) for row in found]


def embedding_words(embedding: Embedding, name: str, inputs: dict[str, bytes]) -> list[str]:
    """The option that gives token vectors; an array becomes the file ``name``."""
    if embedding is None or isinstance(embedding, (str, os.PathLike)):
        return option("embedding", embedding)
    lines = [", ".join(row) for row in rows(embedding, "embedding")]
    inputs[name] = "".join(line + "\n" for line in lines).encode()
    return ["--embedding", name]


def model_words(model: Any, inputs: dict[str, bytes]) -> list[str]:
    """The options that give models: files, or models of this session."""
    if model is None:
        return []
    several = [model] if isinstance(model, (str, os.PathLike, Model)) else list(model)
    words = []
    for one in several:
        if not isinstance(one, Model):
            words += option("model", one)
            continue
        if inputs.get(one.file, one.to_bytes()) != one.to_bytes():
            raise Refused(f"--model: {one.file} is given twice; give models different names")
        inputs[one.file] = one.to_bytes()
        words += ["--model", one.file]
    return words


def verify(
    claim: Optional[str] = None,
    *,
    n: Numbers = None,
    m: Numbers = None,
    d: Numbers = None,
    kind: Union[None, str, list[str]] = None,
    p: Numbers = None,
    threshold: Number = None,
    embedding: Embedding = None,
    tokens: Union[None, str, Numbers] = None,
    array: Optional[str] = None,
    bound: Number = None,
    base: Numbers = None,
    models: Number = None,
    times: Number = None,
    model: Union[None, AnyPath, Model, list[Union[AnyPath, Model]]] = None,
    mapping: Optional[AnyPath] = None,
    task: Optional[Task] = None,
    tolerance: Number = None,
    within: Number = None,
    seed: Number = None,
    epsilon: Numbers = None,
    strict: bool = False,
    leak: Number = None,
    inverter: Optional[str] = None,
    gaps: Numbers = None,
    norm: Union[None, str, list[str]] = None,
    eps: Numbers = None,
    radius: Number = None,
    heads: Number = None,
    head_dimension: Number = None,
    construction: Optional[str] = None,
    arithmetic: Union[None, str, list[str]] = None,
    ulps: Number = None,
    ablate: Union[None, str, list[str]] = None,
    difference: bool = False,
    other: Optional[AnyPath] = None,
    least_precision: bool = False,
    order: Union[None, str, list[str]] = None,
    estimate: Number = None,
    confidence: Number = None,
    distribution: Union[None, AnyPath, Numbers] = None,
    ood: bool = False,
    trained_n: Number = None,
    subsets: Number = None,
    threads: Optional[int] = None,
    time_limit: Number = None,
    progress: Progress = None,
) -> Records:
    """Decides a claim at the sizes you name, or says what a model of yours does.

    Sizes are numbers, several of them, ``"2-10"`` or ``"any"``; ``claims()`` says which options a claim has.

    >>> verify("qc-histogram", n=5, m=[6], d=4)[0].values["sequence"]
    [0, 0, 0, 4, 0]
    """
    inputs: dict[str, bytes] = {}
    words = ["verify"] + ([] if claim is None else [claim])
    words += options({"n": n, "m": m, "d": d, "kind": kind, "p": p, "threshold": threshold})
    words += embedding_words(embedding, "array.csv", inputs) + options({"tokens": tokens, "array": array})
    words += options({"bound": bound, "base": base, "models": models, "times": times})
    words += model_words(model, inputs) + option("mapping", mapping)
    words += asked(task, n, model.vocabulary if isinstance(model, Model) else m, inputs)
    words += options({"tolerance": tolerance, "seed": seed, "epsilon": epsilon, "strict": strict, "leak": leak})
    words += options({"inverter": inverter, "gaps": gaps, "norm": norm, "eps": eps, "radius": radius})
    words += options({"heads": heads, "head_dimension": head_dimension, "construction": construction})
    words += options({"arithmetic": arithmetic, "ulps": ulps, "ablate": ablate, "difference": difference, "least_precision": least_precision, "order": order})
    words += options({"within": within, "estimate": estimate, "confidence": confidence, "distribution": distribution})
    words += options({"ood": ood, "trained_n": trained_n, "subsets": subsets}) + option("other", other)
    return records(words + limits(threads, time_limit), inputs, progress)


def estimate(
    model: Union[AnyPath, Model, list[Union[AnyPath, Model]]],
    *,
    n: Numbers,
    inputs: Number,
    task: Optional[Task] = None,
    confidence: Number = None,
    distribution: Union[None, AnyPath, Numbers] = None,
    seed: Number = None,
    mapping: Optional[AnyPath] = None,
    threads: Optional[int] = None,
    time_limit: Number = None,
    progress: Progress = None,
) -> Records:
    """The accuracy of a softmax model from ``inputs`` drawn at random, each decided exactly, with exact confidence bounds.

    The verdict is ``"estimated"``, which is none about all inputs.
    """
    return verify(
        model=model,
        n=n,
        task=task,
        mapping=mapping,
        estimate=inputs,
        confidence=confidence,
        distribution=distribution,
        seed=seed,
        threads=threads,
        time_limit=time_limit,
        progress=progress,
    )


def construct(
    claim: str,
    *,
    n: Number,
    m: Number,
    d: Number = None,
    kind: Optional[str] = None,
    p: Number = None,
    threshold: Number = None,
    embedding: Optional[str] = None,
    base: Number = None,
    seed: Number = None,
) -> Model:
    """The model behind a claim, for sequences of length ``n``."""
    words = ["construct", claim, *options({"n": n, "m": m, "d": d, "kind": kind, "p": p, "threshold": threshold})]
    words += options({"embedding": embedding, "base": base, "seed": seed})
    return Model(answer([*words, "--out", "-"], {}, False).text.encode(), file=f"{claim}.json")


def search_collision(
    embedding: Embedding = None,
    *,
    tokens: Union[None, str, Numbers] = None,
    array: Optional[str] = None,
    m: Numbers = None,
    d: Numbers = None,
    bound: Numbers = None,
    seed: Numbers = None,
    model: Union[None, AnyPath, Model] = None,
    task: Optional[str] = None,
    query: Numbers = None,
    max_n: Number = None,
    name: str = "array.csv",
    threads: Optional[int] = None,
    time_limit: Number = None,
    progress: Progress = None,
) -> Records:
    """The least context length at which no MLP can count, with a proof that there is none before.

    The embedding is an array of numbers with one row a token (a float is the rational that it denotes), a file, or a
    family by its name with ``m`` and ``d``, one or several: a record for each combination. An array is a file called ``name`` in records. ``tokens``
    are rows of a file, or ``"worst"``, ``array`` is the one that is meant of a file with several.

    >>> search_collision([[0], [1], [3], [7]])[0].values["n_star"]
    4
    """
    inputs: dict[str, bytes] = {}
    words = ["search", "collision", *embedding_words(embedding, name, inputs)]
    words += options({"tokens": tokens, "array": array})
    words += options({"m": m, "d": d, "bound": bound, "seed": seed}) + model_words(model, inputs)
    words += options({"task": task, "query": query, "max_n": max_n}) + limits(threads, time_limit)
    return records(words, inputs, progress)


def search_embedding(
    *,
    m: Numbers,
    d: Numbers,
    bound: Numbers,
    budget: Number = None,
    seed: Number = None,
    threads: Optional[int] = None,
    time_limit: Number = None,
    progress: Progress = None,
) -> Records:
    """The integer embeddings with bounded entries that count longest under uniform attention."""
    words = ["search", "embedding", *options({"d": d, "m": m, "bound": bound, "budget": budget, "seed": seed})]
    return records(words + limits(threads, time_limit), {}, progress)


def phase(
    *,
    d: Numbers = None,
    m: Numbers = None,
    n: Numbers = None,
    bound: Number = None,
    budget: Number = None,
    seed: Number = None,
    threads: Optional[int] = None,
    time_limit: Number = None,
    progress: Progress = None,
) -> Records:
    """What counts, for d against m."""
    words = ["phase", *options({"d": d, "m": m, "n": n, "bound": bound, "budget": budget, "seed": seed})]
    return records(words + limits(threads, time_limit), {}, progress)


@dataclass(frozen=True)
class Trained:
    """A model that was trained, and how well it did on held-out sequences; no verdict."""

    measured: Mapping[str, Any]
    #: for :meth:`Model.certify`; ``None`` where training diverged or was stopped
    model: Optional[Model]


def train(
    *,
    m: Number,
    d: Number,
    task: Optional[str] = None,
    n: Number = None,
    count: Number = None,
    heads: Number = None,
    hidden: Union[None, str, Numbers] = None,
    norm: Optional[str] = None,
    no_positions: bool = False,
    arm: Optional[str] = None,
    steps: Number = None,
    batch: Number = None,
    rate: Number = None,
    warm_up: Number = None,
    decay: Optional[str] = None,
    clip: Number = None,
    targets: Optional[str] = None,
    seed: Number = None,
    held_out: Number = None,
    threads: Optional[int] = None,
    time_limit: Number = None,
    progress: Progress = None,
) -> Trained:
    """Trains one model to count; ``model.certify(n=..)`` says what it computes exactly."""
    words = ["train", *options({"m": m, "d": d, "task": task, "n": n, "count": count, "heads": heads})]
    words += options({"hidden": hidden, "norm": norm, "no_positions": no_positions, "arm": arm, "steps": steps})
    words += options({"batch": batch, "rate": _decimal(rate), "warm_up": warm_up, "decay": decay})
    words += options({"clip": _decimal(clip), "targets": targets, "seed": seed, "held_out": held_out})
    words += limits(threads, time_limit)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "trained.safetensors"
        found = answer([*words, "--format", "json", "--export", str(file)], {}, progress)
        model = Model(file.read_bytes(), file=file.name) if file.exists() else None
    (measured,) = json.loads(found.text, parse_float=Decimal)
    return Trained(measured, model)


def _decimal(value: Number) -> Optional[str]:
    """Settings of the float trainer are floats, not rationals."""
    return None if value is None else str(value)


@dataclass(frozen=True)
class Reproduced:
    """What ``reproduce`` wrote."""

    folder: Path
    #: a line for each table: how many verified, refuted, undecided
    text: str

    @property
    def report(self) -> Path:
        """The web page."""
        return self.folder / "report.html"

    @property
    def paper(self) -> Path:
        return self.folder / "paper.tex"


def reproduce(
    out: AnyPath,
    *,
    quick: bool = False,
    full: bool = False,
    only: Union[None, str, list[str]] = None,
    threads: Optional[int] = None,
    time_limit: Number = None,
    progress: Progress = None,
) -> Reproduced:
    """Every table, figure and certificate in a folder, with a report and a paper; the same call goes on where one was ended."""
    words = ["reproduce", "--out", os.fspath(out), *options({"quick": quick, "full": full})]
    for name in [only] if isinstance(only, str) else only or []:
        words += option("only", name)
    found = answer(words + limits(threads, time_limit), {}, progress)
    if found.status == 3:
        raise Unfinished("\n".join([found.text.rstrip(), *found.notes[-1:]]))
    return Reproduced(Path(out), found.text)
