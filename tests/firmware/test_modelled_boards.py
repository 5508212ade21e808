"""Boards that no simulator has: their whole image, from reset, in unicorn with a model of their serial line, learns as the emulator does."""

import struct
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from modelled_board import (
    Esp32C3Line,
    ImxrtLine,
    ModelledLine,
    NordicUart,
    Registers,
    Rp2350Line,
    Rp2350RiscvLine,
    SifiveUart,
    Stm32H7Usart,
    Stm32L4Usart,
    Stm32Usart,
)
from needs import need
from networks import make_network, make_samples
from sfdfa_codegen.codegen.board import Board, boards
from sfdfa_codegen.codegen.errors import DeviceError
from sfdfa_codegen.codegen.firmware import compile_firmware
from sfdfa_codegen.codegen.integer_network import state_to_bytes
from sfdfa_codegen.codegen.persistence import HEADER_BYTES, plan_store
from sfdfa_codegen.codegen.toolchain.images import flatten, image_bytes, read_chunks
from sfdfa_codegen.host.devices.emu import EmuDevice
from sfdfa_codegen.host.devices.serial_device import SerialDevice
from sfdfa_codegen.host.devices.targets import check_board
from sfdfa_codegen.host.link.messages import Woke
from sfdfa_codegen.host.simulators.unicorn_line import check_unicorn
from torn_flash import EspRomFlash, F4Flash, H7Flash, L4Flash, NvmcFlash, RpRomFlash, SerialFlash, TornFlash

MODELS: dict[str, Callable[[Board], Registers]] = {
    "nrf52dk": NordicUart,
    "microbit-v2": NordicUart,
    "nano-33-ble": NordicUart,
    "xiao-nrf52840": NordicUart,
    "pico2": Rp2350Line,
    "pico2-riscv": Rp2350RiscvLine,
    "nucleo-f401re": Stm32Usart,
    "blackpill-f411": Stm32Usart,
    "nucleo-l476rg": Stm32L4Usart,
    "nucleo-h743zi2": Stm32H7Usart,
    "teensy40": ImxrtLine,
    "esp32c3": Esp32C3Line,
    "hifive1": SifiveUart,
}
NETWORK = make_network(12, 8, 3)


def test_no_board_is_compiled_only() -> None:
    """README says so."""
    assert [name for name, board in boards().items() if board.simulator is None and name not in MODELS] == []


@pytest.mark.slow
@pytest.mark.parametrize("name", MODELS)
def test_image_starts_and_learns_as_the_emulator(name: str, tmp_path: Path) -> None:
    need(check_unicorn)
    board = boards()[name]
    need(lambda: check_board(board, with_simulator=False))
    samples = make_samples(NETWORK, 12)
    line = ModelledLine(board, compile_firmware(NETWORK, board, tmp_path), MODELS[name])
    with SerialDevice(NETWORK, line, name) as device, EmuDevice(NETWORK) as emulator:
        assert (device.greeting.board, device.greeting.clock_hz) == (name, board.clock_hz)
        found, expected = device.run_samples(samples, learn=True), emulator.run_samples(samples, learn=True)
        assert found.counts.tolist() == expected.counts.tolist()
        assert device.state_crc() == emulator.state_crc()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "family"), [("xiao-nrf52840", 0xADA5_2840), ("pico2", 0xE48B_FF59), ("pico2-riscv", 0xE48B_FF5A)]
)
def test_uf2_image_is_for_the_boards_own_chip(name: str, family: int, tmp_path: Path) -> None:
    """Microsoft's list of UF2 families. A boot loader copies to its flash only what is for it, and what lies behind it."""
    board = boards()[name]
    need(lambda: check_board(board, with_simulator=False))
    image = image_bytes(compile_firmware(NETWORK, board, tmp_path), board.image, board.uf2_family)
    for block in range(0, len(image), 512):
        flags, address, size = struct.unpack_from("<3I", image, block + 8)
        assert flags == 0x2000 and struct.unpack_from("<I", image, block + 28) == (family,)
        assert board.flash.origin <= address and address + size <= board.flash.origin + board.flash.size


@pytest.mark.slow
def test_boot_rom_of_the_rp2350_finds_what_it_looks_for(tmp_path: Path) -> None:
    """RP2350 Datasheet, "Minimum Arm IMAGE_DEF": these five words in the first 4 KB, and the vector table at the start."""
    board = boards()["pico2"]
    need(lambda: check_board(board, with_simulator=False))
    flash = flatten(read_chunks(compile_firmware(NETWORK, board, tmp_path)))
    definition = struct.pack("<5I", 0xFFFF_DED3, 0x1021_0142, 0x0000_01FF, 0, 0xAB12_3579)
    assert flash.address == 0x1000_0000 and 0 < flash.data.find(definition) < 4096 - len(definition)
    stack, reset = struct.unpack_from("<2I", flash.data)
    assert stack == 0x2008_2000 and reset % 2 == 1 and 0x1000_0000 < reset < flash.end


