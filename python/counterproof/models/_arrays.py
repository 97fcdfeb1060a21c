"""Arrays as the bytes of a ``.safetensors`` file that says itself what they are; the same arrays make the same bytes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Optional

from .._native import Refused

#: Names of element types in the file, by NumPy's.
TYPES = {
    "float16": "F16",
    "float32": "F32",
    "float64": "F64",
    "int8": "I8",
    "int16": "I16",
    "int32": "I32",
    "int64": "I64",
    "uint8": "U8",
    "uint16": "U16",
    "uint32": "U32",
    "uint64": "U64",
    "bool": "BOOL",
}


def plain(name: str, array: Any) -> Any:
    """A NumPy array of a type that files have; bfloat16 becomes float32, which holds the same numbers."""
    import numpy

    if hasattr(array, "detach"):
        array = array.detach().cpu()
        if str(array.dtype) == "torch.bfloat16":
            array = array.float()
        array = array.numpy()
    array = numpy.ascontiguousarray(array)
    if array.dtype.name == "bfloat16":
        array = array.astype("float32")
    if array.dtype.name not in TYPES:
        raise Refused(f"{name}: expected floats or integers of at most 64 bits, found {array.dtype.name}")
    return array.astype(array.dtype.newbyteorder("<"), copy=False)


def written(arrays: Mapping[str, Any], mapping: Mapping[str, Any], task: Optional[str]) -> bytes:
    """The file of these arrays, with the mapping and the task in its metadata."""
    metadata = {"counterproof-mapping": json.dumps(mapping)}
    if task is not None:
        metadata["counterproof-task"] = task
    header: dict[str, Any] = {"__metadata__": metadata}
    parts, end = [], 0
    for name in sorted(arrays):
        array = plain(name, arrays[name])
        content = array.tobytes()
        start, end = end, end + len(content)
        header[name] = {"dtype": TYPES[array.dtype.name], "shape": list(array.shape), "data_offsets": [start, end]}
        parts.append(content)
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    return len(text).to_bytes(8, "little") + text + b"".join(parts)


def read_mapping(path: Path) -> Any:
    try:
        return json.loads(path.read_text())
    except json.JSONDecodeError as error:
        raise Refused(f"{path}:{error.lineno}:{error.colno}: expected JSON, but: {error.msg}") from None


def read(path: Path) -> dict[str, Any]:
    """The arrays of an ``.npz`` or ``.safetensors`` file."""
    import numpy

    if path.suffix == ".npz":
        with numpy.load(path) as arrays:
            return {name: arrays[name] for name in arrays.files}
    content = path.read_bytes()
    start = 8 + int.from_bytes(content[:8], "little")
    try:
        header = json.loads(content[8:start])
        entries = {name: entry for name, entry in header.items() if name != "__metadata__"}
        names = {short: name for name, short in TYPES.items()}
        found = {}
        for name, entry in entries.items():
            first, last = (start + at for at in entry["data_offsets"])
            kind = entry["dtype"]
            if kind == "BF16":
                wide = numpy.frombuffer(content[first:last], "<u2").astype("<u4") << 16
                array = wide.view("<f4")
            elif kind in names:
                array = numpy.frombuffer(content[first:last], numpy.dtype(names[kind]).newbyteorder("<"))
            else:
                raise Refused(f"{path}: {name}: elements of type {kind} are not read")
            found[name] = array.reshape(entry["shape"])
    except (ValueError, KeyError, TypeError, AttributeError):
        raise Refused(f"{path}: expected an .npz or a .safetensors file") from None
    return found
