"""What a learned sample will cost on a board, before it is flashed."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from sfdfa_codegen.codegen.board import Board, CycleKind
from sfdfa_codegen.codegen.cores import is_compact
from sfdfa_codegen.codegen.errors import ConfigError, ToolMissingError
from sfdfa_codegen.codegen.integer_network import IntegerNetwork
from sfdfa_codegen.emulator.counting.cycle_model import CycleModel
from sfdfa_codegen.host.cycles.comparison import predict_cycles
from sfdfa_codegen.host.cycles.meters import open_meter
from sfdfa_codegen.host.data.spikes import SpikeDataset
from sfdfa_codegen.host.link.frames import Frame, encode_frame
from sfdfa_codegen.host.link.messages import REPLY, RequestType, sample_requests

SAMPLES: Final = 8
BITS_PER_BYTE: Final = 10
"""On the line: start, eight, stop."""
RESULT_BYTES: Final = 3
"""Of a result, without the counts of the outputs and cycles."""
CYCLES_BYTES: Final = 8
"""Of a result of a board that counts them."""


@dataclass(frozen=True)
class SampleFigures:
    """Means of a few training samples. cycles, kind: None where nothing can count them. line_bytes: both ways. learned: else only predicted."""

    clock_hz: int
    baud: int
    learned: bool
    cycles: float | None
    kind: CycleKind | None
    line_bytes: float
    power_watts: float | None
    power_source: str | None

    @property
    def milliseconds(self) -> float | None:
        return None if self.cycles is None else 1000 * self.cycles / self.clock_hz

    @property
    def core_samples_per_second(self) -> float | None:
        """What the core sustains."""
        return None if self.cycles is None else self.clock_hz / self.cycles

    @property
    def line_samples_per_second(self) -> float:
        """What the line sustains, one request at a time."""
        return self.baud / (BITS_PER_BYTE * self.line_bytes)

    @property
    def microjoules(self) -> float | None:
        if self.milliseconds is None or self.power_watts is None:
            return None
        return 1000 * self.milliseconds * self.power_watts

    def json(self) -> dict[str, object]:
        """Unknown is null. The energy is an estimate, whatever the cycles are."""
        return {
            "kind": self.kind,
            "learned": self.learned,
            "mean": self.cycles,
            "milliseconds": self.milliseconds,
            "core_samples_per_second": self.core_samples_per_second,
            "line_bytes": self.line_bytes,
            "line_samples_per_second": self.line_samples_per_second,
            "microjoules": self.microjoules,
            "energy_source": self.power_source,
        }

    def lines(self) -> list[str]:
        """For a person."""
        verb = "learned" if self.learned else "predicted"
        line = f"{self.line_bytes:.0f} bytes a sample at {self.baud} baud: {self.line_samples_per_second:.1f} samples a second"
        if self.cycles is None:
            return [f"line: {line}"]
        rate = f"{self.core_samples_per_second:.1f} samples a second"
        time = f"{self.milliseconds:.2f} ms at {self.clock_hz / 1e6:g} MHz"
        said = [f"{self.cycles:.0f} cycles a {verb} sample ({self.kind}): {time}, {rate}", f"line: {line}"]
        if self.microjoules is not None:
            said.append(f"{self.microjoules:.0f} uJ a {verb} sample (estimate; {self.power_source})")
        else:
            said.append("energy: not known, the board's file has no current from its data sheet")
        return said


def sample_figures(
    network: IntegerNetwork, data: SpikeDataset, board: Board, measured: CycleModel | None = None
) -> SampleFigures:
    """Run a few samples on the board's simulator, or for a Cortex-M without a counter by its core's table. measured: what such a board takes, if
    that is known; then they run in the emulator.

    Cycles are None where the simulator is not installed or there is none that counts. Raises ConfigError for a model that does not know such samples.
    """
    samples = data.head(SAMPLES)
    cycles, kind = (
        _measure(network, samples, board) if measured is None else _predict(network, samples, board, measured)
    )
    power = board.power
    return SampleFigures(
        clock_hz=board.clock_hz,
        baud=board.baud,
        learned=network.learns,
        cycles=cycles,
        kind=kind,
        line_bytes=_line_bytes(network, samples, board),
        power_watts=None if power is None else power.run_ma * power.volts / 1000,
        power_source=None if power is None else power.source,
    )


def _measure(network: IntegerNetwork, samples: SpikeDataset, board: Board) -> tuple[float | None, CycleKind | None]:
    if not len(samples):
        return None, None
    try:
        with open_meter(network, board, board.name) as meter:
            counted = [sum(meter.measure(samples[index], network.learns)) for index in range(len(samples))]
            return float(np.mean(counted)), meter.kind
    except (ToolMissingError, ConfigError):
        return None, None


def _predict(
    network: IntegerNetwork, samples: SpikeDataset, board: Board, model: CycleModel
) -> tuple[float | None, CycleKind | None]:
    if not len(samples):
        return None, None
    found = predict_cycles(network, model, samples, network.learns, is_compact(network, board))
    return float(found.cycles.sum(axis=1).mean()), "measured"


def _line_bytes(network: IntegerNetwork, samples: SpikeDataset, board: Board) -> float:
    """Frames of the requests and their replies, by the sample."""
    total, result_bytes = (
        0,
        RESULT_BYTES + network.outputs + network.integrates + (CYCLES_BYTES if board.cycle_bits else 0),
    )
    for index in range(len(samples)):
        requests = sample_requests(samples[index], network.channels, network.learns, board.max_payload)
        total += sum(len(encode_frame(Frame(request.type, 1, request.payload))) for request in requests)
        reply = encode_frame(Frame(RequestType.SAMPLE + REPLY, 1, b"\1" * result_bytes))
        total += len(reply) + (len(requests) - 1) * len(encode_frame(Frame(RequestType.SAMPLE + REPLY, 1, b"")))
    return total / max(1, len(samples))
