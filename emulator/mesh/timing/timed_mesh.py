"""A mesh that is emulated in time: its cores take as long as they are said to."""

from collections.abc import Callable, Sequence
from typing import Protocol

from sfdfa_codegen.codegen.integer_network import IntegerNetwork, LearnedState
from sfdfa_codegen.codegen.mesh.mesh_map import MeshMap
from sfdfa_codegen.emulator.mesh.core import Core
from sfdfa_codegen.emulator.mesh.core_part import CorePart
from sfdfa_codegen.emulator.mesh.host import MeshHost
from sfdfa_codegen.emulator.mesh.mesh_emulator import MeshEmulator
from sfdfa_codegen.emulator.mesh.packets import Packet
from sfdfa_codegen.emulator.mesh.port import To
from sfdfa_codegen.emulator.mesh.timing.grid_clock import Cycles, GridClock, Handled
from sfdfa_codegen.emulator.mesh.timing.work import Segment, WorkPort


class Prices(Protocol):
    """What a core takes. take_cycles: from when it has found a packet until it has taken it out."""

    take_cycles: int

    def cycles(self, segments: Sequence[Segment]) -> Sequence[int]:
        """Of each."""


class PricedCore:
    """An emulated core, and how long it takes."""

    def __init__(
        self, part: CorePart, cores: int, start: LearnedState, prices: Prices, before: WorkPort | None
    ) -> None:
        self.port, self._prices = WorkPort(part.whole.outputs, part.core == 0, before), prices
        self.core = Core(part, cores, start, self.port)

    @property
    def take_cycles(self) -> int:
        """See `TimedCore`."""
        return self._prices.take_cycles

    def handle(self, arrived: Packet) -> Handled:
        """See `TimedCore`."""
        self.port.begin(arrived)
        self.core.receive(arrived)
        segments = self.port.end()
        cycles = self._prices.cycles(segments)
        return [(count, segment.sent) for count, segment in zip(cycles, segments, strict=True)]


class _HostPort:
    """See `HostPort`: packets arrive in time."""

    def __init__(self, cores: int, clock: GridClock) -> None:
        self.cores, self._clock = cores, clock
        self.runs: list[Cycles] = []
        self.receive: Callable[[Packet], bool] = lambda _: True

    def send(self, to: To, packet: Packet) -> None:
        """See `HostPort`; whoever it is for, routers know from the key."""
        self._clock.waiting.append(packet)

    def deliver(self) -> bool:
        """Let all arrive, and all that follow."""
        self.runs.append(self._clock.run(self.receive))
        return True


class TimedMesh(MeshEmulator):
    """runs: cycles of the samples that were run, rehearsed ones too; whoever wants to forget them clears it."""

    def __init__(self, network: IntegerNetwork, mesh: MeshMap, prices: Sequence[Prices]) -> None:
        """prices: of each core. Raises ValueError for a map that is not this network's."""
        self._prices = prices
        self._work_ports: list[WorkPort | None] = [None] * mesh.cores
        super().__init__(network, mesh)

    def _begin_from(self, state: LearnedState) -> None:
        self._host_state = self._state_of_host(state)
        cores = [
            PricedCore(part, self.mesh.cores, state, prices, before)
            for part, prices, before in zip(self._parts, self._prices, self._work_ports, strict=True)
        ]
        self._work_ports = [core.port for core in cores]
        self._cores = [core.core for core in cores]
        port = _HostPort(self.mesh.cores, GridClock(cores, self.mesh, len(self.network.spiking_layers)))
        host = MeshHost(self.network, port)

        def receive(packet: Packet) -> bool:
            host.receive(packet)
            return host.over

        port.receive = receive
        self.host, self._port = host, port

    @property
    def runs(self) -> list[Cycles]:
        return self._port.runs
