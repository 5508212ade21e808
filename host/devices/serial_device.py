"""A network behind a serial line: a board, or a simulator of one. docs/PROTOCOL.md gives the bytes."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sfdfa_codegen.codegen.board import CycleKind
from sfdfa_codegen.codegen.errors import DataError, DeviceError
from sfdfa_codegen.codegen.integer_network import (
    ARITHMETIC_VERSION,
    RATE_SCALE_ONE,
    IntegerNetwork,
    LearnedState,
    parameter_crc,
    state_from_bytes,
    state_size,
    state_to_bytes,
)
from sfdfa_codegen.host.data.spikes import SpikeDataset, SpikeSample
from sfdfa_codegen.host.devices.device import BatchResult, Device, DeviceInfo, RamBytes, SampleResult, together
from sfdfa_codegen.host.link.line import Line
from sfdfa_codegen.host.link.messages import (
    Hello,
    LabelReply,
    Request,
    RequestType,
    SampleFlag,
    SampleReply,
    accept_request,
    check_length,
    label_request,
    parse_crc,
    parse_label,
    parse_result,
    parse_statistics,
    read_requests,
    readings_requests,
    recording_requests,
    sample_requests,
    write_requests,
)
from sfdfa_codegen.host.link.session import SHORTEST_TIMEOUT_S, Session

BITS_PER_BYTE = 10
"""On a line: a start bit, 8 bits, a stop bit."""
HASH_DIGITS = 16
"""Of a hash, in a message."""
STATISTICS_NAMES = ("state", "grades", "eligibility", "update", "spikes", "weights", "feedback")

LARGEST_AGE = 0xFFFF
"""That can be told of a sample in the ring, which has fewer slots."""
LARGEST_SHOWN = 255
"""Of a probability in 1/256, which a result shows in a byte."""


@dataclass
class SampleTraffic:
    """Bytes on the line that samples took, with their results."""

    samples: int = 0
    bytes_sent: int = 0
    bytes_received: int = 0
    seconds: float = 0.0

    @property
    def sent_per_sample(self) -> float | None:
        return self.bytes_sent / self.samples if self.samples else None

    @property
    def received_per_sample(self) -> float | None:
        return self.bytes_received / self.samples if self.samples else None


@dataclass(frozen=True)
class SampleRequest:
    """A sample, or a chunk of one. is_last: it is answered with the sample's result. more_phases: of its cycles, beside those of a sample of events."""

    request: Request
    is_last: bool
    more_phases: int


def telling_difference(first: str, second: str) -> tuple[str, str]:
    """Two hashes, as much of them as tells them apart: 16 digits from their beginning, or from where they first differ."""
    same = next((place for place, digits in enumerate(zip(first, second, strict=False)) if len(set(digits)) > 1), 0)
    start = 0 if same < HASH_DIGITS else same
    dots = "..." if start else ""
    return f"{dots}{first[start : start + HASH_DIGITS]}", f"{dots}{second[start : start + HASH_DIGITS]}"


