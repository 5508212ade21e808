"""PicoRV32's real Verilog in Verilator: it learns as the emulator does, and its cycles are those that the core's README gives."""

import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from closed_port import refuses_within
from needs import need
from networks import make_network, make_samples
from sfdfa_codegen.codegen.board import boards
from sfdfa_codegen.codegen.errors import DeviceError, ToolMissingError
from sfdfa_codegen.codegen.firmware import compile_firmware
from sfdfa_codegen.codegen.integer_network import IntegerNetwork
from sfdfa_codegen.codegen.render import render_template
from sfdfa_codegen.codegen.toolchain.cross_compilers import core_flags, find_cross_compiler, link_flags
from sfdfa_codegen.host.devices.emu import EmuDevice
from sfdfa_codegen.host.devices.serial_device import SerialDevice
from sfdfa_codegen.host.link.line import SocketLine
from sfdfa_codegen.host.simulators import verilated
from sfdfa_codegen.host.simulators.verilated import check_picorv32, start_picorv32

PICORV32 = boards()["picorv32"]
END_TIMEOUT_S = 10.0

CYCLES = {
    "nop": 3,
    "add a0, a0, a1": 3,
    "sll a0, a0, a1": 3,
    "sra a0, a0, a1": 3,
    "lw a0, 0(sp)": 5,
    "lb a0, 1(sp)": 5,
    "sw a0, 0(sp)": 5,
    "sb a0, 1(sp)": 5,
    "bne x0, x0, 1f": 3,
    "beq x0, x0, 1f": 5,
    "j 1f": 3,
    "jr t0": 6,
    "mul a0, a0, a1": 6,
    "mulh a0, a0, a1": 6,
    "div a0, a0, a1": 40,
    "remu a0, a0, a1": 40,
}
"""Of an instruction, from the table in the core's README; the multiplier of one cycle is not in it, and was measured."""

MEASURE = """
    la t0, 1f
    li a0, {a}
    li a1, {b}
    rdcycle s0
    {instruction}
1:  rdcycle s1
    sub s1, s1, s0
    sw s1, 0(s2)
"""


@pytest.fixture(scope="module")
def simulator() -> None:
    need(check_picorv32)
    need(lambda: find_cross_compiler("riscv"))


@pytest.fixture(autouse=True)
def kept_cache(pytestconfig: pytest.Config, monkeypatch: pytest.MonkeyPatch) -> None:
    """A cache that lives from one test session to the next, since building the simulator takes half a minute."""
    assert pytestconfig.cache is not None
    monkeypatch.setenv("XDG_CACHE_HOME", str(pytestconfig.cache.mkdir("picorv32")))


@pytest.fixture(scope="module")
def small(simulator: None, tmp_path_factory: pytest.TempPathFactory) -> tuple[IntegerNetwork, Path]:
    network = make_network(20, 12, 4)
    return network, compile_firmware(network, PICORV32, tmp_path_factory.mktemp("picorv32"))


def assemble(text: str, folder: Path) -> Path:
    """The image of a program in assembler, which starts at sfdfa_reset."""
    (folder / "link.ld").write_text(render_template("boards/riscv/link.ld", {"board": PICORV32}), encoding="utf-8")
    (folder / "program.S").write_text(f'.section .boot, "ax"\n.globl sfdfa_reset\nsfdfa_reset:\n{text}\n', "utf-8")
    compiler = find_cross_compiler("riscv")
    flags = (*core_flags(PICORV32, compiler), *link_flags(PICORV32, str(folder / "link.ld")))
    image = folder / "program.elf"
    compiler.run([*flags, str(folder / "program.S"), "-o", str(image)])
    return image


def test_learns_as_the_emulator(small: tuple[IntegerNetwork, Path]) -> None:
    network, image = small
    samples = make_samples(network, 30)
    process, address = start_picorv32(image)
    with process, SerialDevice(network, SocketLine(address), "rtl-picorv32", "exact") as device:
        assert (device.greeting.board, device.greeting.clock_hz, device.cycle_kind) == ("picorv32", 50_000_000, "exact")
        on_device = device.run_samples(samples, learn=True)
        with EmuDevice(network) as emulator:
            emulated = emulator.run_samples(samples, learn=True)
            assert device.state_crc() == emulator.state_crc()
        assert on_device.counts.tolist() == emulated.counts.tolist()


