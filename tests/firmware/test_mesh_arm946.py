"""Cores of a mesh as ARMv5TE Thumb images at SpiNNaker's addresses, each on an ARM946 of Unicorn, over a stand-in of spin1_api: the bits of one core."""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from random import Random

import numpy as np
import pytest
from elftools.elf.elffile import ELFFile
from elftools.elf.sections import SymbolTableSection
from needs import need_tool
from networks import make_integrator, make_network, make_samples
from numpy.typing import NDArray
from sfdfa_codegen.codegen.integer_network import IntegerNetwork, LearnedState, state_to_bytes
from sfdfa_codegen.codegen.mesh.mesh_c import core_units
from sfdfa_codegen.codegen.mesh.mesh_map import MeshMap, even_map
from sfdfa_codegen.codegen.mesh.routing import TO_ALL, TO_HOST, TO_ITSELF, TO_PARENT
from sfdfa_codegen.codegen.mesh.spinnaker import spinnaker_sources
from sfdfa_codegen.codegen.source_files import write_sources
from sfdfa_codegen.emulator.mesh.core_part import CorePart
from sfdfa_codegen.emulator.mesh.mesh_emulator import MeshEmulator
from sfdfa_codegen.emulator.mesh.packets import Packet
from sfdfa_codegen.emulator.mesh.port import Port, To
from sfdfa_codegen.emulator.network_emulator import Emulator
from sfdfa_codegen.host.data.spikes import SpikeDataset
from sfdfa_codegen.host.devices.mesh_rtl import RtlCore
from sfdfa_codegen.host.prepare import load_spec, prepare

unicorn = pytest.importorskip("unicorn")
from unicorn import arm_const

COMPILER = "arm-none-eabi-gcc"
FLAGS = ("-std=c11", "-O2", "-march=armv5te", "-mthumb", "-mthumb-interwork", "-mfloat-abi=soft", "-ffreestanding")
SECTIONS = ("-ffunction-sections", "-fdata-sections", "-nostartfiles", "-nostdlib", "-Wl,--gc-sections")
ITCM, ITCM_BYTES = 0x00000000, 0x8000
DTCM, DTCM_BYTES = 0x00400000, 0x10000
OUTSIDE = 0xF0000000
SCRIPT = """
ENTRY(standin_start)
EXTERN(standin_receive)
MEMORY { ITCM (rx) : ORIGIN = 0, LENGTH = 32512  DTCM (rw) : ORIGIN = 0x400000, LENGTH = 61440 }
SECTIONS
{
    .text : { *(.text .text.*) *(.rodata .rodata.*) } > ITCM
    .data : { *(.data .data.*) } > DTCM
    .bss (NOLOAD) : { *(.bss .bss.* COMMON) } > DTCM
    /DISCARD/ : { *(.ARM.*) *(.comment) }
}
"""
KEY, PAYLOAD, PLACES, DONE, ERROR = range(5)
"""Words that the stand-in writes to."""


class Arm946:
    """One core with its image. sent: packets of the last call."""

    def __init__(self, image: Path) -> None:
        self._uc = unicorn.Uc(unicorn.UC_ARCH_ARM, unicorn.UC_MODE_THUMB)
        self._uc.ctl_set_cpu_model(arm_const.UC_CPU_ARM_946)
        for address, size in ((ITCM, ITCM_BYTES), (DTCM, DTCM_BYTES), (OUTSIDE, 0x1000)):
            self._uc.mem_map(address, size)
        with image.open("rb") as file:
            elf = ELFFile(file)
            for segment in elf.iter_segments():
                if segment["p_type"] == "PT_LOAD" and segment["p_filesz"]:
                    self._uc.mem_write(segment["p_vaddr"], segment.data())
            table = elf.get_section_by_name(".symtab")
            assert isinstance(table, SymbolTableSection)
            symbols = {symbol.name: symbol["st_value"] for symbol in table.iter_symbols()}
        self._uc.hook_add(unicorn.UC_HOOK_MEM_WRITE, self._on_write, begin=OUTSIDE, end=OUTSIDE + 0xFFF)
        self.sent: list[Packet] = []
        self._entry = symbols
        self._words = [0] * 5
        self._call("standin_start")

    def _on_write(self, uc: object, access: int, address: int, size: int, value: int, data: object) -> None:
        word = (address - OUTSIDE) // 4
        assert word != ERROR, value
        self._words[word] = value & 0xFFFFFFFF
        if word == PAYLOAD:
            self.sent.append(Packet(self._words[KEY], self._words[PAYLOAD]))

    def _call(self, name: str, *arguments: int) -> None:
        for register, value in zip((arm_const.UC_ARM_REG_R0, arm_const.UC_ARM_REG_R1), arguments, strict=False):
            self._uc.reg_write(register, value)
        stop = ITCM + ITCM_BYTES - 4
        self._uc.reg_write(arm_const.UC_ARM_REG_SP, DTCM + DTCM_BYTES)
        self._uc.reg_write(arm_const.UC_ARM_REG_LR, stop | 1)
        self._uc.emu_start(self._entry[name] | 1, stop)

    def receive(self, packet: Packet) -> list[Packet]:
        """What it sends then."""
        self.sent = []
        self._call("standin_receive", packet.key, packet.payload)
        return self.sent

    def places(self, node: int) -> NDArray[np.uint32]:
        return self.read(node, self._words[PLACES], 6 * 4).view("<u4")

    def read(self, node: int, address: int, count: int) -> NDArray[np.uint8]:
        return np.frombuffer(bytes(self._uc.mem_read(int(address), count)), np.uint8)

    def write(self, node: int, address: int, data: NDArray[np.uint8]) -> None:
        """What is to be written is in the image already."""
        assert self.read(node, address, data.size).tolist() == data.tolist()


