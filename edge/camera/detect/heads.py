"""Heads that are trained on site: a few hundred numbers that tell the class of a crop from its embedding.

Stored as `NAME.head.json` in the folder of the models, with the sha256 of the embedding's model, and the scores of the
training."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from edge.camera.detect.contract import Embedder
from edge.camera.detect.errors import HeadError
from edge.camera.detect.learning import ClassScore, Matrix, Places, Weights, cross_validate, fit, scores
from edge.camera.view import Bgr

LEAST_CROPS = 8
_LEAST_RECALL = 0.7
_MOST_WRONG = 0.05
_THRESHOLDS = (0.5, 0.6, 0.7, 0.8, 0.9, 0.95)
_LARGEST_FILE = 16 << 20


class Head(BaseModel):
    """A head as it is stored. `recall` and `wrong`: by cross-validation on the crops that it was taught with."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    embedder: str
    embedder_sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    labels: Annotated[tuple[str, ...], Field(min_length=2, max_length=32)]
    threshold: Annotated[float, Field(gt=0, le=1)]
    crops: tuple[int, ...]
    recall: tuple[float, ...]
    wrong: tuple[float, ...]
    matrix: Annotated[tuple[tuple[float, ...], ...], Field(description="a row a class")]
    bias: tuple[float, ...]
    middle: tuple[float, ...]

    @model_validator(mode="after")
    def _check_shape(self) -> "Head":
        if not len(self.matrix) == len(self.bias) == len(self.labels):
            raise ValueError(f"expected {len(self.labels)} rows and biases; found {len(self.matrix)}, {len(self.bias)}")
        if any(len(row) != len(self.middle) for row in self.matrix):
            raise ValueError(f"expected rows of {len(self.middle)} numbers")
        return self

    @property
    def weights(self) -> Weights:
        return Weights(np.asarray(self.matrix, np.float64).T, np.asarray(self.bias), np.asarray(self.middle))


class HeadJudge:
    """A head with its embedder."""

    def __init__(self, head: Head, embedder: Embedder) -> None:
        self._head = head
        self._weights = head.weights
        self._embedder = embedder

    def tell(self, crop: Bgr) -> tuple[str, float]:
        """Return the label and its share; "": the head is not sure enough to tell."""
        shares = self._weights.shares(self._embedder.embed(crop)[None].astype(np.float64))[0]
        place = int(shares.argmax())
        share = float(shares[place])
        return (self._head.labels[place] if share >= self._head.threshold else ""), share


def head_path(models: Path, name: str) -> Path:
    return models / f"{name}.head.json"


def open_head(path: Path) -> Head:
    """Read a head. Raises HeadError, which names the file."""
    try:
        if path.stat().st_size > _LARGEST_FILE:
            raise HeadError(f"{path}: expected a head of at most {_LARGEST_FILE} bytes; found {path.stat().st_size}")
        return Head.model_validate_json(path.read_bytes())
    except OSError as exc:
        raise HeadError(f"{path}: no head there ({exc.strerror}); teach it: shian edge camera teach") from exc
    except ValidationError as exc:
        first = exc.errors()[0]
        place = ".".join(str(step) for step in first["loc"])
        raise HeadError(f"{path}: not a head that was taught: {place}: {first['msg']}") from exc


def head_judge(path: Path, head: Head, embedder: Embedder) -> HeadJudge:
    """Return the judge of a head. Raises HeadError when the head was taught with another embedding."""
    if head.embedder_sha256 != embedder.sha256:
        raise HeadError(f"{path}: taught with the embedding {head.embedder_sha256}; found {embedder.sha256}")
    return HeadJudge(head, embedder)


def save_head(path: Path, head: Head) -> None:
    """Write the head, whole or not at all. Raises HeadError."""
    aside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        aside.write_text(head.model_dump_json(), "utf-8")
        aside.replace(path)
    except OSError as exc:
        aside.unlink(missing_ok=True)
        raise HeadError(f"{path}: cannot be written: {exc.strerror}") from exc


def teach(crops: Mapping[str, Sequence[Bgr]], embedder: Embedder, name: str) -> Head:
    """Train a head from labelled crops, those of a label in the order in which they were taken. `name`: the embedder's.
    Raises HeadError when there are too few crops."""
    labels = tuple(sorted(crops))
    if len(labels) < 2:
        raise HeadError(f"expected two classes at least; found {', '.join(labels) or 'none'}")
    few = [f"{label}: {len(crops[label])}" for label in labels if len(crops[label]) < LEAST_CROPS]
    if few:
        raise HeadError(f"expected {LEAST_CROPS} crops a class at least, better 20 to 50; found {', '.join(few)}")
    vectors = np.asarray([embedder.embed(crop) for label in labels for crop in crops[label]], np.float64)
    classes: Places = np.repeat(np.arange(len(labels)), [len(crops[label]) for label in labels])
    said = cross_validate(vectors, classes, len(labels))
    threshold, told = _choose(said, classes, labels)
    weights = fit(vectors, classes, len(labels))
    return Head(
        embedder=name,
        embedder_sha256=embedder.sha256,
        labels=labels,
        threshold=threshold,
        crops=tuple(score.crops for score in told),
        recall=tuple(round(score.recall, 4) for score in told),
        wrong=tuple(round(score.wrong, 4) for score in told),
        matrix=tuple(tuple(round(float(number), 6) for number in row) for row in weights.matrix.T),
        bias=tuple(float(number) for number in weights.bias),
        middle=tuple(round(float(number), 7) for number in weights.middle),
    )


def is_poor(head: Head) -> bool:
    """Tell whether cross-validation is too poor for the head to be used."""
    return min(head.recall) < _LEAST_RECALL or max(head.wrong) > _MOST_WRONG


def _choose(said: Matrix, classes: Places, labels: Sequence[str]) -> tuple[float, list[ClassScore]]:
    """Return the lowest threshold at which hardly a crop is told wrong, with its scores; the highest when there is
    none."""
    for threshold in _THRESHOLDS:
        told = scores(said, classes, labels, threshold)
        if max(score.wrong for score in told) <= _MOST_WRONG:
            return threshold, told
    return _THRESHOLDS[-1], scores(said, classes, labels, _THRESHOLDS[-1])
