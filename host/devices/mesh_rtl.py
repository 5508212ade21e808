"""A mesh of PicoRV32 in Verilog: each node has memory of its own, and packets go through routers."""

import ctypes
from dataclasses import dataclass, replace
from enum import IntEnum
from pathlib import Path
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray
from sfdfa_codegen.codegen.cache import cache_folder, content_key, made_once
from sfdfa_codegen.codegen.errors import ConfigError, DeviceError
from sfdfa_codegen.codegen.firmware import compile_command
from sfdfa_codegen.codegen.integer_network import IntegerNetwork, LearnedState
from sfdfa_codegen.codegen.mesh.cells import Bytes, packed, unpacked
from sfdfa_codegen.codegen.mesh.mesh_map import MeshMap
from sfdfa_codegen.codegen.mesh.picorv32_core import (
    MAILBOX_PACKETS,
    compile_core,
    core_board,
    core_sources,
    most_packets,
    weight_flip,
)
from sfdfa_codegen.codegen.mesh.routing import KINDS, grid_of, routing_tables
from sfdfa_codegen.codegen.toolchain.cross_compilers import find_cross_compiler
from sfdfa_codegen.codegen.toolchain.images import read_chunks
from sfdfa_codegen.emulator.mesh.core_part import CorePart
from sfdfa_codegen.emulator.mesh.host import MeshAnswer
from sfdfa_codegen.emulator.mesh.looks import next_look
from sfdfa_codegen.emulator.mesh.mesh_emulator import MeshEmulator
from sfdfa_codegen.emulator.mesh.packets import NO_LABEL, Action
from sfdfa_codegen.emulator.saturation_counts import SaturationCounts
from sfdfa_codegen.emulator.spike_list import SpikeList
from sfdfa_codegen.emulator.working_state import WorkingState
from sfdfa_codegen.host.simulators.verilated import MESH, check_mesh_rtl, verilated

START_CYCLES: Final = 1 << 24
SAMPLE_CYCLES: Final = 1 << 31
"""A sample that takes longer never ends."""


class _Shape(ctypes.Structure):
    _fields_ = tuple((name, ctypes.c_uint32) for name in ("width", "height", "ticks", "outputs", "decides"))


class _Told(ctypes.Structure):
    _fields_ = (
        ("cycles", ctypes.c_uint64),
        ("transfers", ctypes.c_uint64),
        *((name, ctypes.c_uint32) for name in ("summary", "margin", "stopped", "address")),
    )


class Mail(IntEnum):
    """What a core does at its mailbox."""

    FOUND = 0
    TAKEN = 1
    SENT = 2


@dataclass(frozen=True)
class MeshCycles:
    """Of one sample. makespan: from the host's first packet until it has all answers. busy: of each core by kind of the packet that it handles, (cores, kinds). transfers: of a packet from one node to the next."""

    makespan: int
    busy: NDArray[np.int64]
    transfers: int


