"""Sentence vectors: what a text means, as a few hundred numbers, whatever words it uses.

An encoder is a folder with `model.onnx` and `tokenizer.json`. Ours is all-MiniLM-L6-v2, which
`routing.encoder_build` makes at set-up; any other of the BERT family will do.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from routing import text as texts

Vectors = npt.NDArray[np.float32]

MODEL, TOKENIZER = "model.onnx", "tokenizer.json"
# In a model's properties: what it says of a post does not hang on the posts beside it.
APART = "crossdesk.apart"
MOST_TOGETHER = 512  # tokens: more take memory, and no less time
# Raised whenever the same text would be read differently: older vectors must then not be mixed in.
READING_VERSION = 1
MAX_CHARACTERS = 1_000
MAX_TOKENS = 128  # Longer posts say early what they are about, and time grows with length.


class EncoderError(Exception):
    """The encoder cannot be used; the message says why."""


class Encoder:
    """Turns texts into vectors of length one. Safe to share between threads."""

    def __init__(self, *, session: Any, tokenizer: Any, fingerprint: str, threads: int = 1) -> None:
        self.fingerprint = fingerprint
        self.threads = threads
        is_apart = APART in session.get_modelmeta().custom_metadata_map
        # 8-bit arithmetic mostly shares one scale among all that is run at once, so that a post's
        # vector, and what is decided by it, would hang on the posts beside it.
        self._most = MOST_TOGETHER if is_apart else 0  # tokens
        self._session, self._tokenizer = session, tokenizer
        self._inputs = {given.name for given in session.get_inputs()}

    @classmethod
    def load(cls, folder: Path, *, threads: int = 1) -> Encoder:
        """Read the encoder in `folder`; `threads` encode many posts side by side.

        Raises `EncoderError` whatever is wrong with it.
        """
        try:
            # Only who encodes pays for them: 40 MB and 0.2 seconds.
            import onnxruntime  # noqa: PLC0415
            from tokenizers import Tokenizer  # noqa: PLC0415
        except ImportError as error:
            raise EncoderError(f"The encoder needs a package: {error}.") from error
        try:
            fingerprint = fingerprint_of(folder)
            tokenizer = Tokenizer.from_file(str(folder / TOKENIZER))
            tokenizer.no_padding()
            tokenizer.enable_truncation(MAX_TOKENS)
            session = onnxruntime.InferenceSession(
                str(folder / MODEL),
                _options(onnxruntime.SessionOptions()),
                providers=["CPUExecutionProvider"],
            )
        # Both libraries raise their own kinds, and plain `Exception`.
        except Exception as error:
            raise EncoderError(f"The encoder in {folder} cannot be read: {error}") from error
        return cls(session=session, tokenizer=tokenizer, fingerprint=fingerprint, threads=threads)

    def encode(self, posts: Sequence[str]) -> Vectors:
        """Return one row of length one for each post. Raises `EncoderError`."""
        try:
            return self._encode(posts)
        # Whatever is wrong with a model shows only when it runs.
        except Exception as error:
            raise EncoderError(f"{type(error).__name__}: {error}") from error

    def _encode(self, posts: Sequence[str]) -> Vectors:
        if not posts:
            return np.zeros((0, 0), dtype=np.float32)
        read = [self.tokens(post) for post in posts]
        groups = self._groups(read)
        inputs = [[read[at] for at in group] for group in groups]
        if self.threads > 1 and len(posts) > self.threads:
            # The library lets go of the interpreter while it computes.
            with ThreadPoolExecutor(self.threads) as pool:
                rows = list(pool.map(self._vectors, inputs))
        else:
            rows = [self._vectors(ids) for ids in inputs]
        found = np.empty((len(posts), rows[0].shape[1]), dtype=np.float32)
        found[np.concatenate(groups)] = np.concatenate(rows)
        return found

    def _groups(self, read: Sequence[Sequence[int]]) -> list[list[int]]:
        """Places of posts that are run at once: of one length, for filling up changes vectors."""
        alike: dict[int, list[int]] = {}
        for at, ids in enumerate(read):
            alike.setdefault(len(ids), []).append(at)
        groups = []
        for length, places in alike.items():
            most = max(1, self._most // length)
            groups += [places[at : at + most] for at in range(0, len(places), most)]
        return groups

    def tokens(self, post: str) -> list[int]:
        """The ids of the pieces of words that `post` is read as."""
        ids: list[int] = self._tokenizer.encode(prepare(post)).ids
        return ids

    def states(self, post: str) -> list[Any]:
        """All that the model says of one post."""
        return self._run([self.tokens(post)])

    def _run(self, posts: Sequence[Sequence[int]]) -> list[Any]:
        ids = np.array(posts, dtype=np.int64)
        given = {"input_ids": ids, "attention_mask": np.ones_like(ids)}
        given["token_type_ids"] = np.zeros_like(ids)
        told: list[Any] = self._session.run(
            None, {name: value for name, value in given.items() if name in self._inputs}
        )
        return told

    def _vectors(self, posts: Sequence[Sequence[int]]) -> Vectors:
        states, *_ = self._run(posts)
        if states.ndim == 3:  # One state a token: their mean is the sentence.
            states = states.mean(axis=1)
        lengths = np.linalg.norm(states, axis=1, keepdims=True)
        return np.asarray(states / np.maximum(lengths, 1e-9), dtype=np.float32)


def prepare(post: str) -> str:
    """Return `post` as the encoder reads it: links and names say nothing of what is meant."""
    shown = texts.visible(post[:MAX_CHARACTERS])
    shown = texts.mask_addresses(shown, link=" ", handle=" ")
    if "#" in shown:
        shown = texts.HASHTAG.sub(lambda tag: texts.CAMEL.sub(" ", tag[0][1:]), shown)
    return " ".join(shown.split())


def fingerprint_of(folder: Path) -> str:
    """What tells one encoder's vectors from another's. Raises `OSError`."""
    digest = hashlib.sha256(str(READING_VERSION).encode())
    for name in (MODEL, TOKENIZER):
        digest.update((folder / name).read_bytes())
    return digest.hexdigest()


def pack(vector: Vectors) -> bytes:
    """A vector as it is kept: 16-bit floats lose nothing a decision would notice."""
    return vector.astype("<f2").tobytes()


def unpack(kept: bytes) -> Vectors:
    """The vector that `pack` made into bytes."""
    return np.frombuffer(kept, dtype="<f2").astype(np.float32)


def _options(options: Any) -> Any:
    # A post is too small to be shared out, and a web process keeps no memory it does not use.
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.enable_mem_pattern = False
    options.log_severity_level = 4
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return options
