"""Scenes for bench.people: people, and things that are taken for people. Real people are cut out of room.mp4; kitchens,
bottles, panes and frames are drawn. Each scene yields pictures with their time and whether somebody is there."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from edge.camera.view import Bgr
from shian.demo.scenes.kitchen import draw_kitchen

RATE = 5.0
WIDTH, HEIGHT = 640, 360
_EMPTY = range(0, 50, 5)  # frames of room.mp4 without anybody

Shown = tuple[float, Bgr, bool]


@dataclass(frozen=True, slots=True)
class Cutout:
    """A person of room.mp4: the picture and its weight, 0 to 1, both as high as the person."""

    picture: NDArray[np.float32]
    weight: NDArray[np.float32]

    def of_height(self, height: int) -> "Cutout":
        size = max(2, round(self.picture.shape[1] * height / self.picture.shape[0])), max(2, height)
        picture, weight = (
            np.asarray(cv2.resize(part, size, interpolation=cv2.INTER_AREA), np.float32)
            for part in (self.picture, self.weight)
        )
        return Cutout(picture, weight)


def film(path: Path, every: int = 1) -> Iterator[tuple[int, float, Bgr]]:
    """Yield every so many frames of a film, with number and time."""
    with av.open(str(path)) as container:
        for number, frame in enumerate(container.decode(video=0)):
            if number % every == 0:
                yield number, float(frame.time or 0.0), np.asarray(frame.to_ndarray(format="bgr24"), np.uint8)


def cutouts(room: Path, first: int, last: int) -> list[Cutout]:
    """Cut whoever stands in these frames out of the room, at RATE pictures a second."""
    empty, people = [], []
    for number, _, image in film(room):
        if number in _EMPTY:
            empty.append(image)
        if number > last:
            break
        if number == first:
            usual = np.median(empty, axis=0).astype(np.float32)
        if number >= first and number % 2 == 0:
            people.append(_cut(image.astype(np.float32), usual))
    return [person for person in people if person]


def _cut(image: NDArray[np.float32], usual: NDArray[np.float32]) -> Cutout | None:
    differs = (np.abs(image - usual).max(axis=2) > 28).astype(np.uint8)
    differs = cv2.morphologyEx(differs, cv2.MORPH_CLOSE, np.ones((9, 9), np.uint8))
    count, labels, stats, _ = cv2.connectedComponentsWithStats(differs)
    if count < 2:
        return None
    largest = 1 + int(np.argmax(stats[1:, cv2.CC_STAT_AREA]))
    left, top, width, height, area = (int(value) for value in stats[largest])
    if area < 8000 or height < 250:
        return None
    place = np.s_[top : top + height, left : left + width]
    weight = cv2.GaussianBlur((labels[place] == largest).astype(np.float32), (0, 0), 1.2)
    return Cutout(image[place], np.asarray(weight, np.float32)[..., None])


def paste(image: NDArray[np.float32], person: Cutout, foot: tuple[float, float], strength: float = 1.0) -> None:
    """Put a person onto the picture, with the middle of the feet at `foot`."""
    height, width = person.picture.shape[:2]
    left, top = round(foot[0] - width / 2), round(foot[1] - height)
    x1, y1, x2, y2 = max(0, left), max(0, top), min(WIDTH, left + width), min(HEIGHT, top + height)
    if x2 <= x1 or y2 <= y1:
        return
    part = np.s_[y1 - top : y2 - top, x1 - left : x2 - left]
    weight = person.weight.reshape(height, width, 1)[part] * strength
    image[y1:y2, x1:x2] = image[y1:y2, x1:x2] * (1 - weight) + person.picture[part] * weight


@dataclass
class Stage:
    """A drawn kitchen with a sensor's noise and light that drifts."""

    seed: int

    def __post_init__(self) -> None:
        kitchen = draw_kitchen(WIDTH, self.seed)
        room = kitchen.room.copy()
        cv2.copyTo(kitchen.counter, kitchen.mask, room)
        self.room = room.astype(np.float32)
        self._rng = np.random.default_rng(self.seed)

    def shown(self, image: NDArray[np.float32], at_s: float) -> Bgr:
        light = 1 + 0.04 * np.sin(0.11 * at_s + self.seed)
        noise = self._rng.normal(0, 2.0, (HEIGHT, WIDTH, 1))
        return np.asarray(np.clip(image * light + noise, 0, 255), np.uint8)

    def still(self, seconds: float) -> Iterator[Shown]:
        for number in range(round(seconds * RATE)):
            yield number / RATE, self.shown(self.room, number / RATE), False