class _Rtl:
    """The nodes, started, each with the image of the network."""

    def __init__(self, network: IntegerNetwork, mesh: MeshMap, core_bytes: int | None) -> None:
        library = _load()
        grid = grid_of(mesh.cores)
        decides = next_look(network, 0) < network.ticks - 1
        shape = _Shape(grid.width, grid.height, network.ticks, network.outputs, decides)
        self.cores, self._library = mesh.cores, library
        self._mesh = library.sfdfa_rtl_open(ctypes.byref(shape))
        for node, table in enumerate(routing_tables(mesh, len(network.spiking_layers))):
            library.sfdfa_rtl_routes(self._mesh, node, table)
            for chunk in read_chunks(core_image(network, mesh, core_bytes)):
                self.write(node, chunk.address, np.frombuffer(chunk.data, np.uint8))
        if not library.sfdfa_rtl_start(self._mesh, START_CYCLES):
            raise DeviceError("the cores of the mesh did not start; please report it with the network file")

    def close(self) -> None:
        if self._mesh:
            self._library.sfdfa_rtl_close(self._mesh)
            self._mesh = None

    def places(self, node: int) -> NDArray[np.uint32]:
        """Where the program of a node says that its parts lie: sfdfa_mesh_picorv32.c."""
        return self.read(node, self._library.sfdfa_rtl_places(self._mesh, node), 6 * 4).view("<u4")

    def read(self, node: int, address: int, count: int) -> Bytes:
        found = np.zeros(count, np.uint8)
        self._copy(node, address, found, write=False)
        return found

    def write(self, node: int, address: int, data: Bytes) -> None:
        self._copy(node, address, data.copy(), write=True)

    def _copy(self, node: int, address: int, data: Bytes, *, write: bool) -> None:
        if not self._library.sfdfa_rtl_copy(self._mesh, node, int(address), data.ctypes.data, data.size, write):
            raise DeviceError(f"core {node} of the mesh has no {data.size} bytes at {address:#x}")

    def run(
        self, network: IntegerNetwork, events: SpikeList, payload: int, learn: bool
    ) -> tuple[MeshAnswer, MeshCycles]:
        ticks, channels = events.rows.astype(np.uint8), events.neurons.astype(np.uint16)
        told, shown = _Told(), np.zeros(network.outputs, np.int32)
        over = self._library.sfdfa_rtl_run(
            self._mesh,
            learn,
            payload,
            ticks.ctypes.data,
            channels.ctypes.data,
            ticks.size,
            SAMPLE_CYCLES,
            ctypes.byref(told),
            shown.ctypes.data,
        )
        if not over:
            where = (
                f"core {told.stopped} stopped at {told.address:#x}" if told.stopped < self.cores else "nothing moves"
            )
            raise DeviceError(f"the mesh did not answer to a sample: {where}; please report it with the network file")
        answer = MeshAnswer(
            prediction=told.summary & 0xFFFF,
            shown=shown,
            margin=told.margin,
            ticks_run=told.summary >> 16 & 0xFF,
            action=Action(told.summary >> 24),
        )
        busy = np.ctypeslib.as_array(self._library.sfdfa_rtl_busy(self._mesh), (self.cores, KINDS))
        return answer, MeshCycles(told.cycles, busy.astype(np.int64), told.transfers)

    def mail(self, node: int) -> NDArray[np.uint32]:
        """What a core did at its mailbox in the last sample: (n, 3), the key of a packet, the core's own cycle, in which it neither waited for a packet nor for room to send one, and what: a `Mail`. The last is the cycle in which it would find another."""
        count = ctypes.c_uint32()
        first = self._library.sfdfa_rtl_mail(self._mesh, node, ctypes.byref(count))
        return np.ctypeslib.as_array(first, (count.value, 3)).copy() if count.value else np.empty((0, 3), np.uint32)

    def trace(self, *, traces: bool) -> None:
        """Whether to keep `addresses` of the samples that follow."""
        self._library.sfdfa_rtl_trace(self._mesh, traces)

    def addresses(self, node: int) -> NDArray[np.uint32]:
        """Of the instruction that a core was at in each of its own cycles of the last sample, as `mail` counts them."""
        count = ctypes.c_uint32()
        first = self._library.sfdfa_rtl_addresses(self._mesh, node, ctypes.byref(count))
        return np.ctypeslib.as_array(first, (count.value,)).copy() if count.value else np.empty(0, np.uint32)

    def deepest(self) -> list[int]:
        """The most packets that the mailbox of each core has held."""
        found: list[int] = np.ctypeslib.as_array(self._library.sfdfa_rtl_deepest(self._mesh), (self.cores,)).tolist()
        return found


class RtlHost:
    """What `MeshHost` is to emulated cores. runs: cycles of the samples that were run."""

    repeated = 0

    def __init__(self, network: IntegerNetwork, rtl: _Rtl) -> None:
        self._network, self._rtl = network, rtl
        self.runs: list[MeshCycles] = []

    def run(self, events: SpikeList, label: int | None, learn: bool, rate_scale: int) -> MeshAnswer:
        """Run a sample. Raises DeviceError where the mesh never answers."""
        payload = rate_scale << 16 | (NO_LABEL if label is None else label)
        answer, cycles = self._rtl.run(self._network, events, payload, learn)
        self.runs.append(cycles)
        return answer


