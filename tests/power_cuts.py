"""Cuts the power of stores in the C, again and again, and holds that what is found afterwards is the old state or the new one, to the bit.

    python tests/power_cuts.py 100000 [SEED]

makes networks and memories from a seed, and so many cuts. In every round a device wakes, learns a sample, and takes a snapshot in which the power
fails in the middle of an operation; then it wakes again.
"""

import random
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from native_build import quick_library
from networks import make_integrator, make_network, make_samples
from sfdfa_codegen.codegen.integer_network import IntegerNetwork, state_to_bytes
from sfdfa_codegen.host.devices.native import NativeDevice
from sfdfa_codegen.host.link.messages import Woke
from sfdfa_codegen.host.persistence.flash_model import FlashModel
from sfdfa_codegen.host.persistence.native_store import NativeStore, network_geometry

MEMORIES = ((4, 256), (2, 128), (256, 512), (1, 128), (1, 0), (8, 64))
"""Bytes of a unit and of a page: like nRF51, STM32F1, SPI flash, STM32F4, EEPROM, STM32L4."""
CUTS_PER_NETWORK = 5000
SAMPLES = 7
CUT_SHARE = 7 / 8
"""Of the snapshots."""


@dataclass
class CutCounts:
    """What was found after cuts: the old state or the new one, and what the device said of it."""

    cuts: int = 0
    old: int = 0
    new: int = 0
    woke: Counter[Woke] = field(default_factory=Counter)

    def add(self, other: "CutCounts") -> None:
        self.cuts, self.old, self.new = self.cuts + other.cuts, self.old + other.old, self.new + other.new
        self.woke.update(other.woke)


@dataclass
class Bench:
    """A device, its memory, and what it must find there."""

    device: NativeDevice
    flash: FlashModel
    store: NativeStore = field(init=False)
    kept: bytes = field(init=False)

    def __post_init__(self) -> None:
        self.store = NativeStore(self.device, self.flash)
        self.store.wake()
        self.kept = self.state()

    def state(self) -> bytes:
        return state_to_bytes(self.device.network, self.device.read_state())

    def wake(self) -> Woke:
        """Power on, with RAM as it happens to be."""
        self.device.write_state(self.device.read_state())
        return self.store.wake()


def cut_once(bench: Bench, samples: int, cut_after: int | None) -> tuple[bool, Woke]:
    """Learn, and take a snapshot with a cut; then wake. Returns whether the new state was found, and what the device says of it."""
    samples_of = make_samples(bench.device.network, 1, 0.3, seed=samples)
    bench.device.run_samples(samples_of, learn=True)
    new = bench.state()
    bench.flash.plug_in(cut_after)
    saved = bench.store.save()
    assert not saved or bench.flash.powered
    bench.flash.plug_in()
    woke = bench.wake()
    found = bench.state()
    assert found in (bench.kept, new), "a state that never was"
    assert not saved or found == new, "a snapshot that was told to be there is not"
    is_new = found == new
    bench.kept = found
    return is_new, woke


def some_network(chance: random.Random) -> IntegerNetwork:
    bits, layers = chance.choice((4, 8, 16)), chance.randint(1, 3)
    sizes = [chance.randint(2, 9) for _ in range(layers)] + [chance.randint(2, 5)]
    if chance.random() < 0.3:
        ring = chance.choice((0, 2))
        return make_integrator(*sizes, weight_bits=8, ring_slots=ring, ring_rate=ring // 2)
    rule = chance.choice(("sfdfa", "sfdfa", "dfa"))
    return make_network(*sizes, weight_bits=bits, rule=rule, seed=chance.randrange(1 << 32))


def operations_of_a_snapshot(bench: Bench) -> int:
    before = bench.flash.operations
    assert bench.store.save()
    return bench.flash.operations - before


def cut_often(network: IntegerNetwork, cuts: int, chance: random.Random, cache: Path) -> CutCounts:
    """Power cuts in snapshots of one network; one in eight is completed in between."""
    unit, page = chance.choice(MEMORIES)
    geometry = network_geometry(network, unit, page, chance.randint(2, 5))
    counts = CutCounts()
    with NativeDevice(network, quick_library(network, cache)) as device:
        bench = Bench(device, FlashModel(geometry, chance))
        operations = operations_of_a_snapshot(bench)
        bench.kept = bench.state()
        while counts.cuts < cuts:
            is_cut = chance.random() < CUT_SHARE
            is_new, woke = cut_once(bench, chance.randrange(SAMPLES), chance.randrange(operations) if is_cut else None)
            assert woke in (Woke.RESTORED, Woke.EARLIER), woke
            if is_cut:
                counts.add(CutCounts(1, int(not is_new), int(is_new), Counter([woke])))
    return counts


def main() -> None:
    cuts = int(sys.argv[1]) if len(sys.argv) > 1 else CUTS_PER_NETWORK
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    chance = random.Random(seed)
    total = CutCounts()
    networks = 0
    with tempfile.TemporaryDirectory() as cache:
        while total.cuts < cuts:
            network = some_network(chance)
            total.add(cut_often(network, min(CUTS_PER_NETWORK, cuts - total.cuts), chance, Path(cache)))
            networks += 1
            print(f"\r{total.cuts} of {cuts} cuts, {networks} networks", end="", file=sys.stderr, flush=True)
    woke = ", ".join(f"{kind.name.lower()} {count}" for kind, count in sorted(total.woke.items()))
    print(
        f"\n{total.cuts} cuts over {networks} networks (seed {seed}): {total.old} times the old state, {total.new} times the new; {woke}"
    )


if __name__ == "__main__":
    main()
