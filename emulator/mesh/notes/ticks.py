"""What takes time in a tick of a layer on one core, told to its port in the order in which a core comes to it."""

from typing import Final, NamedTuple

import numpy as np
from sfdfa_codegen.codegen.integer_network import IntegerNetwork
from sfdfa_codegen.codegen.plan import plan_network
from sfdfa_codegen.emulator.counting.coasting import is_falling, may_spike
from sfdfa_codegen.emulator.fixed_point import Int64
from sfdfa_codegen.emulator.mesh.core_layer import CoreLayer, Fired
from sfdfa_codegen.emulator.mesh.port import Count, Port
from sfdfa_codegen.emulator.mesh.receive_store import TICKS_OF_BLOCK, Arrivals

WORD_INPUTS: Final = 32
"""A word of the receive store has a bit for each of so many inputs."""
MOST_PACKED: Final = 255
"""With more inputs in a tick, weights are added one by one."""


class Events(NamedTuple):
    """until: of the sample, up to a tick. until_end: up to the last of the ticks that are run at once. begins: whether it is the first of these. are_known: whether all are known. are_over: whether there are none in this tick and after it, and one before it has been run."""

    until: int
    until_end: int
    begins: bool
    are_known: bool
    are_over: bool


def note_events(port: Port, tick: int, begins: bool, events: int, own: int) -> None:
    """A tick of a network without a hidden layer: how many events it has, and how many of them are of own channels. begins: some ticks are run at once from this one on."""
    port.note("ticks of events at once", begins)
    port.note("first tick of events", tick == 0)
    port.note("ticks of events")
    port.note("ticks with events", events > 0)
    port.note("passed events", events)
    port.note("own events", own)


