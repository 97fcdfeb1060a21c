"""Modules of PyTorch, transformers and TransformerLens: equal to their own answers on every input, or refused by name.

Skipped where PyTorch is absent; with REQUIRE_TORCH (a list of packages) its absence fails.
"""

import itertools
import os
import warnings
from pathlib import Path

import pytest

import counterproof
from counterproof import Disagreement, Model, Refused, Unsupported

REQUIRED = os.environ.get("REQUIRE_TORCH", "").split()


def library(name):
    return __import__(name) if name in REQUIRED else pytest.importorskip(name)


torch = library("torch")
nn = torch.nn

M, N, D = 3, 4, 8
SEQUENCES = list(itertools.product(range(M), repeat=3))


class Encoder(nn.Module):
    def __init__(self, layers=1, out=1, causal=False, wrong=None, final=False, **layer):
        super().__init__()
        torch.manual_seed(layers + out)
        self.embed = nn.Embedding(M, D)
        self.position = nn.Parameter(torch.randn(N, D) / 4)
        layer = {"nhead": 2, "dim_feedforward": 8, "dropout": 0.1, "batch_first": True, **layer}
        norm = nn.LayerNorm(D) if final else None
        self.encoder = nn.TransformerEncoder(nn.TransformerEncoderLayer(D, **layer), layers, norm, enable_nested_tensor=False)
        self.head = nn.Linear(D, out)
        self.causal, self.wrong = causal, wrong
        if wrong == "conv":
            self.conv = nn.Conv1d(D, D, 1)
        if wrong == "second":
            self.other = nn.Linear(D, D)
        if wrong == "unused":
            self.temperature = nn.Parameter(torch.ones(1))

    def forward(self, tokens):
        x = self.embed(tokens) + self.position[: tokens.shape[1]]
        if self.wrong == "scaled":
            x = 2 * x
        if self.wrong == "between":
            x = self.encoder.layers[0](x) + 1
            return self.head(self.encoder.layers[1](x)[:, -1])
        mask = None
        if self.causal:
            mask = nn.Transformer.generate_square_subsequent_mask(tokens.shape[1]).to(self.position.dtype)
        x = self.encoder(x, mask=mask)
        if self.wrong == "mean":
            return self.head(x.mean(1))
        return self.head(x if self.wrong == "every" else x[:, -1])


def outputs(module):
    module = module.eval().double()
    with torch.no_grad():
        return module(torch.tensor(SEQUENCES))


@pytest.mark.parametrize(
    ("layers", "activation", "norm_first", "nhead"),
    [
        *itertools.product([1], ["relu", "gelu"], [False, True], [1, 4]),
        (2, "relu", False, 4),
        (2, "relu", True, 1),
        (2, "gelu", False, 1),
    ],
)
def test_an_encoder_is_what_pytorch_computes(layers, activation, norm_first, nhead):
    module = Encoder(layers, out=4, activation=activation, norm_first=norm_first, nhead=nhead)
    model = Model.from_torch(module)
    largest = outputs(module).argmax(1).tolist()
    assert [model(sequence) for sequence in SEQUENCES] == largest
    answers = dict(zip(SEQUENCES, largest))
    record = model.certify(lambda sequence: answers[sequence], n=3)[0]
    assert record.verdict == "verified" and record.values["right"] == 27 and counterproof.check(record)
    wrong = model.certify(lambda sequence: (answers[sequence] + (sequence == (1, 2, 0))) % 4, n=3)[0]
    assert wrong.verdict == "refuted" and wrong.reason.startswith("on the sequence 1 2 0 ")


