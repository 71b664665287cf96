"""The file a trained model lives in: a head that says what it is, then arrays, no code.

No pickle is involved, so that a forged file cannot run anything; it can only be refused.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import tempfile
import zlib
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
import numpy.typing as npt

from routing import features

Arrays = dict[str, npt.NDArray[Any]]

FORMAT_VERSION = 2
MAGIC = b"crossdesk-router\n"


class ModelError(Exception):
    """A model file cannot be used; the message says why."""


class ModelMissingError(ModelError):
    """There is no such file."""


class ModelBrokenError(ModelError):
    """The file is truncated, was changed after it was written, or is no model at all."""


class ModelOutdatedError(ModelError):
    """The file was written by another version of this program or of scikit-learn."""


def write(path: Path, head: Mapping[str, Any], arrays: Arrays) -> str:
    """Write a model to `path` at once or not at all; return the file's SHA-256."""
    buffer = io.BytesIO()
    np.savez(buffer, allow_pickle=False, **arrays)
    body = zlib.compress(buffer.getvalue(), 1)
    full = {
        **head,
        "format": FORMAT_VERSION,
        "features": features.FEATURES_VERSION,
        "sklearn": sklearn_version(),
        "body_bytes": len(body),
        "body_sha256": hashlib.sha256(body).hexdigest(),
    }
    data = MAGIC + json.dumps(full, sort_keys=True).encode() + b"\n" + body
    _write_atomically(path, data)
    return hashlib.sha256(data).hexdigest()


def read(path: Path, *, sha256: str | None = None) -> tuple[dict[str, Any], Arrays]:
    """Return head and arrays of a file; with `sha256`, only if the file has this checksum.

    Raises `ModelMissingError`, `ModelBrokenError` or `ModelOutdatedError`.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ModelMissingError(f"The model file {path.name} cannot be read: {error}.") from error
    if sha256 is not None and hashlib.sha256(data).hexdigest() != sha256:
        raise ModelBrokenError(f"The model file {path.name} is not the one that was trained.")
    head, body = _split(path.name, data)
    try:
        with np.load(io.BytesIO(zlib.decompress(body)), allow_pickle=False) as arrays:
            return head, {name: arrays[name] for name in arrays.files}
    except (LookupError, ValueError, OSError, EOFError, zlib.error, BadZipFile) as error:
        raise ModelBrokenError(f"The model file {path.name} cannot be unpacked.") from error


def sklearn_version() -> str:
    """The installed scikit-learn's version, found without importing it."""
    return metadata.version("scikit-learn")


def _split(name: str, data: bytes) -> tuple[dict[str, Any], bytes]:
    if not data.startswith(MAGIC):
        raise ModelBrokenError(f"The file {name} is no Crossdesk model.")
    line, _, body = data[len(MAGIC) :].partition(b"\n")
    try:
        head: dict[str, Any] = json.loads(line)
        written_by = (head["format"], head["features"], _minor(head["sklearn"]))
        intact = head["body_sha256"] == hashlib.sha256(body).hexdigest() and head["labels"]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ModelBrokenError(f"The head of the model file {name} cannot be read.") from error
    ours = (FORMAT_VERSION, features.FEATURES_VERSION, _minor(sklearn_version()))
    if written_by != ours:
        raise ModelOutdatedError(
            f"The model file {name} was written by format {written_by[0]}, features "
            f"{written_by[1]}, scikit-learn {written_by[2]}; this program has format {ours[0]}, "
            f"features {ours[1]}, scikit-learn {ours[2]}. Train again."
        )
    if not intact:
        raise ModelBrokenError(f"The model file {name} is truncated or was changed.")
    return head, body


def _minor(version: str) -> str:
    return ".".join(version.split(".")[:2])


def _write_atomically(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
