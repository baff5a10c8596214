"""The conformance kit for formats without a checksum: a damaged byte can make a wrong number there, and no decoder can
see it. One promise still holds: the damage stays within the record that it hit."""

from random import Random

from firmware_adapters.contract import Reading
from tests.contract.adapter_kit import AdapterKit, Conversation, readings_of


class UncheckedKit(AdapterKit):
    """Kit for formats without a check, else like AdapterKit."""

    def test_a_damaged_byte_makes_no_wrong_result(self) -> None:
        for number, vector in enumerate(self.vectors):
            clean = self._decode(vector, vector.stream)
            random = Random(number)
            for _ in range(min(200, len(vector.stream))):
                at = random.randrange(len(vector.stream))
                damaged = vector.stream[at] ^ (1 << random.randrange(8))
                stream = vector.stream[:at] + bytes((damaged,)) + vector.stream[at + 1 :]
                outputs = self._decode(vector, stream)
                self._check_ranges(stream, outputs)
                elsewhere = [
                    output for output in outputs if not (isinstance(output, Reading) and self.is_hit(output, at))
                ]
                self._check_nothing_invented(clean, elsewhere)

    def is_hit(self, reading: Reading, at: int) -> bool:
        """Return True when this reading was made of the damaged byte."""
        return reading.offset <= at < reading.offset + len(reading.raw)

    def test_a_line_that_damages_bytes_neither_loses_nor_alters_a_result(self) -> None:
        """Replace the kit's test: without a check the damage may alter a result; none is lost, for the memory is read
        again."""
        random = Random(11)

        def damage(data: bytes) -> bytes:
            if not data or random.random() > 0.1:
                return data
            at = random.randrange(len(data))
            return data[:at] + bytes((data[at] ^ (1 << random.randrange(8)),)) + data[at + 1 :]

        for profile in self.simulated_profiles():
            simulator = self.family.simulator(profile, Random(3))
            for specimen in self.specimens:
                simulator.measure(specimen)

            def has_all(readings: list[Reading], profile=profile) -> bool:  # type: ignore[no-untyped-def]
                return all(any(self.matches(one, reading, profile) for reading in readings) for one in self.specimens)

            conversation = Conversation(self.family.decoder(profile), simulator, damage)
            assert has_all(readings_of(conversation.run(has_all)))
