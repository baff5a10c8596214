"""Errors of models. Each message names the file, the expected and the found."""

from edge.camera.errors import CameraError


class ModelError(CameraError):
    """Base of the errors of models."""


class ModelUnknownError(ModelError):
    """No model of that name is in the catalogue or was described by the user."""


class ModelMissingError(ModelError):
    """The model is known, its file is not there: install it first."""


class ModelHashError(ModelError):
    """The file is not the one that the description names by sha256."""


class ModelFormatError(ModelError):
    """The file is not a model of that kind, or its inputs or outputs do not have the shape that the description
    names."""


class ModelFetchError(ModelError):
    """The model cannot be fetched or stored."""


class DescriptionError(ModelError):
    """The description of a model cannot be used; the message names file, line and key."""


class HeadError(ModelError):
    """A head trained on site cannot be made or used."""
