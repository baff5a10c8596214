"""A small classifier over embeddings: logistic regression, scored by cross-validation. Pure numpy."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float64]
Places = NDArray[np.intp]  # of classes

_STEPS = 300
_RATE = 2.0
_DECAY = 1e-3
_FOLDS = 5


@dataclass(frozen=True, slots=True)
class Weights:
    """The weights of a classifier: `matrix` features x classes, `bias` classes, `middle` features, which is subtracted
    first."""

    matrix: Matrix
    bias: Matrix
    middle: Matrix

    def shares(self, vectors: Matrix) -> Matrix:
        """Return the shares of the classes for each vector, vectors x classes; each row sums to 1."""
        return _softmax((vectors - self.middle) * _GAIN @ self.matrix + self.bias)


# Vectors of length 1 differ by a few tenths: without it the steps would have to be many more.
_GAIN = 10.0


def fit(vectors: Matrix, classes: Places, count: int) -> Weights:
    """Train a classifier. Each class weighs the same, however many vectors it has. The same input gives the same
    weights."""
    middle = vectors.mean(axis=0)
    given = (vectors - middle) * _GAIN
    wanted = np.eye(count)[classes]
    weight = (1.0 / np.maximum(np.bincount(classes, minlength=count), 1))[classes][:, None] / count
    matrix, bias = np.zeros((given.shape[1], count)), np.zeros(count)
    for _ in range(_STEPS):
        off = (_softmax(given @ matrix + bias) - wanted) * weight
        matrix -= _RATE * (given.T @ off + _DECAY * matrix)
        bias -= _RATE * off.sum(axis=0)
    return Weights(matrix, bias, middle)


def cross_validate(vectors: Matrix, classes: Places, count: int) -> Matrix:
    """Return, for each vector, the shares that a classifier gives that has not seen it: vectors x classes.

    The vectors of a class are cut into consecutive runs, not shuffled: neighbours are often the same person a moment
    later, and would prove too much."""
    fold = np.zeros(len(classes), np.intp)
    for place in range(count):
        own = np.flatnonzero(classes == place)
        fold[own] = np.arange(len(own)) * _FOLDS // len(own)
    said = np.zeros((len(classes), count))
    for number in range(_FOLDS):
        out = fold == number
        said[out] = fit(vectors[~out], classes[~out], count).shares(vectors[out])
    return said


@dataclass(frozen=True, slots=True)
class ClassScore:
    """The score of a class by cross-validation, as shares of all its crops; the rest is `unsure`."""

    label: str
    crops: int
    recall: float
    wrong: float


def scores(said: Matrix, classes: Places, labels: Sequence[str], threshold: float) -> list[ClassScore]:
    """Score each class. A crop whose best share is under `threshold` is not decided."""
    made = []
    told = np.where(said.max(axis=1) >= threshold, said.argmax(axis=1), -1)
    for place, label in enumerate(labels):
        own = told[classes == place]
        right = float((own == place).mean())
        made.append(ClassScore(label, len(own), right, float(((own != place) & (own >= 0)).mean())))
    return made


def _softmax(value: Matrix) -> Matrix:
    raised = np.exp(value - value.max(axis=1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=1, keepdims=True), np.float64)
