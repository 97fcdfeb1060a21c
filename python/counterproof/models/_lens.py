"""``HookedTransformer`` of TransformerLens."""

from __future__ import annotations

from fractions import Fraction
from typing import Any, Optional

from ._agreement import Unsupported, check
from ._model import Model
from ._tracing import tracer

ACTIVATIONS = {"relu": "relu", "gelu": "gelu", "gelu_new": "gelu-tanh", "gelu_pytorch_tanh": "gelu-tanh", "silu": "silu"}
#: Norms; those that end in Pre have no weights, which were folded into other maps.
NORMS = {"LN": "layer", "LNPre": "layer", "RMS": "rms", "RMSPre": "rms"}
#: Settings that change the function and have no exact form here.
REFUSED = (
    "gated_mlp",
    "num_experts",
    "parallel_attn_mlp",
    "use_local_attn",
    "scale_attn_by_inverse_layer_idx",
    "use_normalization_before_and_after",
    "n_key_value_heads",
    "use_qk_norm",
)


def read(
    module: Any,
    *,
    read_at: str = "last",
    length: int = 4,
    task: Optional[str] = None,
    file: str = "hooked.safetensors",
) -> Model:
    """Reads the model, whose output is the token with the largest logit, at the last position or at every one."""
    cfg = module.cfg
    for name in REFUSED:
        if getattr(cfg, name, None):
            raise Unsupported(f"cfg.{name}: {getattr(cfg, name)} has no exact form here")
    kind = getattr(cfg, "positional_embedding_type", "standard")
    if kind != "standard":
        raise Unsupported(f"cfg.positional_embedding_type: {kind} has no exact form here")
    if (getattr(cfg, "output_logits_soft_cap", -1.0) or -1.0) > 0:
        raise Unsupported("cfg.output_logits_soft_cap: soft caps have no exact form here")
    if (getattr(cfg, "attn_scores_soft_cap", -1.0) or -1.0) > 0:
        raise Unsupported("cfg.attn_scores_soft_cap: soft caps have no exact form here")
    arrays = {name: array.detach() for name, array in module.state_dict().items()}
    mapping = {
        "format": "counterproof-mapping",
        "version": 2,
        "layout": "in-out",
        "tokens": "embed.W_E",
        "bos": "none",
        "positions": "pos_embed.W_pos",
        "layers": [_layer(i, cfg) for i in range(cfg.n_layers)],
        "norm": _norm("ln_final", cfg) or "none",
        "reading": {"arg-max": {"weight": "unembed.W_U", "bias": "unembed.b_U", "answers": "index"}},
        "read_at": read_at,
    }
    masks = [name for name in arrays if name.endswith((".attn.mask", ".attn.IGNORE"))]
    if masks:
        mapping["ignored"] = masks
    model = Model.from_arrays(arrays, mapping, task=task, file=file)
    each = 1 if cfg.attn_only else 2
    hooked = [("the input of blocks.0", module.blocks[0], 0, "input")]
    hooked += [(f"blocks.{i}", block, each * (i + 1), "output") for i, block in enumerate(module.blocks)]
    n = min(length, cfg.n_ctx)
    choices = arrays["unembed.W_U"].shape[1]
    trace, tolerance, _ = tracer(module, hooked, choices, read_at, None, n, doubled=_doubled)
    check(model, trace, length=n, tolerance=tolerance)
    return model


def _doubled(twin: Any) -> None:
    """Attention patterns are cast to the type that the configuration names."""
    import torch

    twin.cfg.dtype = torch.float64


def _norm(name: str, cfg: Any) -> Optional[dict[str, Any]]:
    if cfg.normalization_type is None:
        return None
    kind = NORMS.get(cfg.normalization_type)
    if kind is None:
        raise Unsupported(f"cfg.normalization_type: {cfg.normalization_type} has no exact form here")
    folded = cfg.normalization_type.endswith("Pre")
    return {
        "kind": kind,
        "weight": "ones" if folded else f"{name}.w",
        "bias": "zeros" if folded or kind == "rms" else f"{name}.b",
        "eps": repr(cfg.eps),
    }


def _layer(i: int, cfg: Any) -> dict[str, Any]:
    place = f"blocks.{i}.attn"

    def heads(part: str) -> dict[str, Any]:
        return {
            "weight": {"array": f"{place}.W_{part}", "axes": [[1], [0, 2]]},
            "bias": {"array": f"{place}.b_{part}", "axes": [[0, 1]]},
        }

    # scores are divided by the root of this number
    scale = "1" if not cfg.use_attn_scale else str(Fraction(cfg.attn_scale) ** 2)
    if cfg.use_attn_scale and cfg.attn_scale == cfg.d_head**0.5:
        scale = "key-size"
    before = _norm(f"blocks.{i}.ln1", cfg)
    attention = {
        "heads": cfg.n_heads,
        "mixing": "softmax",
        "causal": cfg.attention_dir == "causal",
        "scale": scale,
        "query": heads("Q"),
        "key": heads("K"),
        "value": heads("V"),
        "output": {"weight": {"array": f"{place}.W_O", "axes": [[0, 1], [2]]}, "bias": f"{place}.b_O"},
        "residual": True,
        "norm": {"before": before} if before else "none",
    }
    if cfg.attn_only:
        return {"attention": attention, "mlp": "none"}
    activation = ACTIVATIONS.get(cfg.act_fn)
    if activation is None:
        raise Unsupported(f"cfg.act_fn: {cfg.act_fn} has no exact form here")
    mlp, norm = f"blocks.{i}.mlp", _norm(f"blocks.{i}.ln2", cfg)
    return {
        "attention": attention,
        "mlp": {
            "activation": activation,
            "hidden": [{"weight": f"{mlp}.W_in", "bias": f"{mlp}.b_in"}],
            "output": {"weight": f"{mlp}.W_out", "bias": f"{mlp}.b_out"},
            "residual": True,
            "norm": {"before": norm} if norm else "none",
        },
    }
