"""Steps per second of training: this program beside PyTorch on the CPU, one thread each, side by side in one run.

    cargo build --release
    python -m venv venv && venv/bin/pip install -r benches/peers/requirements.txt
    venv/bin/python benches/peers/train.py

Three ways to write the same model in PyTorch (one layer, one head, post-norm, learned embeddings of tokens and positions, an
MLP of 4 d units, read at the last position, Adam, batch 16, fresh uniform sequences):
  plain    nn.MultiheadAttention-style: keys, queries and values of every position
  last     the query of the last position only
  algebra  as this program: scores by u = W_K^T q, tokens and positions scored apart, values taken after the mean
"""

import argparse
import os
import subprocess
import tempfile
import time

import torch
from torch import nn

torch.set_num_threads(1)
torch.set_flush_denormal(True)


class Model(nn.Module):
    def __init__(self, way, d, m, n):
        super().__init__()
        self.way, self.d, self.m, self.n = way, d, m, n
        self.embedding = nn.Embedding(m, d)
        self.positions = nn.Parameter(torch.randn(n, d))
        self.query, self.key = nn.Linear(d, d), nn.Linear(d, d, bias=False)
        self.value, self.output = nn.Linear(d, d), nn.Linear(d, d)
        self.after_attention, self.before_readout = nn.LayerNorm(d), nn.LayerNorm(d)
        self.mlp = nn.Sequential(nn.Linear(d, 4 * d), nn.ReLU(), nn.Linear(4 * d, d))
        self.readout = nn.Linear(d, 1)

    def forward(self, tokens):  # [B, n]
        if self.way == "algebra":
            last = self.embedding(tokens[:, -1]) + self.positions[-1]  # [B, d]
            u = self.query(last) @ self.key.weight / self.d**0.5  # [B, d]
            by_token, by_position = u @ self.embedding.weight.T, u @ self.positions.T  # [B, m], [B, n]
            weights = torch.softmax(by_token.gather(1, tokens) + by_position, 1)  # [B, n]
            by_token = torch.zeros_like(by_token).scatter_add(1, tokens, weights)
            mean = by_token @ self.embedding.weight + weights @ self.positions  # [B, d]
            attention = self.output(self.value(mean))
        else:
            states = self.embedding(tokens) + self.positions  # [B, n, d]
            last = states[:, -1]
            queries = self.query(states if self.way == "plain" else states[:, -1:])
            scores = queries @ self.key(states).transpose(1, 2) / self.d**0.5
            attention = self.output(torch.softmax(scores, 2) @ self.value(states))[:, -1]
        r = self.after_attention(last + attention)
        return self.readout(self.before_readout(r + self.mlp(r)))[:, 0]


def peer(way, d, m, n, seconds):
    torch.manual_seed(0)
    model = Model(way, d, m, n)
    adam = torch.optim.Adam(model.parameters(), lr=1e-4)

    def step():
        tokens = torch.randint(m, (16, n))
        counts = (tokens == tokens[:, -1:]).sum(1).float()
        loss = ((model(tokens) - counts) ** 2).mean()
        adam.zero_grad(set_to_none=True)
        loss.backward()
        adam.step()

    for _ in range(20):
        step()
    steps, start = 0, time.perf_counter()
    while time.perf_counter() - start < seconds:
        step()
        steps += 1
    return steps / (time.perf_counter() - start)


def ours(program, d, m, n, steps):
    with tempfile.TemporaryDirectory() as folder:
        command = [program, "train", "--d", d, "--m", m, "--n", n, "--held-out", 16, "--quiet", "--steps"]

        def run(steps):
            start = time.perf_counter()
            subprocess.run([*map(str, command), str(steps)], check=True, cwd=folder, stdout=subprocess.DEVNULL)
            return time.perf_counter() - start

        # starting the program and measuring the model are not training
        return steps / (run(steps) - min(run(1) for _ in range(3)))


def main():
    parser = argparse.ArgumentParser()
    here = os.path.dirname(os.path.abspath(__file__))
    parser.add_argument("--program", default=os.path.join(here, "../../target/release/counterproof"))
    parser.add_argument("--seconds", type=float, default=3.0)
    options = parser.parse_args()
    program = os.path.abspath(options.program)
    print(f"PyTorch {torch.__version__}, one thread; batch 16; median of three rounds")
    print(f"{'d':>3} {'m':>3} {'n':>4} {'ours/s':>9} {'plain/s':>9} {'last/s':>9} {'algebra/s':>9}"
          f" {'/plain':>7} {'/last':>7} {'/algebra':>8}")
    for d, m, n in [(8, 8, 80), (16, 16, 160), (32, 32, 320), (64, 16, 160)]:
        rounds = []
        for _ in range(3):
            mine = ours(program, d, m, n, 30_000 if d < 32 else 8_000)
            rounds.append([mine, *(peer(way, d, m, n, options.seconds) for way in ("plain", "last", "algebra"))])
        rates = [sorted(column)[1] for column in zip(*rounds)]
        ratios = [sorted(row[0] / row[k] for row in rounds)[1] for k in (1, 2, 3)]
        print(f"{d:>3} {m:>3} {n:>4} " + " ".join(f"{rate:>9.0f}" for rate in rates)
              + f" {ratios[0]:>7.1f} {ratios[1]:>7.1f} {ratios[2]:>8.1f}", flush=True)


if __name__ == "__main__":
    main()
