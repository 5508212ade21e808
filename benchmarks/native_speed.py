"""How fast the generated C learns on this machine, beside a float loop in C and the emulator, all in one run.

    python benchmarks/native_speed.py [--json FILE]

Everything learns the same samples of mnist-128 with outputs that spike from the same initial weights, round about, several times, and
the best time counts. Time is processor time, which other programs on the machine disturb less than the clock on the wall.
The float loop is measured as one would first write it, and once more with its loops written so that gcc makes vectors of
them, see float_baseline.c. A pass over all samples tells that it does learn.
"""

import ctypes
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import click
import numpy as np
from numpy.typing import NDArray
from sfdfa_codegen.codegen.errors import SfdfaError
from sfdfa_codegen.codegen.toolchain.compilers import HOST_FLAGS, Compiler, find_host_compiler
from sfdfa_codegen.host.data.spikes import SpikeDataset
from sfdfa_codegen.host.devices.emu import EmuDevice
from sfdfa_codegen.host.devices.native import NativeDevice
from sfdfa_codegen.host.floats.dynamics import Dynamics
from sfdfa_codegen.host.prepare import Prepared, load_spec, prepare
from sfdfa_codegen.host.report import Report

PRESET: Final = str(Path(__file__).resolve().parent.parent / "host/experiments/counts/mnist-128-counts.toml")
"""Outputs that spike."""
C_SAMPLES: Final = 2000
"""Learned in one measurement of C."""
EMULATOR_SAMPLES: Final = 200
"""Learned in one measurement of the emulator; ten times as many are predicted."""
REPEATS: Final = 20
FLOAT_SOURCE: Final = Path(__file__).with_name("float_baseline.c")


class _Config(ctypes.Structure):
    """config_t of float_baseline.c."""

    _fields_ = (
        ("inputs", ctypes.c_int32),
        ("neurons", ctypes.c_int32 * 2),
        ("ticks", ctypes.c_int32),
        ("max_spikes", ctypes.c_int32),
        ("target_true", ctypes.c_int32),
        ("target_false", ctypes.c_int32),
        ("threshold", ctypes.c_float * 2),
        ("synaptic_decay", ctypes.c_float),
        ("membrane_decay", ctypes.c_float),
        ("tau", ctypes.c_float),
        ("rate", ctypes.c_float),
        ("step_gain", ctypes.c_float),
        ("feedback_rate", ctypes.c_float),
        ("regulariser", ctypes.c_float),
        ("rate_target", ctypes.c_float),
    )


class _Samples(ctypes.Structure):
    """samples_t of float_baseline.c."""

    _fields_ = (
        ("ticks", ctypes.c_void_p),
        ("channels", ctypes.c_void_p),
        ("offsets", ctypes.c_void_p),
        ("labels", ctypes.c_void_p),
        ("samples", ctypes.c_int64),
    )


class FloatBaseline:
    """float_baseline.c, compiled as the native library is."""

    def __init__(self, prepared: Prepared, compiler: Compiler, flags: tuple[str, ...] = ()) -> None:
        self._config = _config(prepared)
        self._weights = [np.ascontiguousarray(layer, np.float32) for layer in prepared.float_network.weights]
        with tempfile.TemporaryDirectory() as folder:
            library = Path(folder) / "float_baseline.so"
            compiler.run([*HOST_FLAGS, *flags, str(FLOAT_SOURCE), "-lm", "-o", str(library)])
            self._library = ctypes.CDLL(str(library))
        self._library.baseline_create.restype = ctypes.c_void_p
        self._library.baseline_create.argtypes = (ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p)
        self._library.baseline_destroy.argtypes = (ctypes.c_void_p,)
        self._library.baseline_run.restype = ctypes.c_int64
        self._library.baseline_run.argtypes = (ctypes.c_void_p, ctypes.c_void_p, ctypes.c_bool)
        self._network: int | None = None

    def reset(self) -> None:
        """A network with the initial weights."""
        if self._network is not None:
            self._library.baseline_destroy(self._network)
        weights = [layer.ctypes.data for layer in self._weights]
        self._network = self._library.baseline_create(ctypes.byref(self._config), *weights)

    def run(self, samples: SpikeDataset, learn: bool) -> float:
        """The fraction predicted rightly, each sample before it was learned."""
        ticks, channels = _array(samples.ticks, np.uint16), _array(samples.channels, np.uint16)
        offsets, labels = _array(samples.offsets, np.int64), _array(samples.labels, np.int32)
        pointers = (ticks.ctypes.data, channels.ctypes.data, offsets.ctypes.data, labels.ctypes.data)
        right = self._library.baseline_run(self._network, ctypes.byref(_Samples(*pointers, len(samples))), learn)
        return int(right) / len(samples)


def _array(values: NDArray[np.generic], dtype: type[np.generic]) -> NDArray[np.generic]:
    return np.ascontiguousarray(values, dtype)


