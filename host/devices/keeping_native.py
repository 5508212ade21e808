"""The native library with a store in a file of this machine: it keeps what it learns as a board does."""

from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sfdfa_codegen.codegen.integer_network import IntegerNetwork, LearnedState
from sfdfa_codegen.host.data.spikes import SpikeDataset, SpikeSample
from sfdfa_codegen.host.devices.device import BatchResult, SampleResult
from sfdfa_codegen.host.devices.native import NativeDevice
from sfdfa_codegen.host.persistence.flash_file import FlashFile, default_path, file_geometry
from sfdfa_codegen.host.persistence.native_store import NativeStore


class KeepingNative(NativeDevice):
    """It wakes with what its file holds, says so, and then begins anew, as a board does that the host greets.

    woke, kept: what it woke with, and the state; flash: where it keeps what it learns.
    """

    def __init__(
        self,
        network: IntegerNetwork,
        every: int,
        *,
        library: Path | None = None,
        path: Path | None = None,
        start_over: bool = True,
    ) -> None:
        """every: learned samples between two snapshots. start_over: begin with the initial state. Raises as NativeDevice and FlashFile."""
        self._store: NativeStore | None = None
        self._since = 0
        """Labelled samples that were learned since a snapshot."""
        super().__init__(network, library)
        self.every = every
        self.flash = FlashFile(default_path(network) if path is None else path, file_geometry(network))
        self._store = NativeStore(self, self.flash, every)
        self.woke = self._store.wake()
        if start_over:
            self.reset()

    def reset(self) -> None:
        super().reset()
        self._replaced()

    def write_state(self, state: LearnedState) -> None:
        super().write_state(state)
        self._replaced()

    def _replaced(self) -> None:
        self._since = 0
        if self._store is not None:
            self._store.mark()
            self._store.idle()

    def run_sample(self, sample: SpikeSample, learn: bool) -> SampleResult:
        result = super().run_sample(sample, learn)
        self._keep(int(learn and sample.label is not None))
        return result

    def run_samples(self, samples: SpikeDataset, learn: bool) -> BatchResult:
        if not learn:
            return super().run_samples(samples, learn)
        results = []
        for piece in self._pieces(len(samples)):
            results.append(super().run_samples(samples.take(piece), learn))
            self._keep(len(piece))
        return _joined(results) if len(results) != 1 else results[0]

    def _pieces(self, samples: int) -> Iterator[NDArray[np.int64]]:
        """Indices of samples, all of them labelled, up to the next snapshot each."""
        snapshots = (self._since + np.arange(1, samples + 1)) // self.every
        ends = np.flatnonzero(np.diff(snapshots, prepend=0)) + 1
        yield from np.split(np.arange(samples), ends[ends < samples])

    def _keep(self, learned: int) -> None:
        assert self._store is not None
        self._since = (self._since + learned) % self.every
        self._store.idle()

    def close(self) -> None:
        super().close()
        self.flash.close()


def _joined(results: list[BatchResult]) -> BatchResult:
    columns: dict[str, Any] = {}
    for field in fields(BatchResult):
        parts = [getattr(result, field.name) for result in results]
        columns[field.name] = None if parts[0] is None else np.concatenate(parts)
    return BatchResult(**columns)
