"""Encoders of PyTorch: ``nn.TransformerEncoder`` or encoder layers, with an embedding, positions and a linear readout.

What a module says about itself (heads, activation, ``norm_first``, ``eps``, biases) is taken from it. What it does not say, a causal
mask, is tried both ways. Then the exact model is compared with the module after every layer.
"""

from __future__ import annotations

from typing import Any, Optional, Union

from .._native import Refused
from ._agreement import Unsupported, check, first_that_agrees
from ._model import Model
from ._tracing import Call, tracer

#: Parts that do nothing when a model is evaluated.
INERT = ("Dropout", "Dropout1d", "Dropout2d", "Identity")


def read(
    module: Any,
    *,
    embedding: Optional[str] = None,
    positions: Optional[str] = None,
    readout: Optional[str] = None,
    causal: Optional[bool] = None,
    read_at: Optional[str] = None,
    answers: Union[None, list[int]] = None,
    call: Optional[Call] = None,
    length: Optional[int] = None,
    task: Optional[str] = None,
    file: str = "model.safetensors",
) -> Model:
    """Reads a module that maps tokens ``[batch, n]`` to a number or to choices, at the last position or at every one.

    ``embedding``, ``positions`` and ``readout`` name parts where they are not found (``positions="none"`` says that there
    are none). ``answers`` says what each choice means; by default entry ``i`` means ``i``. ``call(module, tokens)`` computes the
    output for one sequence where ``module(tokens[None])[0]`` is not it. ``length`` is that of the sequences that are compared.
    """
    parts = _Parts(module)
    token_rows, position_rows, head = parts.find(embedding, positions, readout)
    layers = [_layer(name, layer) for name, layer in parts.layers]
    width = 1 if head[1].out_features == 1 and answers is None else head[1].out_features
    every = read_at == "every"

    def made(masked: bool, at_every: bool) -> Model:
        for layer in layers:
            layer["attention"]["causal"] = masked
        weight = _linear(*head)
        reading = {"number": weight} if width == 1 else {"arg-max": {**weight, "answers": answers or "index"}}
        mapping = {
            "format": "counterproof-mapping",
            "version": 2,
            "layout": "out-in",
            "tokens": f"{token_rows}.weight",
            "bos": "none",
            "positions": position_rows or "none",
            "layers": layers,
            "norm": _norm(*parts.norm) if parts.norm else "none",
            "reading": reading,
            "read_at": "every" if at_every else "last",
        }
        if ignored := parts.masks():
            mapping["ignored"] = ignored
        return Model.from_arrays(parts.arrays, mapping, task=task, file=file)

    places = [(f"the input of {parts.layers[0][0]}", parts.layers[0][1], 0, "input")]
    places += [(name, layer, 2 * (i + 1), "output") for i, (name, layer) in enumerate(parts.layers)]
    n = length or min(parts.longest(position_rows), 5)
    trace, tolerance, found_every = tracer(module, places, width, read_at, call, n)
    every = found_every if read_at is None else every
    masks = [causal] if causal is not None else [False, True]
    candidates = [
        ("with a causal mask" if masked else "without a mask", lambda masked=masked: made(masked, every)) for masked in masks
    ]
    return first_that_agrees(candidates, lambda model: check(model, trace, length=n, tolerance=tolerance))