class Nodes(Protocol):
    """The memory of cores, seen from outside, as `_Rtl` has it."""

    def places(self, node: int) -> NDArray[np.uint32]: ...
    def read(self, node: int, address: int, count: int) -> Bytes: ...
    def write(self, node: int, address: int, data: Bytes) -> None: ...


class RtlCore:
    """One node. part: what it has of the network."""

    def __init__(self, rtl: Nodes, part: CorePart, start: LearnedState, flip: int = 0) -> None:
        """flip: exclusive or with each byte of weights."""
        self.part, self._rtl, self._flip = part, rtl, np.uint8(flip)
        self._places = rtl.places(part.core).tolist()
        self._before = part.taken_from(start)
        self._kept = SaturationCounts()
        self._write(self._before)
        self._rtl.write(part.core, self._places[2], np.zeros(5 * 4, np.uint8))  # saturations

    def receive(self, arrived: object) -> None:
        """Packets come by the routers only."""
        raise AssertionError(arrived)

    @property
    def saturations(self) -> SaturationCounts:
        """The counts of this core, and those that it was given."""
        numbers = self._rtl.read(self.part.core, self._places[2], 5 * 4).view("<u4").tolist()
        return SaturationCounts(*(a + b for a, b in zip(numbers, vars(self._kept).values(), strict=True)))

    @saturations.setter
    def saturations(self, counts: SaturationCounts) -> None:
        self._kept = counts

    def _arrays(self, state: WorkingState) -> list[tuple[str, int, str]]:
        """What lies where beside the weights, and its type."""
        found = [("samples", self._places[1], "<u4")]
        if self.part.whole.learns:
            found += [("mean_delta", self._places[4], "<i4"), ("mean_rate", self._places[5], "<u2")]
            found += [("feedback", self._places[3], "i1")] if state.feedback.size else []
        return found

    @property
    def state(self) -> WorkingState:
        """A copy of what this core has learned."""
        changes: dict[str, Any] = {}
        for name, address, kind in self._arrays(self._before):
            like = np.asarray(getattr(self._before, name))
            raw = self._rtl.read(self.part.core, address, like.size * np.dtype(kind).itemsize)
            values = raw.view(kind).astype(np.int64).reshape(like.shape)
            changes[name] = int(values) if name == "samples" else values
        return replace(self._before, weights=self._weights(), **changes)

    def _row_bytes(self, columns: int) -> int:
        return -(-columns * self.part.whole.weight_bits // 8)

    def _weights(self) -> list[NDArray[np.int16]]:
        found, address, bits = [], self._places[0], self.part.whole.weight_bits
        for like in self._before.weights:
            row = self._row_bytes(like.shape[1])
            raw = self._rtl.read(self.part.core, address, row * like.shape[0]).reshape(like.shape[0], row) ^ self._flip
            address += raw.size
            found.append(unpacked(raw, bits)[:, : like.shape[1]].astype(np.int16))
        return found

    def _write(self, state: WorkingState) -> None:
        for name, address, kind in self._arrays(state):
            array = np.asarray(getattr(state, name)).astype(kind)
            self._rtl.write(self.part.core, address, np.frombuffer(array.tobytes(), np.uint8))
        rows = [packed(weights, self.part.whole.weight_bits) for weights in state.weights]
        self._rtl.write(self.part.core, self._places[0], np.concatenate([array.ravel() for array in rows]) ^ self._flip)


class RtlMesh(MeshEmulator):
    """A `MeshEmulator` whose cores, packets and host are in the simulated Verilog. It counts cycles."""

    def __init__(self, network: IntegerNetwork, mesh: MeshMap, core_bytes: int | None = None) -> None:
        """core_bytes: of data of a core; None: all that a node has.

        Raises ConfigError for a mesh whose mailboxes might overflow, ToolMissingError, DoesNotFitError, and DeviceError where something does not build or start.
        """
        check_mesh_rtl()
        most = most_packets(network, mesh.cores)
        if most > MAILBOX_PACKETS:
            raise ConfigError(
                f"up to {most} packets may be under way to a core, and a mailbox holds {MAILBOX_PACKETS}; take fewer cores, or --target mesh-native"
            )
        self._core_bytes = core_bytes
        self._rtl: _Rtl | None = None
        super().__init__(network, mesh)

    def _begin_from(self, state: LearnedState) -> None:
        self._host_state = self._state_of_host(state)
        if self._rtl is None:
            self._rtl = _Rtl(self.network, self.mesh, self._core_bytes)
            self._rtl_host = RtlHost(self.network, self._rtl)
            self.host = self._rtl_host
        flip = weight_flip(self.network, core_board(self._core_bytes))
        self._cores = [RtlCore(self._rtl, part, state, flip) for part in self._parts]

    @property
    def runs(self) -> list[MeshCycles]:
        """Of the samples that were run, rehearsed ones too; whoever wants to forget them clears it."""
        return self._rtl_host.runs

    def deepest(self) -> list[int]:
        """The most packets that the mailbox of each core has held."""
        return [] if self._rtl is None else self._rtl.deepest()

    def mail(self) -> list[NDArray[np.uint32]]:
        """What each core did at its mailbox in the last sample, as `_Rtl.mail`."""
        return [] if self._rtl is None else [self._rtl.mail(node) for node in range(self.mesh.cores)]

    def trace(self) -> None:
        """Keep `addresses` of the samples that follow."""
        if self._rtl is not None:
            self._rtl.trace(traces=True)

    def addresses(self) -> list[NDArray[np.uint32]]:
        """Of each core, as `_Rtl.addresses`."""
        return [] if self._rtl is None else [self._rtl.addresses(node) for node in range(self.mesh.cores)]

    def close(self) -> None:
        """Give the memory of the nodes back."""
        if self._rtl is not None:
            self._rtl.close()


def core_image(network: IntegerNetwork, mesh: MeshMap, core_bytes: int | None) -> Path:
    """The image of every core, compiled now or earlier. Raises as `compile_core`."""
    board = core_board(core_bytes)
    sources = core_sources(network, mesh, board)
    version = find_cross_compiler(board.architecture).version
    key = content_key(compile_command(network, board), version, sorted(sources.items()))
    target = cache_folder() / "mesh" / f"picorv32-{key}.elf"
    return made_once(target, lambda made: _keep(compile_core(network, sources, board, made.parent), made))


def _keep(image: Path, made: Path) -> None:
    image.rename(made)


def _load() -> ctypes.CDLL:
    path = verilated(MESH)
    try:
        library = ctypes.CDLL(str(path))
    except OSError as error:
        raise DeviceError(f"cannot load the mesh {path}: {error}") from error
    pointer, word, long = ctypes.c_void_p, ctypes.c_uint32, ctypes.c_uint64
    library.sfdfa_rtl_open.restype = pointer
    library.sfdfa_rtl_close.argtypes = (pointer,)
    library.sfdfa_rtl_routes.argtypes = (pointer, word, ctypes.c_char_p)
    library.sfdfa_rtl_start.argtypes = (pointer, long)
    library.sfdfa_rtl_copy.argtypes = (pointer, word, word, pointer, word, ctypes.c_int)
    library.sfdfa_rtl_places.argtypes = (pointer, word)
    library.sfdfa_rtl_places.restype = word
    library.sfdfa_rtl_run.argtypes = (pointer, word, word, pointer, pointer, word, long, pointer, pointer)
    library.sfdfa_rtl_busy.argtypes = library.sfdfa_rtl_deepest.argtypes = (pointer,)
    library.sfdfa_rtl_mail.argtypes = (pointer, word, pointer)
    library.sfdfa_rtl_mail.restype = ctypes.POINTER(word)
    library.sfdfa_rtl_trace.argtypes = (pointer, ctypes.c_int)
    library.sfdfa_rtl_addresses.argtypes = (pointer, word, pointer)
    library.sfdfa_rtl_addresses.restype = ctypes.POINTER(word)
    library.sfdfa_rtl_busy.restype = ctypes.POINTER(long)
    library.sfdfa_rtl_deepest.restype = ctypes.POINTER(word)
    return library
