"""Tasks as the command line reads them: a name, an expression, a file, or a Python function as the table of its answers."""

from __future__ import annotations

import itertools
import json
import os
from collections.abc import Callable
from typing import Any, Union

from ._native import Refused
from ._words import exact

#: Sequences of tokens to the answer, or to a list with one answer a position.
Function = Callable[[tuple[int, ...]], Any]
Task = Union[str, "os.PathLike[str]", Function, "list[str]"]

#: The most sequences that a function is asked about.
MOST = 1 << 18


def asked(task: Any, n: Any, m: Any, inputs: dict[str, bytes]) -> list[str]:
    """The option that says what is asked; a function becomes a file with the table of its answers."""
    if task is None:
        return []
    if not callable(task):
        text = ",".join(task) if isinstance(task, list) else os.fspath(task)
        return ["--task", text]
    name = getattr(task, "__name__", "task").strip("<>") + ".json"
    inputs[name] = table(task, n, m).encode()
    return ["--task", name]


def table(task: Function, n: Any, m: Any) -> str:
    """The table of a function on all sequences of ``n`` tokens below ``m``."""
    if not isinstance(n, int) or not isinstance(m, int):
        raise Refused("--task: a function is asked about every sequence; give one n and one m")
    if m**n > MOST:
        raise Refused(
            f"--task: {m}^{n} sequences are more than a function is asked about ({MOST}); "
            "write an expression such as \"count(1) % 2\" instead"
        )

    def answers(sequence: tuple[int, ...]) -> Union[str, list[str]]:
        answer = task(sequence)
        return [exact(one) for one in answer] if isinstance(answer, (list, tuple)) else exact(answer)

    sequences = itertools.product(range(m), repeat=n)
    return json.dumps({" ".join(map(str, sequence)): answers(sequence) for sequence in sequences})
