"""What a PyTorch module computes after each of its layers, in doubles where it can."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from typing import Any, Optional

from .._native import Refused
from ._agreement import Trace

#: ``call(module, tokens [n])``: the output for one sequence.
Call = Callable[[Any, Any], Any]
#: What it is called, the part, how many blocks of ours come before, and whether its input or its output is meant.
Place = tuple[str, Any, int, str]

#: How far doubles, and singles, of a forward pass may be from the exact numbers.
TOLERANCES = {"float64": 1e-8, "float32": 1e-4}


def tracer(
    module: Any,
    places: Sequence[Place],
    width: int,
    read_at: Optional[str],
    call: Optional[Call],
    length: int,
    token_ids: Optional[Sequence[int]] = None,
    doubled: Callable[[Any], object] = lambda twin: None,
) -> tuple[Callable[[Sequence[int]], Trace], float, bool]:
    """A function from a sequence to what the module computes, how exact that is, and whether every position is read.

    ``doubled`` does what else a copy of the module needs to compute in doubles.
    """
    import torch

    own = call or (lambda module, tokens: module(tokens[None])[0])
    names = {id(part): name for name, part in module.named_modules()}
    for _, part, _, _ in places:
        if id(part) not in names:
            raise Refused(f"{type(part).__name__} is no part of the module")

    def runner(double: bool) -> Callable[[Sequence[int]], Trace]:
        twin = copy.deepcopy(module).eval()
        if double:
            twin = twin.double()
            doubled(twin)
        parts = dict(twin.named_modules())
        seen: dict[str, Any] = {}
        for name, part, _, end in places:

            def keep(_: Any, inputs: Any, output: Any = None, name: str = name, end: str = end) -> None:
                tensor = inputs[0] if end == "input" else output
                seen[name] = tensor[0] if isinstance(tensor, tuple) else tensor

            hooked = parts[names[id(part)]]
            hooked.register_forward_pre_hook(keep) if end == "input" else hooked.register_forward_hook(keep)
        return lambda sequence: run(twin, seen, sequence)

    def run(twin: Any, seen: dict[str, Any], sequence: Sequence[int]) -> Trace:
        seen.clear()
        ids = sequence if token_ids is None else [token_ids[token] for token in sequence]
        # with gradients the layers take the way on which every hook is called
        with torch.enable_grad():
            output = own(twin, torch.tensor(ids))
        output = output.detach()
        rows = output.reshape(-1, width)
        if len(rows) not in (1, len(ids)):
            raise Refused(
                f"the module's output for a sequence of {len(ids)} tokens has the shape {tuple(output.shape)}; expected one "
                f"of {width} numbers, or one a position; call=FUNCTION says how it is computed for one sequence"
            )
        if read_at == "last":
            rows = rows[-1:]
        stream = []
        for name, _, blocks, _ in places:
            if name not in seen:
                raise Refused(f"{name}: the module did not use this part")
            value = seen[name].detach()
            stream.append((name, blocks, value.reshape(-1, value.shape[-1]).tolist()))
        return stream, rows.tolist()

    probe = [0] * length
    try:
        trace, tolerance = runner(True), TOLERANCES["float64"]
        first = trace(probe)
    except (RuntimeError, TypeError) as error:
        try:
            # some modules make tensors of their own in singles
            trace, tolerance = runner(False), TOLERANCES["float32"]
            first = trace(probe)
        except (RuntimeError, TypeError):
            raise Refused(f"the module cannot be called with tokens [1, {length}]: {error}") from error
    return trace, tolerance, len(first[1]) == length and length > 1
