"""The common part of virtual analyzers that speak only when they are asked."""

from firmware_adapters.contract import Specimen


class Asked:
    """Analyzer that sends nothing by itself. `_heard` holds the bytes of the host that were not understood yet."""

    def __init__(self) -> None:
        self._heard = b""

    @property
    def deadline(self) -> float | None:
        return None

    def tick(self, now: float) -> bytes:  # noqa: ARG002 - pushes nothing
        return b""


class AskedMemory(Asked):
    """Tests stay in `memory`, in the order in which they were made."""

    def __init__(self) -> None:
        super().__init__()
        self.memory: list[Specimen] = []

    def measure(self, specimen: Specimen) -> None:
        self.memory.append(specimen)
