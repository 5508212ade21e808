"""Every simulated board learns the same samples as the emulator and ends with the same state."""

import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from needs import need_target
from networks import make_network
from sfdfa_codegen.codegen.board import boards
from sfdfa_codegen.codegen.errors import ConfigError, DoesNotFitError
from sfdfa_codegen.codegen.firmware import compile_firmware, image_size, proven_stack
from sfdfa_codegen.codegen.library import library_sources
from sfdfa_codegen.codegen.persistence import plan_store
from sfdfa_codegen.codegen.source_files import write_sources
from sfdfa_codegen.host.build.flash import check_port, plan_flash
from sfdfa_codegen.host.devices.emu import EmuDevice
from sfdfa_codegen.host.devices.serial_device import SerialDevice
from sfdfa_codegen.host.prepare import Prepared, load_spec, prepare
from sfdfa_codegen.host.runs.lockstep import run_lockstep

SAMPLES = 6
SAMPLES_IN_2_KB = 100
PIPELINED_SAMPLES = 24
TOO_SMALL = ("simavr-atmega328p",)
"""For digits; they learn digits-uno."""
OWN_TESTS = ("pico-sim", "rtl-picorv32")
TARGETS = [
    board.simulator.target
    for board in boards().values()
    if board.simulator is not None and board.simulator.target not in (*TOO_SMALL, *OWN_TESTS)
]


@pytest.fixture(scope="module")
def digits() -> Prepared:
    return prepare(load_spec("digits"))


def assert_learns_as_the_emulator(name: str, prepared: Prepared, samples: int) -> None:
    target = need_target(name)
    network = prepared.integer_network
    with target.open(network) as device:
        outcome = run_lockstep({"emu": EmuDevice(network), name: device}, prepared.data.train.head(samples))
    assert outcome.divergence is None
    assert outcome.samples == samples
    assert len(set(outcome.state_crcs.values())) == 1


@pytest.mark.parametrize("name", TARGETS)
def test_board_and_emulator_learn_the_same(name: str, digits: Prepared) -> None:
    assert_learns_as_the_emulator(name, digits, SAMPLES)


def test_uno_and_emulator_learn_the_same_in_2_kb() -> None:
    assert_learns_as_the_emulator("simavr-atmega328p", prepare(load_spec("digits-uno")), SAMPLES_IN_2_KB)


def test_uno_image_leaves_room_for_the_deepest_stack(tmp_path: Path) -> None:
    board = boards()["arduino-uno"]
    need_target("simavr-atmega328p")
    image = compile_firmware(prepare(load_spec("digits-uno")).integer_network, board, tmp_path)
    stack = proven_stack(board, image)
    assert image_size(image).ram + stack <= board.ram.size == 2048
    assert stack > board.stack_bytes, "the board's own figure would hide what is proven"


@pytest.mark.parametrize("name", TARGETS)
def test_board_learns_the_same_with_requests_under_way(name: str, digits: Prepared) -> None:
    """As `run` does it: the next samples arrive while the device computes."""
    target = need_target(name)
    assert target.board is not None
    network, samples = digits.integer_network, digits.data.train.head(PIPELINED_SAMPLES)
    with target.open(network) as device, EmuDevice(network) as emulator:
        assert isinstance(device, SerialDevice)
        assert device.greeting.window == target.board.window > 1
        results, expected = device.run_samples(samples, True), emulator.run_samples(samples, True)
        assert results.counts.tolist() == expected.counts.tolist()
        assert device.state_crc() == emulator.state_crc()
        assert device.session.hello().dropped == 0 or device.session.use.repeated > 0


def test_network_too_large_for_a_board_is_refused_with_what_takes_how_much(digits: Prepared, tmp_path: Path) -> None:
    with pytest.raises(DoesNotFitError) as caught:
        compile_firmware(digits.integer_network, boards()["arduino-uno"], tmp_path)
    message = str(caught.value)
    assert "network 'digits' does not fit arduino-uno" in message
    assert "where there are 2048" in message
    assert "2368  learned.weights" in message


def test_library_example_learns(digits: Prepared, tmp_path: Path) -> None:
    """Built with its own Makefile, as a user would."""
    write_sources(library_sources(digits.integer_network), tmp_path)
    flags = "CFLAGS=-O2 -Wall -Wextra -Wconversion -Werror"
    subprocess.run(["make", "-s", "example", flags], cwd=tmp_path, check=True)
    said = subprocess.run([tmp_path / "example"], capture_output=True, text=True, check=True).stdout
    words = said.splitlines()[0].split()
    assert words[0] == "right:"
    assert int(words[-5]) >= 40, said


@pytest.mark.parametrize(
    ("board", "image", "port", "command"),
    [
        ("microbit", "f.hex", None, "pyocd flash --target nrf51 f.hex"),
        ("nucleo-f401re", "f.bin", None, "pyocd flash --target stm32f401retx --base-address 0x8000000 f.bin"),
        ("arduino-mega", "f.hex", "/dev/x", "avrdude -p m2560 -c wiring -P /dev/x -D -U flash:w:f.hex:i"),
        ("nano-33-ble", "f.bin", "/dev/ttyACM0", "bossac --port=ttyACM0 -U -i -e -w f.bin -R"),
        ("xiao-nrf52840", "f.uf2", None, "cp f.uf2 <folder of the drive XIAO-SENSE>/"),
        ("pico2", "f.uf2", None, "cp f.uf2 <folder of the drive RP2350>/"),
        ("blackpill-f411", "f.bin", None, "dfu-util -d 0483:df11 -a 0 -s 0x08000000:leave -D f.bin"),
        ("teensy40", "f.hex", None, "teensy_loader_cli --mcu=TEENSY40 -w -v f.hex"),
        ("esp32c3", "f.bin", "/dev/x", "esptool --chip esp32c3 --port /dev/x write_flash 0x0 f.bin"),
        ("hifive1", "f.hex", None, "openocd -f board/sifive-hifive1.cfg -c 'program {f.hex} verify reset exit'"),
    ],
)
def test_flash_command(board: str, image: str, port: str | None, command: str) -> None:
    assert plan_flash(boards()[board], Path(image), port).text == command


def test_board_flashed_through_its_port_needs_one() -> None:
    with pytest.raises(ConfigError, match="arduino-mega is flashed through its serial port: give it with --port"):
        check_port(boards()["arduino-mega"], None)
    assert " -P PORT " in plan_flash(boards()["arduino-mega"], Path("f.hex"), None).text


def test_an_avr_that_changes_its_own_flash_needs_a_programmer() -> None:
    board = replace(boards()["arduino-mega"], persist_every=8)
    with pytest.raises(
        ConfigError, match=r"where its boot loader is now: .* run: avrdude -p m2560 .* -U hfuse:w:0xD9:m"
    ):
        plan_flash(board, Path("f.hex"), "/dev/x", plan_store(make_network(300, 8, 3), board))
    kept_in_eeprom = plan_store(make_network(20, 6, 3), board)
    assert "-c wiring" in plan_flash(board, Path("f.hex"), "/dev/x", kept_in_eeprom).text


def test_simulated_board_cannot_be_flashed() -> None:
    with pytest.raises(ConfigError, match="mps2-an386 is only simulated"):
        plan_flash(boards()["mps2-an386"], Path("f.elf"), None)
