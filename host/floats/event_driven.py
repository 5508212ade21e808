"""Exact spike times in continuous time, their local gradients, and exact backpropagation through them.

Small and clear rather than fast: the yardstick for everything else. All arrays are float64, times in seconds.

For a neuron with input spikes t_j and own spikes t_k (arXiv 2403.08804)

    A(t) = sum_j w_j exp(-(t - t_j)/tau_s)
    B(t) = sum_j w_j exp(-(t - t_j)/tau) - c sum_k exp(-(t - t_k)/tau)        tau = 2 tau_s
    spike when B - A >= c, then B -= c

With y = exp(t/tau) the condition is c y^2 - b y + a = 0, whose smaller root is the upward crossing.
"""

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from sfdfa_codegen.codegen.kinds import Gradient

Float64Array = NDArray[np.float64]


@dataclass(frozen=True)
class EventNeuron:
    """Constants that all neurons of an event-driven network share."""

    tau_s: float
    """Synaptic time constant in seconds; the membrane's is twice that."""
    end_s: float
    """Spikes after this time are not sent."""
    max_spikes: int = 30

    @property
    def tau(self) -> float:
        """Membrane time constant in seconds."""
        return 2.0 * self.tau_s


class EventStream(NamedTuple):
    """Spikes of one layer (or of the input) in time order.

    times: (events,) float64, seconds, non-decreasing. sources: (events,) int64, the neuron or channel of each.
    """

    times: Float64Array
    sources: NDArray[np.int64]

    def of_neuron(self, neuron: int) -> NDArray[np.int64]:
        """Positions in the stream of the spikes of `neuron`, in time order; (spikes,) int64."""
        return np.flatnonzero(self.sources == neuron)


class Backpropagation(NamedTuple):
    """Gradients of a function of the last layer's spike times.

    weights: one (inputs, neurons) float64 a layer. input_times: (input events,) float64, aligned with the input stream.
    """

    weights: list[Float64Array]
    input_times: Float64Array


def next_crossing(a: float, b: float, threshold: float, neuron: EventNeuron) -> float:
    """Time at which B - A next rises through the threshold if no input comes, or infinity. Section 1.

    `a` = sum w exp(t_j/tau_s) and `b` = sum w exp(t_j/tau) - c sum exp(t_k/tau): y = 2a / (b + sqrt(b^2 - 4ac)). The
    result may lie before the current time: then the crossing belongs to the past, and there is none to come.
    """
    discriminant = b * b - 4.0 * a * threshold
    if a <= 0.0 or b <= 0.0 or discriminant <= 0.0:
        return math.inf
    return neuron.tau * math.log(2.0 * a / (b + math.sqrt(discriminant)))


def neuron_spikes(inputs: EventStream, weights: Float64Array, threshold: float, neuron: EventNeuron) -> list[float]:
    """Spike times of one neuron; weights: (inputs,)."""
    a = b = 0.0
    spikes: list[float] = []
    input_times = inputs.times.tolist()
    for position, (now, source) in enumerate(zip(input_times, inputs.sources.tolist(), strict=True)):
        a += weights[source] * math.exp(now / neuron.tau_s)
        b += weights[source] * math.exp(now / neuron.tau)
        until = input_times[position + 1] if position + 1 < len(input_times) else neuron.end_s
        while len(spikes) < neuron.max_spikes:
            crossing = next_crossing(a, b, threshold, neuron)
            if not now < crossing <= min(until, neuron.end_s):
                break
            spikes.append(crossing)
            b -= threshold * math.exp(crossing / neuron.tau)
            now = crossing
    return spikes


def layer_spikes(inputs: EventStream, weights: Float64Array, threshold: float, neuron: EventNeuron) -> EventStream:
    """Spikes of a layer; weights: (inputs, neurons)."""
    of_neuron = [neuron_spikes(inputs, column, threshold, neuron) for column in weights.T]
    times = np.array([time for times in of_neuron for time in times], dtype=np.float64)
    sources = np.repeat(np.arange(len(of_neuron)), [len(times) for times in of_neuron])
    order = np.argsort(times, kind="stable")
    return EventStream(times[order], sources[order])


def network_spikes(
    inputs: EventStream, weights: list[Float64Array], thresholds: tuple[float, ...], neuron: EventNeuron
) -> list[EventStream]:
    """The input stream followed by the spikes of each layer."""
    streams = [inputs]
    for layer_weights, threshold in zip(weights, thresholds, strict=True):
        streams.append(layer_spikes(streams[-1], layer_weights, threshold, neuron))
    return streams


def input_traces(
    inputs: EventStream, channels: int, time: float, neuron: EventNeuron
) -> tuple[Float64Array, Float64Array]:
    """A_j and B_j of each input alone at weight 1, just before `time`; two (channels,) arrays."""
    before = inputs.times < time
    age, sources = time - inputs.times[before], inputs.sources[before]
    trace_a = np.bincount(sources, np.exp(-age / neuron.tau_s), minlength=channels)
    trace_b = np.bincount(sources, np.exp(-age / neuron.tau), minlength=channels)
    return trace_a.astype(np.float64), trace_b.astype(np.float64)