class _Parts:
    """The parts of a module by their names."""

    def __init__(self, module: Any) -> None:
        from torch import nn

        named = [(name, part) for name, part in module.named_modules() if name]
        if isinstance(module, nn.TransformerEncoderLayer):
            raise Unsupported("the module is a layer alone; wrap it with its embedding and its readout")
        self.layers = [(name, part) for name, part in named if isinstance(part, nn.TransformerEncoderLayer)]
        if not self.layers:
            kinds = sorted({type(part).__name__ for _, part in named})
            raise Unsupported(f"expected an nn.TransformerEncoderLayer in the module, found {', '.join(kinds) or 'no parts'}")
        within = tuple(f"{name}." for name, _ in self.layers)
        known = {name for name, _ in self.layers}
        self.embeddings: dict[str, Any] = {}
        self.linears: dict[str, Any] = {}
        self.norm: Optional[tuple[str, Any]] = None
        for name, part in named:
            if name in known or name.startswith(within) or isinstance(part, nn.TransformerEncoder):
                continue
            kind = type(part).__name__
            if isinstance(part, nn.Embedding):
                if part.max_norm is not None:
                    raise Unsupported(f"{name}: an embedding with max_norm changes its rows while it is used")
                self.embeddings[name] = part
            elif type(part) is nn.Linear:
                self.linears[name] = part
            elif isinstance(part, (nn.LayerNorm, nn.RMSNorm)):
                if self.norm:
                    raise Unsupported(f"{name}: a second norm outside the layers, beside {self.norm[0]}")
                self.norm = (name, part)
            elif kind not in INERT and type(part).__module__.startswith("torch.nn") and not isinstance(
                part, (nn.ModuleList, nn.Sequential, nn.ModuleDict, nn.ParameterList)
            ):
                raise Unsupported(f"{name}: nn.{kind} has no exact form here")
        # a state has every name of tied weights; buffers that are not saved are not in it
        self.arrays = {name: array.detach() for name, array in module.state_dict().items()}
        for name, buffer in module.named_buffers():
            self.arrays.setdefault(name, buffer.detach())
        self.owned = within + tuple(f"{name}." for name in [*self.embeddings, *self.linears])
        if self.norm:
            self.owned += (f"{self.norm[0]}.",)
        self.d = self.layers[0][1].self_attn.embed_dim

    def _tables(self) -> dict[str, Any]:
        """Arrays outside the parts that could be positions: ``[n, d]`` with axes of length 1."""
        found = {}
        for name, array in self.arrays.items():
            sizes = [size for size in array.shape if size != 1]
            if not name.startswith(self.owned) and array.is_floating_point() and len(sizes) <= 2:
                if array.dim() >= 2 and array.shape[-1] == self.d:
                    found[name] = array
        return found

    def masks(self) -> list[str]:
        """Buffers that are no numbers of the model: truth values, whole numbers, and squares with infinities."""

        def is_mask(array: Any) -> bool:
            return not array.is_floating_point() or (array.dim() >= 2 and bool(array.isinf().any()))

        return [name for name, array in self.arrays.items() if not name.startswith(self.owned) and is_mask(array)]

    def find(
        self, embedding: Optional[str], positions: Optional[str], readout: Optional[str]
    ) -> tuple[str, Any, tuple[str, Any]]:
        tables = self._tables()
        if positions is None:
            named = [name for name in self.embeddings if "pos" in name.rpartition(".")[2].lower() and name != embedding]
            candidates = named + list(tables)
            if len(candidates) > 1:
                raise Refused(f"positions: could be {' or '.join(candidates)}; say positions=NAME, or \"none\"")
            positions = candidates[0] if candidates else "none"
        tokens = {name: part for name, part in self.embeddings.items() if name != positions}
        embedding = _one("embedding", embedding, tokens, "nn.Embedding")
        head = _one("readout", readout, self.linears, "nn.Linear")
        return embedding, self._position_rows(positions), (head, self.linears[head])

    def _position_rows(self, positions: str) -> Any:
        if positions == "none":
            return None
        if positions in self.embeddings:
            return f"{positions}.weight"
        if positions not in self.arrays:
            there = ", ".join([*self.embeddings, *self._tables()]) or "nothing"
            raise Refused(f"positions: there is no {positions}; could be: {there}")
        array = self.arrays[positions]
        return {"array": positions, "shape": [array.numel() // self.d, self.d]}

    def longest(self, position_rows: Any) -> int:
        """How many positions there are, as far as it is known."""
        if position_rows is None:
            return 5
        if isinstance(position_rows, dict):
            return int(position_rows["shape"][0])
        return int(self.arrays[position_rows].shape[0])


def _one(role: str, name: Optional[str], there: dict[str, Any], kind: str) -> str:
    if name is not None:
        if name not in there:
            raise Refused(f"{role}: {name} is no {kind} of the module; there are: {', '.join(there) or 'none'}")
        return name
    if len(there) != 1:
        what = f"could be {' or '.join(there)}; say {role}=NAME" if there else f"expected an {kind}, found none"
        raise Refused(f"{role}: {what}")
    return next(iter(there))


def _linear(name: str, part: Any, rows: Optional[str] = None) -> dict[str, Any]:
    return _map(f"{name}.weight", f"{name}.bias" if part.bias is not None else None, rows)


def _map(weight: str, bias: Optional[str], rows: Optional[str] = None) -> dict[str, Any]:
    def place(name: str) -> Any:
        return {"array": name, "rows": rows} if rows else name

    return {"weight": place(weight)} if bias is None else {"weight": place(weight), "bias": place(bias)}


def _norm(name: str, part: Any) -> dict[str, Any]:
    kinds = {"LayerNorm": "layer", "RMSNorm": "rms"}
    kind = kinds.get(type(part).__name__)
    if kind is None:
        raise Unsupported(f"{name}: {type(part).__name__} is no norm with an exact form here")
    if part.eps is None:
        raise Unsupported(f"{name}: eps depends on the type of the numbers; give it one")
    if len(part.normalized_shape) != 1:
        raise Unsupported(f"{name}: a norm over {len(part.normalized_shape)} axes")
    bias = getattr(part, "bias", None)
    return {
        "kind": kind,
        "weight": "ones" if part.weight is None else f"{name}.weight",
        "bias": "zeros" if bias is None else f"{name}.bias",
        # as repr gives it, so that 1e-5 is that number
        "eps": repr(part.eps),
    }


def _activation(name: str, activation: Any) -> str:
    import torch
    from torch import nn
    from torch.nn import functional

    if activation in (functional.relu, torch.relu) or isinstance(activation, nn.ReLU):
        return "relu"
    if activation is functional.gelu:
        return "gelu"
    if isinstance(activation, nn.GELU):
        return "gelu-tanh" if activation.approximate == "tanh" else "gelu"
    if activation is functional.silu or isinstance(activation, nn.SiLU):
        return "silu"
    found = getattr(activation, "__name__", type(activation).__name__)
    raise Unsupported(f"{name}.activation: {found} has no exact form here (relu, gelu, silu have)")


def _layer(name: str, layer: Any) -> dict[str, Any]:
    attention = layer.self_attn
    place = f"{name}.self_attn"
    if attention.bias_k is not None or attention.add_zero_attn:
        raise Unsupported(f"{place}: add_bias_kv and add_zero_attn add keys that are no positions")
    if not attention._qkv_same_embed_dim:
        raise Unsupported(f"{place}: kdim and vdim differ from embed_dim")
    d = attention.embed_dim
    bias = f"{place}.in_proj_bias" if attention.in_proj_bias is not None else None

    def fused(part: int) -> dict[str, Any]:
        return _map(f"{place}.in_proj_weight", bias, f"{part * d}:{(part + 1) * d}")

    first = "before" if layer.norm_first else "after"
    return {
        "attention": {
            "heads": attention.num_heads,
            "mixing": "softmax",
            "causal": False,
            "query": fused(0),
            "key": fused(1),
            "value": fused(2),
            "output": _linear(f"{place}.out_proj", attention.out_proj),
            "residual": True,
            "norm": {first: _norm(f"{name}.norm1", layer.norm1)},
        },
        "mlp": {
            "activation": _activation(name, layer.activation),
            "hidden": [_linear(f"{name}.linear1", layer.linear1)],
            "output": _linear(f"{name}.linear2", layer.linear2),
            "residual": True,
            "norm": {first: _norm(f"{name}.norm2", layer.norm2)},
        },
    }
