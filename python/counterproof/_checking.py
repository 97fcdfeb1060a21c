"""Certificates checked by trusted code only, as ``counterproof check`` does."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Optional, Union

from . import _native
from ._progress import Progress, telling
from ._records import Record
from ._words import options

#: A file, a record, or the text of a certificate.
Certificate = Union[str, "os.PathLike[str]", bytes, Record]


@dataclass(frozen=True)
class Finding:
    """What became of one certificate."""

    name: str
    #: ``"valid"``, ``"invalid"``, ``"unusable"`` or ``"not checked"``
    outcome: str
    #: what it proves, when it is valid: ``"verified"`` or ``"refuted"``
    verdict: Optional[str]
    #: the statement that it proves, or why it proves nothing
    message: str

    @property
    def valid(self) -> bool:
        return self.outcome == "valid"

    def __bool__(self) -> bool:
        return self.valid


def _given(item: Certificate) -> tuple[str, Optional[bytes]]:
    if isinstance(item, Record):
        if item.certificate is None:
            raise _native.Refused(f"{item.claim}: this record is {item.verdict} and has no certificate")
        if item.certificate_text is None:
            return item.certificate, None
        return item.certificate, item.certificate_text.encode()
    if isinstance(item, bytes):
        return "certificate", item
    name = os.fspath(item)
    return ("certificate", name.encode()) if name.lstrip().startswith("{") else (name, None)


def check_all(
    certificates: Iterable[Certificate],
    *,
    expect: Optional[str] = None,
    threads: Optional[int] = None,
    time_limit: Any = None,
    progress: Progress = None,
) -> list[Finding]:
    """Checks several certificates; each gets its finding, whatever the others are.

    ``expect`` says what all of them have to state: ``"qc-histogram n=5 m=3"``.
    """
    given = [_given(item) for item in certificates]
    limits = options({"threads": threads, "time_limit": time_limit})
    with telling(progress, "check") as tell:
        found, error = _native.judge(given, expect, limits, tell)
    if error is not None:
        raise error
    return [Finding(name, *what) for (name, _), what in zip(given, found)]


def check(
    certificate: Certificate,
    *,
    expect: Optional[str] = None,
    threads: Optional[int] = None,
    time_limit: Any = None,
) -> Finding:
    """Checks a certificate: a file, a record, or a text."""
    return check_all([certificate], expect=expect, threads=threads, time_limit=time_limit, progress=False)[0]
