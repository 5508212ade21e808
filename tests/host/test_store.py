"""The store of the C on a model of flash: a cut at every operation, generations that wrap, wear, and memory that is damaged or lies."""

import random
import zlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from native_build import Change, changed, quick_library
from networks import make_network, make_samples
from power_cuts import MEMORIES, Bench, cut_often, cut_once, operations_of_a_snapshot
from sfdfa_codegen.codegen.errors import DeviceError
from sfdfa_codegen.codegen.integer_network import state_to_bytes
from sfdfa_codegen.codegen.native_library import compile_library, native_sources
from sfdfa_codegen.codegen.source_files import write_sources
from sfdfa_codegen.codegen.toolchain.compilers import find_host_compiler
from sfdfa_codegen.host.devices.native import NativeDevice
from sfdfa_codegen.host.link.messages import Woke
from sfdfa_codegen.host.persistence.flash_model import FlashMisuseError, FlashModel
from sfdfa_codegen.host.persistence.native_store import (
    ERROR_MEMORY,
    ERROR_STATE,
    HEADER,
    MORE,
    NativeStore,
    network_geometry,
    read_header,
)

NETWORK = make_network()
UNIT, PAGE = 4, 128


@pytest.fixture(scope="module")
def device(compile_cache: Path) -> Iterator[NativeDevice]:
    with NativeDevice(NETWORK, quick_library(NETWORK, compile_cache)) as device:
        yield device


def make_bench(device: NativeDevice, unit: int = UNIT, page: int = PAGE, slots: int = 3, seed: int = 1) -> Bench:
    """A device in its initial state, with empty memory."""
    return Bench(device, FlashModel(network_geometry(device.network, unit, page, slots), random.Random(seed)))


def learn(bench: Bench, seed: int, samples: int = 1) -> bytes:
    bench.device.run_samples(make_samples(bench.device.network, samples, 0.3, seed), learn=True)
    return bench.state()


def slot(bench: Bench, number: int) -> slice:
    size = bench.flash.geometry.slot_bytes
    return slice(number * size, (number + 1) * size)


def headers(bench: Bench) -> list[int | None]:
    """The generation in each slot."""
    found = [read_header(bytes(bench.flash.memory[slot(bench, k)])) for k in range(bench.flash.geometry.slots)]
    return [None if header is None else header.generation for header in found]


@pytest.mark.parametrize(("unit", "page"), MEMORIES)
def test_a_cut_at_every_operation_leaves_the_old_state_or_the_new(device: NativeDevice, unit: int, page: int) -> None:
    bench = make_bench(device, unit, page, slots=2)
    learn(bench, 0)
    operations = operations_of_a_snapshot(bench)
    bench.kept = bench.state()
    found = [cut_once(bench, place % 7, place)[0] for place in range(operations)]
    assert found == sorted(found), "new before the header was there, or old after it"
    assert sum(found) <= bench.flash.geometry.unit_bytes // 32 + 1
    assert cut_once(bench, 1, None) == (True, Woke.RESTORED)


def test_cuts_at_random_with_the_ring_going_round(compile_cache: Path) -> None:
    counts = cut_often(make_network(5, 4, 3, weight_bits=4), 400, random.Random(3), compile_cache)
    assert counts.cuts == 400 and counts.old > counts.new > 0


@pytest.mark.parametrize(
    "change",
    [
        ("store/sfdfa_store.c", "own - *generation < UINT32_C(1) << 31", "*generation - own < UINT32_C(1) << 31"),
        ("store/sfdfa_store.c", "        enter(store, WRITING);", "        enter(store, SEALING);"),
        ("store/sfdfa_store.c", "(uint8_t)((slot + 1) % store->flash->slots)", "slot"),
    ],
    ids=["oldest-taken", "header-first", "newest-overwritten"],
)
def test_the_test_of_cuts_finds_a_wrong_store(change: Change, tmp_path: Path) -> None:
    write_sources(changed(native_sources(NETWORK), change), tmp_path)
    library = compile_library(tmp_path, find_host_compiler(), ("-std=c11", "-O1", "-fPIC", "-shared"))
    with NativeDevice(NETWORK, library) as device, pytest.raises((AssertionError, FlashMisuseError)):
        bench = make_bench(device, slots=2)
        for seed in range(3):
            cut_once(bench, seed, None)
        for place in range(operations_of_a_snapshot(bench)):
            cut_once(bench, place % 7, place)