class TickNotes:
    """Of one layer and sample."""

    def __init__(self, port: Port, network: IntegerNetwork, stage: int, learns: bool, neurons: int) -> None:
        """neurons: that are here."""
        self._port, self._stage, self._learns, self._size = port, stage, learns, neurons
        self._network, self._plan = network, plan_network(network).layers[stage]
        self._capacity = network.layers[stage].spike_capacity
        self._spikes = 0
        self._layer: CoreLayer | None = None
        self._listed: Int64 | None = None
        """Neurons that may still spike when the layer begins to coast."""
        self._left: set[int] = set()
        self._coasts = self._steps = self._ends_block = False
        self._passes = len(network.spiking_layers) > 1
        self._place = 0
        """So many neurons have been come by, of those that are listed while a layer coasts."""
        self._way = self._fires = ""
        """Each way to step the neurons is a loop of its own; and where not all ticks that are run at once are narrow, neurons spike in another place."""

    def _note(self, what: str, count: Count = 1) -> None:
        self._port.note(f"{what} {self._stage}", count)

    def begin(self, tick: int, arrived: Arrivals, layer: CoreLayer, events: Events | None) -> None:
        """The inputs of the tick are listed and summed, and neurons stepped."""
        self._layer = layer
        width = self._width(events)
        self._fires = "" if width == "narrow" else ", not narrow:"
        if events is not None:
            self._note(f"first tick{self._fires}", tick == 0)
            self._note("tick after all events", events.are_over)
            self._note(f"ticks at once{self._fires}", events.begins and not events.are_over)
        hidden = len(self._network.layers) > 1 and self._network.eligibility != "trace"
        coasted, self._coasts = self._coasts, events is not None and events.are_over and hidden
        self._ends_block = self._passes and (tick + 1 == self._network.ticks or (tick + 1) % TICKS_OF_BLOCK == 0)
        if self._coasts:
            self._note(f"coasting block{self._fires}", self._passes and (not coasted or tick % TICKS_OF_BLOCK == 0))
            self._way = width
            self._coast(layer)
            return
        count = arrived.inputs.size
        self._way = f"{width}, {'with' if count else 'without'} inputs"
        self._note(f"tick, {self._way}:")
        if not count:
            return
        self._note(f"first tick with inputs{self._fires}", tick == 0)
        if events is None and self._network.eligibility != "trace":
            return  # spikes have been added as they came
        self._note(f"inputs{self._fires}", count)
        if events is None:
            self._note("words", np.unique(arrived.inputs // WORD_INPUTS).size)
        if count > MOST_PACKED:
            self._note("unpacked tick")
            self._note("unpacked inputs", count)

    def _width(self, events: Events | None) -> str:
        """Of states: ticks that are narrow all at once have a way of their own."""
        if events is None or events.until > self._plan.narrow_inputs:
            return "wide"
        return "narrow" if events.until_end <= self._plan.narrow_inputs else "still narrow"

    def _may_spike(self, layer: CoreLayer, neurons: Int64, when: str) -> Int64:
        """Which of some neurons may spike once more; that is looked into for each."""
        unspent = neurons[layer.counts[neurons] < self._network.max_spikes]
        a, b = layer.a[unspent], layer.b[unspent]
        falling = unspent[is_falling(self._plan, a, b)]
        found: Int64 = unspent[may_spike(self._plan, a, b)]
        self._note(f"spent {when}", neurons.size - unspent.size)
        self._note(f"falling {when}", falling.size)
        for what, those in (("unspent", unspent), ("falling", falling), ("listed", found)):
            self._note(f"last {what} {when}", those.size > 0 and those[-1] == self._size - 1)
        return found

    def _coast(self, layer: CoreLayer) -> None:
        if self._listed is None:
            every = np.arange(self._size)
            self._listed = self._may_spike(layer, every, "at the end of events")
            self._left = set(self._listed.tolist())
            self._note(f"coasts{self._fires}")
            self._note("listed neurons", self._listed.size)
            self._note(f"coasts without neurons{self._fires}", not self._listed.size)
        self._note(f"coasting tick, {self._way}:")
        self._steps, self._place = bool(self._left), 0
        self._note(f"coasting tick with neurons, {self._way}:", self._steps)
        self._note(f"coasting neurons, {self._way}:", self._listed.size * self._steps)

    def _come_by(self, place: int, held: Int64) -> None:
        """The neurons before a place; held: of them those that reach their threshold, and have spiked often enough."""
        if not self._coasts:
            self._note(f"held neurons{self._fires}", np.count_nonzero((held >= self._place) & (held < place)))
        self._place = place

    def fire(self, fired: Fired) -> None:
        """Neurons have reached their threshold."""
        if self._coasts:
            self._note(f"firing coasting tick, {self._way}:", fired.neurons.size > 0)
            self._note(f"reaching coasting neurons, {self._way}:", fired.neurons.size)
            return
        self._place = 0
        reaching = np.concatenate((fired.neurons, fired.held))
        self._note(f"last neuron reaches, {self._way}:", reaching.size > 0 and reaching.max() == self._size - 1)
        self._note(f"firing tick, {self._way}:", fired.neurons.size + fired.held.size > 0)
        self._note(f"reaching neurons, {self._way}:", fired.neurons.size + fired.held.size)
        is_held = fired.held.size > 0 and (not fired.neurons.size or fired.held[0] < fired.neurons[0])
        self._note(f"first is held{self._fires}", is_held)

    def spike(self, fired: Fired, number: int) -> None:
        """The spike `number` of this tick."""
        self._come_by(self._place_of(int(fired.neurons[number])) + 1, fired.held)
        when = "coasting " if self._coasts else ""
        self._note(f"{when}spikes{self._fires}")
        self._note(f"first {when}spikes{self._fires}", int(fired.first[number]))
        self._note(f"kept {when}spikes{self._fires}", self._learns and self._spikes < self._capacity)
        self._spikes += 1

    def _place_of(self, neuron: int) -> int:
        return int(np.searchsorted(self._listed, neuron)) if self._coasts and self._listed is not None else neuron

    def after_spike(self, fired: Fired, number: int) -> None:
        """It has been sent, if it is."""
        if self._coasts:
            self._after_coasting_spike(int(fired.neurons[number]), number + 1 == fired.neurons.size)

    def _after_coasting_spike(self, neuron: int, is_last: bool) -> None:
        """is_last: of the tick."""
        assert self._layer is not None
        self._note(f"after a coasting spike{self._fires}")
        self._note(f"last coasting spikes{self._fires}", is_last)
        if not self._may_spike(self._layer, np.array([neuron]), f"after a spike{self._fires}").size:
            self._left.discard(neuron)
            self._note(f"neurons that are done{self._fires}")
            self._note(f"last neuron is done{self._fires}", is_last)

    def end(self, fired: Fired) -> None:
        """All neurons are stepped."""
        is_held = fired.held.size > 0 and (not fired.neurons.size or fired.held[-1] > fired.neurons[-1])
        self._note(f"last is held{self._fires}", is_held and not self._coasts)
        self._note(f"end of a tick, {self._way}:", not self._coasts)
        self._come_by(self._size if self._listed is None or not self._coasts else self._listed.size, fired.held)
        self._note(f"end of a coasting block{self._fires}", self._coasts and self._ends_block)
        self._note("silent outputs", fired.silent)
        self._note("nearer outputs", fired.nearer)

    def after_end(self) -> None:
        """The end of the tick has been sent."""
        self._note("after a coasting tick", self._coasts)
