"""Cores of a mesh in C, compiled for this machine: each has memory of its own, and the process carries the packets."""

import ctypes
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from sfdfa_codegen.codegen.cache import cache_folder
from sfdfa_codegen.codegen.errors import DeviceError
from sfdfa_codegen.codegen.integer_network import IntegerNetwork, LearnedState
from sfdfa_codegen.codegen.mesh.mesh_c import native_mesh_sources, native_units
from sfdfa_codegen.codegen.mesh.mesh_map import MeshMap
from sfdfa_codegen.codegen.native_library import cached_library
from sfdfa_codegen.codegen.toolchain.compilers import HOST_FLAGS, find_host_compiler
from sfdfa_codegen.emulator.mesh.core_part import CorePart
from sfdfa_codegen.emulator.mesh.mesh_emulator import CoreMaker
from sfdfa_codegen.emulator.mesh.packets import Packet
from sfdfa_codegen.emulator.mesh.port import Port, To
from sfdfa_codegen.emulator.saturation_counts import SaturationCounts
from sfdfa_codegen.emulator.working_state import WorkingState

RECEIVERS: Final = (To.ALL, To.ALL_AND_HOST, To.ROOT, To.HOST, To.PARENT, To.ITSELF)
"""By the number that the C gives them."""

Words = NDArray[np.int32]


class _Packet(ctypes.Structure):
    _fields_ = (("to", ctypes.c_uint32), ("key", ctypes.c_uint32), ("payload", ctypes.c_uint32))


class NativeCore:
    """One core. part: what it has of the network."""

    def __init__(self, library: ctypes.CDLL, part: CorePart, cores: int, start: LearnedState, port: Port) -> None:
        """cores: how many there are, which the library knows."""
        del cores
        self.part, self._library, self._port = part, library, port
        self._memory = (ctypes.c_uint64 * (library.sfdfa_mesh_native_size() // 8 + 1))()
        library.sfdfa_mesh_native_init(self._memory, part.core)
        self._before = part.taken_from(start)
        self._kept = SaturationCounts()
        self._write(self._before)

    def receive(self, arrived: Packet) -> None:
        """Handle a packet: the C does, and what it sends goes on."""
        count = self._library.sfdfa_mesh_native_receive(self._memory, arrived.key, arrived.payload)
        sent = self._library.sfdfa_mesh_native_sent(self._memory)
        for packet in sent[:count]:
            self._port.send(RECEIVERS[packet.to], Packet(packet.key, packet.payload))

    @property
    def saturations(self) -> SaturationCounts:
        """The counts of this core, and those that it was given."""
        numbers = (ctypes.c_uint32 * 5)()
        self._library.sfdfa_mesh_native_saturations(self._memory, numbers)
        return SaturationCounts(*(a + b for a, b in zip(numbers, vars(self._kept).values(), strict=True)))

    @saturations.setter
    def saturations(self, counts: SaturationCounts) -> None:
        self._kept = counts

    def _shapes(self) -> tuple[Words, Words, Words]:
        """Room for feedback, means of deltas and means of rates."""
        state = self._before
        return tuple(
            np.zeros(max(1, array.size), np.int32) for array in (state.feedback, state.mean_delta, state.mean_rate)
        )  # type: ignore[return-value]

    @property
    def state(self) -> WorkingState:
        """A copy of what this core has learned."""
        before, read = self._before, self._library
        feedback, mean_delta, mean_rate = self._shapes()
        read.sfdfa_mesh_native_read_means(
            self._memory, feedback.ctypes.data, mean_delta.ctypes.data, mean_rate.ctypes.data
        )
        weights = [np.zeros(array.shape, np.int32) for array in before.weights]
        for layer, array in enumerate(weights):
            read.sfdfa_mesh_native_read_weights(self._memory, layer, array.ctypes.data)
        return replace(
            before,
            samples=int(read.sfdfa_mesh_native_read_samples(self._memory)),
            weights=list(weights),
            feedback=_shaped(feedback, before.feedback),
            mean_delta=_shaped(mean_delta, before.mean_delta),
            mean_rate=_shaped(mean_rate, before.mean_rate),
        )

    def _write(self, state: WorkingState) -> None:
        arrays = [_words(array) for array in (state.feedback, state.mean_delta, state.mean_rate)]
        self._library.sfdfa_mesh_native_write_means(self._memory, *(array.ctypes.data for array in arrays))
        for layer, weights in enumerate(state.weights):
            array = _words(weights)
            self._library.sfdfa_mesh_native_write_weights(self._memory, layer, array.ctypes.data)
        self._library.sfdfa_mesh_native_write_samples(self._memory, state.samples)


def _words(array: NDArray[Any]) -> Words:
    return np.ascontiguousarray(array, np.int32)


def _shaped(words: Words, like: NDArray[np.int64]) -> NDArray[np.int64]:
    return words[: like.size].astype(np.int64).reshape(like.shape)


def native_cores(network: IntegerNetwork, mesh: MeshMap) -> CoreMaker:
    """Makes cores of the C of a network and a map.

    Raises ToolMissingError without a compiler, and DeviceError for a library that cannot be loaded.
    """
    sources, flags = native_mesh_sources(network, mesh), HOST_FLAGS
    library = cached_library(sources, find_host_compiler(), cache_folder() / "mesh", flags, native_units(network))
    make: Callable[[CorePart, int, LearnedState, Port], NativeCore] = partial(NativeCore, _load(library))
    return make


def _load(path: Path) -> ctypes.CDLL:
    try:
        library = ctypes.CDLL(str(path))
    except OSError as error:
        raise DeviceError(f"cannot load the cores {path}: {error}") from error
    library.sfdfa_mesh_native_sent.restype = ctypes.POINTER(_Packet)
    for name in ("size", "core_size", "receive", "read_samples"):
        getattr(library, f"sfdfa_mesh_native_{name}").restype = ctypes.c_uint32
    pointer, byte = ctypes.c_void_p, ctypes.c_uint8
    library.sfdfa_mesh_native_init.argtypes = (pointer, ctypes.c_uint16)
    library.sfdfa_mesh_native_receive.argtypes = (pointer, ctypes.c_uint32, ctypes.c_uint32)
    library.sfdfa_mesh_native_read_weights.argtypes = (pointer, byte, pointer)
    library.sfdfa_mesh_native_write_weights.argtypes = (pointer, byte, pointer)
    library.sfdfa_mesh_native_read_means.argtypes = (pointer,) * 4
    library.sfdfa_mesh_native_write_means.argtypes = (pointer,) * 4
    library.sfdfa_mesh_native_write_samples.argtypes = (pointer, ctypes.c_uint32)
    return library