def test_an_empty_memory_gives_the_initial_state(device: NativeDevice) -> None:
    device.reset()
    bench = make_bench(device)
    initial = bench.state()
    learn(bench, 1)
    assert bench.wake() == Woke.EMPTY
    assert bench.state() == initial


def test_a_slot_is_as_the_document_says(device: NativeDevice) -> None:
    bench = make_bench(device)
    state = learn(bench, 2)
    assert bench.store.save()
    memory = bytes(bench.flash.memory)
    magic, version, generation, size, digest, crc = HEADER.unpack_from(memory)
    assert (magic, version, generation, size) == (b"SFDS", 1, 1, len(state))
    assert digest.hex() == NETWORK.model_hash
    assert memory[HEADER.size : HEADER.size + size] == state
    assert crc == zlib.crc32(memory[: HEADER.size - 4] + state)


def test_generations_wrap(device: NativeDevice) -> None:
    bench = make_bench(device)
    assert bench.store.save()
    memory = bench.flash.memory
    HEADER.pack_into(memory, 0, b"SFDS", 1, 2**32 - 2, len(bench.kept), bytes.fromhex(NETWORK.model_hash), 0)
    crc = zlib.crc32(bytes(memory[: HEADER.size - 4]) + bytes(memory[HEADER.size : HEADER.size + len(bench.kept)]))
    memory[HEADER.size - 4 : HEADER.size] = crc.to_bytes(4, "little")
    for seed in range(4):
        assert bench.wake() == Woke.RESTORED
        assert bench.store.generation == (2**32 - 2 + seed) % 2**32
        state = learn(bench, seed)
        assert bench.store.save()
    assert sorted(number for number in headers(bench) if number is not None) == [0, 1, 2]
    assert bench.wake() == Woke.RESTORED and bench.state() == state


def test_pages_wear_evenly(device: NativeDevice) -> None:
    bench = make_bench(device, slots=4)
    for seed in range(10):
        cut_once(bench, seed % 7, None)
    pages = bench.flash.geometry.slot_bytes // PAGE
    assert bench.flash.erasures.tolist() == [3] * 2 * pages + [2] * 2 * pages


def test_bytes_of_eeprom_that_stay_are_not_worn(device: NativeDevice) -> None:
    bench = make_bench(device, unit=1, page=0, slots=2)
    for _ in range(6):
        assert bench.store.save()
    worn = bench.flash.erasures.reshape(2, -1)
    assert worn[:, HEADER.size :].max() <= 1 and worn[:, 8].tolist() == [3, 3]


def damage(bench: Bench, number: int) -> None:
    bench.flash.memory[slot(bench, number).start + HEADER.size + 5] ^= 4


def test_a_damaged_snapshot_gives_way_to_the_one_before(device: NativeDevice) -> None:
    bench = make_bench(device)
    first = learn(bench, 1)
    assert bench.store.save()
    learn(bench, 2)
    assert bench.store.save()
    damage(bench, 1)
    assert (bench.wake(), bench.state()) == (Woke.EARLIER, first)
    damage(bench, 0)
    assert bench.wake() == Woke.DAMAGED
    assert bench.device.read_state().samples == 0


def test_snapshots_of_another_network_are_left_out(device: NativeDevice) -> None:
    bench = make_bench(device)
    learn(bench, 1)
    assert bench.store.save()
    memory = bench.flash.memory
    memory[16] ^= 1
    assert bench.wake() == Woke.EMPTY, "a header that was cut is nobody's"
    crc = zlib.crc32(bytes(memory[: HEADER.size - 4]) + bytes(memory[HEADER.size : HEADER.size + len(bench.kept)]))
    memory[HEADER.size - 4 : HEADER.size] = crc.to_bytes(4, "little")
    assert bench.wake() == Woke.OTHER
    assert bench.device.read_state().samples == 0


def test_learning_in_the_middle_of_a_snapshot_refuses_it(device: NativeDevice) -> None:
    bench = make_bench(device)
    kept = learn(bench, 1)
    assert bench.store.save()
    bench.store.begin()
    assert [bench.store.step() for _ in range(6)] == [MORE] * 6
    learn(bench, 2)
    answers = [bench.store.step() for _ in range(12)]
    assert ERROR_STATE in answers and not answers[-1]
    assert (bench.wake(), bench.state()) == (Woke.RESTORED, kept)


def test_memory_that_does_not_hold_what_was_programmed_is_found_out(device: NativeDevice) -> None:
    bench = make_bench(device)
    kept = learn(bench, 1)
    assert bench.store.save()
    learn(bench, 2)
    bench.store.begin()
    answers = []
    for _ in range(200):
        answers.append(bench.store.step())
        bench.flash.memory[slot(bench, 1).start] &= 0xFE
    assert ERROR_MEMORY in answers
    assert (bench.wake(), bench.state()) == (Woke.RESTORED, kept)


