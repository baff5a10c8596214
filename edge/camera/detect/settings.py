"""`[camera.detect]` in edge.toml: the people rules of a camera. docs/camera-settings.md lists every key."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from process.language import t
from process.settings import Settings
from wire.cameras import CameraKind

_Share = Annotated[float, Field(gt=0, le=1)]
_RuleKind = Literal[
    CameraKind.PERSON,
    CameraKind.TOO_MANY,
    CameraKind.NOBODY,
    CameraKind.NO_MASK,
    CameraKind.NO_HAT,
    CameraKind.PHONE,
    CameraKind.CIGARETTE,
]
_MODEL = {CameraKind.NO_MASK: "aizoo_mask", CameraKind.NO_HAT: "hat"}
_SCORE = {CameraKind.NO_MASK: 0.7, CameraKind.PHONE: 0.5, CameraKind.CIGARETTE: 0.5}
_LEAST_PX = {CameraKind.NO_MASK: 48, CameraKind.NO_HAT: 48}


class RuleSettings(Settings):
    """A rule on people, `[[camera.detect.rule]]`. A key that the kind does not use is refused."""

    kind: Annotated[_RuleKind, Field(description="what is told")]
    zone: Annotated[str, Field(description="a zone of the camera; none: the whole picture")] = ""
    when: Annotated[Literal["always", "open", "closed"], Field(description="by the camera's hours")] = "always"
    most: Annotated[int | None, Field(ge=1, le=100, description="too_many: more people than this")] = None
    minutes: Annotated[float | None, Field(gt=0, le=1440, description="nobody: for so long")] = None
    model: Annotated[str, Field(description="no_mask, phone, cigarette: a model; no_hat: what was taught")] = ""
    label: Annotated[str, Field(description="the label of the model that is meant")] = ""
    score: Annotated[_Share | None, Field(description="what is less sure decides nothing")] = None
    least_px: Annotated[
        int | None, Field(ge=8, le=2000, description="no_mask, no_hat: smaller heads decide nothing")
    ] = None

    @property
    def model_name(self) -> str:
        return self.model or _MODEL.get(self.kind, self.kind.value)

    @property
    def label_name(self) -> str:
        return self.label or self.kind.value

    @property
    def score_floor(self) -> float:
        return self.score if self.score is not None else _SCORE.get(self.kind, 0.0)

    @property
    def size_floor(self) -> int:
        return self.least_px if self.least_px is not None else _LEAST_PX.get(self.kind, 0)

    @model_validator(mode="after")
    def _check_keys(self) -> Self:
        allowed: dict[CameraKind, set[str]] = {
            CameraKind.TOO_MANY: {"most"},
            CameraKind.NOBODY: {"minutes"},
            CameraKind.NO_MASK: {"model", "label", "score", "least_px"},
            CameraKind.NO_HAT: {"model", "label", "score", "least_px"},
            CameraKind.PHONE: {"model", "label", "score"},
            CameraKind.CIGARETTE: {"model", "label", "score"},
        }
        extra = self.model_fields_set - {"kind", "zone", "when"} - allowed.get(self.kind, set())
        if extra:
            names = ", ".join(sorted(extra))
            raise ValueError(t(f"a rule {self.kind} has no {names}", f"规则 {self.kind} 没有 {names}"))
        if self.kind is CameraKind.TOO_MANY and self.most is None:
            raise ValueError(t("too_many needs most = N", "too_many 须给出 most = N"))
        if self.kind is CameraKind.NOBODY and self.minutes is None:
            raise ValueError(t("nobody needs minutes = N", "nobody 须给出 minutes = N"))
        return self


class DetectSettings(Settings):
    """The rules, and how often people are looked for: at most every `every_s`, while the picture changes and for
    `after_s` after; else every `idle_s`. The time in between decides nothing."""

    rule: tuple[RuleSettings, ...] = ()
    person: Annotated[str, Field(description="the model that finds people")] = "fastestdet"
    score: Annotated[_Share, Field(description="the least score of a person")] = 0.3
    every_s: Annotated[float, Field(gt=0, le=60, description="people are looked for at most so often")] = 1.0
    after_s: Annotated[float, Field(ge=0, le=600, description="and so long after the picture has changed")] = 10.0
    idle_s: Annotated[float, Field(gt=0, le=600, description="else so often")] = 10.0

    @model_validator(mode="after")
    def _check_twice(self) -> Self:
        seen = [(rule.kind, rule.zone) for rule in self.rule]
        twice = next((pair for pair in seen if seen.count(pair) > 1), None)
        if twice:
            kind, zone = twice
            raise ValueError(t(f"two rules {kind} for the zone {zone!r}", f"区域 {zone!r} 有两条 {kind} 规则"))
        return self
