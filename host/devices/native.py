"""The generated C, compiled for this machine and called through ctypes."""

import ctypes
import tempfile
import zlib
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from sfdfa_codegen.codegen.cache import cache_folder
from sfdfa_codegen.codegen.errors import DataError, DeviceError
from sfdfa_codegen.codegen.integer_network import (
    RATE_SCALE_ONE,
    IntegerNetwork,
    LearnedState,
    initial_state,
    state_from_bytes,
    state_size,
    state_to_bytes,
)
from sfdfa_codegen.codegen.late import LATE_FLAG, LATE_LAYER_FIELDS, late_layers
from sfdfa_codegen.codegen.native_library import cached_library, native_sources
from sfdfa_codegen.codegen.toolchain.compilers import HOST_FLAGS, find_host_compiler
from sfdfa_codegen.host.data.raw import Recordings
from sfdfa_codegen.host.data.spikes import Readings, SpikeDataset, SpikeSample
from sfdfa_codegen.host.devices.device import BatchResult, Device, DeviceInfo, RamBytes, SampleResult, TickRecord

SATURATION_NAMES: Final = ("state", "grades", "eligibility", "update", "spikes")
NO_LABEL: Final = -1

_ERRORS: Final = {
    -1: "an event's tick or channel, or the label, is out of range",
    -2: "events must increase strictly in tick and channel",
    -3: "more events than the network was built for",
    -4: "the library is not ready for a sample",
}


_LAYER_TYPES: Final[dict[str, Any]] = {
    "threshold": ctypes.c_int32,
    "state_limit": ctypes.c_int32,
    "quiet_below": ctypes.c_int32,
    "rate": ctypes.c_uint32,
    "quiet_shift": ctypes.c_uint8,
}


class _Samples(ctypes.Structure):
    _fields_ = (
        ("ticks", ctypes.c_void_p),
        ("channels", ctypes.c_void_p),
        ("offsets", ctypes.c_void_p),
        ("labels", ctypes.c_void_p),
        ("samples", ctypes.c_int64),
        ("readings", ctypes.c_void_p),
        ("recorded", ctypes.c_void_p),
        ("recording_offsets", ctypes.c_void_p),
    )


class _Results(ctypes.Structure):
    _fields_ = tuple(
        (name, ctypes.c_void_p) for name in ("predictions", "outputs", "squared_errors", "learned", "asks", "ticks_run")
    )


class _Record(ctypes.Structure):
    _fields_ = (("a", ctypes.c_void_p), ("b", ctypes.c_void_p), ("counts", ctypes.c_void_p))


def _alone(recording: NDArray[np.int16] | None) -> Recordings | None:
    """One recording as a data set of its own."""
    if recording is None:
        return None
    return Recordings(recording, np.array([0, len(recording)]), np.zeros(1, np.int64))


