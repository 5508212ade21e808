"""Grades after the sample, and what feedback explains of them: section 7a of docs/ARITHMETIC.md, split as section 6 of docs/MESH.md says."""

import numpy as np
from numpy.typing import NDArray
from sfdfa_codegen.codegen.integer_network import IntegerNetwork
from sfdfa_codegen.emulator.fixed_point import WORD_LIMIT, Int64, rshift, sat
from sfdfa_codegen.emulator.grades import DIRECTION_UNIT
from sfdfa_codegen.emulator.mesh.core_part import CorePart
from sfdfa_codegen.emulator.mesh.core_run import CoreRun
from sfdfa_codegen.emulator.mesh.output_sums import grade_sums
from sfdfa_codegen.emulator.mesh.packets import Kind, Packet, packet
from sfdfa_codegen.emulator.mesh.port import Port, To
from sfdfa_codegen.emulator.mesh.receive_store import ReceiveStore
from sfdfa_codegen.emulator.randomness import directions, neuron_draws, neuron_indices
from sfdfa_codegen.emulator.working_state import WorkingState


def learns_by_residual(network: IntegerNetwork) -> bool:
    """Whether feedback learns by section 7a."""
    return network.rule == "sfdfa" and network.integrates and len(network.layers) > 1


def joins_residual(network: IntegerNetwork) -> bool:
    """Whether no grade of an output can be clamped, so that R is summed in one: section 6 of docs/MESH.md."""
    largest = 1 << (network.weight_bits - 1)
    grade = int(rshift(np.array(largest * DIRECTION_UNIT), network.layers[-1].weight_fraction_bits))
    return len(network.layers) == 2 and network.layers[0].neurons * grade < 1 << 15


class Residual:
    """turn: the hidden layer whose feedback moves. saturations: clamps of grades. d, explained: this core's part, (outputs,), once `done`."""

    def __init__(self, part: CorePart, turn: int, number: int, port: Port) -> None:
        """number: of the attempt, for packets."""
        self._part, self._network, self.turn = part, part.whole, turn
        self._number, self._port = number, port
        self._received: dict[int, dict[int, int]] = {}
        self._own: Int64 | None = None
        self._at = turn
        self.saturations, self.done = 0, False
        self._active = np.zeros(0, dtype=np.int64)
        self.d = self.explained = np.zeros(self._network.outputs, dtype=np.int64)

    def note_senders(self) -> None:
        """Grades of the own inputs of the outputs are summed."""
        sends = np.zeros(0) if self._own is None else self._own
        self._port.note("senders", np.count_nonzero(sends))
        self._port.note("last input sends", sends.size > 0 and sends[-1] != 0)

    def note_explaining(self) -> None:
        """What feedback explains is summed over own neurons that have had a spike."""
        self._port.note(f"explains {self.turn}")
        self._port.note("neurons that explain", np.count_nonzero(self._active))
        self._port.note("last neuron explains", self._active.size > 0 and self._active[-1] > 0)

    def grade(self, arrived: Packet) -> None:
        """Take a grade from another core."""
        self._received.setdefault(arrived.layer, {})[arrived.source] = arrived.value

    def advance(self, run: CoreRun, state: WorkingState, store: ReceiveStore, key: int) -> None:
        """Go on as far as grades have come; `run` is finished."""
        if self._own is None:
            self._begin(run, state, key)
        while not self.done:
            if self._at == len(self._network.hidden_layers) - 1:
                self._reach_outputs(state)
            elif not self._pass_layer(run, state, store, key):
                return

    def _begin(self, run: CoreRun, state: WorkingState, key: int) -> None:
        here = self._part.table.slices[self.turn]
        v = directions(neuron_draws(key, self._part.draws[here])) * (run.layers[self.turn].counts > 0)
        self._active = run.layers[self.turn].counts
        self._port.note(f"grades begin {self.turn}")
        self._port.note("grades that begin", np.count_nonzero(self._active))
        self._port.note("last grade begins", self._active.size > 0 and self._active[-1] > 0)
        self._own = DIRECTION_UNIT * v
        self.explained = v @ state.feedback[here]

    def _reach_outputs(self, state: WorkingState) -> None:
        assert self._own is not None
        senders = self._own.nonzero()[0]
        self.d = grade_sums(self._network, self._at + 1, state.weights[-1], senders, self._own[senders])
        self.done = True

    def _pass_layer(self, run: CoreRun, state: WorkingState, store: ReceiveStore, key: int) -> bool:
        index = self._at + 1
        if not self._part.has(index):
            self._own, self._at = np.empty(0, dtype=np.int64), index
            return True
        senders = np.unique(store.spikes_before(index, run.last).neurons)
        grades = self._grades_of(senders, index, key)
        if grades is None:
            return False
        active = run.layers[index].counts > 0
        sums = grade_sums(self._network, index, state.weights[index], senders, grades) * active
        self._own, clamped = sat(sums, WORD_LIMIT)
        self._note_passed(index, senders, grades, active, clamped)
        self.saturations += clamped
        self._at = index
        if index + 2 < len(self._network.layers):
            self._send(index, self._own, active.nonzero()[0])
        return True

    def _note_passed(self, index: int, senders: Int64, grades: Int64, active: NDArray[np.bool_], clamped: int) -> None:
        """The own neurons of a layer have got grades: senders: of its inputs, each with its grade; active: neurons that had a spike, (neurons,)."""
        self._port.note(f"passed {index}")
        self._port.note(f"passing inputs {index}", senders.size)
        last = senders.size > 0 and senders[-1] == self._network.layers[index].inputs - 1
        self._port.note(f"last input passes {index}", last)
        self._port.note(f"inputs that pass a grade {index}", np.count_nonzero(grades))
        self._port.note(f"last input passes a grade {index}", last and grades[-1] != 0)
        self._port.note(f"neurons with a passed grade {index}", np.count_nonzero(active))
        self._port.note(f"last neuron has a passed grade {index}", active.size > 0 and active[-1])
        self._port.note("clamped grades", clamped)

    def _grades_of(self, senders: Int64, index: int, key: int) -> Int64 | None:
        """Of the inputs of a layer; None where some are still under way."""
        if index == self.turn + 1:
            drawn = neuron_draws(key, neuron_indices(index - 1, self._network.layers[index].inputs))
            return DIRECTION_UNIT * directions(drawn[senders])
        received = self._received.get(index, {})
        self._port.note(f"senders are counted {index}")
        if len(received) < senders.size:
            return None
        return np.array([received[sender] for sender in senders.tolist()], dtype=np.int64)

    def _send(self, index: int, grades: Int64, active: Int64) -> None:
        first = self._part.parts[index].start
        for neuron in active.tolist():
            self._port.send(To.ALL, packet(Kind.GRADE, self._number, index + 1, first + neuron, int(grades[neuron])))