def test_numbers_masks_norms_and_every_position():
    for given in ({"causal": True}, {"final": True}, {"bias": False}, {"layer_norm_eps": 1e-3}):
        module = Encoder(**given)
        model = Model.from_torch(module)
        for sequence, number in zip(SEQUENCES, outputs(module)[:, 0].tolist()):
            assert abs(float(model(sequence)) - number) < 1e-9
    module = Encoder(wrong="every", out=3)
    model = Model.from_torch(module)
    largest = outputs(module).argmax(2).tolist()
    assert [model.answers(sequence) for sequence in SEQUENCES] == largest
    last = Model.from_torch(module.float(), read_at="last")
    assert [last.answers(sequence) for sequence in SEQUENCES] == [[row[-1]] for row in largest]


@pytest.mark.parametrize(
    ("given", "error", "words"),
    [
        ({"wrong": "conv"}, Unsupported, "conv: nn.Conv1d has no exact form here"),
        ({"activation": torch.tanh}, Unsupported, "encoder.layers.0.activation: tanh has no exact form here"),
        ({"wrong": "unused"}, Refused, "`temperature`"),
        ({"wrong": "second"}, Refused, "readout: could be head or other; say readout=NAME"),
        ({"wrong": "scaled"}, Disagreement, "the input of encoder.layers.0: entry 0 at position 0 is"),
        ({"wrong": "between", "layers": 2}, Disagreement, "encoder.layers.1: entry 0 at position 0 is"),
        ({"wrong": "mean"}, Disagreement, "the outputs: entry 0 at position 0 is"),
    ],
)
def test_what_is_no_such_model_is_refused_by_its_name(given, error, words):
    with pytest.raises(error) as raised:
        Model.from_torch(Encoder(**given))
    assert words in str(raised.value)


def test_a_part_that_is_named_wrongly():
    for given, words in (
        ({"embedding": "head"}, "embedding: head is no nn.Embedding of the module; there are: embed"),
        ({"positions": "nowhere"}, "positions: there is no nowhere; could be: embed, position"),
        ({"readout": "embed"}, "readout: embed is no nn.Linear of the module; there are: head"),
        ({"causal": True}, "tried: with a causal mask"),
    ):
        with pytest.raises(Refused) as raised:
            Model.from_torch(Encoder(), **given)
        assert words in str(raised.value)
    with pytest.raises(Unsupported, match="expected an nn.TransformerEncoderLayer in the module"):
        Model.from_torch(nn.Sequential(nn.Embedding(3, 8), nn.Linear(8, 1)))


def test_a_block_of_gpt2():
    transformers = library("transformers")
    transformers.logging.set_verbosity_error()
    for activation, heads, layers in (("gelu_new", 1, 1), ("gelu_new", 4, 2), ("relu", 2, 1)):
        torch.manual_seed(1)
        config = transformers.GPT2Config(
            vocab_size=5,
            n_positions=4,
            n_embd=8,
            n_layer=layers,
            n_head=heads,
            activation_function=activation,
            bos_token_id=0,
            eos_token_id=0,
        )
        module = transformers.GPT2LMHeadModel(config)
        with torch.no_grad():
            for parameter in module.parameters():
                parameter.add_(torch.randn_like(parameter) / 4)
        model = Model.from_gpt2(module)
        few = Model.from_gpt2(module, tokens=[4, 1])
        sequences = list(itertools.product(range(5), repeat=2))
        with torch.no_grad():
            logits = module.eval().double()(torch.tensor(sequences)).logits[:, -1]
        answers = dict(zip(sequences, logits.argmax(1).tolist()))
        assert [model(sequence) for sequence in sequences] == list(answers.values())
        record = model.certify(lambda sequence: answers[sequence], n=2)[0]
        assert record.verdict == "verified" and record.values["right"] == 25
        for pair in itertools.product([0, 1], repeat=2):
            entry = answers[tuple([4, 1][token] for token in pair)]
            assert few(pair) == ({4: 0, 1: 1}.get(entry, 2 + entry))
    with pytest.raises(Unsupported, match="config.activation_function: tanh"):
        Model.from_gpt2(transformers.GPT2LMHeadModel(transformers.GPT2Config(**{**config.to_dict(), "activation_function": "tanh"})))


