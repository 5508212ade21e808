"""What sfdfa.h promises of each call, in Python around the emulator: the model that the C is run against."""

import zlib
from dataclasses import dataclass, field

import numpy as np
from sfdfa_codegen.codegen.integer_network import (
    IntegerNetwork,
    initial_state,
    state_from_bytes,
    state_to_bytes,
)
from sfdfa_codegen.host.data.spikes import SpikeSample
from sfdfa_codegen.host.devices.emu import EmuDevice

OK, RANGE, ORDER, CAPACITY, STATE = 0, -1, -2, -3, -4
NO_LABEL = -1
SATURATIONS = ("state", "grades", "eligibility", "update", "spikes", "weights", "feedback")


@dataclass
class DeviceModel:
    """Answers a line of a script as scripted_main.c does."""

    network: IntegerNetwork
    emu: EmuDevice = field(init=False)
    accepted: bool = True
    begun: bool = False
    learns: bool = False
    events: list[tuple[int, int]] = field(default_factory=list)
    image: bytearray = field(init=False)
    """The state as it lies in the device while blocks of it are written."""

    def __post_init__(self) -> None:
        self.emu = EmuDevice(self.network)
        self.image = bytearray(self._state())

    def _state(self) -> bytes:
        return state_to_bytes(self.network, self.emu.read_state())

    def answer(self, line: str) -> str:
        """What the C prints."""
        word, *arguments = line.split()
        return str(getattr(self, f"_{word}")(*arguments))

    def _init(self) -> int:
        self.emu.reset()
        self.accepted, self.begun = True, False
        self.image = bytearray(self._state())
        return OK

    def _begin(self, learn: str) -> int:
        if not self.accepted:
            return STATE
        self.begun, self.learns, self.events = True, learn != "0", []
        return OK

    def _event(self, tick_word: str, channel_word: str) -> int:
        event = int(tick_word), int(channel_word)
        if not self.begun:
            return STATE
        if event[0] >= self.network.ticks or event[1] >= self.network.channels:
            return RANGE
        if self.events and event <= self.events[-1]:
            return ORDER
        if len(self.events) == self.network.max_events:
            return CAPACITY
        self.events.append(event)
        return OK

    def _end(self, label_word: str) -> str:
        label = int(label_word)
        if not self.begun:
            return str(STATE)
        if label != NO_LABEL and not 0 <= label < self.network.outputs:
            return str(RANGE)
        self.begun = False
        events = np.array(self.events, dtype=np.uint16).reshape(-1, 2)
        sample = SpikeSample(events[:, 0], events[:, 1], None if label == NO_LABEL else label)
        result = self.emu.run_sample(sample, self.learns)
        self.image = bytearray(self._state())
        return " ".join(map(str, (OK, result.prediction, result.squared_error or 0, *result.counts)))

    def _rate(self, word: str) -> int:
        if int(word) > 4096:
            return RANGE
        self.emu.set_rate_scale(int(word))
        self.image[4:6] = int(word).to_bytes(2, "little")
        return OK

    def _read(self, offset_word: str, size_word: str) -> str:
        offset, size = int(offset_word), int(size_word)
        if offset + size > len(self.image):
            return f"{RANGE} "
        return f"{OK} {self.image[offset : offset + size].hex()}"

    def _write(self, offset_word: str, block: str = "") -> int:
        offset, data = int(offset_word), bytes.fromhex(block)
        if offset + len(data) > len(self.image):
            return RANGE
        self.image[offset : offset + len(data)] = data
        self.accepted = self.begun = False
        return OK

    def _accept(self, crc_word: str = "") -> int:
        """Without a CRC, with that of what is there."""
        if crc_word and int(crc_word, 16) != zlib.crc32(self.image):
            self.accepted = False
            return STATE
        try:
            state = state_from_bytes(self.network, bytes(self.image))
        except ValueError:
            self.accepted = False
            return STATE
        self.emu.write_state(state)
        self.accepted = True
        return OK

    def _crc(self) -> str:
        return f"{self.emu.state_crc():08x}"

    def _saturations(self) -> str:
        counts = self.emu.saturations()
        return " ".join(str(counts[name]) for name in SATURATIONS)


def initial_bytes(network: IntegerNetwork) -> bytes:
    """The state after sfdfa_init."""
    return state_to_bytes(network, initial_state(network))
