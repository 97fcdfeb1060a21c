"""A model that can be decided: the bytes of a file that says itself what it is."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, Optional, Union

from .. import _native
from . import _arrays

if TYPE_CHECKING:
    from .._records import Records


class Model:
    """A model as ``verify --model`` reads it; ``from_torch`` and the like make one out of a module of another library.

    It computes in enclosures, which certainly hold the exact numbers of these weights.
    """

    def __init__(self, content: bytes, *, file: str = "model.safetensors") -> None:
        self._content = content
        self._native = _native.Model(content)
        #: what it is called in records
        self.file = file

    @classmethod
    def from_file(
        cls, path: Union[str, os.PathLike[str]], mapping: Union[None, str, os.PathLike[str], Mapping[str, Any]] = None
    ) -> Model:
        """Our JSON or ``.safetensors``; with a mapping (a file, or what is in one) any ``.safetensors`` or ``.npz``."""
        path = Path(path)
        if mapping is None:
            return cls(path.read_bytes(), file=path.name)
        said = mapping if isinstance(mapping, Mapping) else _arrays.read_mapping(Path(mapping))
        return cls.from_arrays(_arrays.read(path), said, file=path.with_suffix(".safetensors").name)

    @classmethod
    def from_arrays(
        cls,
        arrays: Mapping[str, Any],
        mapping: Mapping[str, Any],
        *,
        task: Optional[str] = None,
        file: str = "model.safetensors",
    ) -> Model:
        """Arrays by their names, and a mapping that says which is which (``docs/model-format.md``)."""
        return cls(_arrays.written(arrays, mapping, task), file=file)

    @classmethod
    def from_torch(cls, module: Any, **parts: Any) -> Model:
        """A PyTorch module with an ``nn.TransformerEncoder`` or encoder layers, an embedding and a linear readout; see
        :func:`counterproof.models._torch.read`."""
        from ._torch import read

        return read(module, **parts)

    @classmethod
    def from_gpt2(cls, module: Any, **parts: Any) -> Model:
        """A ``GPT2LMHeadModel`` of transformers; see :func:`counterproof.models._gpt2.read`."""
        from ._gpt2 import read

        return read(module, **parts)

    @classmethod
    def from_transformer_lens(cls, module: Any, **parts: Any) -> Model:
        """A ``HookedTransformer``; see :func:`counterproof.models._lens.read`."""
        from ._lens import read

        return read(module, **parts)

    @classmethod
    def from_onnx(cls, path: Union[str, os.PathLike[str]], **parts: Any) -> Model:
        """A graph of ONNX that is such a stack; see :func:`counterproof.models._onnx.read`."""
        from ._onnx import read

        return read(path, **parts)

    @property
    def kind(self) -> str:
        """``"exact"`` or ``"softmax"``."""
        return self._native.kind

    @property
    def vocabulary(self) -> int:
        """How many tokens it has."""
        return self._native.vocabulary

    @property
    def blocks(self) -> list[str]:
        """The parts of its stack, in order."""
        return self._native.blocks

    def outputs(self, sequence: Sequence[int]) -> list[list[tuple[Fraction, Fraction]]]:
        """For each position that is read, a lower and an upper end for each number that it puts out."""
        return self._native.outputs(list(sequence))

    def answers(self, sequence: Sequence[int]) -> list[Optional[Fraction]]:
        """For each position that is read, what the output means: the number, or the answer of the largest entry (``None`` for a tie)."""
        return self._native.answers(list(sequence))

    def __call__(self, sequence: Sequence[int]) -> Optional[Fraction]:
        """What the output at the last position means."""
        return self.answers(sequence)[-1]

    def certify(self, task: Any = None, n: Any = None, **given: Any) -> Records:
        """Decides whether the model solves the task on every input of these lengths: ``verify`` of this model.

        A task is a name, an expression, a file, or a Python function from sequences to answers.
        """
        from .._commands import verify

        return verify(model=self, task=task, n=n, **given)

    def estimate(self, task: Any = None, n: Any = None, *, inputs: Any, **given: Any) -> Records:
        """The accuracy from ``inputs`` drawn at random, with exact confidence bounds, where all inputs are out of reach."""
        from .._commands import estimate

        return estimate(self, task=task, n=n, inputs=inputs, **given)

    def to_bytes(self) -> bytes:
        """The content of its file."""
        return self._content

    def save(self, path: Union[str, os.PathLike[str]]) -> Path:
        """Writes the file, for ``counterproof verify --model``."""
        path = Path(path)
        path.write_bytes(self._content)
        return path

    def __repr__(self) -> str:
        return f"<Model {self.file}: {self.kind}, {self.vocabulary} tokens, {len(self.blocks)} blocks>"