def test_a_hooked_transformer():
    lens = library("transformer_lens")
    for given in (
        {"act_fn": "gelu", "normalization_type": "LN", "n_layers": 1},
        {"act_fn": "relu", "normalization_type": None, "n_layers": 2},
        {"attn_only": True, "normalization_type": "LNPre", "n_layers": 1, "attention_dir": "bidirectional"},
    ):
        config = lens.HookedTransformerConfig(
            d_model=8, d_head=4, n_heads=2, d_mlp=8, n_ctx=4, d_vocab=4, seed=0, device="cpu", **given
        )
        with warnings.catch_warnings():
            # version 4 has no HookedTransformer any more
            warnings.simplefilter("ignore", DeprecationWarning)
            module = lens.HookedTransformer(config)
        with torch.no_grad():
            for parameter in module.parameters():
                parameter.add_(torch.randn_like(parameter) / 4)
        model = Model.from_transformer_lens(module)
        sequences = list(itertools.product(range(4), repeat=2))
        with torch.no_grad():
            logits = module.eval()(torch.tensor(sequences))[:, -1]
        answers = dict(zip(sequences, logits.argmax(1).tolist()))
        record = model.certify(lambda sequence: answers[sequence], n=2)[0]
        assert record.verdict == "verified" and record.values["right"] == 16


def exported(module, path):
    library("onnx"), library("onnxscript")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(module.eval(), (torch.zeros(1, 3, dtype=torch.long),), path, dynamo=True, verbose=False)
    return path


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"layers": 2, "out": 4, "activation": "gelu", "nhead": 4},
        {"layers": 2, "norm_first": True, "final": True, "nhead": 1},
        {"wrong": "every", "out": 3},
        {"bias": False},
    ],
)
def test_a_graph_of_onnx(given, tmp_path):
    module = Encoder(**given)
    model = Model.from_onnx(exported(module, tmp_path / "x.onnx"))
    numbers = outputs(module)
    if numbers.shape[-1] == 1:
        for sequence, number in zip(SEQUENCES, numbers[:, 0].tolist()):
            assert abs(float(model(sequence)) - number) < 1e-5
    else:
        largest = numbers.argmax(-1).reshape(len(SEQUENCES), -1).tolist()
        assert [model.answers(sequence) for sequence in SEQUENCES] == largest
    assert counterproof.check(model.certify("qc", n=3)[0])


@pytest.mark.parametrize(
    ("given", "error", "words"),
    [
        ({"wrong": "scaled"}, Disagreement, "layer_norm: entry 0 at position 0 is"),
        ({"activation": torch.sigmoid}, Unsupported, "Sigmoid has no exact form here"),
        ({"wrong": "mean"}, Unsupported, "ReduceMean has no exact form here"),
    ],
)
def test_another_graph_is_refused_by_the_name_of_its_node(given, error, words, tmp_path):
    path = exported(Encoder(**given), tmp_path / "x.onnx")
    with pytest.raises(error) as raised:
        Model.from_onnx(path)
    assert words in str(raised.value)


def test_the_notebook_prints_what_it_shows(tmp_path):
    """docs/notebooks/trained-module.ipynb, executed: what the cells print, and the verdicts of its records."""
    nbformat, nbclient = library("nbformat"), library("nbclient")
    path = Path(os.environ.get("REPOSITORY", Path(__file__).parents[2])) / "docs/notebooks/trained-module.ipynb"
    shown = nbformat.read(path, 4)
    run = nbformat.read(path, 4)
    nbclient.NotebookClient(run, timeout=300, resources={"metadata": {"path": str(tmp_path)}}).execute()

    def printed(notebook):
        cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
        return [[out["text"] for out in cell.outputs if out.get("name") == "stdout"] for cell in cells]

    assert printed(run) == printed(shown)
    assert "verified 81 of 81\n" in [text for cell in printed(shown) for text in cell]
    assert any(tmp_path.joinpath("certificates").glob("model-n4-*.json"))
