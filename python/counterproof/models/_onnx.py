"""Graphs of ONNX that are a stack of attention and MLPs: embedding, positions, layers, a linear readout.

The nodes that hold numbers are read in their order: maps, norms, activations, softmaxes, sums. What a graph says only by its shapes (how many
heads) or by a constant that is added to scores (a mask) is tried, and each try is compared with the graph's own float pass after every layer.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Optional, Union

from ._agreement import Disagreement, Trace, Unsupported, check
from ._model import Model

#: Nodes that move numbers, and arithmetic with a constant number such as the scale of scores: the comparison covers them.
SHAPES = {"Reshape", "Transpose", "Unsqueeze", "Squeeze", "Gather", "Slice", "Concat", "Split", "Shape", "Cast"}
SHAPES |= {"Identity", "Expand", "Constant", "ConstantOfShape", "Flatten", "Mul", "Div", "Sqrt", "Dropout"}
ACTIVATIONS = {"Relu": "relu", "Erf": "gelu", "Tanh": "gelu-tanh"}
#: How far the singles of a graph may be from the exact numbers.
TOLERANCE = 1e-4


@dataclass
class _Event:
    """A node that holds numbers: what it is, what it puts out, and its arrays."""

    what: str
    output: str
    arrays: list[Any] = field(default_factory=list)
    detail: Any = None


def read(
    path: Union[str, os.PathLike[str]],
    *,
    heads: Optional[int] = None,
    causal: Optional[bool] = None,
    answers: Optional[list[int]] = None,
    task: Optional[str] = None,
    file: str = "onnx.safetensors",
) -> Model:
    """Reads a file whose graph maps tokens ``[batch, n]`` to a number or to choices, at the last position or at every one."""
    import onnx
    from onnx.reference import ReferenceEvaluator

    graph = onnx.load(os.fspath(path))
    stack = _Stack(_events(graph.graph), answers)
    evaluator = ReferenceEvaluator(graph)
    shape = graph.graph.input[0].type.tensor_type.shape.dim
    fixed = shape[-1].dim_value if shape else 0
    length = fixed or min(stack.longest, 4)
    name = graph.graph.input[0].name

    def trace(sequence: Sequence[int]) -> Trace:
        import numpy

        wanted = [graph.graph.output[0].name, *(place for place, _ in stack.places)]
        output, *streams = evaluator.run(wanted, {name: numpy.array([sequence], dtype=numpy.int64)})
        rows = output.reshape(-1, stack.choices).tolist()
        return [(place, blocks, x.reshape(-1, x.shape[-1]).tolist()) for (place, blocks), x in zip(stack.places, streams)], rows

    every = len(trace([0] * length)[1]) == length and length > 1
    divisors = [h for h in range(1, stack.d + 1) if stack.d % h == 0] if heads is None else [heads]
    error: Optional[Disagreement] = None
    for masked in [False, True] if causal is None else [causal]:
        for count in divisors:
            model = Model.from_arrays(stack.arrays, stack.mapping(count, masked, every), task=task, file=file)
            try:
                check(model, trace, length=length, tolerance=TOLERANCE)
                return model
            except Disagreement as why:
                error = error or why
    raise Disagreement(f"{error} (tried: {len(divisors)} numbers of heads, with and without a mask)")


def _events(graph: Any) -> list[_Event]:
    """The nodes that hold numbers, in order."""
    from onnx import helper, numpy_helper

    constants = {one.name: numpy_helper.to_array(one) for one in graph.initializer}
    events: list[_Event] = []
    for node in graph.node:
        given = {one.name: helper.get_attribute_value(one) for one in node.attribute}
        known = [constants.get(name) for name in node.input]
        kind, output = node.op_type, node.output[0]
        arrays = [array for array in known if array is not None and array.ndim > 0 and array.dtype.kind == "f"]
        if kind == "Constant" and "value" in given:
            constants[output] = numpy_helper.to_array(given["value"])
        elif kind in ("Transpose", "Identity") and known[0] is not None:
            constants[output] = known[0].transpose(given.get("perm")) if kind == "Transpose" else known[0]
        elif kind == "Gather" and known[0] is not None and known[0].ndim == 2 and known[1] is None:
            events.append(_Event("embedding", output, [known[0]]))
        elif kind == "MatMul" and known[1] is not None:
            events.append(_Event("map", output, [known[1]]))
        elif kind == "Gemm" and known[1] is not None:
            weight = known[1].T if given.get("transB") else known[1]
            events.append(_Event("map", output, [weight, *[bias for bias in known[2:] if bias is not None]]))
        elif kind == "Add" and arrays:
            last = events[-1] if events else None
            if last and last.what == "map" and arrays[0].ndim == 1 and len(last.arrays) == 1:
                last.arrays.append(arrays[0])
                last.output = output
            elif last and last.what == "embedding":
                events.append(_Event("positions", output, [arrays[0].reshape(-1, arrays[0].shape[-1])]))
            # else a mask, which is tried, or a part of an activation
        elif kind == "Add":
            events.append(_Event("sum", output))
        elif kind == "LayerNormalization":
            if given.get("axis", -1) != -1:
                raise Unsupported(f"{node.name or output}: a norm over axis {given['axis']}")
            events.append(_Event("norm", output, arrays, Fraction(given.get("epsilon", 1e-5))))
        elif kind == "Softmax":
            events.append(_Event("softmax", output))
        elif kind == "Gelu":
            tanh = given.get("approximate", b"none") == b"tanh"
            events.append(_Event("activation", output, [], "gelu-tanh" if tanh else "gelu"))
        elif kind in ACTIVATIONS:
            events.append(_Event("activation", output, [], ACTIVATIONS[kind]))
        elif kind == "MatMul" or kind in SHAPES:
            pass
        else:
            raise Unsupported(f"{node.name or output}: {kind} has no exact form here")
    return events


class _Stack:
    """The mapping that the events spell."""

    def __init__(self, events: list[_Event], answers: Optional[list[int]]) -> None:
        self.arrays: dict[str, Any] = {}
        self.layers: list[dict[str, Any]] = []
        #: a name in the graph, and how many blocks come before it
        self.places: list[tuple[str, int]] = []
        self._rest = events
        self.tokens = self._name("embedding", self._take("embedding"))
        self.d = self.arrays[self.tokens].shape[1]
        table = self._take_if("positions")
        self.positions = self._name("positions", table) if table else "none"
        self.longest = self.arrays["positions"].shape[0] if table else 4
        #: norms stand before the parts where one follows the embedding
        before = bool(self._rest) and self._rest[0].what == "norm"
        while not self._is_at_readout():
            self._part(before)
        norm = self._take_if("norm")
        self.norm = self._norm("norm", norm) if norm else "none"
        self.readout = self._map("readout", self._take("map"))
        if self._rest:
            raise Unsupported(f"{self._rest[0].output}: {self._rest[0].what} after the readout")
        self.choices = self.arrays["readout.weight"].shape[1]
        self.answers = answers or "index"
        self.is_number = self.choices == 1 and answers is None

    def _is_at_readout(self) -> bool:
        kinds = [event.what for event in self._rest]
        return "sum" not in kinds

    def _take(self, what: str) -> _Event:
        event = self._take_if(what)
        if event is None:
            found = f"{self._rest[0].what} ({self._rest[0].output})" if self._rest else "the end of the graph"
            raise Unsupported(f"expected {what} in the graph, found {found}")
        return event

    def _take_if(self, what: str) -> Optional[_Event]:
        return self._rest.pop(0) if self._rest and self._rest[0].what == what else None

    def _name(self, name: str, event: _Event) -> str:
        self.arrays[name] = event.arrays[0]
        return name

    def _map(self, name: str, event: _Event) -> dict[str, Any]:
        parts = ["weight", "bias"][: len(event.arrays)]
        self.arrays.update({f"{name}.{part}": array for part, array in zip(parts, event.arrays)})
        return {part: f"{name}.{part}" for part in parts}

    def _norm(self, name: str, event: _Event) -> dict[str, Any]:
        parts = self._map(name, event)
        return {"kind": "layer", "weight": "ones", "bias": "zeros", **parts, "eps": str(event.detail)}

    def _part(self, before: bool) -> None:
        """An attention, or an MLP that joins the layer of the attention before it."""
        index = len(self.layers)
        first = self._take_if("norm") if before else None
        maps = [self._take("map")]
        while more := self._take_if("map"):
            maps.append(more)
        part: dict[str, Any]
        if self._take_if("softmax"):
            kind, name = "attention", f"layers.{index}.attention"
            part = {"mixing": "softmax", **self._scores(name, maps), "output": self._map(f"{name}.output", self._take("map"))}
        else:
            kind, name = "mlp", f"layers.{index}.mlp"
            if len(maps) != 1:
                raise Unsupported(f"{maps[-1].output}: maps one after the other without an activation")
            activation = self._take("activation")
            hidden, output = self._map(f"{name}.hidden", maps[0]), self._map(f"{name}.output", self._take("map"))
            part = {"activation": activation.detail, "hidden": [hidden], "output": output}
        end = self._take("sum").output
        after = None if before else self._take_if("norm")
        norm: Any = {"before": self._norm(f"{name}.norm", first)} if first else "none"
        if after:
            norm, end = {"after": self._norm(f"{name}.norm", after)}, after.output
        other = "mlp" if kind == "attention" else "attention"
        self.layers.append({kind: {**part, "residual": True, "norm": norm}, other: "none"})
        self.places.append((end, len(self.layers)))

    def _scores(self, name: str, maps: list[_Event]) -> dict[str, Any]:
        parts = ("query", "key", "value")
        if len(maps) == 3:
            return {part: self._map(f"{name}.{part}", event) for part, event in zip(parts, maps)}
        width = maps[0].arrays[0].shape[1]
        if len(maps) != 1 or width % 3:
            raise Unsupported(f"{maps[0].output}: expected queries, keys and values by three maps or by one, found {len(maps)}")
        fused, each = self._map(name, maps[0]), width // 3

        def span(i: int) -> str:
            return f"{i * each}:{(i + 1) * each}"

        axes = {"weight": "columns", "bias": "rows"}
        return {
            part: {key: {"array": array, axes[key]: span(i)} for key, array in fused.items()} for i, part in enumerate(parts)
        }

    def mapping(self, heads: int, causal: bool, every: bool) -> dict[str, Any]:
        layers = []
        for layer in self.layers:
            attention = layer["attention"]
            layers.append(layer if attention == "none" else {**layer, "attention": {**attention, "heads": heads, "causal": causal}})
        reading = {"number": self.readout} if self.is_number else {"arg-max": {**self.readout, "answers": self.answers}}
        return {
            "format": "counterproof-mapping",
            "version": 2,
            "layout": "in-out",
            "tokens": self.tokens,
            "bos": "none",
            "positions": self.positions,
            "layers": layers,
            "norm": self.norm,
            "reading": reading,
            "read_at": "every" if every else "last",
        }
