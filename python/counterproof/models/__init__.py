"""Models from where they are, read by the library's own reader and checked against what they came from."""

from ._agreement import Disagreement, Unsupported
from ._model import Model

__all__ = ["Disagreement", "Model", "Unsupported"]
