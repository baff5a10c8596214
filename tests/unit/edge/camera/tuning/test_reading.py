"""A stream through a trial, as a file and in real time, and what is said of it. Real-time tests take seconds."""

import signal
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from edge.camera.building import make_analysis
from edge.camera.episodes import Change
from edge.camera.packets import Packet, StreamInfo
from edge.camera.settings import CameraSettings
from edge.camera.stream import Source, open_stream
from edge.camera.tuning.flow import Flow, Trouble
from edge.camera.tuning.reading import read_file, read_live, source_of
from edge.camera.tuning.trial import Tell, Trial
from edge.camera.view import State
from tests.support.drawn_scene import NOON
from tests.support.footage import encoded
from tests.support.tampers import covered
from tests.support.videos import write_video
from tests.unit.edge.camera.tuning.clips import write_clip
from wire.cameras import CameraKind


def camera(url: Path, **settings: object) -> CameraSettings:
    return CameraSettings.model_validate({"name": "prep", "url": str(url), **settings})


def trial_of(chosen: CameraSettings, tell: Tell = lambda change, local: None, *, keeps: bool = True) -> Trial:
    analysis = make_analysis(chosen, Path("models"))
    return Trial(analysis, lambda at_s: NOON + timedelta(seconds=at_s), tell, keeps=keeps)


def read(chosen: CameraSettings, trial: Trial, flow: Flow, most_s: float = 60.0) -> Trouble:
    return read_file(open_stream(source_of(chosen)), chosen.rate, trial=trial, flow=flow, most_s=most_s)


@pytest.mark.parametrize("gop", [5, 20])
def test_a_stream_is_measured_by_its_own_times(gop: int) -> None:
    flow = Flow()
    info, packets = encoded(seconds=6, rate=10, gop=gop)
    for packet in packets:
        flow.add(info, packet)
    assert flow.rate == pytest.approx(10, rel=0.02)
    assert flow.key_every_s == pytest.approx(gop / 10, rel=0.02)
    assert flow.kbit_s == pytest.approx(sum(len(packet.data) for packet in packets) * 8 / 6 / 1000, rel=0.05)


def test_of_too_few_packets_nothing_is_measured() -> None:
    flow = Flow()
    assert (flow.rate, flow.key_every_s, flow.kbit_s) == (None, None, None)
    info, packets = encoded(seconds=6, rate=10, gop=20)
    flow.add(info, packets[0])
    assert (flow.rate, flow.key_every_s, flow.kbit_s) == (None, None, None)
    flow.add(info, Packet(b"", 0, 0, packets[0].at_s, is_key=False))
    assert flow.rate is None


def test_a_file_is_read_at_once_and_told_of(tmp_path: Path) -> None:
    chosen = camera(write_clip(tmp_path / "a.mp4", {(4.0, 12.0): covered(60)}, 16.0))
    told: list[tuple[str, str, datetime]] = []

    def tell(change: Change, local: datetime) -> None:
        told.append((change.kind.value, change.phase, local))

    trial, flow = trial_of(chosen, tell), Flow()
    assert read(chosen, trial, flow) == Trouble({}, 0, 0)
    assert [entry[:2] for entry in told] == [("covered", "start"), ("covered", "end")]
    (episode,) = trial.episodes
    assert 4 <= episode.began_s <= 4.4
    assert told[0][2] == NOON + timedelta(seconds=episode.start_s)
    assert trial.count == len(trial.looks) == trial.said[(CameraKind.OFFLINE, ""), State.NO] == 80
    assert [look.at_s for look in trial.looks[:3]] == pytest.approx([0, 0.2, 0.4])
    gone = trial.ranges["gone"]
    assert (gone.least, gone.most > 0.9, gone.last < 0.1) == (0, True, True)
    assert (flow.packets, round(flow.rate or 0, 3), flow.key_every_s) == (80, 5, 2)


def test_no_more_of_a_file_than_was_wished(tmp_path: Path) -> None:
    chosen = camera(write_video(tmp_path / "a.mp4", seconds=6))
    trial = trial_of(chosen)
    read(chosen, trial, Flow(), most_s=2)
    assert 10 <= trial.count <= 11


def test_a_looped_file_ends(tmp_path: Path) -> None:
    chosen = camera(write_video(tmp_path / "a.mp4", seconds=1), stream={"loop": True})
    trial = trial_of(chosen)
    read(chosen, trial, Flow())
    assert trial.count == 5


def test_a_damaged_file_is_read_as_far_as_it_goes(tmp_path: Path) -> None:
    path = write_video(tmp_path / "a.ts", seconds=4)
    content = bytearray(path.read_bytes())
    for at in range(len(content) // 3, len(content) // 2, 50):
        content[at] ^= 0xFF
    path.write_bytes(content)
    chosen = camera(path)
    trial = trial_of(chosen)
    assert read(chosen, trial, Flow()).damaged > 0
    assert trial.count > 5


def test_a_trial_for_days_keeps_nothing_but_counts(tmp_path: Path) -> None:
    chosen = camera(write_video(tmp_path / "a.mp4", seconds=4))
    trial = trial_of(chosen, keeps=False)
    read(chosen, trial, Flow())
    assert (trial.count, trial.looks, trial.album.pictures) == (20, [], [])
    assert trial.states[(CameraKind.DARK, "")] is State.NO


def test_ctrl_c_ends_the_reading_of_a_file(tmp_path: Path) -> None:
    chosen = camera(write_clip(tmp_path / "a.mp4", {(2.0, 8.0): covered(60)}, 16.0))

    def press(change: Change, local: datetime) -> None:
        signal.raise_signal(signal.SIGINT)

    trial = trial_of(chosen, press)
    read(chosen, trial, Flow())
    assert trial.count < 40
    assert len(trial.episodes) == 1


def test_a_live_stream_is_looked_at_for_its_time(tmp_path: Path) -> None:
    chosen = camera(write_video(tmp_path / "a.mp4", seconds=8))
    trial, flow = trial_of(chosen), Flow()
    stream = open_stream(Source(chosen.url))
    trouble = read_live(stream, chosen, trial=trial, flow=flow, seconds=2.5)
    assert (trouble.lost, trouble.damaged) == ({}, 0)
    assert 5 <= trial.count <= 14
    assert flow.rate == pytest.approx(15, rel=0.05)
    assert flow.info == StreamInfo("h264", 320, 180, stream.info.extradata, stream.info.time_base)


def test_a_live_stream_that_is_gone_is_offline(tmp_path: Path) -> None:
    path = write_video(tmp_path / "a.mp4", seconds=1)
    settings = {"read_s": 0.5, "reconnect_s": 0.1, "reconnect_longest_s": 0.2}
    chosen = camera(path, stream=settings, patience={"offline": {"begin_s": 0.3}})

    def press(change: Change, local: datetime) -> None:
        if change.kind is CameraKind.OFFLINE:
            signal.raise_signal(signal.SIGINT)

    trial, stream = trial_of(chosen, press), open_stream(Source(chosen.url))
    path.unlink()
    trouble = read_live(stream, chosen, trial=trial, flow=Flow(), seconds=None)
    assert trouble.lost["ended"] == 1
    assert trouble.lost["not_found"] >= 1
    assert [episode.kind for episode in trial.episodes] == [CameraKind.OFFLINE]