def switched_on(board: Board, image: Path, make: Callable[[ModelledLine], TornFlash]) -> tuple[ModelledLine, TornFlash]:
    made: list[TornFlash] = []
    line = ModelledLine(board, image, MODELS[board.name], lambda line: made.append(make(line)))
    return line, made[0]


KEEPING: dict[str, type[TornFlash]] = {
    "nrf52dk": NvmcFlash,
    "nucleo-f401re": F4Flash,
    "nucleo-l476rg": L4Flash,
    "nucleo-h743zi2": H7Flash,
    "esp32c3": EspRomFlash,
    "hifive1": SerialFlash,
    "pico2": RpRomFlash,
    "pico2-riscv": RpRomFlash,
}


@pytest.mark.slow
@pytest.mark.parametrize("name", KEEPING)
def test_board_whose_power_fails_within_operations_goes_on(name: str, tmp_path: Path) -> None:
    """The whole image. What the power failed in cannot be read, or reads differently each time, and the device wakes all the same with what it had kept last, and is shown the rest."""
    need(check_unicorn)
    board = replace(boards()[name], persist_every=4)
    need(lambda: check_board(board, with_simulator=False))
    network = make_network(8, 3, 2)
    samples, image = make_samples(network, 40), compile_firmware(network, board, tmp_path)
    plan = plan_store(network, board)
    emulator = EmuDevice(network)
    states = [state_to_bytes(network, emulator.read_state())]
    for index in range(len(samples)):
        emulator.run_sample(samples[index], learn=True)
        states.append(state_to_bytes(network, emulator.read_state()))
    snapshot = 1 + -(-HEADER_BYTES // plan.unit_bytes) + -(-len(states[0]) // plan.unit_bytes)
    assert plan.slot_bytes == plan.page_bytes and snapshot % 7, "each cut is in another operation"
    here = partial(KEEPING[name], start=plan.start, size=plan.size)
    kept = cuts = unreadable = 0
    left, broken = b"\xff" * plan.size, set[int]()
    while kept < 20 and cuts < 100:
        cut_at = 1 + 7 * cuts % (2 * snapshot)
        line, flash = switched_on(board, image, partial(here, held=left, broken=broken, cut_at=cut_at))
        device = SerialDevice(network, line, name, start_over=False)
        assert device.greeting.samples in (kept, kept + 4)
        kept = device.greeting.samples
        assert device.greeting.woke in ((Woke.RESTORED, Woke.EARLIER) if kept else (Woke.EMPTY, Woke.DAMAGED))
        assert state_to_bytes(network, device.read_state()) == states[kept]
        with pytest.raises(DeviceError, match="does not come back"):
            device.run_samples(samples.take(np.arange(kept, kept + 8)), learn=True)
        assert flash.left is not None
        left, broken = flash.left, flash.broken
        unreadable += flash.unreadable
        cuts += 1
    assert cuts > 8 and unreadable > 3
    line, _ = switched_on(board, image, partial(here, held=left, broken=broken))
    with SerialDevice(network, line, name, start_over=False) as device:
        kept = device.greeting.samples
        device.run_samples(samples.take(np.arange(kept, len(samples))), learn=True)
        assert device.state_crc() == emulator.state_crc()
        assert state_to_bytes(network, device.read_state()) == states[-1]


@pytest.mark.slow
@pytest.mark.parametrize("name", ["nucleo-l476rg", "nucleo-h743zi2"])
def test_board_keeps_what_it_learned_when_its_supply_goes(name: str, tmp_path: Path) -> None:
    need(check_unicorn)
    board = replace(boards()[name], persist_every=100, brown_out=True)
    need(lambda: check_board(board, with_simulator=False))
    network = make_network(8, 3, 2)
    image, plan = compile_firmware(network, board, tmp_path), plan_store(network, board)
    here = partial(KEEPING[name], start=plan.start, size=plan.size)
    line, _ = switched_on(board, image, partial(here, held=b"\xff" * plan.size))
    with SerialDevice(network, line, name, start_over=False) as device:
        device.run_samples(make_samples(network, 3), learn=True)
        state = state_to_bytes(network, device.read_state())
        line.registers.falls = True  # type: ignore[attr-defined]
        device.state_crc()
        held = bytes(line.uc.mem_read(plan.start, plan.size))
    line, _ = switched_on(board, image, partial(here, held=held))
    with SerialDevice(network, line, name, start_over=False) as device:
        assert (device.greeting.woke, device.greeting.samples) == (Woke.RESTORED, 3)
        assert state_to_bytes(network, device.read_state()) == state
