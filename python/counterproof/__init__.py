"""Exact statements about counting with transformers, decided, with certificates anyone can check.

>>> import counterproof
>>> record = counterproof.verify("qc-histogram", n=5, m=3)[0]
>>> record.verdict
'verified'
"""

from ._checking import Finding, check, check_all
from ._commands import (
    Claim,
    Reproduced,
    Trained,
    claims,
    phase,
    reproduce,
    search_collision,
    search_embedding,
    train,
    verify,
)
from ._linear import LinearProgramResult, lp
from ._native import Refused, Unfinished, __version__
from ._records import Interrupted, Record, Records
from .models import Disagreement, Model, Unsupported

__all__ = [
    "Claim",
    "Disagreement",
    "Finding",
    "Interrupted",
    "LinearProgramResult",
    "Model",
    "Record",
    "Records",
    "Refused",
    "Reproduced",
    "Trained",
    "Unfinished",
    "Unsupported",
    "__version__",
    "check",
    "check_all",
    "claims",
    "lp",
    "phase",
    "reproduce",
    "search_collision",
    "search_embedding",
    "train",
    "verify",
]
