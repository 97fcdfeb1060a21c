"""One way from words to records: limits, progress, interrupts and notes."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from typing import Any

from . import _native
from ._progress import Progress, telling
from ._records import Interrupted, Records
from ._words import option


def limits(threads: Any, time_limit: Any) -> list[str]:
    """The options of every command that computes."""
    return option("threads", threads) + option("time_limit", time_limit)


def answer(words: Sequence[str], inputs: Mapping[str, bytes], progress: Progress) -> _native.Answer:
    """Runs a command; an exception that interrupted it is raised, Ctrl-C with the records that were decided."""
    with telling(progress, words[0]) as tell:
        found = _native.call(list(words), dict(inputs), tell)
    error = found.interrupted
    if isinstance(error, KeyboardInterrupt):
        raise Interrupted(Records(found, inputs)) from None
    if error is not None:
        raise error
    return found


def records(words: Sequence[str], inputs: Mapping[str, bytes], progress: Progress) -> Records:
    """The records of a command; what it has to say beside them is a warning."""
    found = answer(words, inputs, progress)
    for note in found.notes:
        warnings.warn(note, stacklevel=3)
    return Records(found, inputs)
