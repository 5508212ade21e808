"""The host's side of a mesh on SpiNNaker: messages, the way through the gate, and what is said without front end or board. The gate here is a socket before an emulated mesh."""

import socket
import sys
from collections.abc import Iterator
from random import Random
from threading import Thread

import pytest
from networks import make_integrator, make_network, make_samples
from sfdfa_codegen.codegen.errors import ConfigError, DeviceError, ToolMissingError
from sfdfa_codegen.codegen.integer_network import IntegerNetwork
from sfdfa_codegen.codegen.mesh.hearers import KINDS_FOR_SOME, hearers
from sfdfa_codegen.codegen.mesh.mesh_map import even_map
from sfdfa_codegen.codegen.mesh.routing import TO_ALL, TO_HOST
from sfdfa_codegen.emulator.mesh.core import Core
from sfdfa_codegen.emulator.mesh.host import MeshHost
from sfdfa_codegen.emulator.mesh.mesh_emulator import MeshEmulator
from sfdfa_codegen.emulator.mesh.packets import Kind, Packet
from sfdfa_codegen.emulator.mesh.port import To
from sfdfa_codegen.emulator.network_emulator import Emulator
from sfdfa_codegen.host.devices.mesh_kinds import MeshSize
from sfdfa_codegen.host.devices.targets import find_target
from sfdfa_codegen.host.spinnaker import installed
from sfdfa_codegen.host.spinnaker.flows import GATE, flows
from sfdfa_codegen.host.spinnaker.gate import HEADER, MOST_SILENT, PACKETS, GateLink, Place, message, packets_of

AT = Place(x=2, y=1, core=5)


class Gate(Thread):
    """What the C of the gate does, for the cores of an emulated mesh; `deaf` messages are lost."""

    def __init__(self, mesh: MeshEmulator, deaf: int) -> None:
        super().__init__(daemon=True)
        self._mesh, self._deaf = mesh, deaf
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self.address = self._socket.getsockname()
        self._said: list[Packet] = []

    def connect(self, cores: list[Core]) -> None:
        self._mesh.fabric.connect([*(core.receive for core in cores), self._said.append])

    def run(self) -> None:
        while True:
            datagram, sender = self._socket.recvfrom(2048)
            if len(datagram) < HEADER.size + 8:
                self._socket.close()
                return
            if self._deaf > 0:
                self._deaf -= 1
                continue
            for packet in packets_of(datagram):
                self._mesh.fabric.send(To.ALL if packet.kind in TO_ALL else To.ROOT, packet)
            while self._mesh.fabric.deliver():
                pass
            self._socket.sendto(message(AT, PACKETS, self._said), sender)
            self._said.clear()


@pytest.fixture
def link() -> Iterator[GateLink]:
    found = GateLink(3, timeout_s=1.0)
    yield found
    found.close()


@pytest.mark.parametrize("network", [make_network(), make_integrator()], ids=["counts", "integrator"])
def test_a_mesh_behind_a_gate_that_loses_a_message_learns_the_same(network: IntegerNetwork, link: GateLink) -> None:
    one, many = Emulator(network), MeshEmulator(network, even_map(network, 3), Random(1))
    gate = Gate(many, deaf=1)
    gate.connect(many._cores)  # type: ignore[arg-type]
    gate.start()
    host = MeshHost(network, link)
    link.connect(gate.address, AT, host.receive)
    many.host = host
    samples = make_samples(network, 3, density=0.3)
    for number in range(len(samples)):
        sample = samples[number]
        expected = one.run_sample(sample.ticks, sample.channels, sample.label, learn=True)
        assert (
            many.run_sample(sample.ticks, sample.channels, sample.label, learn=True).prediction == expected.prediction
        )
    assert many.state_crc() == one.state_crc()
    link.tell(AT, PACKETS)
    gate.join(5)


