"""A network on many cores: docs/MESH.md, with the integers of docs/ARITHMETIC.md."""

from collections.abc import Callable, Container
from dataclasses import replace
from random import Random
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike
from sfdfa_codegen.codegen.integer_network import (
    IntegerNetwork,
    LearnedState,
    initial_state,
    parameter_crc,
)
from sfdfa_codegen.codegen.mesh.mesh_map import MeshMap, check_map
from sfdfa_codegen.emulator.emulated_sample import EmulatedSample
from sfdfa_codegen.emulator.encoder import encode
from sfdfa_codegen.emulator.error_step import squared_error
from sfdfa_codegen.emulator.mesh.core import Core
from sfdfa_codegen.emulator.mesh.core_part import CorePart
from sfdfa_codegen.emulator.mesh.fabric import Fabric
from sfdfa_codegen.emulator.mesh.host import MeshAnswer, MeshHost
from sfdfa_codegen.emulator.mesh.packets import Action, Packet
from sfdfa_codegen.emulator.mesh.port import Port
from sfdfa_codegen.emulator.readout import shown_probabilities, target_errors
from sfdfa_codegen.emulator.rehearsal import ask, drawn_slot, events_of, labelled_slot, store
from sfdfa_codegen.emulator.sample_events import check_label, checked_events
from sfdfa_codegen.emulator.saturation_counts import SaturationCounts, saturation_report
from sfdfa_codegen.emulator.spike_list import SpikeList
from sfdfa_codegen.emulator.working_state import WorkingState, check_rate_scale, working_state


class MeshCore(Protocol):
    """What the mesh asks of a core, whatever it is made of."""

    @property
    def part(self) -> CorePart:
        """What it has of the network."""

    @property
    def state(self) -> WorkingState:
        """What it has learned."""

    saturations: SaturationCounts

    def receive(self, arrived: Packet) -> None:
        """Handle a packet."""


class SampleRunner(Protocol):
    """What the mesh asks of its host. repeated: attempts that were in vain so far."""

    repeated: int

    def run(self, events: SpikeList, label: int | None, learn: bool, rate_scale: int) -> MeshAnswer:
        """Run a sample."""


CoreMaker = Callable[[CorePart, int, LearnedState, Port], MeshCore]
"""From its part, the number of cores, the whole state to start from, and where its packets go."""


