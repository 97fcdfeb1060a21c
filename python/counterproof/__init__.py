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
    construct,
    estimate,
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
from .testing import Failure, assert_solves, find_failure

__all__ = [
    "Claim",
    "Disagreement",
    "Failure",
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
    "assert_solves",
    "check",
    "check_all",
    "claims",
    "construct",
    "estimate",
    "find_failure",
    "lp",
    "phase",
    "reproduce",
    "search_collision",
    "search_embedding",
    "train",
    "verify",
]
