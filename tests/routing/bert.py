"""BERT in numpy, step by step as the paper has it: what the encoder's graph must agree with."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy.special import erf

from routing.encoder_build import EPSILON, HEADS, LAYERS, WIDTH

Array = npt.NDArray[np.float32]


def sentence_vector(weights: dict[str, Array], ids: Sequence[int]) -> Array:
    """The mean of the last states of `ids`, of length one."""
    state = weights["embeddings.word_embeddings.weight"][list(ids)]
    state = state + weights["embeddings.position_embeddings.weight"][: len(ids)]
    state = state + weights["embeddings.token_type_embeddings.weight"][0]
    state = _normalised(weights, state, "embeddings.LayerNorm.")
    for layer in range(LAYERS):
        state = _layer(weights, state, f"encoder.layer.{layer}.")
    mean = state.mean(axis=0)
    return np.asarray(mean / np.linalg.norm(mean), dtype=np.float32)


def _layer(weights: dict[str, Array], state: Array, at: str) -> Array:
    query, key, value = (
        _dense(weights, state, f"{at}attention.self.{name}.")
        .reshape(len(state), HEADS, WIDTH // HEADS)
        .transpose(1, 0, 2)
        for name in ("query", "key", "value")
    )
    scores = np.exp(query @ key.transpose(0, 2, 1) / math.sqrt(WIDTH // HEADS))
    attended = (scores / scores.sum(axis=-1, keepdims=True)) @ value
    attended = attended.transpose(1, 0, 2).reshape(len(state), WIDTH)
    attended = _dense(weights, attended, f"{at}attention.output.dense.")
    state = _normalised(weights, attended + state, f"{at}attention.output.LayerNorm.")
    wide = _dense(weights, state, f"{at}intermediate.dense.")
    wide = wide * 0.5 * (1 + erf(wide / math.sqrt(2)))
    narrow = _dense(weights, wide, f"{at}output.dense.")
    return _normalised(weights, narrow + state, f"{at}output.LayerNorm.")


def _dense(weights: dict[str, Array], state: Array, at: str) -> Array:
    return np.asarray(state @ weights[f"{at}weight"].T + weights[f"{at}bias"])


def _normalised(weights: dict[str, Array], state: Array, at: str) -> Array:
    centred = state - state.mean(axis=-1, keepdims=True)
    deviation = np.sqrt((centred**2).mean(axis=-1, keepdims=True) + EPSILON)
    return np.asarray(centred / deviation * weights[f"{at}weight"] + weights[f"{at}bias"])