class NativeDevice(Device):
    """One network in a shared library. Several may live at once, each with memory of its own."""

    def __init__(self, network: IntegerNetwork, library: Path | None = None) -> None:
        """Load `library`, or build the network's own.

        Raises ToolMissingError without a C compiler and DeviceError for a library that cannot be loaded or is another network's.
        """
        self.network = network
        if library is None:
            library = cached_library(native_sources(network), find_host_compiler(), cache_folder() / "native")
        self._library = _load(library)
        if self.hello().model_hash != network.model_hash:
            raise DeviceError(f"{library} was built for another network or version; build it again")
        self._begin()

    def _begin(self) -> None:
        self._memory: ctypes.Array[ctypes.c_uint64] = (ctypes.c_uint64 * (self._library.sfdfa_native_size() // 8 + 1))()
        self._state_size = state_size(self.network)
        self.reset()

    @property
    def takes_samples(self) -> bool:
        return self.network.frontend is not None

    @property
    def library(self) -> ctypes.CDLL:
        """The functions of sfdfa.h and sfdfa_store.h."""
        return self._library

    @property
    def memory(self) -> ctypes.Array[ctypes.c_uint64]:
        """The sfdfa_t of this device."""
        return self._memory

    def hello(self) -> DeviceInfo:
        model_hash: bytes = self._library.sfdfa_native_model_hash()
        return DeviceInfo(target="native", model_hash=model_hash.decode(), ram=self._ram())

    def _ram(self) -> RamBytes:
        numbers = (ctypes.c_uint32 * 3)()
        self._library.sfdfa_native_ram(numbers)
        return RamBytes(total=numbers[0], weights=numbers[1], learning=numbers[2])

    def run_sample(self, sample: SpikeSample, learn: bool) -> SampleResult:
        offsets = np.array([0, len(sample.ticks)], dtype=np.int64)
        labels = np.array([NO_LABEL if sample.label is None else sample.label], dtype=np.int32)
        batch = self._run(
            sample.ticks, sample.channels, offsets, labels, learn, sample.readings, _alone(sample.recording)
        )
        return SampleResult(
            prediction=int(batch.predictions[0]),
            counts=tuple(batch.counts[0].tolist()),
            squared_error=None if sample.label is None else int(batch.squared_errors[0]),
            learned=None if batch.learned is None else bool(batch.learned[0]),
            asks=None if batch.asks is None else bool(batch.asks[0]),
            ticks_run=None if batch.ticks_run is None else int(batch.ticks_run[0]),
        )

    def run_samples(self, samples: SpikeDataset, learn: bool) -> BatchResult:
        labels = samples.labels.astype(np.int32)
        return self._run(
            samples.ticks, samples.channels, samples.offsets, labels, learn, samples.readings, samples.recordings
        )

    def _run(
        self,
        ticks: NDArray[np.uint16],
        channels: NDArray[np.uint16],
        offsets: NDArray[np.int64],
        labels: NDArray[np.int32],
        learn: bool,
        readings: Readings | None,
        recordings: Recordings | None,
    ) -> BatchResult:
        ticks, channels = np.ascontiguousarray(ticks, np.uint16), np.ascontiguousarray(channels, np.uint16)
        offsets, labels = np.ascontiguousarray(offsets, np.int64), np.ascontiguousarray(labels, np.int32)
        count = len(labels)
        predictions = np.empty(count, np.uint16)
        counts = np.empty((count, self.network.outputs), np.uint8)
        squared_errors = np.empty(count, np.uint32)
        learned, asks, ticks_run = (np.zeros(count, np.uint8) for _ in range(3))
        given = self._given_readings(readings, count)
        heard = self._given_recordings(recordings)
        samples = _Samples(
            ticks.ctypes.data,
            channels.ctypes.data,
            offsets.ctypes.data,
            labels.ctypes.data,
            count,
            None if given is None else given.ctypes.data,
            None if heard is None else heard.samples.ctypes.data,
            None if heard is None else heard.offsets.ctypes.data,
        )
        arrays = (predictions, counts, squared_errors, learned, asks, ticks_run)
        results = _Results(*(array.ctypes.data for array in arrays))
        error = ctypes.c_int32(0)
        done = self._library.sfdfa_native_run(
            self._memory, ctypes.byref(samples), learn, ctypes.byref(results), ctypes.byref(error)
        )
        if done != count:
            reason = _ERRORS.get(error.value, f"error {error.value}")
            raise DataError(f"the native library refused sample {done}: {reason}")
        result = BatchResult(predictions.astype(np.int64), counts.astype(np.int64), squared_errors.astype(np.int64))
        if not self.network.integrates:
            return result
        return replace(
            result, learned=learned.astype(bool), asks=asks.astype(bool), ticks_run=ticks_run.astype(np.int64)
        )

    def _given_readings(self, readings: Readings | None, samples: int) -> Readings | None:
        """What the library is to make events of; None where it is given events. Raises DataError for readings that are not the network's."""
        encoder = self.network.encoder
        if not self.from_readings or readings is None or encoder is None:
            return None
        wanted = np.dtype(np.uint8 if encoder.reading_bits == 8 else np.int16)
        if readings.dtype != wanted or readings.size != samples * encoder.features:
            raise DataError(
                f"{samples} samples of {encoder.features} readings of type {wanted} are wanted, not {readings.size} of type {readings.dtype}"
            )
        return readings if readings.flags.c_contiguous else readings.copy()

    def _given_recordings(self, recordings: Recordings | None) -> Recordings | None:
        """What the library is to make readings of; None where it is given readings or events. Raises DataError for another number of axes."""
        frontend = self.network.frontend
        if not self.from_samples or recordings is None or frontend is None:
            return None
        if recordings.samples.shape[1] != frontend.axes:
            raise DataError(f"recordings have {recordings.samples.shape[1]} axes, the network {frontend.axes}")
        samples = np.ascontiguousarray(recordings.samples, np.int16)
        return Recordings(samples, np.ascontiguousarray(recordings.offsets, np.int64), recordings.labels)

    def record_sample(self, sample: SpikeSample, learn: bool) -> TickRecord:
        layers = self.network.spiking_layers
        neurons = max(1, sum(layer.neurons for layer in layers))
        shape = (self.network.ticks, neurons)
        a, b, counts = np.zeros(shape, np.int32), np.zeros(shape, np.int32), np.zeros(shape, np.uint8)
        record = _Record(a.ctypes.data, b.ctypes.data, counts.ctypes.data)
        self._library.sfdfa_native_watch(ctypes.byref(record))
        try:
            self.run_sample(sample, learn)
        finally:
            self._library.sfdfa_native_watch(None)
        spikes = np.diff(counts.astype(np.int64), axis=0, prepend=0) > 0
        edges = np.cumsum([layer.neurons for layer in layers])
        return TickRecord(
            a=tuple(np.split(a.astype(np.int64), edges, axis=1)[: len(layers)]),
            b=tuple(np.split(b.astype(np.int64), edges, axis=1)[: len(layers)]),
            spikes=tuple(np.split(spikes, edges, axis=1)[: len(layers)]),
        )

    def state_crc(self) -> int:
        return int(self._library.sfdfa_state_crc(self._memory))

    def read_state(self) -> LearnedState:
        data = ctypes.create_string_buffer(self._state_size)
        if self._library.sfdfa_state_read(self._memory, 0, data, self._state_size) != 0:
            raise DeviceError("the native library has a state of another size; build it again")
        return state_from_bytes(self.network, data.raw)

    def write_state(self, state: LearnedState) -> None:
        data = state_to_bytes(self.network, state)
        status = self._library.sfdfa_state_write(self._memory, 0, data, len(data))
        if status != 0 or self._library.sfdfa_state_accept(self._memory, zlib.crc32(data)) != 0:
            raise DeviceError("the native library refused the state; it is not one of this network")

    def reset(self) -> None:
        self._library.sfdfa_native_init(self._memory)

    def give_label(self, age: int, label: int) -> bool | None:
        if not self.network.ring_slots:
            return super().give_label(age, label)
        status = self._library.sfdfa_label(self._memory, min(age, 0xFFFF), label)
        if status < 0:
            reason = _ERRORS.get(status, f"error {status}")
            raise DataError(f"the native library refused the label {label} of the sample of age {age}: {reason}")
        return bool(status == 0)

    def set_rate_scale(self, rate_scale: int) -> None:
        if not 0 <= rate_scale <= RATE_SCALE_ONE or self._library.sfdfa_set_rate_scale(self._memory, rate_scale) != 0:
            raise DeviceError(
                f"the native library refused the rate scale {rate_scale}; it must be 0 to {RATE_SCALE_ONE}"
            )

    def saturations(self) -> dict[str, int]:
        numbers = (ctypes.c_uint32 * len(SATURATION_NAMES))()
        self._library.sfdfa_native_saturations(self._memory, numbers)
        counts = dict(zip(SATURATION_NAMES, numbers, strict=True))
        counts["weights"] = int(self._library.sfdfa_weights_at_limit(self._memory))
        counts["feedback"] = int(self._library.sfdfa_feedback_at_limit(self._memory))
        return counts


class _Layer(ctypes.Structure):
    _fields_ = tuple((name, _LAYER_TYPES.get(name, ctypes.c_uint16)) for name in LATE_LAYER_FIELDS)


class ShapedDevice(NativeDevice):
    """One network in a library that was compiled for its shape, and does for any other of the same: nothing is compiled for another rate,
    threshold, weight or seed. The bits are those of its own library. It takes events, neither readings nor samples."""

    def __init__(self, network: IntegerNetwork, flags: tuple[str, ...] = HOST_FLAGS) -> None:
        """Load the library of the shape, compiled if the cache does not have it. Raises ToolMissingError without a C compiler."""
        self.network = network
        sources, folder = native_sources(network, late=True), cache_folder() / "native"
        self._library = _load(cached_library(sources, find_host_compiler(), folder, (*flags, LATE_FLAG)))
        layers = (_Layer * len(network.layers))(*(_Layer(*values) for values in late_layers(network)))
        self._library.sfdfa_native_configure(
            ctypes.c_uint32(network.seed), ctypes.c_int32(network.output_rate), ctypes.byref(layers)
        )
        self._begin()

    @property
    def takes_samples(self) -> bool:
        return False

    def hello(self) -> DeviceInfo:
        return DeviceInfo(target="native", model_hash=self.network.model_hash, ram=self._ram())

    def reset(self) -> None:
        super().reset()
        self.write_state(initial_state(self.network))


def _load(path: Path) -> ctypes.CDLL:
    """Load a library under a name of its own, so that one rebuilt in place is not mistaken for its predecessor."""
    try:
        with tempfile.NamedTemporaryFile(suffix=".so") as copy:
            copy.write(path.read_bytes())
            copy.flush()
            library = ctypes.CDLL(copy.name)
    except OSError as error:
        raise DeviceError(f"cannot load the native library {path}: {error}") from error
    if not hasattr(library, "sfdfa_native_run"):
        raise DeviceError(f"cannot load the native library {path}: it is none of this project")
    library.sfdfa_native_run.restype = ctypes.c_int64
    library.sfdfa_native_run.argtypes = (
        ctypes.c_void_p,
        ctypes.c_void_p,
        ctypes.c_bool,
        ctypes.c_void_p,
        ctypes.c_void_p,
    )
    library.sfdfa_native_model_hash.restype = ctypes.c_char_p
    library.sfdfa_state_read.argtypes = (ctypes.c_void_p, ctypes.c_uint32, ctypes.c_void_p, ctypes.c_uint32)
    library.sfdfa_state_write.argtypes = (ctypes.c_void_p, ctypes.c_uint32, ctypes.c_char_p, ctypes.c_uint32)
    if hasattr(library, "sfdfa_label"):
        library.sfdfa_label.argtypes = (ctypes.c_void_p, ctypes.c_uint16, ctypes.c_int32)
    library.sfdfa_state_accept.argtypes = (ctypes.c_void_p, ctypes.c_uint32)
    library.sfdfa_store_idle.restype = ctypes.c_bool
    library.sfdfa_store_watch.restype = ctypes.c_bool
    library.sfdfa_set_rate_scale.argtypes = (ctypes.c_void_p, ctypes.c_uint16)
    for name in ("sfdfa_state_crc", "sfdfa_whole_crc", "sfdfa_weights_at_limit", "sfdfa_feedback_at_limit"):
        getattr(library, name).restype = ctypes.c_uint32
    return library
