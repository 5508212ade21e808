"""A device whose answers are whole frames with a right CRC, and say something else than they should.

    python tests/lying_device.py 3000 [SEED]

runs a small network so often over the serial application in this process; in each run one kind of reply, or all, are changed now and then. A run ends with the
results of an honest device, with others (a device can lie about what nobody checks), or with a message of the project's; nothing else is raised, and it ends.
"""

import random
import struct
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import Final

import numpy as np
from host_board import BoardLine, HostBoard, host_board_library
from networks import make_integrator, make_network, make_samples
from sfdfa_codegen.codegen.errors import DeviceError
from sfdfa_codegen.codegen.integer_network import IntegerNetwork
from sfdfa_codegen.host.devices.serial_device import SerialDevice
from sfdfa_codegen.host.link.frames import Frame, FrameReader, encode_frame
from sfdfa_codegen.host.link.messages import ERROR, REPLY, RequestType

NETWORKS: Final = (make_network(100, 5, 3), make_integrator(100, 5, 3, ring_slots=3, ring_rate=1))
SAMPLES: Final = 6
LONGEST_S: Final = 3600.0
"""Of the line's time: every wait ends."""
SETTINGS: Final = (72, 4)
"""max_payload and window: a sample takes several chunks."""


def changed(frame: Frame, earlier: list[bytes], chance: random.Random) -> Frame:
    """The same frame with other contents. earlier: payloads that were sent before it."""
    payload = bytearray(frame.payload)
    what = chance.randrange(9)
    if what == 0 and payload:
        payload[chance.randrange(len(payload))] = chance.choice((0, 1, 127, 128, 255, chance.randrange(256)))
    elif what == 1:
        del payload[chance.randrange(len(payload) + 1) :]
    elif what == 2:
        payload += chance.randbytes(chance.choice((1, 4, 8, 40)))
    elif what == 3:
        payload = bytearray(chance.randbytes(chance.choice((0, 1, 4, 6, 28, len(payload)))))
    elif what == 4 and len(payload) >= 4:
        place = chance.randrange(len(payload) - 3)
        payload[place : place + 4] = struct.pack("<I", chance.choice((0, 1, 0xFFFFFFFF, 0x80000000)))
    elif what == 5:
        return Frame(ERROR, frame.sequence, bytes([chance.randrange(13), *chance.randbytes(2)]))
    elif what == 6:
        return Frame(chance.choice((frame.type, ERROR, REPLY, chance.randrange(256))), frame.sequence, bytes(payload))
    elif what == 7:
        payload = bytearray(chance.choice(earlier))
    elif what == 8:
        return Frame(frame.type, (frame.sequence + chance.choice((-1, 1, 2))) % 65536, bytes(payload))
    return Frame(frame.type, frame.sequence, bytes(payload))


class LyingLine(BoardLine):
    """A line to a board some of whose replies are changed. kinds: of which requests."""

    def __init__(self, board: HostBoard, kinds: set[int], often: float, chance: random.Random) -> None:
        super().__init__(board)
        self._reader, self._kinds, self._often, self._chance = FrameReader(), kinds, often, chance
        self.lies = 0
        self._earlier = [b""]

    def write(self, data: bytes) -> None:
        for frame in self._reader.feed(self.board.exchange(data)):
            self._earlier.append(frame.payload)
            if frame.type - REPLY in self._kinds and self._chance.random() < self._often:
                frame = changed(frame, self._earlier, self._chance)
                self.lies += 1
            self._received += encode_frame(frame)


def use(network: IntegerNetwork, line: LyingLine, chance: random.Random) -> tuple[object, ...]:
    """All that a host asks of a device."""
    samples = make_samples(network, SAMPLES, 0.4)
    with SerialDevice(network, line, "lying", first_sequence=7) as device:
        learned = device.run_samples(samples, learn=True)
        if network.ring_slots and device.run_sample(samples[0]._replace(label=None), learn=True).asks:
            device.give_label(0, 1)
        device.set_rate_scale(2048)
        state = device.read_state()
        device.write_state(state)
        tested = device.run_samples(samples.take(np.arange(2)), learn=False)
        device.hello()
        return learned.counts.tolist(), tested.counts.tolist(), device.state_crc(), device.saturations()


def run(board: HostBoard, network: IntegerNetwork, seed: int) -> str:
    """What became of it: "same", "other" or "refused". Raises what is none of these."""
    chance = random.Random(seed)
    kinds: set[int] = {chance.choice(list(RequestType))} if chance.random() < 0.7 else set(RequestType)
    board.start()
    line = LyingLine(board, kinds, chance.choice((0.02, 0.2, 1.0)), chance)
    try:
        found = use(network, line, chance)
    except DeviceError as error:
        assert str(error).isprintable(), repr(str(error))
        assert line.lies, error
        return "refused"
    finally:
        assert line.now() < LONGEST_S
    board.start()
    return "same" if found == use(network, LyingLine(board, set(), 0.0, chance), chance) else "other"


def run_many(seeds: range, cache: Path) -> Counter[str]:
    """Raises AssertionError, which names the seed, for a run that ends otherwise than it may."""
    boards = [HostBoard(host_board_library(network, cache, *SETTINGS)) for network in NETWORKS]
    found: Counter[str] = Counter()
    for seed in seeds:
        place = seed % len(NETWORKS)
        try:
            found[run(boards[place], NETWORKS[place], seed)] += 1
        except Exception as error:
            raise AssertionError(f"seed {seed}: {error!r}") from error
    return found


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 300
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 0
    with tempfile.TemporaryDirectory() as folder:
        found = run_many(range(seed, seed + count), Path(folder))
    print(
        f"{count} devices that lie (seeds {seed} to {seed + count - 1}): {found['refused']} refused, {found['same']} without effect, {found['other']} that told other results"
    )


if __name__ == "__main__":
    main()
