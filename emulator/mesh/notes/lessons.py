"""What takes time when a core learns a sample, told to its port: sections 6 to 8 of docs/ARITHMETIC.md."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sfdfa_codegen.codegen.integer_network import IntegerLayer
from sfdfa_codegen.emulator.fixed_point import Int64
from sfdfa_codegen.emulator.mesh.notes.ticks import WORD_INPUTS
from sfdfa_codegen.emulator.mesh.port import Port
from sfdfa_codegen.emulator.spike_list import SpikeList
from sfdfa_codegen.emulator.spike_slopes import RememberedSpikes


class Forgotten(NamedTuple):
    """Spikes that a core has kept, and that are past the capacity of their layer. full: whether all spikes of a tick are, (ticks,). are_looked_for: whether ranks are known."""

    spikes: SpikeList
    full: NDArray[np.bool_]
    are_looked_for: bool


def note_inputs(port: Port, index: int, inputs: SpikeList, ticks: int) -> None:
    """The inputs of a layer are listed. ticks: that were run."""
    by_tick = np.bincount(inputs.rows, minlength=ticks)
    first = _first_tick(by_tick)
    port.note(f"listed layers {index}")
    port.note(f"listed ticks {index}", ticks)
    port.note(f"listed inputs {index}", inputs.neurons.size)
    port.note(f"listed ticks with inputs {index}", np.count_nonzero(by_tick))
    if index:
        words = np.unique(inputs.rows * (1 << 16) + inputs.neurons // WORD_INPUTS)
        port.note(f"listed words {index}", words.size)
    port.note(f"layers without earlier inputs {index}", first == ticks - 1)
    port.note(f"layers with inputs at once {index}", by_tick[0] > 0)
    port.note(f"first listed tick {index}", first)


def _first_tick(by_tick: Int64) -> int:
    """With an input; the last one of all where there is none."""
    found = by_tick.nonzero()[0]
    return int(found[0]) if found.size else by_tick.size - 1


class Walks:
    """Of a layer: each neuron with a spike is walked backwards from its last one to the first tick with an input."""

    def __init__(self, port: Port, index: int, layer: IntegerLayer, inputs: SpikeList, ticks: int) -> None:
        """ticks: that were run."""
        self._port, self._index, self._layer, self._ticks = port, index, layer, ticks
        self._by_tick = np.bincount(inputs.rows, minlength=ticks)
        self._first = _first_tick(self._by_tick)

    def _note(self, what: str, count: Any = 1) -> None:
        self._port.note(f"{what} {self._index}", count)

    def note(self, spikes: RememberedSpikes, updates: NDArray[np.int16]) -> None:
        """updates: D, (ticks, neurons)."""
        rows, neurons = spikes.spikes.rows, spikes.spikes.neurons
        units = np.abs(updates[: self._ticks].astype(np.int64)) >> self._layer.dither_bits > 0
        for neuron in np.unique(neurons).tolist():
            own = neurons == neuron
            self._note_walk(rows[own], units[:, neuron])

    def _note_walk(self, own: Int64, units: NDArray[np.bool_]) -> None:
        last, others = int(own[-1]), own[:-1]
        bottom = min(self._first, last)
        walked = slice(bottom, last + 1)
        inputs = self._by_tick[walked]
        self._note("walks")
        self._note("walks from the last tick", last == self._ticks - 1)
        self._note("walks before all inputs", last < self._first)
        self._note("walks of one tick", last == self._first)
        self._note("last ticks", last)
        self._note("walked ticks", last - bottom)
        self._note("walked ticks with inputs", np.count_nonzero(inputs))
        self._note("walked inputs", inputs.sum())
        self._note("walked ticks by units", np.count_nonzero(units[walked] & (inputs > 0)))
        self._note("walked inputs by units", inputs[units[walked]].sum())
        met = np.count_nonzero(others >= bottom)
        self._note("met spikes", met)
        self._note("walks with spikes before", others.size > 0)
        self._note("spikes before", min(others.size, met + 1))
        self._note("ticks between met spikes", last - int(others[others.size - met]) if met else 0)


def note_forgotten(port: Port, index: int, kept: RememberedSpikes, forgotten: Forgotten) -> None:
    """Each neuron looks back for a spike that is remembered."""
    if not forgotten.are_looked_for:
        return
    rows, neurons = forgotten.spikes.rows, forgotten.spikes.neurons
    with_one = np.unique(kept.spikes.neurons)
    last = [int(kept.spikes.rows[kept.spikes.neurons == neuron][-1]) for neuron in with_one.tolist()]
    port.note(f"remembered neurons {index}", with_one.size)
    port.note(f"last remembered ticks {index}", sum(last))
    port.note(f"forgotten spikes {index}", rows.size)
    port.note(f"ticks of forgotten spikes {index}", rows.sum())
    port.note(f"forgotten spikes in full ticks {index}", np.count_nonzero(forgotten.full[rows]))
    port.note(f"forgotten neurons {index}", np.setdiff1d(neurons, with_one).size)
