"""The sums of a Cortex-M0 alone, at the ends of their lanes: 255 rows of the largest weights, of every alignment, on Unicorn."""

import struct
from pathlib import Path
from typing import Any, Final

import numpy as np
import pytest
from elftools.elf.elffile import ELFFile
from needs import need
from networks import make_network
from sfdfa_codegen.codegen.board import boards
from sfdfa_codegen.codegen.firmware import compile_firmware
from sfdfa_codegen.codegen.toolchain.cross_compilers import find_cross_compiler
from sfdfa_codegen.codegen.toolchain.images import image_bytes
from sfdfa_codegen.host.simulators.unicorn_line import check_unicorn

MEMORY: Final = 0x21000000
ARGUMENT, RETURN, INPUTS, CURRENTS, WEIGHTS, STACK = (
    MEMORY + place for place in (0, 0x80, 0x100, 0x400, 0x1000, 0xFFF0)
)
ROWS: Final = 256
"""Which a byte can name."""
UNTOUCHED: Final = 0x55555555
rng = np.random.default_rng(3)


class M0:
    """A Cortex-M0 with the firmware of a network, of which one function is called."""

    def __init__(self, image: Path) -> None:
        from unicorn import UC_ARCH_ARM, UC_MODE_MCLASS, UC_MODE_THUMB, Uc, arm_const

        board = boards()["unicorn-cortex-m0"]
        with image.open("rb") as file:
            table: Any = ELFFile(file).get_section_by_name(".symtab")
            self.function = int(table.get_symbol_by_name("sfdfa_m0_sum")[0]["st_value"]) | 1
        self.machine: Any = Uc(UC_ARCH_ARM, UC_MODE_THUMB | UC_MODE_MCLASS)
        self.machine.ctl_set_cpu_model(arm_const.UC_CPU_ARM_CORTEX_M0)
        self.machine.mem_map(board.flash.origin, board.flash.size)
        self.machine.mem_write(board.flash.origin, image_bytes(image, "bin"))
        self.machine.mem_map(MEMORY, 0x10000)
        self.registers = arm_const

    def sums(self, weights: Any, first: int, inputs: Any, shift: int, offset: int) -> Any:
        """Currents of all neurons of a row, and what lies behind those that the kernel may write."""
        row, machine = weights.shape[1], self.machine
        written = max(row, 16)
        machine.mem_write(WEIGHTS + first, (weights + 128).astype(np.uint8).tobytes())
        machine.mem_write(INPUTS, inputs.astype(np.uint8).tobytes())
        machine.mem_write(CURRENTS, struct.pack("<I", UNTOUCHED) * (written + 1))
        end, alignment = INPUTS + len(inputs), row | first
        fields = INPUTS, end, row, WEIGHTS + first, CURRENTS, CURRENTS + 4 * row, shift, offset, alignment
        machine.mem_write(ARGUMENT, struct.pack("<9I", *fields))
        for register, value in (("R0", ARGUMENT), ("SP", STACK), ("LR", RETURN | 1)):
            machine.reg_write(getattr(self.registers, f"UC_ARM_REG_{register}"), value)
        machine.emu_start(self.function, RETURN)
        assert machine.reg_read(self.registers.UC_ARM_REG_SP) == STACK
        found = np.frombuffer(bytes(machine.mem_read(CURRENTS, 4 * (written + 1))), "<u4")
        return found[:row], found[-1]


@pytest.fixture(scope="module")
def core(tmp_path_factory: pytest.TempPathFactory) -> M0:
    need(check_unicorn)
    need(lambda: find_cross_compiler("cortex-m"))
    network, board = make_network(20, 8, 4), boards()["unicorn-cortex-m0"]
    return M0(compile_firmware(network, board, tmp_path_factory.mktemp("image")))


def some_weights(kind: str, row: int) -> Any:
    if kind == "random":
        return rng.integers(-128, 128, (ROWS, row))
    return np.full((ROWS, row), -128 if kind == "lowest" else 127)


@pytest.mark.parametrize(("shift", "offset"), [(16, 2047), (17, 2047), (12, 2047), (16, 0), (0, 0)])
def test_sums_are_exact_up_to_255_rows(core: M0, shift: int, offset: int) -> None:
    for row, first in ((16, 0), (40, 4), (17, 0), (18, 2), (3, 1), (32, 0)):
        for count, kind in ((1, "random"), (8, "random"), (23, "random"), (255, "lowest"), (255, "highest")):
            weights, inputs = some_weights(kind, row), rng.integers(0, ROWS, count)
            found, behind = core.sums(weights, first, inputs, shift, offset)
            expected = (weights[inputs].sum(axis=0) * 2**shift + offset) % 2**32
            assert found.tolist() == expected.tolist(), (row, first, count, kind)
            assert behind == UNTOUCHED
