"""What takes time when a core learns a sample, told to its port: sections 6 to 8 of docs/ARITHMETIC.md."""

from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sfdfa_codegen.codegen.integer_network import IntegerLayer
from sfdfa_codegen.emulator.fixed_point import Int64
from sfdfa_codegen.emulator.mesh.notes.ticks import WORD_INPUTS
from sfdfa_codegen.emulator.mesh.port import Port
from sfdfa_codegen.emulator.spike_list import SpikeList
from sfdfa_codegen.emulator.spike_slopes import RememberedSpikes

AT_ONCE: Final = 4
"""Inputs of a tick are looked at four at a time, as far as there are four."""


class Forgotten(NamedTuple):
    """Spikes that a core has kept, and that are past the capacity of their layer. full: whether all spikes of a tick are, (ticks,). are_looked_for: whether ranks are known."""

    spikes: SpikeList
    full: NDArray[np.bool_]
    are_looked_for: bool


def _place(index: int) -> int:
    """The first layer is listed elsewhere than those that get spikes, all of which have one way."""
    return min(index, 1)


def note_list(port: Port, index: int, by_tick: Int64 | None) -> None:
    """The list of the inputs of a layer is begun. by_tick: how many there are, (ticks that were run,); None: there is no list."""
    port.note("layers without a list", by_tick is None)
    if by_tick is None:
        return
    where, first = _place(index), _first_tick(by_tick)
    port.note(f"listed layers {where}")
    port.note(f"layers without earlier inputs {where}", first == by_tick.size - 1)
    port.note(f"layers with inputs at once {where}", by_tick[0] > 0)
    port.note(f"first listed tick {where}", first)


def note_listed(port: Port, index: int, by_tick: Int64, ticks: slice, room: int) -> None:
    """Inputs of some ticks are listed, as far as there is room for those of a tick and of all that come later. by_tick: how many there are, (ticks that were run,)."""
    where, some = _place(index), by_tick[ticks]
    fits = by_tick[::-1].cumsum()[::-1][ticks] <= room
    port.note(f"lists {where}")
    port.note(f"lists that go on {where}", ticks.start > 0)
    port.note(f"lists with inputs of the first tick {where}", ticks.start == 0 and some[0] > 0)
    port.note(f"listed ticks {where}", some.size)
    port.note(f"listed inputs {where}", some[fits].sum())
    port.note(f"listed ticks with inputs {where}", np.count_nonzero(some[fits]))
    port.note(f"listed ticks with an odd input {where}", np.count_nonzero(some[fits] % 2))
    port.note(f"listed ticks with one input {where}", np.count_nonzero(some[fits] == 1))
    port.note(f"lists that get full {where}", not fits.all() and bool(np.all(by_tick[ticks.stop :].sum() <= room)))
    port.note(f"ticks past a full list {where}", np.count_nonzero(~fits))
    port.note(f"ticks with inputs past a full list {where}", np.count_nonzero(some[~fits]))