class SerialDevice(Device):
    """The device at the other end of a line, which it closes."""

    def __init__(
        self,
        network: IntegerNetwork,
        line: Line,
        target: str,
        cycle_kind: CycleKind | None = None,
        *,
        ram: RamBytes | None = None,
        flash_bytes: int | None = None,
        start_over: bool = True,
        interrupted: bool = False,
        baud: int | None = None,
        first_sequence: int | None = None,
        shortest_timeout_s: float = SHORTEST_TIMEOUT_S,
    ) -> None:
        """Greet the device and, with `start_over`, set it to its initial state.

        ram, flash_bytes: of the image, where they are known. interrupted: whether what arrives interrupts what is computed; then samples
        are sent one at a time to a device that counts its cycles, so that it counts nothing else. baud: of the line. shortest_timeout_s: before
        anything is sent again. Raises DeviceError if there is no device of this network; the line is closed
        then.
        """
        self.network = network
        self._line = line
        self._target = target
        self._ram, self._flash_bytes = ram, flash_bytes
        self._interrupted, self._baud = interrupted, baud
        rounds = 1 + network.ring_rate if network.ring_slots else 1
        self._session = Session(line, first_sequence, shortest_timeout_s, rounds)
        self._traffic = SampleTraffic()
        try:
            self._hello = self._session.hello()
            self._check(self._hello)
            if start_over:
                self.reset()
        except BaseException:
            line.close()
            raise
        self.cycle_kind = cycle_kind if self._hello.phases else None

    def _check(self, hello: Hello) -> None:
        network = self.network
        if hello.arithmetic_version != ARITHMETIC_VERSION:
            raise DeviceError(
                f"{self._line.name}: the device ({hello.board}) computes by version {hello.arithmetic_version} of the arithmetic, this host by "
                f"version {ARITHMETIC_VERSION}; build and flash it again"
            )
        if hello.model_hash != network.model_hash:
            differing = telling_difference(hello.model_hash, network.model_hash)
            raise DeviceError(
                f"{self._line.name}: the device ({hello.board}) was built for another network, seed or version: its hash is "
                f"{differing[0]}, this network's {differing[1]}; build and flash it again"
            )
        sizes = (hello.ticks, hello.channels, hello.outputs, hello.integrates, hello.max_events, hello.state_bytes)
        expected = (
            *(network.ticks, network.channels, network.outputs, network.integrates),
            *(network.max_events, state_size(network)),
        )
        if sizes != expected:
            raise DeviceError(
                f"{self._line.name}: the device ({hello.board}) has the network's hash but other sizes: {sizes}, expected {expected}; "
                "build and flash it again"
            )

    @property
    def takes_samples(self) -> bool:
        return self.network.frontend is not None

    @property
    def greeting(self) -> Hello:
        """What the device said when it was opened."""
        return self._hello

    @property
    def session(self) -> Session:
        return self._session

    @property
    def traffic(self) -> SampleTraffic:
        """Bytes on the line for samples so far."""
        return self._traffic

    @property
    def line_use(self) -> float | None:
        """Of the time that samples took, the share in which the busier direction was sending at the line's speed.

        A simulator's line may be faster than that of the board it stands for, and this more than 1. None where it is not known.
        """
        if self._baud is None or self._traffic.seconds <= 0:
            return None
        busier = max(self._traffic.bytes_sent, self._traffic.bytes_received)
        return busier * BITS_PER_BYTE / self._baud / self._traffic.seconds

    def hello(self) -> DeviceInfo:
        return DeviceInfo(
            target=self._target,
            model_hash=self._hello.model_hash,
            ram=self._ram,
            flash_bytes=self._flash_bytes,
            clock_hz=self._hello.clock_hz or None,
        )

    def run_sample(self, sample: SpikeSample, learn: bool) -> SampleResult:
        return self._sample_result(self.exchange_sample(sample, learn), sample.label)

    def _sample_result(self, reply: SampleReply, label: int | None) -> SampleResult:
        return SampleResult(
            prediction=reply.prediction,
            counts=tuple(min(count, LARGEST_SHOWN) for count in reply.counts),
            squared_error=None if label is None else self._squared_error(reply, label),
            learned=reply.learned,
            asks=reply.asks,
            ticks_run=reply.ticks_run,
            cycles=sum(reply.cycles) if self.cycle_kind is not None else None,
        )

    def be_patient(self) -> None:
        """For a line that loses nothing: send again only what has had no answer for long. A device that is interrupted by it would count that too."""
        self._session.be_patient()

    def exchange_sample(self, sample: SpikeSample, learn: bool) -> SampleReply:
        """Run one sample; returns all that the device said of it, its cycles by phase among that."""
        return self._run((sample,), learn)[0]

    def run_samples(self, samples: SpikeDataset, learn: bool) -> BatchResult:
        replies = self._run([samples[index] for index in range(len(samples))], learn)
        labels = samples.labels.tolist()
        return together([self._sample_result(reply, label) for reply, label in zip(replies, labels, strict=True)])

    def _run(self, samples: list[SpikeSample] | tuple[SpikeSample, ...], learn: bool) -> list[SampleReply]:
        """Stream samples; their chunks are encoded as they are sent."""
        for sample in samples:
            self._check_sample(sample)
        results: list[SampleRequest] = []

        def requests() -> Iterator[Request]:
            for sample in samples:
                for request in self._requests(sample, learn):
                    results.append(request)
                    yield request.request

        use = self._session.use
        sent, received, start = use.bytes_sent, use.bytes_received, self._line.now()
        at_a_time = 1 if self._interrupted and self.cycle_kind is not None else None
        payloads = self._session.exchange(requests(), at_a_time)
        self._traffic.samples += len(samples)
        self._traffic.bytes_sent += use.bytes_sent - sent
        self._traffic.bytes_received += use.bytes_received - received
        self._traffic.seconds += self._line.now() - start
        replies = []
        for payload, request in zip(payloads, results, strict=True):
            if request.is_last:
                replies.append(parse_result(payload, self._hello, request.more_phases))
            else:
                check_length("answer to a part of a sample", payload, 0)
        return replies

    def _requests(self, sample: SpikeSample, learn: bool) -> Iterator[SampleRequest]:
        """Pieces of the recording or of the readings, where they are wanted and the sample has them; else chunks of events."""
        limit, more_phases = self._hello.max_payload, 0
        if self.from_samples and sample.recording is not None:
            requests, more_phases = recording_requests(sample.recording, sample.label, learn, limit), 2
        elif self.from_readings and sample.readings is not None:
            requests, more_phases = readings_requests(sample.readings, sample.label, learn, limit), 1
        else:
            requests = sample_requests(sample, self.network.channels, learn, limit)
        for request in requests:
            yield SampleRequest(request, bool(request.payload[0] & SampleFlag.LAST), more_phases)

    def _check_sample(self, sample: SpikeSample) -> None:
        """Raises DataError before anything is sent, since what follows a refused sample would already be under way."""
        network = self.network
        positions = sample.ticks.astype(np.int64) * network.channels + sample.channels
        problem = None
        if len(positions) > network.max_events:
            problem = f"it has {len(positions)} events, the network was built for {network.max_events}"
        elif len(positions) and (sample.ticks.max() >= network.ticks or sample.channels.max() >= network.channels):
            problem = "an event's tick or channel is out of range"
        elif (np.diff(positions) <= 0).any():
            problem = "events must increase strictly in tick and channel"
        elif self.from_samples and sample.recording is not None:
            problem = self._recording_problem(sample.recording)
        if problem is None and sample.label is not None and not 0 <= sample.label < network.outputs:
            problem = f"its label {sample.label} is none of the {network.outputs} outputs"
        if problem is not None:
            raise DataError(f"{self._target} cannot take a sample: {problem}")

    def _recording_problem(self, recording: NDArray[np.int16]) -> str | None:
        frontend = self.network.frontend
        assert frontend is not None
        if not len(recording):
            return "its recording has no sample"
        if recording.shape[1] != frontend.axes:
            return f"its recording has {recording.shape[1]} axes, the network {frontend.axes}"
        return None

    def _squared_error(self, reply: SampleReply, label: int) -> int:
        network = self.network
        true, false = network.target_true, network.target_false
        if network.integrates:
            true, false = 256 - (network.outputs - 1) * network.target_other, network.target_other
        targets = (true if output == label else false for output in range(network.outputs))
        return sum((target - count) ** 2 for target, count in zip(targets, reply.counts, strict=True))

    def give_label(self, age: int, label: int) -> bool | None:
        """Raises DataError for a label that is no output, and DeviceError for a sample that the ring does not hold or that has a label."""
        return self.exchange_label(age, label).learned if self.network.ring_slots else super().give_label(age, label)

    def exchange_label(self, age: int, label: int) -> LabelReply:
        """The same of a network with a ring; returns all that the device said of it."""
        if not 0 <= label < self.network.outputs:
            raise DataError(
                f"{self._target} cannot take the label {label}: it is none of the {self.network.outputs} outputs"
            )
        (payload,) = self._session.exchange((label_request(min(age, LARGEST_AGE), label),))
        return parse_label(payload, self._hello)

    def state_crc(self) -> int:
        return parse_crc(self._session.request(RequestType.STATE_CRC))

    def read_state(self) -> LearnedState:
        """Read all blocks. Raises DeviceError if they are no state of this network."""
        blocks = list(read_requests(self._hello.state_bytes, self._hello.max_payload))
        payloads = self._session.exchange(request for request, _ in blocks)
        for payload, (_, size) in zip(payloads, blocks, strict=True):
            check_length("READ", payload, size)
        try:
            return state_from_bytes(self.network, b"".join(payloads))
        except ValueError as error:
            raise DeviceError(f"{self._line.name}: {error}; build and flash the device again") from error

    def write_state(self, state: LearnedState) -> None:
        """Write all blocks, and see that they arrived."""
        data = state_to_bytes(self.network, state)
        requests = (*write_requests(data, self._hello.max_payload), accept_request(data))
        for payload in self._session.exchange(requests):
            check_length("WRITE", payload, 0)
        if self.state_crc() != parameter_crc(self.network, state):
            raise DeviceError(f"{self._line.name}: the device holds another state than was written; write it again")

    def reset(self) -> None:
        check_length("RESET", self._session.request(RequestType.RESET), 0)

    def set_rate_scale(self, rate_scale: int) -> None:
        if not 0 <= rate_scale <= RATE_SCALE_ONE:
            raise DeviceError(f"{self._target} refused the rate scale {rate_scale}; it must be 0 to {RATE_SCALE_ONE}")
        check_length("RATE", self._session.request(RequestType.RATE, rate_scale.to_bytes(2, "little")), 0)

    def saturations(self) -> dict[str, int]:
        counts = parse_statistics(self._session.request(RequestType.STATISTICS))
        return dict(zip(STATISTICS_NAMES, counts, strict=True))

    def close(self) -> None:
        self._line.close()