def _config(prepared: Prepared) -> _Config:
    learning, dynamics = prepared.spec.learning, Dynamics.from_spec(prepared.spec)
    return _Config(
        inputs=prepared.data.channels,
        neurons=prepared.spec.layer_sizes,
        ticks=dynamics.ticks,
        max_spikes=learning.max_spikes,
        target_true=learning.target_true,
        target_false=learning.target_false,
        threshold=prepared.float_network.thresholds,
        synaptic_decay=dynamics.alpha_s,
        membrane_decay=dynamics.alpha,
        tau=dynamics.tau,
        rate=learning.rate,
        step_gain=learning.step_gain,
        feedback_rate=learning.feedback_rate,
        regulariser=learning.regulariser,
        rate_target=learning.rate_target,
    )


@dataclass
class Measurement:
    """One thing to time: `prepare` before every repeat, `run` on `samples` samples within the time."""

    name: str
    key: str
    samples: int
    prepare: Callable[[], None]
    run: Callable[[], object]
    seconds: float = float("inf")

    @property
    def rate(self) -> float:
        """Samples a second at best."""
        return self.samples / self.seconds

    def repeat(self) -> None:
        """Once more; the best time stays."""
        self.prepare()
        started = time.process_time()
        self.run()
        self.seconds = min(self.seconds, time.process_time() - started)


def accuracy(model: FloatBaseline | NativeDevice, train: SpikeDataset, test: SpikeDataset) -> float:
    """On `test` after one pass over `train`, at the full rate throughout."""
    model.reset()
    if isinstance(model, FloatBaseline):
        model.run(train, learn=True)
        return model.run(test, learn=False)
    model.run_samples(train, learn=True)
    return float((model.run_samples(test, learn=False).predictions == test.labels).mean())


def measurements(
    native: NativeDevice, emulator: EmuDevice, baselines: list[FloatBaseline], train: SpikeDataset
) -> list[Measurement]:
    """All that is timed; the first is what the others are compared with."""
    some, few, more = train.head(C_SAMPLES), train.head(EMULATOR_SAMPLES), train.head(10 * EMULATOR_SAMPLES)
    plain, hoisted = baselines

    def learns(name: str, key: str, model: FloatBaseline) -> Measurement:
        return Measurement(name, key, len(some), model.reset, lambda: model.run(some, learn=True))

    return [
        Measurement(
            "native, learning", "native_learn", len(some), native.reset, lambda: native.run_samples(some, True)
        ),
        learns("float loop in C, learning", "float_learn", plain),
        learns("the same, its loops written for the vectoriser", "float_hoisted_learn", hoisted),
        Measurement(
            "native, predicting", "native_infer", len(some), native.reset, lambda: native.run_samples(some, False)
        ),
        Measurement(
            "emulator, learning", "emulator_learn", len(few), emulator.reset, lambda: emulator.run_samples(few, True)
        ),
        Measurement(
            "emulator, predicting",
            "emulator_infer",
            len(more),
            emulator.reset,
            lambda: emulator.run_samples(more, False),
        ),
    ]


def report_speed(report: Report) -> None:
    """Measure, print and write."""
    prepared = prepare(load_spec(PRESET))
    compiler = find_host_compiler()
    baselines = [FloatBaseline(prepared, compiler), FloatBaseline(prepared, compiler, ("-DHOISTED",))]
    native, emulator = NativeDevice(prepared.integer_network), EmuDevice(prepared.integer_network)
    timed = measurements(native, emulator, baselines, prepared.data.train)
    for _ in range(REPEATS):
        for measurement in timed:
            measurement.repeat()
    ours = timed[0]
    rows = [
        (each.name, f"{each.rate:,.0f}", f"{ours.rate / each.rate:.2f}" if each.key.endswith("learn") else "")
        for each in timed
    ]
    report.table(
        f"{Path(PRESET).stem} on one core, {compiler.name}", ("", "samples/s", "native learns x times as fast"), rows
    )
    accuracies = {
        "native": accuracy(native, prepared.data.train, prepared.data.test),
        "float": accuracy(baselines[0], prepared.data.train, prepared.data.test),
    }
    passed = ", ".join(f"{name} {100 * value:.2f} %" for name, value in accuracies.items())
    report.line(f"Test accuracy after one pass at the full rate: {passed}")
    report.finish(
        {
            "network": Path(PRESET).stem,
            "compiler": compiler.name,
            "flags": list(HOST_FLAGS),
            "samples_per_second": {each.key: each.rate for each in timed},
            "native_over_float": ours.rate / timed[1].rate,
            "native_over_float_hoisted": ours.rate / timed[2].rate,
            "accuracy_after_one_pass": accuracies,
        }
    )


@click.command(help=(__doc__ or "").partition("\n")[0])
@click.option("--json", "json_file", metavar="FILE", help="Write the figures as JSON too; - for standard output.")
def main(json_file: str | None) -> None:
    try:
        report_speed(Report(json_file))
    except SfdfaError as error:
        click.echo(f"Error: {error}", err=True)
        sys.exit(error.exit_status)


if __name__ == "__main__":
    main()
