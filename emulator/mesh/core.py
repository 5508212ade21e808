"""One core: what it does with each packet, sections 3 to 7 of docs/MESH.md."""

from sfdfa_codegen.codegen.integer_network import LearnedState
from sfdfa_codegen.emulator.mesh.attempt import Attempt
from sfdfa_codegen.emulator.mesh.core_learner import CoreLearner
from sfdfa_codegen.emulator.mesh.core_part import CorePart
from sfdfa_codegen.emulator.mesh.packets import NEW_TURNS, TURNS, Action, Kind, Packet, packet
from sfdfa_codegen.emulator.mesh.port import Port, To
from sfdfa_codegen.emulator.mesh.root import Root
from sfdfa_codegen.emulator.saturation_counts import SaturationCounts


class Core:
    """state: what this core has learned. saturations: its counts. root: where this is core 0."""

    def __init__(self, part: CorePart, cores: int, start: LearnedState, port: Port) -> None:
        self.part, self._cores, self._port = part, cores, port
        self.state = part.taken_from(start)
        self.saturations = SaturationCounts()
        self._learner = CoreLearner(part, port)
        self._open(0)

    def receive(self, arrived: Packet) -> None:
        """Handle a packet."""
        if not self._is_of_turn(arrived.turn):
            return
        if self.root is not None:
            self.root.receive(arrived)
        if arrived.kind == Kind.COMMIT:
            self._commit(Action(arrived.payload))
        elif arrived.kind != Kind.PREPARE or not self._committed:
            self._attempt.receive(arrived)

    def _is_of_turn(self, turn: int) -> bool:
        ahead = (turn - self._attempt.turn) % TURNS
        if 1 <= ahead <= NEW_TURNS:
            self._open(turn)
        return ahead <= NEW_TURNS

    def _open(self, turn: int) -> None:
        self._port.note("opened")
        self._attempt = Attempt(self.part, self._cores, self.state, turn, self._port)
        self._committed = False
        self.root = Root(self.part.whole, turn, self._port) if self.part.core == 0 else None
        if self.root is not None:
            self._attempt.summing.at_root = self.root.take

    def _commit(self, action: Action) -> None:
        if not self._committed:
            self._committed = True
            self._finish(action)
        self._port.send(To.HOST, packet(Kind.DONE, self._attempt.turn, source=self.part.core))

    def _finish(self, action: Action) -> None:
        attempt = self._attempt
        self._port.note(f"commit {action.name}")
        for name, count in vars(attempt.saturations(action)).items():
            setattr(self.saturations, name, getattr(self.saturations, name) + count)
        if self.root is not None:
            self.saturations.grades += self.root.clamped
        self.state.rate_scale = attempt.rate_scale
        if action == Action.LEARN:
            attempt.prepare_rest()
            self._learner.learn(self.state, attempt.lesson(), self.saturations)
        if action != Action.NOTHING:
            self.state.samples = (self.state.samples + 1) & 0xFFFFFFFF