class ArmCore(RtlCore):
    """Takes packets from the emulated network of packets."""

    def __init__(self, arm: Arm946, part: CorePart, start: LearnedState, port: Port) -> None:
        super().__init__(arm, part, start)
        self._arm, self._port = arm, port

    def receive(self, arrived: object) -> None:
        assert isinstance(arrived, Packet)
        for packet in self._arm.receive(arrived):
            self._port.send(addressed(packet.kind), packet)


def addressed(kind: int) -> To:
    """To whom packets of a kind go."""
    if kind in TO_ALL:
        return To.ALL_AND_HOST if kind in TO_HOST else To.ALL
    if kind in TO_PARENT:
        return To.PARENT
    if kind in TO_ITSELF:
        return To.ITSELF
    return To.HOST if kind in TO_HOST else To.ROOT


def images(network: IntegerNetwork, mesh: MeshMap, folder: Path) -> list[Path]:
    sources = spinnaker_sources(network, mesh)
    write_sources(sources, folder)
    for name in ("spin1_api.h", "spin1_standin.c"):
        shutil.copy(Path(__file__).parent / name, folder)
    (folder / "link.ld").write_text(SCRIPT, encoding="utf-8")
    units = ["sfdfa_network.c", "sfdfa_mesh_map.c", *core_units(network), "sfdfa_mesh_spin1.c", "spin1_standin.c"]
    shutil.copytree(
        Path(__file__).parents[2] / "firmware_templates" / "boards" / "freestanding", folder / "freestanding"
    )
    units.append("freestanding/sfdfa_libc.c")
    found = []
    for core in range(mesh.cores):
        image = folder / f"core_{core}.elf"
        files = [*units, f"sfdfa_mesh_start_{core}.c"]
        words = [COMPILER, *FLAGS, *SECTIONS, "-I.", "-T", "link.ld", *files, "-lgcc", "-o", image.name]
        subprocess.run(words, cwd=folder, check=True)
        found.append(image)
    return found


def is_that_of_one_core(
    network: IntegerNetwork, samples: SpikeDataset, cores: int, folder: Path, left: int | None
) -> int:
    """The CRC of the state after learning samples, all but number `left`, of which predictions, counts and state have been compared after each."""
    mesh = even_map(network, cores)
    arms = [Arm946(image) for image in images(network, mesh, folder)]

    def make(part: CorePart, count: int, start: LearnedState, port: Port) -> ArmCore:
        return ArmCore(arms[part.core], part, start, port)

    one, many = Emulator(network), MeshEmulator(network, mesh, Random(cores), make_core=make)
    for number in range(len(samples)):
        sample = samples[number]
        expected = one.run_sample(sample.ticks, sample.channels, sample.label, number != left)
        found = many.run_sample(sample.ticks, sample.channels, sample.label, number != left)
        assert (found.prediction, found.counts.tolist()) == (expected.prediction, expected.counts.tolist())
        assert state_to_bytes(network, many.state) == state_to_bytes(network, one.state), number
    assert many.saturations == one.saturations
    assert many.state_crc() == one.state_crc()
    return many.state_crc()


@pytest.mark.parametrize("cores", [3])
@pytest.mark.parametrize(
    "network",
    [make_network(10, 9, 7, 4, weight_bits=4), make_network(eligibility="trace"), make_integrator(decide_margin=200)],
    ids=["grades, 4 bits", "traces", "integrator, decided"],
)
def test_bits_are_those_of_one_core(network: IntegerNetwork, cores: int, tmp_path: Path) -> None:
    need_tool(COMPILER)
    is_that_of_one_core(network, make_samples(network, 3, density=0.3), cores, tmp_path, left=1)


def main(count: str, *cores: str) -> None:
    """So many samples of digits on each of these numbers of cores, too long for a test: PYTHONPATH=tests python tests/firmware/test_mesh_arm946.py 50 1 2 3 5 8."""
    prepared = prepare(load_spec("digits"))
    for number in map(int, cores):
        with tempfile.TemporaryDirectory() as folder:
            samples = prepared.data.train.head(int(count))
            crc = is_that_of_one_core(prepared.integer_network, samples, number, Path(folder), left=None)
            print(f"digits, {count} samples, {number} cores: equal, {crc:08x}", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
