"""Progress of long calls, by the interface of tqdm."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable
from contextlib import contextmanager
from typing import Any, Iterator, Optional, Union

#: ``None``: a bar where tqdm is installed and somebody looks; ``True`` or ``False``; or something called like ``tqdm``.
Progress = Union[None, bool, Callable[..., Any]]
Tell = Optional[Callable[[int, int, str], object]]


def _is_watched() -> bool:
    """Whether there is a terminal or a notebook."""
    return sys.stderr.isatty() or "ipykernel" in sys.modules


def _maker(progress: Progress) -> Optional[Callable[..., Any]]:
    if callable(progress):
        return progress
    if progress is False or (progress is None and not _is_watched()):
        return None
    try:
        with warnings.catch_warnings():
            # a notebook without widgets has a bar of text
            warnings.simplefilter("ignore")
            from tqdm.auto import tqdm
    except ImportError:
        if progress:
            raise ImportError("progress=True needs tqdm: pip install tqdm") from None
        return None

    def late(**given: Any) -> Any:
        # what is done at once needs no bar
        return tqdm(leave=False, delay=0.5, **given)

    return late


@contextmanager
def telling(progress: Progress, description: str) -> Iterator[Tell]:
    """What native code calls with how far it is; the bar is closed afterwards."""
    maker = _maker(progress)
    if maker is None:
        yield None
        return
    bar: Any = None
    shown = (0, 0)

    def tell(done: int, total: int, message: str) -> None:
        nonlocal bar, shown
        # another part of the work has a bar of its own
        if bar is None or shown[1] != total or done < shown[0]:
            if bar is not None:
                bar.close()
            bar, shown = maker(total=total, desc=description), (0, total)
        if message:
            bar.set_postfix_str(message, refresh=False)
        bar.update(done - shown[0])
        shown = (done, total)

    try:
        yield tell
    finally:
        if bar is not None:
            bar.close()
