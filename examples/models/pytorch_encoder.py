"""A PyTorch encoder of two layers that counts its last token (qc), m = 3, n = 4: trained, saved, and what it outputs.

    python3 pytorch_encoder.py FOLDER

writes pytorch-encoder.safetensors, which pytorch-encoder.mapping.json maps, and pytorch-encoder.json with the output on every
sequence. Needs torch and safetensors.
"""

import itertools
import json
import pathlib
import sys

import torch
from safetensors.torch import save_file
from torch import nn

M, N, D = 3, 4, 8


class Counter(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(M, D)
        self.position = nn.Parameter(torch.randn(N, D) / 4)
        # the defaults of PyTorch: ReLU, a norm after each sum, eps = 1e-5, no mask
        layer = nn.TransformerEncoderLayer(D, nhead=2, dim_feedforward=16, dropout=0.0, batch_first=True)
        self.encoder = nn.TransformerEncoder(layer, num_layers=2, enable_nested_tensor=False)
        self.head = nn.Linear(D, 1)

    def forward(self, tokens):
        return self.head(self.encoder(self.embed(tokens) + self.position))[:, -1, 0]


def main(folder):
    torch.manual_seed(0)
    torch.set_num_threads(1)
    model = Counter()
    tokens = torch.tensor(list(itertools.product(range(M), repeat=N)))
    counts = (tokens == tokens[:, -1:]).sum(1).float()
    optimiser = torch.optim.Adam(model.parameters(), lr=3e-3)
    for step in range(5000):
        loss = ((model(tokens) - counts) ** 2).mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        if (model(tokens) - counts).abs().max() < 0.2:
            break
    model.eval()
    with torch.no_grad():
        outputs = model.double()(tokens)
        right = int(((outputs - counts).abs() < 0.5).sum())
        model.float()
    # a tensor that shares its memory with another one has to be cloned
    save_file({name: tensor.clone().contiguous() for name, tensor in model.state_dict().items()}, folder / "pytorch-encoder.safetensors")
    listed = [{"sequence": s.tolist(), "output": y.item()} for s, y in zip(tokens, outputs)]
    (folder / "pytorch-encoder.json").write_text(json.dumps({"right": right, "of": len(tokens), "outputs": listed}) + "\n")
    print(f"{step + 1} steps, {right} of {len(tokens)} right")
    print({name: list(tensor.shape) for name, tensor in model.state_dict().items()})


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else "."))