def _words(inputs: SpikeList) -> Int64:
    """The tick of each word of the receive store that has an input."""
    found: Int64 = np.unique(inputs.rows * (1 << 16) + inputs.neurons // WORD_INPUTS) >> 16
    return found


def _words_of_tick(layer: IntegerLayer) -> int:
    return -(-layer.inputs // WORD_INPUTS)


def note_inputs(port: Port, index: int, layer: IntegerLayer, inputs: SpikeList, ticks: int, room: int) -> None:
    """The inputs of a layer that gets spikes are listed. ticks: that were run; room: for so many inputs."""
    by_tick = np.bincount(inputs.rows, minlength=ticks)
    note_list(port, index, by_tick)
    note_listed(port, index, by_tick, slice(0, ticks), room)
    fits = by_tick[::-1].cumsum()[::-1] <= room
    if inputs.size <= room:  # a kernel lists them if they all find room
        port.note("layers that are listed at once")
        port.note("inputs listed at once", inputs.size)
        port.note("words listed at once", _words(inputs).size)
    port.note("listed words", np.count_nonzero(fits[_words(inputs)]))
    port.note("passed words", np.count_nonzero(by_tick[fits]) * _words_of_tick(layer))


def _first_tick(by_tick: Int64) -> int:
    """With an input; the last one of all where there is none."""
    found = by_tick.nonzero()[0]
    return int(found[0]) if found.size else by_tick.size - 1


class Walks:
    """Of a layer: each neuron with a spike is walked backwards from its last one to the first tick with an input. Layers have one way, and another where their inputs did not fit the list: there their draws are made anew."""

    def __init__(self, port: Port, index: int, layer: IntegerLayer, inputs: SpikeList, ticks: int, room: int) -> None:
        """ticks: that were run; room: for so many inputs."""
        self._port, self._layer, self._ticks = port, layer, ticks
        self._by_tick = np.bincount(inputs.rows, minlength=ticks)
        self._first = _first_tick(self._by_tick)
        self._way = "" if inputs.size <= room else f", drawn {_place(index)}"
        self._words = np.bincount(_words(inputs), minlength=ticks) * min(index, 1)

    def _note(self, what: str, count: Any = 1) -> None:
        self._port.note(f"{what}{self._way}", count)

    def note(
        self,
        spikes: RememberedSpikes,
        updates: NDArray[np.int16],
        clamps: NDArray[np.bool_],
        are_virtual: bool = False,
    ) -> None:
        """updates: D; clamps: of s, (ticks, neurons)."""
        self._note("virtual walks", spikes.spikes.size * are_virtual)
        rows, neurons = spikes.spikes.rows, spikes.spikes.neurons
        units = np.abs(updates[: self._ticks].astype(np.int64)) >> self._layer.dither_bits > 0
        for neuron in np.unique(neurons).tolist():
            own = neurons == neuron
            self._note_walk(rows[own], units[:, neuron], clamps[:, neuron].nonzero()[0])
            self._note_upper(neuron, rows[own], units[:, neuron])

    def _note_upper(self, neuron: int, own: Int64, units: NDArray[np.bool_]) -> None:
        """Of two weights in a byte one takes longer to change."""
        walked = slice(min(self._first, int(own[-1])), int(own[-1]) + 1)
        self._note("upper weights changed by units", neuron % 2 * self._by_tick[walked][units[walked]].sum())

    def _note_walk(self, own: Int64, units: NDArray[np.bool_], clamped: Int64) -> None:
        """own: ticks of the spikes, rising; clamped: those in which s was, before which it is no longer v."""
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
        if self._way:
            self._note("walked words", self._words[walked].sum())
            self._note("passed words", np.count_nonzero(inputs) * _words_of_tick(self._layer))
        else:
            self._note_updates(inputs, units[walked])
        met = np.count_nonzero(others >= bottom)
        self._note("met spikes", met)
        self._note("walked ticks to a met spike", last - int(others[-met]) if met else 0)
        clamped = clamped[clamped >= bottom]
        if clamped.size:
            apart = others[(others >= bottom) & (others < clamped[-1])]
            self._note("walks with a clamp")
            self._note("met spikes before a clamp", apart.size)
            self._note("walked ticks from a clamp to a met spike", int(clamped[-1] - apart[0]) if apart.size else 0)
        self._note("walks with spikes before", others.size > 0)
        self._note("spikes before", min(others.size, met + 1))
        earliest = int(others[0]) if others.size else last
        self._note("walked ticks after a spike", last - max(earliest, bottom))

    def _note_updates(self, inputs: Int64, units: NDArray[np.bool_]) -> None:
        """inputs, units: of the ticks that are walked."""
        self._note("walked ticks by units", np.count_nonzero(units & (inputs > 0)))
        self._note("walked inputs by units", inputs[units].sum())
        dithered = inputs[~units]
        self._note("walked fours", (dithered // AT_ONCE).sum())
        self._note("walked ticks with fours", np.count_nonzero(dithered // AT_ONCE))
        self._note("walked ticks with others", np.count_nonzero(dithered % AT_ONCE))
        self._note("walked others", (dithered % AT_ONCE).sum())


def note_changed(port: Port, inputs: SpikeList, changed: NDArray[np.bool_], in_pairs: bool) -> None:
    """Weights change by the dither only. changed: (inputs, neurons). in_pairs: two weights share a byte, and the upper one takes longer."""
    ticks, first, counts = np.unique(inputs.rows, return_index=True, return_counts=True)
    of_tick = np.searchsorted(ticks, inputs.rows)
    place, count = np.arange(inputs.rows.size) - first[of_tick], counts[of_tick]
    kinds = {"": changed, ", upper": changed[:, 1::2]} if in_pairs else {"": changed}
    for kind, some in kinds.items():
        _note_places(port, kind, np.count_nonzero(some, axis=1), place, count)


def _note_places(port: Port, kind: str, by_input: Int64, place: Int64, count: Int64) -> None:
    """by_input: weights that change; place: of each input in its tick, which has `count` of them, (inputs,)."""
    whole = count // AT_ONCE * AT_ONCE
    for number in range(AT_ONCE):
        chosen = (place < whole) & (place % AT_ONCE == number)
        port.note(f"changed weights of fours {number}{kind}", by_input[chosen].sum())
    port.note(f"changed weights of last fours{kind}", by_input[place == whole - 1].sum())
    port.note(f"changed weights of others{kind}", by_input[place >= whole].sum())
    port.note(f"changed weights of first others{kind}", by_input[place == whole].sum())
    port.note(f"changed weights of last others{kind}", by_input[(place >= whole) & (place == count - 1)].sum())


def note_forgotten(port: Port, kept: RememberedSpikes, forgotten: Forgotten) -> None:
    """Each neuron looks back for a spike that is remembered."""
    if not forgotten.are_looked_for:
        return
    rows, neurons = forgotten.spikes.rows, forgotten.spikes.neurons
    with_one = np.unique(kept.spikes.neurons)
    last = [int(kept.spikes.rows[kept.spikes.neurons == neuron][-1]) for neuron in with_one.tolist()]
    port.note("remembered neurons", with_one.size)
    port.note("last remembered ticks", sum(last))
    port.note("forgotten spikes", rows.size)
    port.note("ticks of forgotten spikes", rows.sum())
    port.note("forgotten spikes in full ticks", np.count_nonzero(forgotten.full[rows]))
    port.note("forgotten neurons", np.setdiff1d(neurons, with_one).size)
