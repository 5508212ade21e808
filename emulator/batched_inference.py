"""Many samples side by side, without learning."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sfdfa_codegen.codegen.integer_network import IntegerNetwork
from sfdfa_codegen.emulator.fixed_point import Int64
from sfdfa_codegen.emulator.layer_pass import LayerPass, predictions
from sfdfa_codegen.emulator.readout import kappas, outputs_of, probabilities
from sfdfa_codegen.emulator.sample_events import checked_events, checked_offsets
from sfdfa_codegen.emulator.saturation_counts import SaturationCounts
from sfdfa_codegen.emulator.spike_list import SpikeList
from sfdfa_codegen.emulator.working_state import WorkingState

STATES_AT_ONCE = 4096
"""About how many neurons run side by side: their arrays of one tick fit the cache of a small processor."""


def checked_samples(
    network: IntegerNetwork, ticks: ArrayLike, channels: ArrayLike, offsets: ArrayLike
) -> list[SpikeList]:
    """The events of each sample; raises ValueError for events that the network does not take, with the number of the sample."""
    all_ticks, all_channels = np.asarray(ticks), np.asarray(channels)
    samples = []
    for number, (start, end) in enumerate(checked_offsets(offsets, all_ticks.size)):
        try:
            samples.append(checked_events(network, all_ticks[start:end], all_channels[start:end]))
        except ValueError as error:
            raise ValueError(f"sample {number}: {error}") from error
    return samples


class BatchedInference:
    """Scratch memory for batches of one size, made at the first use."""

    def __init__(self, network: IntegerNetwork) -> None:
        self.network = network
        widest = max((layer.neurons for layer in network.spiking_layers), default=1)
        self.samples = max(1, STATES_AT_ONCE // widest)
        self._passes: list[LayerPass] = []
        self._width = 0
        """Samples that the passes run at once."""

    def run(
        self,
        state: WorkingState,
        ticks: ArrayLike,
        channels: ArrayLike,
        offsets: ArrayLike,
        saturations: SaturationCounts,
    ) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """Predictions (samples,) and counts (samples, outputs); see `Emulator.run_samples_inference`. No sample ends early here."""
        samples = checked_samples(self.network, ticks, channels, offsets)
        winners = np.empty(len(samples), dtype=np.int32)
        counts = np.empty((len(samples), self.network.outputs), dtype=np.int32)
        for here, batch in self._batches(samples):
            if self.network.is_biased and len(batch) != self._width:
                self._make_passes(len(batch))  # a place without a sample would get its bias, and clamp
            spikes = self._run_batch(state, batch, saturations)
            if self.network.integrates:
                kappa = kappas(self.network.layers[-1].inputs, self.network.ticks, spikes, self._width)
                y = outputs_of(self.network, state.weights[-1], kappa[: len(batch)])
                winners[here], counts[here] = y.argmax(axis=1), probabilities(self.network, y)
            else:
                winners[here] = predictions(self._passes[-1])[: len(batch)]
                counts[here] = self._passes[-1].counts.reshape(self._width, -1)[: len(batch)]
        return winners, counts

    def _batches(self, samples: list[SpikeList]) -> Iterator[tuple[slice, list[SpikeList]]]:
        for start in range(0, len(samples), self.samples):
            here = slice(start, start + self.samples)
            yield here, samples[here]

    def _run_batch(self, state: WorkingState, batch: list[SpikeList], saturations: SaturationCounts) -> SpikeList:
        """Returns the spikes of the last layer of spiking neurons, or the events where there is none."""
        if self._width == 0:
            self._make_passes(self.samples)
        spikes = self._joined(batch)
        for layer_pass, weights in zip(self._passes, state.weights, strict=False):
            spikes = layer_pass.run(weights, spikes)
            saturations.state += layer_pass.membrane.saturations
        return spikes

    def _make_passes(self, width: int) -> None:
        network, self._width = self.network, width
        self._passes = [LayerPass(network, index, width) for index in range(len(network.spiking_layers))]

    def _joined(self, batch: list[SpikeList]) -> SpikeList:
        """The events of a batch as one list, by tick, sample and channel."""
        rows: Int64 = np.concatenate([events.rows * self._width + n for n, events in enumerate(batch)])
        channels = np.concatenate([events.neurons for events in batch])
        order = np.argsort(rows, kind="stable")
        return SpikeList(rows[order], channels[order])
