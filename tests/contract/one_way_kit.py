"""The conformance kit for devices that print or send lines unasked and without a check. Noise that touches a line is a
part of it, and lost bytes are lost: nobody asks again. One promise still holds: only lines that were hit suffer."""

from random import Random
from typing import ClassVar

from firmware_adapters.contract import Output, Reading
from tests.contract.adapter_kit import Conversation, decode, frames_of, readings_of, single_bytes
from tests.contract.unchecked_kit import UncheckedKit


class OneWayKit(UncheckedKit):
    """Kit for one-way devices. `suffers` is how many readings one damaged byte may cost or alter."""

    suffers: ClassVar[int] = 2

    def is_hit(self, reading: Reading, at: int) -> bool:
        """Return True when the byte may be the reading's: a damaged line end joins two lines."""
        return reading.offset - 2 <= at < reading.offset + len(reading.raw) + 2

    def test_random_noise_between_frames_is_survived_and_invents_nothing(self) -> None:
        for number, vector in enumerate(self.vectors):
            clean = self._decode(vector, vector.stream)
            edges = [0, *(frame.offset for frame in frames_of(clean)), len(vector.stream)]
            for seed in range(10):
                random = Random(number * 1000 + seed)
                stream, noise = bytearray(), []
                for first, last in zip(edges, [*edges[1:], len(vector.stream)], strict=True):
                    piece = random.randbytes(random.randint(0, 20))
                    noise.append((len(stream), len(stream) + len(piece)))
                    stream += piece + vector.stream[first:last]
                outputs = self._decode(vector, bytes(stream))
                self._check_ranges(bytes(stream), outputs)
                assert decode(self._decoder(vector), single_bytes(bytes(stream))) == outputs
                self._check_nothing_invented(clean, self._untouched(outputs, noise))

    def _untouched(self, outputs: list[Output], noise: list[tuple[int, int]]) -> list[Output]:
        def is_touched(reading: Reading) -> bool:
            end = reading.offset + len(reading.raw)
            return any(first <= end and reading.offset < last for first, last in noise)

        return [output for output in outputs if not (isinstance(output, Reading) and is_touched(output))]

    def test_a_line_that_damages_bytes_neither_loses_nor_alters_a_result(self) -> None:
        """Replace the kit's test: a damaged byte does cost results here, but no more than its neighbours."""
        for profile in self.simulated_profiles():
            for seed in range(20):
                random, hits = Random(seed), [0]

                def damage(data: bytes, random: Random = random, hits: list[int] = hits) -> bytes:
                    if not data:
                        return data
                    hits[0] += 1
                    at = random.randrange(len(data))
                    return data[:at] + bytes((data[at] ^ (1 << random.randrange(8)),)) + data[at + 1 :]

                simulator = self.family.simulator(profile, Random(3))
                for specimen in self.specimens:
                    simulator.measure(specimen)
                conversation = Conversation(self.family.decoder(profile), simulator, damage)
                readings = readings_of(
                    conversation.run(lambda _, simulator=simulator: simulator.deadline is None)  # type: ignore[misc]
                )
                good = [
                    one for one in self.specimens if any(self.matches(one, reading, profile) for reading in readings)
                ]
                assert len(good) >= len(self.specimens) - self.suffers * hits[0]
