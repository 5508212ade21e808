"""The Raspberry Pi Pico's image, on rp2040js: it starts as a board would, learns as the emulator does, and counts cycles exactly."""

import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from closed_port import refuses_within
from needs import need
from networks import make_network, make_samples
from sfdfa_codegen.codegen.board import boards
from sfdfa_codegen.codegen.errors import DeviceError
from sfdfa_codegen.codegen.firmware import compile_firmware
from sfdfa_codegen.codegen.integer_network import IntegerNetwork
from sfdfa_codegen.codegen.toolchain.cross_compilers import find_cross_compiler
from sfdfa_codegen.codegen.toolchain.images import Chunk, flatten, image_bytes, read_chunks, to_uf2
from sfdfa_codegen.host.devices.emu import EmuDevice
from sfdfa_codegen.host.devices.serial_device import SerialDevice
from sfdfa_codegen.host.link.line import SocketLine
from sfdfa_codegen.host.simulators.rp2040js import check_rp2040js, start_rp2040js, start_uf2

PICO = boards()["pico"]
LOAD_TIMEOUT_S = 10.0
SYSTICK_WRAPS = 1 << 24


@pytest.fixture(scope="module")
def build(user_cache: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[IntegerNetwork], Path]:
    """Compiles a network for the Pico."""
    need(check_rp2040js)
    need(lambda: find_cross_compiler("cortex-m"))
    return lambda network: compile_firmware(network, PICO, tmp_path_factory.mktemp("pico"))


@pytest.fixture(scope="module")
def small(build: Callable[[IntegerNetwork], Path]) -> tuple[IntegerNetwork, Path]:
    network = make_network(20, 12, 4)
    return network, build(network)


def test_image_starts_with_boot_block_and_vectors(small: tuple[IntegerNetwork, Path]) -> None:
    flash = flatten(read_chunks(small[1]))
    assert flash.address == 0x1000_0000
    stack, reset, *handlers = (int.from_bytes(flash.data[k : k + 4], "little") for k in range(0x100, 0x140, 4))
    assert stack == 0x2004_2000
    assert all(handler % 2 == 1 and 0x1000_0140 <= handler < flash.end for handler in (reset, *handlers))
    image_bytes(small[1], "uf2")  # refuses a boot block with a wrong checksum


def test_simulator_refuses_what_the_boot_rom_would(small: tuple[IntegerNetwork, Path], tmp_path: Path) -> None:
    flash = flatten(read_chunks(small[1]))
    broken = bytearray(flash.data)
    broken[252] ^= 1
    uf2 = tmp_path / "broken.uf2"
    uf2.write_bytes(to_uf2((Chunk(flash.address, bytes(broken)),)))
    with pytest.raises(DeviceError, match="the checksum of the flash second stage is wrong"):
        start_uf2(uf2)
    uf2.write_bytes(b"not a UF2 file")
    with pytest.raises(DeviceError, match="block 0 of the file is none of a UF2 file for the RP2040"):
        start_uf2(uf2)


def test_learns_as_the_emulator(small: tuple[IntegerNetwork, Path]) -> None:
    network, image = small
    samples = make_samples(network, 60)
    process, address = start_rp2040js(image)
    with process, SerialDevice(network, SocketLine(address), "pico-sim", "model") as device:
        assert (device.greeting.board, device.greeting.clock_hz) == ("pico", 125_000_000)
        on_device = device.run_samples(samples, learn=True)
        with EmuDevice(network) as emulator:
            emulated = emulator.run_samples(samples, learn=True)
            assert device.state_crc() == emulator.state_crc()
        assert on_device.counts.tolist() == emulated.counts.tolist()


def test_what_arrives_meanwhile_is_not_counted(small: tuple[IntegerNetwork, Path]) -> None:
    """The DMA receives the next samples while one is computed: the cycles are those of samples that come one by one."""
    network, image = small
    samples = make_samples(network, 30)
    process, address = start_rp2040js(image)
    with process, SerialDevice(network, SocketLine(address), "pico-sim", "model") as device:
        one_by_one = [device.run_sample(samples[index], learn=False).cycles for index in range(len(samples))]
        together = device.run_samples(samples, learn=False).cycles
    assert together is not None
    assert together.tolist() == one_by_one


def test_state_outlives_the_line(small: tuple[IntegerNetwork, Path]) -> None:
    network, image = small
    process, address = start_rp2040js(image)
    with process:
        with SerialDevice(network, SocketLine(address), "pico-sim") as device:
            device.run_samples(make_samples(network, 3), learn=True)
            learned = device.state_crc()
        left_open = SocketLine(address)
        left_open.write(b"\0\x07half a frame")
        with SerialDevice(network, SocketLine(address), "pico-sim", start_over=False) as device:
            assert device.state_crc() == learned
        left_open.close()


def test_network_of_the_size_of_mnist(build: Callable[[IntegerNetwork], Path]) -> None:
    """It fits, learns, and its cycles are the same before and after SysTick's 24 bits wrap around."""
    network = replace(make_network(784, 128, 10), max_events=392)
    samples = make_samples(network, 3)
    process, address = start_rp2040js(build(network))
    with process, SerialDevice(network, SocketLine(address), "pico-sim", "model") as device:
        device.run_samples(samples, learn=True)
        with EmuDevice(network) as emulator:
            emulator.run_samples(samples, learn=True)
            assert device.state_crc() == emulator.state_crc()
        first = device.run_sample(samples[0], learn=False).cycles
        assert first is not None
        total = 0
        while total < 2 * SYSTICK_WRAPS:
            assert device.run_sample(samples[0], learn=False).cycles == first
            total += first


def test_simulator_ends_with_the_process_that_started_it(small: tuple[IntegerNetwork, Path]) -> None:
    code = (
        "import os, pathlib; from sfdfa_codegen.host.simulators.rp2040js import start_rp2040js; "
        f"print(start_rp2040js(pathlib.Path({str(small[1])!r}))[1][1], flush=True); os._exit(0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert refuses_within(int(done.stdout), LOAD_TIMEOUT_S)
