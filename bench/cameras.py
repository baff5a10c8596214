"""Cameras on one core: what the agent's capture and analysis cost, next to plain decoding of the same streams.

    ./dev bench cameras             # or: python -m bench.cameras [--seconds 20] [--only small] [--rtsp]

Three loads from generated H.264 films of noisy, moving content, in real time: 8 sub-streams 640x360 at 15 frames a
second, 4 x 1280x720 at 25, 4 x 1920x1080 at 25. Each runs in a process of its own, twice: the agent's cameras (demux,
packet ring, decoding, and the watchers that a camera has by default, 5 looks a second), and as the reference PyAV alone
that demuxes and decodes the same streams, one thread each. Printed: processor time as a share of one core, memory. The
films show nothing that is an event: what evidence costs (a clip made anew to hide faces) would hide the rest.

The films are read as files in a loop; with --rtsp from gst-rtsp-server (Debian), which is not counted.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from edge.agent import Agent


@dataclass(frozen=True)
class Load:
    name: str
    cameras: int
    width: int
    height: int
    fps: int
    bit_rate: int
    aim_percent: int


LOADS = (
    Load("small", 8, 640, 360, 15, 500_000, 25),
    Load("720p", 4, 1280, 720, 25, 2_000_000, 40),
    Load("1080p", 4, 1920, 1080, 25, 4_000_000, 60),
)
FILM_S = 6.0
WARM_S = 4.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--only", choices=[load.name for load in LOADS])
    parser.add_argument("--rtsp", action="store_true")
    parser.add_argument("--child", nargs=2, metavar=("KIND", "URLS"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        kind, urls = options.child
        print(json.dumps(CHILDREN[kind](json.loads(urls), options.seconds)))
        return
    print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores, {options.seconds:g} s each")
    for load in LOADS:
        if options.only in (None, load.name):
            bench(load, options.seconds, is_rtsp=options.rtsp)


def bench(load: Load, seconds: float, *, is_rtsp: bool) -> None:
    from tests.support.videos import write_video  # noqa: PLC0415

    length_s = seconds + WARM_S + 20 if is_rtsp else FILM_S
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="shian-bench-")))
        film = write_video(
            folder / "film.mp4",
            seconds=length_s,
            width=load.width,
            height=load.height,
            fps=load.fps,
            bit_rate=load.bit_rate,
        )
        rate = 8 * film.stat().st_size / length_s / 1e6
        plain, whole = (measure(kind, film, load, seconds, is_rtsp=is_rtsp) for kind in ("plain", "agent"))
    print(
        f"{load.cameras} x {load.width}x{load.height} at {load.fps}, {rate:.1f} Mbit/s each, aim {load.aim_percent} %"
    )
    tell("agent", whole, load)
    print(f"         {whole['looks']:.1f} looks/s each, {whole['dropped']:.0f} dropped, {whole['events']:.0f} events")
    tell("plain", plain, load)
    ratio = whole["percent"] / whole["frames"] * plain["frames"] / plain["percent"]
    print(f"  ratio of processor time a frame {ratio:.2f}", flush=True)


def tell(name: str, figures: dict[str, float], load: Load) -> None:
    """Print one row. A busy machine does not give every frame its turn, so the cost of one frame is the figure to
    compare."""
    wanted = load.cameras * load.fps
    print(
        f"  {name}: {figures['percent']:5.1f} % of a core for {figures['frames']:.0f} of {wanted} frames/s"
        f" ({10 * figures['percent'] / figures['frames']:.2f} ms a frame, "
        f"{figures['percent'] / figures['frames'] * wanted:.1f} % for all),"
        f" {figures['rss_mib']:.0f} MiB"
    )


def measure(kind: str, film: Path, load: Load, seconds: float, *, is_rtsp: bool) -> dict[str, float]:
    """Measure one kind in a process that has loaded nothing of tests. Each measurement has an RTSP server of its own,
    because a server goes on from where the client before left off."""
    with ExitStack() as stack:
        urls = [str(film)] * load.cameras
        if is_rtsp:
            from tests.support.rtsp import from_file, rtsp_server  # noqa: PLC0415

            names = [str(number) for number in range(load.cameras)]
            server = stack.enter_context(rtsp_server({name: from_file(film) for name in names}))
            urls = [server.url(name) for name in names]
        command = [sys.executable, "-m", "bench.cameras", "--seconds", str(seconds), "--child", kind, json.dumps(urls)]
        done = subprocess.run(command, stdout=subprocess.PIPE, check=True, timeout=seconds + 300)
    found: dict[str, float] = json.loads(done.stdout)
    return found


def agent(urls: list[str], seconds: float) -> dict[str, float]:
    """Measure the whole agent. Its broker does not exist, so nothing is sent."""
    from edge import lean  # noqa: PLC0415

    lean.import_structlog_without_rich()
    lean.share_one_heap()
    from edge.agent import Agent  # noqa: PLC0415
    from edge.settings import EdgeSettings  # noqa: PLC0415
    from process import logs  # noqa: PLC0415

    logs.configure("critical")
    with tempfile.TemporaryDirectory(prefix="shian-bench-") as folder:
        cameras = [{"name": f"c{at}", "url": url, "stream": {"loop": True}} for at, url in enumerate(urls)]
        document = {"station": "bench", "data": folder, "broker": {"port": 1}, "camera": cameras}
        running, stop = Agent(EdgeSettings.model_validate(document)), threading.Event()
        thread = threading.Thread(target=running.run, args=(stop,), daemon=True)
        thread.start()
        until(lambda: all(camera.is_online for camera in running.cameras))

        figures = over(
            seconds, {"frames": lambda: total(running, "frames"), "analysed": lambda: total(running, "frames_analysed")}
        )
        dropped, events = total(running, "frames_dropped"), sum(camera.state().events for camera in running.cameras)
        stop.set()
        thread.join()
    return {**figures, "looks": figures["analysed"] / len(urls), "dropped": dropped, "events": events}


def total(agent: "Agent", name: str) -> float:
    values = (
        agent.metrics.registry.get_sample_value(f"shian_edge_camera_{name}_total", {"camera": camera.name})
        for camera in agent.cameras
    )
    return sum(value or 0.0 for value in values)


def plain(urls: list[str], seconds: float) -> dict[str, float]:
    """Measure one thread a stream that demuxes and decodes in real time, and throws everything away."""
    import av  # noqa: PLC0415

    counts = [0] * len(urls)
    stop = threading.Event()

    def read(at: int, url: str) -> None:
        options = {"rtsp_transport": "tcp"} if url.startswith("rtsp") else {}
        container = av.open(url, options=options)
        stream = container.streams.video[0]
        stream.codec_context.thread_count = 1
        frame_s = 1 / float(stream.average_rate or 25)
        began_s = time.monotonic()
        while not stop.is_set():
            for packet in container.demux(stream):
                if not url.startswith("rtsp"):
                    stop.wait(max(0.0, began_s + counts[at] * frame_s - time.monotonic()))
                counts[at] += len(packet.decode())
                if stop.is_set():
                    return
            stream.codec_context.flush_buffers()
            container.seek(0)

    threads = [threading.Thread(target=read, args=numbered_url, daemon=True) for numbered_url in enumerate(urls)]
    for thread in threads:
        thread.start()
    until(lambda: all(counts))
    figures = over(seconds, {"frames": lambda: float(sum(counts))})
    stop.set()
    for thread in threads:
        thread.join()
    return figures


def over(seconds: float, counters: dict[str, Callable[[], float]]) -> dict[str, float]:
    """Return the counts of one second, and the load of the processor, once the process has settled."""
    time.sleep(WARM_S)
    began_s, used_s = time.monotonic(), used()
    before = {name: read() for name, read in counters.items()}
    time.sleep(seconds)
    took_s = time.monotonic() - began_s
    rates = {name: (read() - before[name]) / took_s for name, read in counters.items()}
    return {**rates, "percent": 100 * (used() - used_s) / took_s, "rss_mib": rss_mib()}


def used() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def rss_mib() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / (1 << 20)


def until(condition: Callable[[], bool], timeout_s: float = 120.0) -> None:
    deadline = time.monotonic() + timeout_s
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError("the streams did not come")
        time.sleep(0.05)


CHILDREN = {"agent": agent, "plain": plain}

if __name__ == "__main__":
    main()