def test_a_message_names_the_core_its_port_and_its_chip() -> None:
    made = message(AT, PACKETS, [Packet(0x12345678, 9)])
    assert made[:10] == bytes([0, 0, 0x07, 0xFF, 1 << 5 | 5, 0xFF, 1, 2, 0, 0])
    assert made[26:] == bytes.fromhex("78563412 09000000")
    assert packets_of(made + b"left") == [Packet(0x12345678, 9)]
    assert packets_of(b"short") == []


def test_a_board_that_says_nothing_is_told() -> None:
    link = GateLink(3, timeout_s=0.01)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        link.connect(silent.getsockname(), AT, lambda packet: None)
        with pytest.raises(DeviceError, match=r"the gate on the board at 127\.0\.0\.1 does not answer"):
            for _ in range(MOST_SILENT):
                assert not link.deliver()
    link.close()


def test_what_is_not_from_the_board_is_not_heard(link: GateLink) -> None:
    heard: list[Packet] = []
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as board,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other,
    ):
        board.bind(("127.0.0.1", 0))
        other.bind(("127.0.0.2", 0))
        link.connect(board.getsockname(), AT, heard.append)
        other.sendto(message(AT, PACKETS, [Packet(1, 2)]), ("127.0.0.1", link.port))
        assert not link.deliver()
        board.sendto(message(AT, PACKETS, [Packet(3, 4)]), ("127.0.0.1", link.port))
        assert link.deliver()
    assert heard == [Packet(3, 4)]


@pytest.mark.parametrize("network", [make_network(10, 9, 7, 4), make_integrator()], ids=["grades", "integrator"])
@pytest.mark.parametrize("cores", [1, 3, 5])
def test_each_key_belongs_to_one_flow_at_most_and_each_that_is_sent_to_one(network: IntegerNetwork, cores: int) -> None:
    """From the packets of a sample that is learned: whoever sends a key has a flow with it, to all of its receivers."""
    wanted = flows(network, even_map(network, cores))
    mesh = MeshEmulator(network, even_map(network, cores), Random(1))
    sent: list[tuple[To, Packet]] = []
    send = mesh.fabric.send
    mesh.fabric.send = lambda to, packet: (sent.append((to, packet)), send(to, packet))[1]  # type: ignore[method-assign,func-returns-value]
    sample = make_samples(network, 1, density=0.3)[0]
    mesh.run_sample(sample.ticks, sample.channels, sample.label, learn=True)
    assert {packet.kind for _, packet in sent} >= {Kind.START, Kind.EVENTS, Kind.ERROR, Kind.COMMIT, Kind.RESULT}
    for to, packet in sent:
        (flow,) = [flow for flow in wanted if not (packet.key ^ flow.key) & flow.mask]
        some = range(cores)
        if packet.kind in KINDS_FOR_SOME:
            some = sorted(hearers(mesh.mesh, len(network.spiking_layers), packet.kind, packet.layer))  # type: ignore[assignment]
        everyone = [str(core) for core in some] if packet.kind in TO_ALL else []
        assert set(everyone) <= set(flow.receivers)
        assert (GATE in flow.receivers) == (packet.kind in TO_HOST)
        assert (to in (To.HOST, To.ALL_AND_HOST)) == (packet.kind in TO_HOST)


def test_without_front_end_or_address_it_says_what_to_get(monkeypatch: pytest.MonkeyPatch) -> None:
    target = find_target("spinnaker1", MeshSize(cores=2))
    with pytest.raises(ConfigError, match="give its address with --port, or --port virtual"):
        target.open(make_network())
    monkeypatch.setattr(installed, "find_spec", lambda name: None)
    with pytest.raises(ToolMissingError, match=r"pip install 'sfdfa-codegen\[spinnaker\]'"):
        target.open(make_network(), "virtual")
    assert "front_end" not in " ".join(name for name in sys.modules if name.startswith("sfdfa_codegen.host.spinnaker"))