class MeshEmulator:
    """What users of `Emulator` have, from cores that share nothing but packets.

    order: shuffles the arrival of packets, and so the order in which cores work. lost: numbers of the deliveries that are lost. make_core: for cores that are not emulated.
    """

    def __init__(
        self,
        network: IntegerNetwork,
        mesh: MeshMap,
        order: Random | None = None,
        lost: Container[int] = (),
        make_core: CoreMaker = Core,
    ) -> None:
        """Raises ValueError for a map that is not this network's."""
        check_map(network, mesh)
        self.network, self.mesh = network, mesh
        self.fabric = Fabric(mesh, len(network.spiking_layers), order, lost)
        self._make_core = make_core
        self._parts = [CorePart(network, mesh, core) for core in range(mesh.cores)]
        self.reset()

    def reset(self) -> None:
        """Back to the initial state, with all counts 0."""
        self._begin_from(initial_state(self.network))

    def _begin_from(self, state: LearnedState) -> None:
        self._host_state = self._state_of_host(state)
        self._cores: list[MeshCore] = [
            self._make_core(part, self.mesh.cores, state, self.fabric) for part in self._parts
        ]
        host = MeshHost(self.network, self.fabric)
        self.host: SampleRunner = host
        self.fabric.connect([*(core.receive for core in self._cores), host.receive])

    def _state_of_host(self, state: LearnedState) -> WorkingState:
        return replace(working_state(self.network, state), weights=[])

    @property
    def state(self) -> LearnedState:
        """A copy of what was learned, gathered from the cores. Setting it copies too, keeps the saturation counts, and raises ValueError for another network's state."""
        found, host = initial_state(self.network), self._host_state
        for part, core in zip(self._parts, self._cores, strict=True):
            part.put_into(found, core.state)
        return replace(
            found,
            samples=host.samples,
            rate_scale=host.rate_scale,
            ask_bound=host.ask_bound,
            stored=host.stored,
            ring=list(host.ring),
        )

    @state.setter
    def state(self, state: LearnedState) -> None:
        counts = [core.saturations for core in self._cores]
        self._begin_from(state)
        for core, kept in zip(self._cores, counts, strict=True):
            core.saturations = kept

    @property
    def saturations(self) -> dict[str, int]:
        """As `Emulator.saturations`: sums over the cores."""
        reports = [saturation_report(core.part.network, core.state, core.saturations) for core in self._cores]
        return {name: sum(report[name] for report in reports) & 0xFFFFFFFF for name in reports[0]}

    def set_rate_scale(self, scale: int) -> None:
        """Set the factor on all rates, in 1/4096; raises ValueError outside 0 .. 4096."""
        check_rate_scale(scale)
        self._host_state.rate_scale = scale

    def core_crcs(self) -> list[int]:
        """The CRC of each core's bytes in a stream of zeros, section 9 of docs/MESH.md: (cores,)."""
        return [self._core_crc(part, core) for part, core in zip(self._parts, self._cores, strict=True)]

    def _zeros(self) -> LearnedState:
        zeros = initial_state(self.network)
        for array in (*zeros.weights, *zeros.feedback):
            array[:] = 0
        return zeros

    def _core_crc(self, part: CorePart, core: MeshCore) -> int:
        alone = self._zeros()
        part.put_into(alone, core.state)
        return parameter_crc(self.network, alone)

    def state_crc(self) -> int:
        """`state_crc` of the whole, from those of the parts."""
        crc = 0 if self.mesh.cores % 2 else parameter_crc(self.network, self._zeros())
        for part in self.core_crcs():
            crc ^= part
        return crc

    def run_sample(self, ticks: ArrayLike, channels: ArrayLike, label: int | None, learn: bool) -> EmulatedSample:
        """As `Emulator.run_sample`."""
        events = checked_events(self.network, ticks, channels)
        check_label(self.network, label)
        learn = learn and self.network.learns
        answer = self._run(events, label, learn)
        asks = False
        if learn and label is not None:
            self._rehearse()
        elif learn and self.network.asks:
            asks = ask(self.network, self._host_state, answer.margin)
        if learn and (label is not None or asks):
            store(self.network, self._host_state, events.before(answer.ticks_run), label)
        return self._sample(answer, label, asks)

    def classify(self, readings: ArrayLike, label: int | None, learn: bool) -> EmulatedSample:
        """As `Emulator.classify`."""
        events = encode(self.network, readings)
        return self.run_sample(events.ticks, events.channels, label, learn)

    def give_label(self, age: int, label: int) -> EmulatedSample:
        """As `Emulator.give_label`."""
        check_label(self.network, label)
        slot = labelled_slot(self.network, self._host_state, age, label)
        answer = self._run(events_of(slot), label, learn=True)
        self._rehearse()
        return self._sample(answer, label, asks=False)

    def _run(self, events: SpikeList, label: int | None, learn: bool) -> MeshAnswer:
        answer = self.host.run(events, label, learn, self._host_state.rate_scale)
        if answer.action != Action.NOTHING:
            self._host_state.samples = (self._host_state.samples + 1) & 0xFFFFFFFF
        return answer

    def _rehearse(self) -> None:
        for _ in range(self.network.ring_rate):
            slot = drawn_slot(self.network, self._host_state)
            if slot is None:
                return
            self._run(events_of(slot), slot.label, learn=True)

    def _sample(self, answer: MeshAnswer, label: int | None, asks: bool) -> EmulatedSample:
        return EmulatedSample(
            prediction=answer.prediction,
            counts=shown_probabilities(answer.shown.astype(np.int64)).astype(np.int32),
            squared_error=None if label is None else self._squared_error(answer, label),
            learned=answer.action == Action.LEARN,
            ticks_run=answer.ticks_run,
            asks=asks,
            work=None,
            records=(),
        )

    def _squared_error(self, answer: MeshAnswer, label: int) -> int:
        shown = answer.shown.astype(np.int64)
        if not self.network.integrates:
            return squared_error(self.network, shown, label)
        return int(np.square(target_errors(self.network, shown[None], np.array([label]))).sum())
