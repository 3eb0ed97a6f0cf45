"""The frozen numbers of `acoustic-v1`: changing any of them makes another model version."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

PATH: Final = Path(__file__).with_name("constants-v1.json")


@dataclass(frozen=True, slots=True, eq=False)
class Confidence:
    """A logistic curve from evidence to the probability of being right (Platt 1999)."""

    bias: float
    slopes: tuple[float, ...]

    def of(self, evidence: Sequence[float] | NDArray[np.float32]) -> float:
        """Give the probability, 0..1."""
        logit = self.bias + float(np.dot(self.slopes, np.asarray(evidence, dtype=np.float64)))
        return float(1 / (1 + np.exp(-np.clip(logit, -30, 30))))


@dataclass(frozen=True, slots=True, eq=False)
class Constants:
    """Mean and spread of every raw feature, and the two calibrated confidences."""

    version: str
    fitted_on: str
    sizes: Mapping[str, int]
    mean: NDArray[np.float64]
    std: NDArray[np.float64]
    bpm: Confidence
    key: Confidence


@cache
def shipped_constants() -> Constants:
    """Read the constants that ship with this version."""
    return from_json(json.loads(PATH.read_text(encoding="utf-8")))


def from_json(data: Mapping[str, Any]) -> Constants:
    """Read what `to_json` wrote."""
    return Constants(
        version=data["version"],
        fitted_on=data["fitted_on"],
        sizes=data["sizes"],
        mean=np.array(data["mean"], dtype=np.float64),
        std=np.array(data["std"], dtype=np.float64),
        bpm=Confidence(data["bpm"]["bias"], tuple(data["bpm"]["slopes"])),
        key=Confidence(data["key"]["bias"], tuple(data["key"]["slopes"])),
    )


def to_json(constants: Constants) -> dict[str, Any]:
    """Plain values with six digits: enough for a vector, and a readable diff."""
    return {
        "version": constants.version,
        "fitted_on": constants.fitted_on,
        "sizes": dict(constants.sizes),
        "bpm": {"bias": constants.bpm.bias, "slopes": list(constants.bpm.slopes)},
        "key": {"bias": constants.key.bias, "slopes": list(constants.key.slopes)},
        "mean": [float(f"{x:.6g}") for x in constants.mean],
        "std": [float(f"{x:.6g}") for x in constants.std],
    }