def spike_factor(current: float, threshold: float, gradient: Gradient, neuron: EventNeuron) -> float:
    """g = tau / (I - c) ("exact") or tau / I ("sfdfa"), in seconds per weight unit. Section 2.

    Nothing is clamped: at an upward crossing I > c.
    """
    return neuron.tau / (current - threshold if gradient == "exact" else current)


def local_gradients(
    inputs: EventStream,
    weights: Float64Array,
    spikes: Float64Array,
    threshold: float,
    neuron: EventNeuron,
    gradient: Gradient = "exact",
) -> Float64Array:
    """dt_k / dw_j of one neuron, (spikes, inputs) in seconds per weight unit, by the reset trace R. Section 2.

    weights: (inputs,); spikes: (spikes,) times of this neuron in time order.
    """
    gradients = np.zeros((len(spikes), len(weights)))
    reset_trace = np.zeros(len(weights))
    previous = -math.inf
    for k, time in enumerate(spikes.tolist()):
        reset_trace *= math.exp(-(time - previous) / neuron.tau)
        trace_a, trace_b = input_traces(inputs, len(weights), time, neuron)
        factor = spike_factor(float(weights @ trace_a), threshold, gradient, neuron)
        gradients[k] = factor * (trace_a - trace_b + reset_trace)
        reset_trace += threshold / neuron.tau * gradients[k]
        previous = time
    return gradients


def backpropagate(
    streams: list[EventStream],
    weights: list[Float64Array],
    thresholds: tuple[float, ...],
    cotangents: Float64Array,
    neuron: EventNeuron,
    gradient: Gradient = "exact",
) -> Backpropagation:
    """Gradients of L with respect to all weights and the input times, through every layer.

    streams: what `network_spikes` returned. cotangents: (events of the last layer,) dL/dt of each of its spikes. With
    `gradient` "exact" the result is exact as long as no spike appears or vanishes; with "sfdfa" every g is replaced.
    """
    gradients: list[Float64Array] = []
    for layer in reversed(range(len(weights))):
        inputs, outputs = streams[layer], streams[layer + 1]
        layer_gradient = np.zeros_like(weights[layer])
        input_cotangents = np.zeros(len(inputs.times))
        for i in range(layer_gradient.shape[1]):
            own = outputs.of_neuron(i)
            for time, gamma in _spike_adjoints(
                inputs, weights[layer][:, i], outputs.times[own], cotangents[own], thresholds[layer], neuron, gradient
            ):
                trace_a, trace_b = input_traces(inputs, len(layer_gradient), time, neuron)
                layer_gradient[:, i] += gamma * (trace_a - trace_b)
                input_cotangents += gamma * _input_time_slopes(inputs, weights[layer][:, i], time, neuron)
        gradients.insert(0, layer_gradient)
        cotangents = input_cotangents
    return Backpropagation(gradients, cotangents)


def _spike_adjoints(
    inputs: EventStream,
    weights: Float64Array,
    spikes: Float64Array,
    cotangents: Float64Array,
    threshold: float,
    neuron: EventNeuron,
    gradient: Gradient,
) -> list[tuple[float, float]]:
    """(t_k, gamma_k) of one neuron, last spike first: section 3 with dL/dt_k in the place of 1.

    gamma_k = g_k (dL/dt_k + (c/tau) lambda_k s_{k+1}),  s_k = gamma_k + lambda_k s_{k+1}
    """
    adjoints: list[tuple[float, float]] = []
    later_sum, later = 0.0, math.inf
    for time, cotangent in zip(spikes[::-1].tolist(), cotangents[::-1].tolist(), strict=True):
        later_sum *= math.exp(-(later - time) / neuron.tau)
        current = float(weights @ input_traces(inputs, len(weights), time, neuron)[0])
        factor = spike_factor(current, threshold, gradient, neuron)
        gamma = factor * (cotangent + threshold / neuron.tau * later_sum)
        adjoints.append((time, gamma))
        later_sum += gamma
        later = time
    return adjoints


def _input_time_slopes(inputs: EventStream, weights: Float64Array, time: float, neuron: EventNeuron) -> Float64Array:
    """-d(B - A)(time) / dt_e of each input spike e, (events,): w (exp(-age/tau_s)/tau_s - exp(-age/tau)/tau)."""
    age = np.maximum(time - inputs.times, 0.0)
    slopes = np.exp(-age / neuron.tau_s) / neuron.tau_s - np.exp(-age / neuron.tau) / neuron.tau
    return np.where(inputs.times < time, weights[inputs.sources] * slopes, 0.0)