def test_a_prepared_slot_is_not_erased_again_until_the_power_fails(device: NativeDevice) -> None:
    bench = make_bench(device)
    assert bench.store.prepare() and bench.flash.erasures.sum() == bench.flash.geometry.slot_bytes // PAGE
    erased = bench.flash.erasures.sum()
    assert bench.store.save() and bench.flash.erasures.sum() == erased
    assert bench.store.prepare()
    bench.wake()
    assert bench.store.save() and bench.flash.erasures.sum() == 3 * erased


def test_a_snapshot_every_so_many_samples(device: NativeDevice) -> None:
    device.reset()
    bench = make_bench(device)
    store = NativeStore(device, bench.flash, every=3)
    store.wake()
    generations = []
    for seed in range(8):
        learn(bench, seed)
        store.idle()
        generations.append(store.generation)
    assert generations == [0, 0, 1, 1, 1, 2, 2, 2]
    store.mark()
    store.idle()
    assert store.generation == 3


@pytest.mark.parametrize(
    "change", [{"slots": 1}, {"slots": 33}, {"slot_bytes": 128}, {"slot_bytes": 500}, {"unit_bytes": 3}]
)
def test_slots_that_cannot_be_are_refused(device: NativeDevice, change: dict[str, int]) -> None:
    geometry = replace(network_geometry(NETWORK, UNIT, PAGE, 3), **change)
    with pytest.raises(DeviceError, match="does not hold snapshots of tiny"):
        NativeStore(device, FlashModel(geometry, random.Random(1)))


def test_every_mix_of_two_states_is_refused(device: NativeDevice) -> None:
    """One state written up to some byte, the rest of another, as a line or a memory that fails in between would leave it."""
    bench = make_bench(device)
    first, second = learn(bench, 1), learn(bench, 2)
    library, memory = device.library, device.memory
    places = [place for place in range(1, len(first)) if second[:place] + first[place:] not in (first, second)]
    assert len(places) > 20
    for place in places:
        mixed = second[:place] + first[place:]
        assert library.sfdfa_state_write(memory, 0, mixed, len(mixed)) == 0
        assert library.sfdfa_state_accept(memory, zlib.crc32(second)) == ERROR_STATE
    assert library.sfdfa_state_write(memory, 0, second, len(second)) == 0
    assert library.sfdfa_state_accept(memory, zlib.crc32(second)) == 0
    assert library.sfdfa_whole_crc(memory) == zlib.crc32(state_to_bytes(NETWORK, device.read_state()))


def test_a_brown_out_keeps_what_was_learned_since_and_only_once(device: NativeDevice) -> None:
    bench = make_bench(device)
    bench.store.watch(power_fails=False)
    erased = bench.flash.erasures.sum()
    assert erased, "the next slot was not erased ahead"
    bench.store.watch(power_fails=True)
    assert headers(bench).count(None) == 3, "nothing was learned, so there was nothing to keep"
    bench.store.watch(power_fails=False)
    new = learn(bench, 5)
    bench.store.watch(power_fails=True)
    assert bench.flash.erasures.sum() == erased, "there is no time to erase"
    learn(bench, 6)
    bench.store.watch(power_fails=True)
    assert bench.wake() == Woke.RESTORED and bench.state() == new
    bench.store.watch(power_fails=False)
    newer = learn(bench, 7)
    bench.store.watch(power_fails=True)
    assert bench.wake() == Woke.RESTORED and bench.state() == newer


def test_a_brown_out_in_the_middle_of_a_snapshot_ends_it(device: NativeDevice) -> None:
    bench = make_bench(device)
    new = learn(bench, 5)
    bench.store.mark()
    assert bench.store.idle_once() and bench.store.idle_once() and bench.store.idle_once()
    programmed = bench.flash.operations
    bench.store.watch(power_fails=True)
    assert bench.flash.operations - programmed < operations_of_a_snapshot(bench)
    assert bench.wake() == Woke.RESTORED and bench.state() == new


def test_a_page_that_cannot_be_erased_is_not_worn_out_by_trying(device: NativeDevice) -> None:
    bench = make_bench(device)
    bench.flash.powered = False
    before = bench.flash.operations
    bench.store.watch(power_fails=False)
    bench.store.watch(power_fails=False)
    assert bench.flash.operations == before
