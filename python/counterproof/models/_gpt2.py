"""GPT-2 of transformers: ``GPT2LMHeadModel``, and what has its parts and its configuration."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Optional

from ._agreement import Unsupported, check
from ._model import Model
from ._tracing import tracer

ACTIVATIONS = {
    "gelu_new": "gelu-tanh",
    "gelu_pytorch_tanh": "gelu-tanh",
    "gelu": "gelu",
    "relu": "relu",
    "silu": "silu",
    "swish": "silu",
}


def read(
    module: Any,
    *,
    tokens: Optional[Sequence[int]] = None,
    read_at: str = "last",
    length: int = 4,
    task: Optional[str] = None,
    file: str = "gpt2.safetensors",
) -> Model:
    """Reads the model; ``tokens`` are the ids that occur in inputs, by default all: token 0 of the exact model is the first.

    What it puts out is the token with the largest logit; of those that do not occur none is an answer.
    """
    config = module.config
    activation = ACTIVATIONS.get(config.activation_function)
    if activation is None:
        raise Unsupported(f"config.activation_function: {config.activation_function} has no exact form here")
    if getattr(config, "add_cross_attention", False):
        raise Unsupported("config.add_cross_attention: attention to another model has no exact form here")
    arrays = {name: array.detach() for name, array in module.state_dict().items()}
    layers = [_layer(i, config, activation, arrays) for i in range(config.n_layer)]
    rows = arrays["lm_head.weight"].shape[0]
    embedding: Any = "transformer.wte.weight"
    answers: Any = "index"
    if tokens is not None:
        embedding = {"array": embedding, "rows": list(tokens)}
        places = {token: index for index, token in enumerate(tokens)}
        answers = [places.get(entry, len(places) + entry) for entry in range(rows)]
    mapping = {
        "format": "counterproof-mapping",
        "version": 2,
        "layout": "in-out",
        "tokens": embedding,
        "bos": "none",
        "positions": "transformer.wpe.weight",
        "layers": layers,
        "norm": _norm("transformer.ln_f", config),
        "reading": {"arg-max": {"weight": {"array": "lm_head.weight", "transpose": True}, "answers": answers}},
        "read_at": read_at,
    }
    # masks, which old versions save
    masks = [name for name in arrays if name.endswith((".attn.bias", ".attn.masked_bias"))]
    if masks:
        mapping["ignored"] = masks
    model = Model.from_arrays(arrays, mapping, task=task, file=file)
    blocks = list(module.transformer.h)
    hooked = [("the input of transformer.h.0", blocks[0], 0, "input")]
    hooked += [(f"transformer.h.{i}", block, 2 * (i + 1), "output") for i, block in enumerate(blocks)]
    n = min(length, config.n_positions)
    trace, tolerance, _ = tracer(
        module, hooked, rows, read_at, lambda module, ids: module(input_ids=ids[None]).logits[0], n, tokens
    )
    check(model, trace, length=n, tolerance=tolerance)
    return model


def _norm(name: str, config: Any) -> dict[str, Any]:
    return {"kind": "layer", "weight": f"{name}.weight", "bias": f"{name}.bias", "eps": repr(config.layer_norm_epsilon)}


def _layer(i: int, config: Any, activation: str, arrays: dict[str, Any]) -> dict[str, Any]:
    place, d = f"transformer.h.{i}", config.n_embd

    def fused(part: int) -> dict[str, Any]:
        span = f"{part * d}:{(part + 1) * d}"
        return {
            "weight": {"array": f"{place}.attn.c_attn.weight", "columns": span},
            "bias": {"array": f"{place}.attn.c_attn.bias", "rows": span},
        }

    def whole(name: str) -> dict[str, Any]:
        return {"weight": f"{place}.{name}.weight", "bias": f"{place}.{name}.bias"}

    # scores are divided by the root of this number
    scale = d // config.n_head if config.scale_attn_weights else 1
    if getattr(config, "scale_attn_by_inverse_layer_idx", False):
        scale *= (i + 1) ** 2
    return {
        "attention": {
            "heads": config.n_head,
            "mixing": "softmax",
            "causal": True,
            "scale": str(scale),
            "query": fused(0),
            "key": fused(1),
            "value": fused(2),
            "output": whole("attn.c_proj"),
            "residual": True,
            "norm": {"before": _norm(f"{place}.ln_1", config)},
        },
        "mlp": {
            "activation": activation,
            "hidden": [whole("mlp.c_fc")],
            "output": whole("mlp.c_proj"),
            "residual": True,
            "norm": {"before": _norm(f"{place}.ln_2", config)},
        },
    }