def test_two_at_once_take_the_same_cycles(small: tuple[IntegerNetwork, Path]) -> None:
    """Also where a sample waits in the middle for the line."""
    network, image = small
    samples = make_samples(network, 4)
    (process, address), (other_process, other_address) = start_picorv32(image), start_picorv32(image)
    with process, other_process:
        with SerialDevice(network, SocketLine(address), "rtl-picorv32", "exact") as device:
            expected = device.run_samples(samples, learn=True).cycles
        with SerialDevice(network, SocketLine(other_address), "rtl-picorv32", "exact") as device:
            for sample in range(len(samples)):
                time.sleep(0.01)
                assert expected is not None
                assert device.run_sample(samples[sample], learn=True).cycles == expected[sample]


@pytest.mark.parametrize("values", [(5, 3), (-(2**31), 31), (0, 0)], ids=["small", "large", "zero"])
def test_instructions_take_the_published_cycles(simulator: None, values: tuple[int, int], tmp_path: Path) -> None:
    """Whatever the values. What two reads of the counter in a row take is that of the first alone."""
    a, b = values
    pieces = [MEASURE.format(a=a, b=b, instruction=instruction) for instruction in ("", *CYCLES)]
    setup = f"la sp, sfdfa_stack_top - 16\nli s2, {dict(PICORV32.config)['FIFO']}\n"
    image = assemble(setup + "".join(pieces) + "2: j 2b", tmp_path)
    process, address = start_picorv32(image)
    with process:
        line = SocketLine(address)
        measured = b""
        while len(measured) < len(pieces):
            piece = line.read(END_TIMEOUT_S)
            assert piece, "the core does not answer"
            measured += piece
        line.close()
    assert {name: count - measured[0] for name, count in zip(CYCLES, measured[1:], strict=True)} == CYCLES


@pytest.mark.parametrize("program", ["li a0, 0x20000000\nlw a0, 0(a0)", "unimp", "li a0, 2\nlw a0, 0(a0)"])
def test_stops_where_the_core_does(simulator: None, program: str, tmp_path: Path) -> None:
    process, address = start_picorv32(assemble(f"{program}\n2: j 2b", tmp_path))
    with process:
        line = SocketLine(address)
        with pytest.raises(DeviceError, match=r"closed the connection. Does the simulator still run\?"):
            while True:
                line.read(END_TIMEOUT_S)
        line.close()


def test_refuses_what_is_no_image(simulator: None, tmp_path: Path) -> None:
    image = tmp_path / "image.elf"
    image.write_bytes(b"no image" * 20)
    with pytest.raises(DeviceError, match=r"image\.elf: is no ELF file for 32-bit RISC-V"):
        start_picorv32(image)


def test_ends_with_the_process_that_started_it(small: tuple[IntegerNetwork, Path]) -> None:
    code = (
        "import os, pathlib; from sfdfa_codegen.host.simulators.verilated import start_picorv32; "
        f"print(start_picorv32(pathlib.Path({str(small[1])!r}))[1][1], flush=True); os._exit(0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert refuses_within(int(done.stdout), END_TIMEOUT_S)


@pytest.mark.parametrize("tool", verilated.TOOLS)
def test_says_which_packages_are_missing(tool: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda name: None if name == tool else name)
    with pytest.raises(ToolMissingError, match=rf"^{tool.replace('+', '.')} is not installed; install verilator"):
        check_picorv32()


def test_says_how_to_get_the_core(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda name: name)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(ToolMissingError, match=r"run: pip install 'sfdfa-codegen\[simulators\]'"):
        check_picorv32()


def test_is_built_once_by_two_at_once(simulator: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    built = []

    def build(design: object, flags: object, files: object, target: Path) -> None:
        built.append(target)
        time.sleep(0.2)
        target.touch()

    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(verilated, "_build", build)
    threads = [threading.Thread(target=verilated.verilated, args=(verilated.BOARD,)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(built) == 1


def test_says_why_it_cannot_be_built(simulator: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(verilated, "VERILATOR_FLAGS", ("--lint-only", "--no-such-flag"))
    with pytest.raises(DeviceError, match=r"could not build the simulator of PicoRV32: .*--no-such-flag"):
        start_picorv32(tmp_path / "image.elf")
