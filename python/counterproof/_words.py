"""Arguments as the words of a command line, exactly: a float is the rational that it denotes."""

from __future__ import annotations

import operator
import os
from collections.abc import Iterable
from fractions import Fraction
from typing import Any, Union

from ._native import Refused

#: A number, or a text that the command line reads, such as ``"1/2"``, ``"2-10"`` or ``"any"``.
Number = Any
#: One number or several: ``5``, ``[2, 4]``, ``range(2, 5)``, ``"2-4"``.
Numbers = Any
Path = Union[str, "os.PathLike[str]"]


def exact(value: Number) -> str:
    """The number in the spelling of the command line; nothing is rounded."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return str(int(value))
    try:
        return str(operator.index(value))
    except TypeError:
        pass
    if isinstance(value, Fraction):
        return str(value)
    ratio = getattr(value, "as_integer_ratio", None)
    if ratio is not None:
        try:
            return str(Fraction(*(int(part) for part in ratio())))
        except (ValueError, OverflowError):
            raise Refused(f"expected a finite number, found {value}") from None
    item = getattr(value, "item", None)
    if item is not None:
        return exact(item())
    raise Refused(f"expected a number, found {type(value).__name__} {value!r}")


def listed(value: Numbers) -> str:
    """One number or several, separated by commas."""
    if isinstance(value, str) or not hasattr(value, "__iter__"):
        return exact(value)
    if getattr(value, "ndim", 1) == 0:
        return exact(value)
    return ",".join(exact(entry) for entry in value)


def option(name: str, value: Any) -> list[str]:
    """The words that give an option this value; none for ``None`` and ``False``."""
    name = "--" + name.replace("_", "-")
    if value is None or value is False:
        return []
    if value is True:
        return [name]
    text = os.fspath(value) if isinstance(value, os.PathLike) else listed(value)
    # a value that begins like an option stands in one word with its name
    return [f"{name}={text}"] if text.startswith("-") else [name, text]


def options(given: dict[str, Any]) -> list[str]:
    """The words of several options, in their order."""
    return [word for name, value in given.items() for word in option(name, value)]


def nested(array: Any) -> Any:
    """An array of another library as lists of numbers."""
    for step in ("detach", "cpu", "to_numpy", "toarray"):
        made = getattr(array, step, None)
        if callable(made):
            array = made()
    made = getattr(array, "tolist", None)
    return made() if callable(made) else array


def rows(array: Any, what: str) -> list[list[str]]:
    """The rows of a matrix, each number exactly."""
    array = nested(array)
    if not isinstance(array, Iterable) or isinstance(array, (str, bytes)):
        raise Refused(f"{what}: expected a matrix, found {type(array).__name__}")
    found: list[list[str]] = []
    for index, row in enumerate(array):
        row = nested(row)
        if not isinstance(row, Iterable) or isinstance(row, (str, bytes)):
            raise Refused(
                f"{what}: row {index}: expected a row of numbers, found {row!r}; a single column is [[0], [1], ..]"
            )
        found.append([exact(entry) for entry in row])
    return found
