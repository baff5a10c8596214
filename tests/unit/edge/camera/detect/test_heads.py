"""Heads that are taught, on crops whose colour tells the class, through a real (tiny) embedding."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from typer.testing import CliRunner

from edge.camera.cli import app
from edge.camera.detect import heads
from edge.camera.detect.crops import read_crops
from edge.camera.detect.errors import HeadError
from edge.camera.detect.learning import cross_validate, fit
from edge.camera.detect.models import Models
from edge.camera.view import Bgr
from tests.support.tiny_models import write_embedding


def crop(rng: np.random.Generator, *, is_hat: bool, noise: int = 40) -> Bgr:
    """Draw a head: the upper half is white under a hat, dark without."""
    image = np.full((80, 80, 3), 120, np.int16)
    image[:40] = 220 if is_hat else 50
    return np.asarray(np.clip(image + rng.integers(-noise, noise, image.shape), 0, 255), np.uint8)


def write(folder: Path, classes: dict[str, list[Bgr]]) -> Path:
    for name, crops in classes.items():
        (folder / name).mkdir(parents=True)
        for number, image in enumerate(crops):
            cv2.imwrite(str(folder / name / f"{number:03}.png"), image)
    return folder


def hats(count: int = 20, *, seed: int = 3) -> dict[str, list[Bgr]]:
    rng = np.random.default_rng(seed)
    return {name: [crop(rng, is_hat=name == "hat") for _ in range(count)] for name in ("hat", "no_hat")}


def alike(count: int = 24) -> dict[str, list[Bgr]]:
    """Return crops that are alike under two names."""
    rng = np.random.default_rng(3)
    return {name: [rng.integers(0, 255, (40, 40, 3), np.uint8) for _ in range(count)] for name in ("hat", "no_hat")}


def shian(*arguments: str) -> tuple[int, str]:
    answer = CliRunner().invoke(app, [*arguments])
    return answer.exit_code, answer.output


def test_a_head_is_taught_kept_and_tells(tmp_path: Path) -> None:
    models = Models(tmp_path / "models")
    write_embedding(models.folder)
    crops = write(tmp_path / "crops", hats())
    code, output = shian("teach", "hat", "--from", str(crops), "--models", str(models.folder), "--embedder", "colours")
    assert code == 0, output
    assert "no_hat            20 crops   right 1.00   wrong 0.00" in output
    path = heads.head_path(models.folder, "hat")
    head = heads.open_head(path)
    assert (head.labels, head.crops, head.recall) == (("hat", "no_hat"), (20, 20), (1.0, 1.0))
    judge = heads.head_judge(path, head, models.embedder("colours"))
    for name, unseen in hats(5, seed=99).items():
        assert [judge.tell(image)[0] for image in unseen] == [name] * 5
    between = np.full((80, 80, 3), 128, np.uint8)
    assert judge.tell(between)[1] < 1


def test_what_cannot_be_told_apart_is_refused(tmp_path: Path) -> None:
    models = Models(tmp_path / "models")
    write_embedding(models.folder)
    crops = write(tmp_path / "crops", alike())
    code, output = shian("teach", "hat", "--from", str(crops), "--models", str(models.folder), "--embedder", "colours")
    assert code == 4
    assert "nothing was saved" in output
    assert not heads.head_path(models.folder, "hat").exists()


def test_crops_that_cannot_be_used(tmp_path: Path) -> None:
    with pytest.raises(HeadError, match="cannot be read"):
        read_crops(tmp_path / "nowhere")
    write(tmp_path / "one", {"hat": []})
    with pytest.raises(HeadError, match="expected a folder a class, two at least; found hat"):
        read_crops(tmp_path / "one")
    broken = write(tmp_path / "broken", hats(2))
    (broken / "hat" / "zzz.jpg").write_bytes(b"no picture")
    (broken / "hat" / "notes.txt").write_text("not read")
    with pytest.raises(HeadError, match=r"hat/zzz\.jpg: expected a picture"):
        read_crops(broken)
    (broken / "hat" / "zzz.jpg").write_bytes(b"")
    with pytest.raises(HeadError, match=r"hat/zzz\.jpg"):
        read_crops(broken)


def test_too_few_crops(tmp_path: Path) -> None:
    write_embedding(tmp_path)
    few = hats(8)
    few["hat"] = few["hat"][:7]
    with pytest.raises(HeadError, match=r"expected 8 crops a class at least.*found hat: 7"):
        heads.teach(few, Models(tmp_path).embedder("colours"), "colours")


def test_a_kept_head_that_cannot_be_used(tmp_path: Path) -> None:
    write_embedding(tmp_path)
    embedder = Models(tmp_path).embedder("colours")
    head = heads.teach(hats(), embedder, "colours")
    path = heads.head_path(tmp_path, "hat")
    heads.save_head(path, head)
    document = json.loads(path.read_text("utf-8"))
    for changed, message in (
        ({"bias": [0.0]}, r"hat\.head\.json: not a head that was taught.*expected 2 rows and biases; found 2, 1"),
        ({"middle": [0.0]}, "expected rows of 1 numbers"),
        ({"threshold": "high"}, "threshold"),
        ({"embedder_sha256": "x"}, "embedder_sha256"),
    ):
        path.write_text(json.dumps(document | changed), "utf-8")
        with pytest.raises(HeadError, match=message):
            heads.open_head(path)
    path.write_text("{", "utf-8")
    with pytest.raises(HeadError, match=r"hat\.head\.json"):
        heads.open_head(path)
    path.write_text(json.dumps(document | {"embedder_sha256": "0" * 64}), "utf-8")
    with pytest.raises(HeadError, match="taught with the embedding 0000"):
        heads.head_judge(path, heads.open_head(path), embedder)
    with pytest.raises(HeadError, match="no head there"):
        heads.open_head(tmp_path / "other.head.json")


def test_neighbours_are_not_tested_on_each_other() -> None:
    """Check crops in runs of the same moment, with classes that mean nothing: shuffled folds would call it perfect."""
    rng = np.random.default_rng(5)
    moments = rng.normal(size=(10, 30))
    vectors = np.repeat(moments, 5, axis=0) + rng.normal(scale=0.01, size=(50, 30))
    classes = np.repeat(np.tile([0, 1], 5), 5).astype(np.intp)
    order = np.argsort(classes, kind="stable")
    said = cross_validate(vectors[order], classes[order], 2)
    assert (said.argmax(axis=1) == classes[order]).mean() < 0.8
    assert (fit(vectors, classes, 2).shares(vectors).argmax(axis=1) == classes).mean() > 0.9


def test_teaching_twice_gives_the_same(tmp_path: Path) -> None:
    write_embedding(tmp_path)
    embedder = Models(tmp_path).embedder("colours")
    assert heads.teach(hats(), embedder, "colours") == heads.teach(hats(), embedder, "colours")


def test_heads_are_collected(shared_models: Path, shared_footage: Path, tmp_path: Path) -> None:
    models = tmp_path / "models"
    models.mkdir()
    (models / "FastestDet.onnx").write_bytes((shared_models / "FastestDet.onnx").read_bytes())
    arguments = ("--to", str(tmp_path / "heads"), "--models", str(models), "--every", "1", "--most", "12")
    code, output = shian("collect", str(shared_footage / "room.mp4"), *arguments)
    assert (code, output) == (0, f"12 crops in {tmp_path / 'heads'}\n")
    names = sorted(path.name for path in (tmp_path / "heads").iterdir())
    assert len(names) == 12
    assert 60 / 10 <= float(names[0].split("-")[0]) <= 70 / 10
    code, output = shian("collect", str(tmp_path / "nothing.mp4"), *arguments)
    assert (code, "not_found" in output) == (2, True)