def bottle(image: NDArray[np.float32], x: float, foot: float, height: float, colour: Sequence[float]) -> None:
    """Draw a bottle of glass with a label, a neck, a cap and a shine."""
    width = 0.3 * height
    for across in range(round(-width / 2), round(width / 2) + 1):
        round_ = np.sqrt(max(0.0, 1 - (2 * across / width) ** 2))
        shade = np.array(colour) * (0.35 + 0.75 * round_) + 70 * np.exp(-(((across / width + 0.22) / 0.06) ** 2))
        place = round(x + across)
        body = round(foot - height * (0.58 + 0.08 * round_))
        if 0 <= place < WIDTH:
            image[body : round(foot), place] = shade
            if abs(across) < width * 0.17:
                image[round(foot - height) : body + 2, place] = shade
                image[round(foot - height) : round(foot - 0.93 * height), place] = (40, 40, 170)
            image[round(foot - 0.45 * height) : round(foot - 0.15 * height), place] = 225 * (0.5 + 0.5 * round_)
    for row in range(3):
        y = round(foot - (0.38 - 0.08 * row) * height)
        cv2.line(image, (round(x - width / 3), y), (round(x + width / 4), y), (60, 50, 40), 1)


def bottles(seed: int, sizes: Sequence[float]) -> Stage:
    stage, rng = Stage(seed), Random(seed)
    for number, height in enumerate(sizes):
        colour = [rng.uniform(20, 150) for _ in range(3)]
        bottle(stage.room, 130 + number * 380 / len(sizes) + rng.uniform(-10, 10), 214 + height / 3, height, colour)
    return stage


def mannequins(seed: int, people: Sequence[Cutout]) -> Stage:
    stage = Stage(seed)
    for number, height in enumerate((130, 210)):
        paste(stage.room, people[number * len(people) // 2].of_height(height), (190 + 260 * number, 330.0))
    return stage


def coats(seed: int, people: Sequence[Cutout]) -> Stage:
    """Hang coats: people without heads and legs, on a rail."""
    stage = Stage(seed)
    cv2.line(stage.room, (300, 60), (600, 60), (60, 60, 64), 4)
    for number in range(3):
        person = people[number * len(people) // 3].of_height(230)
        torso = np.s_[42:150]
        paste(
            stage.room,
            Cutout(person.picture[torso], person.weight.reshape(230, -1, 1)[torso]),
            (350 + 95 * number, 172.0),
        )
    return stage


def posters(seed: int, picture: Bgr, person: Cutout) -> Stage:
    """Hang a photograph of somebody, and the print of a whole person, on the wall."""
    stage = Stage(seed)
    stage.room[30:180, 250:400] = cv2.resize(picture, (150, 150), interpolation=cv2.INTER_AREA)
    stage.room[20:190, 450:540] = (214, 222, 226)
    paste(stage.room, person.of_height(160), (495.0, 186.0))
    return stage


def reflections(seed: int, people: Sequence[Cutout], seconds: float) -> Iterator[Shown]:
    """Let somebody who is not in the picture walk to and fro in a pane of glass: faint, mirrored."""
    stage = Stage(seed)
    stage.room[40:300, 380:560] = stage.room[40:300, 380:560] * 0.45 + 20
    for number in range(round(seconds * RATE)):
        at_s = number / RATE
        image = stage.room.copy()
        person = people[number % len(people)].of_height(200)
        mirrored = Cutout(person.picture[:, ::-1], person.weight.reshape(200, -1, 1)[:, ::-1])
        away = image.copy()
        paste(away, mirrored, (470 + 150 * np.sin(0.35 * at_s), 300.0), 0.22)
        image[40:300, 380:560] = away[40:300, 380:560]
        yield at_s, stage.shown(image, at_s), False


def walkers(stage: Stage, people: Sequence[Cutout], height: int, seconds: float) -> Iterator[Shown]:
    """Let a real person come in, walk through, stand for a while and go, among what the stage shows. A third of the
    time nobody is there."""
    for number in range(round(seconds * RATE)):
        at_s = number / RATE
        image, phase = stage.room.copy(), at_s % 30.0
        is_there = phase >= 10
        if is_there:
            steps = np.interp(phase, [10, 16, 23, 30], [0.02, 0.5, 0.55, 0.98])
            paste(image, people[number % len(people)].of_height(height), (WIDTH * float(steps), 346.0 - 20))
        yield at_s, stage.shown(image, at_s), is_there


def far_away(stage: Stage, shown: Iterator[Shown], height: int) -> Iterator[Shown]:
    """Show a whole film small, as a room behind an opening of the kitchen's wall."""
    for at_s, image, is_there in shown:
        small = cv2.resize(
            image, (round(height * image.shape[1] / image.shape[0]), height), interpolation=cv2.INTER_AREA
        )
        picture = stage.room.copy()
        picture[60 : 60 + height, 420 : 420 + small.shape[1]] = small
        yield at_s, stage.shown(picture, at_s), is_there
