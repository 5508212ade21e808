"""What `build` makes for each kind of target, into a folder that is then put in place whole."""

import json
from dataclasses import dataclass
from pathlib import Path

from sfdfa_codegen.codegen.board import Board
from sfdfa_codegen.codegen.cores import is_compact, library_cores, runtime_sources
from sfdfa_codegen.codegen.errors import DeviceError
from sfdfa_codegen.codegen.firmware import compile_firmware, image_size, proven_stack
from sfdfa_codegen.codegen.integer_network import IntegerNetwork
from sfdfa_codegen.codegen.library import library_sources
from sfdfa_codegen.codegen.mesh.spinnaker import spinnaker_sources
from sfdfa_codegen.codegen.native_library import compile_library, native_sources
from sfdfa_codegen.codegen.source_files import write_sources
from sfdfa_codegen.codegen.toolchain.compilers import find_host_compiler
from sfdfa_codegen.codegen.toolchain.images import write_image
from sfdfa_codegen.host.build.kinds import LIBRARY_TARGET, SPINNAKER_TARGET
from sfdfa_codegen.host.data.spikes import EncodedData
from sfdfa_codegen.host.devices.boards import ram_of
from sfdfa_codegen.host.devices.device import RamBytes
from sfdfa_codegen.host.devices.emu import EmuDevice
from sfdfa_codegen.host.devices.mesh_kinds import MESH
from sfdfa_codegen.host.devices.native import NativeDevice
from sfdfa_codegen.host.mesh.load import measured_load
from sfdfa_codegen.host.mesh.map_report import drawn_map, map_json, table_head, table_rows
from sfdfa_codegen.host.mesh.mapping import CALIBRATION_SAMPLES, fitting_map

SELF_CHECK_SAMPLES = 8
CORE_BYTES = 65536
"""Data memory of a core, as SpiNNaker has it."""


@dataclass(frozen=True)
class LibraryForm:
    """prefix: before every name of a library. compact: in the least RAM. cores: of a mesh, None for the fewest that fit; core_bytes: of memory each."""

    prefix: str = ""
    compact: bool = False
    cores: int | None = None
    core_bytes: int = CORE_BYTES


@dataclass(frozen=True)
class Built:
    """artefact: name of the file that is loaded or flashed, None where there is only source.

    stack_bytes: the deepest chain of calls, None where it is not proven. table: of a map, its head and rows.
    """

    artefact: str | None = None
    ram: RamBytes | None = None
    flash_bytes: int | None = None
    stack_bytes: int | None = None
    table: tuple[tuple[str, ...], ...] = ()


def build_into(
    network: IntegerNetwork, data: EncodedData, target: str, board: Board | None, folder: Path, form: LibraryForm
) -> Built:
    """Make everything for `target` in `folder`. form: of a library. Raises as its compilers do."""
    if board is not None:
        return _build_board(network, board, folder)
    if target == "native":
        return _build_native(network, folder)
    if target == MESH:
        return _build_mesh(network, data, folder, form)
    if target == SPINNAKER_TARGET:
        mesh = fitting_map(
            network, measured_load(network, data.train.head(CALIBRATION_SAMPLES)), form.cores, form.core_bytes
        )
        write_sources(spinnaker_sources(network, mesh), folder)
        return Built()
    if target == LIBRARY_TARGET:
        write_sources(library_sources(network, form.prefix, form.compact), folder)
        return Built()
    write_sources(runtime_sources(network, library_cores(network, form.compact)), folder)
    check_emulator(network, data)
    return Built()


def _build_mesh(network: IntegerNetwork, data: EncodedData, folder: Path, form: LibraryForm) -> Built:
    """The map, measured on calibration samples, and a picture of it."""
    load = measured_load(network, data.train.head(CALIBRATION_SAMPLES))
    mesh, work = fitting_map(network, load, form.cores, form.core_bytes), load.work
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(map_json(network, mesh, work, form.core_bytes), indent=2) + "\n"
    (folder / "mesh.json").write_text(text, encoding="utf-8")
    (folder / "mesh.svg").write_text(drawn_map(network, mesh, work, form.core_bytes), encoding="utf-8")
    return Built("mesh.json", table=(table_head(network), *table_rows(network, mesh, work)))


def _build_native(network: IntegerNetwork, folder: Path) -> Built:
    write_sources(native_sources(network), folder)
    library = compile_library(folder, find_host_compiler())
    with NativeDevice(network, library) as device:
        return Built(library.name, device.hello().ram)


def _build_board(network: IntegerNetwork, board: Board, folder: Path) -> Built:
    image = compile_firmware(network, board, folder)
    size = image_size(image)
    return Built(
        artefact=write_image(image, board.image, board.uf2_family).name,
        ram=ram_of(image, size, compact=is_compact(network, board)),
        flash_bytes=size.flash,
        stack_bytes=proven_stack(board, image) if board.architecture == "avr" else None,
    )


def check_emulator(network: IntegerNetwork, data: EncodedData) -> None:
    """Learn a few samples twice and predict them one by one and together; raise DeviceError if anything is not repeatable."""
    samples = data.train.head(SELF_CHECK_SAMPLES)
    if len(samples) == 0:
        return
    device = EmuDevice(network)
    first = device.run_samples(samples, True)
    first_crc = device.state_crc()
    device.reset()
    second = device.run_samples(samples, True)
    together = device.run_samples(samples, False)
    one_by_one = [device.run_sample(samples[index], False).counts for index in range(len(samples))]
    if first_crc != device.state_crc() or (first.counts != second.counts).any():
        raise DeviceError("the emulator's self-check failed: the same samples gave another state")
    if one_by_one != [tuple(counts) for counts in together.counts.tolist()]:
        raise DeviceError("the emulator's self-check failed: samples give other counts together than one by one")
