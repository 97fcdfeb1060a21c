"""A GPT-2 of one block that names the largest token of its input (max), m = 4, n = 3: trained, saved, and what it outputs.

    python3 gpt2_block.py FOLDER

writes gpt2-block.safetensors, which gpt2-block.mapping.json maps, and gpt2-block.json with the logits on every sequence. Needs
torch, transformers and safetensors.
"""

import itertools
import json
import pathlib
import sys

import torch
from safetensors.torch import save_file
from transformers import GPT2Config, GPT2LMHeadModel

M, N, D = 4, 3, 8


def main(folder):
    torch.manual_seed(0)
    torch.set_num_threads(1)
    # what GPT-2 has: GELU in its form with tanh, norms before the parts and before the head, a mask, tied embeddings
    config = GPT2Config(vocab_size=M, n_positions=N, n_embd=D, n_layer=1, n_head=2, n_inner=16, resid_pdrop=0, embd_pdrop=0,
                        attn_pdrop=0, bos_token_id=0, eos_token_id=0)
    config._attn_implementation = "eager"
    model = GPT2LMHeadModel(config)
    tokens = torch.tensor(list(itertools.product(range(M), repeat=N)))
    largest = tokens.max(1).values
    optimiser = torch.optim.Adam(model.parameters(), lr=3e-3)
    for step in range(5000):
        logits = model(tokens).logits[:, -1]
        loss = torch.nn.functional.cross_entropy(logits, largest)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        if loss < 0.01:
            break
    model.eval()
    with torch.no_grad():
        logits = model.double()(tokens).logits[:, -1]
        right = int((logits.argmax(1) == largest).sum())
        model.float()
    # lm_head.weight is wte.weight: one array is enough
    arrays = {name: tensor.clone().contiguous() for name, tensor in model.state_dict().items() if name != "lm_head.weight"}
    save_file(arrays, folder / "gpt2-block.safetensors")
    listed = [{"sequence": s.tolist(), "logits": y.tolist()} for s, y in zip(tokens, logits)]
    (folder / "gpt2-block.json").write_text(json.dumps({"right": right, "of": len(tokens), "outputs": listed}) + "\n")
    print(f"{step + 1} steps, {right} of {len(tokens)} right")
    print({name: list(tensor.shape) for name, tensor in arrays.items()})


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else "."))
