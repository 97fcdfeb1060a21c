"""A GPT-NeoX of two layers with random weights, m = 3: rotary positions, fused queries, keys and values head by head, GELU with erf.

    python3 gpt_neox.py FOLDER

writes gpt-neox.safetensors, which gpt-neox.mapping.json maps, and gpt-neox.json with the logits on every sequence of four tokens.
Needs torch, transformers and safetensors.
"""

import itertools
import json
import pathlib
import sys

import torch
from safetensors.torch import save_file
from transformers import GPTNeoXConfig, GPTNeoXForCausalLM

M, N, D = 3, 4, 16


def main(folder):
    torch.manual_seed(0)
    torch.set_num_threads(1)
    # attention and MLP one after the other: side by side (the default of GPT-NeoX) they cannot be said
    config = GPTNeoXConfig(vocab_size=M, hidden_size=D, num_hidden_layers=2, num_attention_heads=2, intermediate_size=24,
                           hidden_act="gelu", rotary_pct=0.5, rotary_emb_base=10000, max_position_embeddings=N,
                           use_parallel_residual=False, initializer_range=0.4, tie_word_embeddings=False)
    config._attn_implementation = "eager"
    model = GPTNeoXForCausalLM(config).eval()
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if name.endswith("bias") or "norm" in name:
                parameter += torch.randn_like(parameter) / 4
        tokens = torch.tensor(list(itertools.product(range(M), repeat=N)))
        save_file({name: tensor.clone().contiguous() for name, tensor in model.state_dict().items()}, folder / "gpt-neox.safetensors")
        logits = model.double()(tokens).logits[:, -1]
    listed = [{"sequence": s.tolist(), "logits": y.tolist()} for s, y in zip(tokens, logits)]
    (folder / "gpt-neox.json").write_text(json.dumps({"outputs": listed}) + "\n")
    print({name: list(tensor.shape) for name, tensor in model.state_dict().items()})


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else "."))
