"""What a run came to, for a program and for a person."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Self

from rich.console import Console
from sfdfa_codegen.codegen.board import CycleKind
from sfdfa_codegen.host.devices.device import Device, DeviceInfo
from sfdfa_codegen.host.devices.serial_device import SerialDevice
from sfdfa_codegen.host.network.spec import NetworkSpec
from sfdfa_codegen.host.report import Rows, Said, kilobytes, per_cent, ram_json
from sfdfa_codegen.host.runs.findings import Finding
from sfdfa_codegen.host.runs.learning_curve import curve_json, curve_text
from sfdfa_codegen.host.runs.neurobench import NeuroBench
from sfdfa_codegen.host.runs.streaming import RunOutcome, RunPlan
from sfdfa_codegen.host.summaries.keeping import Keeping


@dataclass(frozen=True)
class LineUse:
    """What went over the serial line since it was opened. The first three are None where nothing did."""

    bytes_sent_per_sample: float | None
    bytes_received_per_sample: float | None
    use: float | None
    """Share of the line's time."""
    bytes_sent: int
    bytes_received: int
    requests_repeated: int
    frames_damaged: int

    @classmethod
    def of(cls, device: Device) -> Self | None:
        """None for a device without a line."""
        if not isinstance(device, SerialDevice):
            return None
        use, traffic = device.session.use, device.traffic
        return cls(
            traffic.sent_per_sample,
            traffic.received_per_sample,
            device.line_use,
            use.bytes_sent,
            use.bytes_received,
            use.repeated,
            use.damaged,
        )

    def lines(self) -> Iterator[Said]:
        if self.bytes_sent_per_sample is not None and self.bytes_received_per_sample is not None:
            yield (
                f"on the line: {self.bytes_sent_per_sample:.0f} bytes a sample sent, {self.bytes_received_per_sample:.0f} received; "
                f"{self.requests_repeated} requests repeated"
            )


@dataclass(frozen=True)
class DeviceFigures:
    """The device after a run."""

    info: DeviceInfo
    cycle_kind: CycleKind | None
    state_crc: int
    saturations: Mapping[str, int]
    line: LineUse | None
    keeping: Keeping | None = None
    """What the image keeps without power."""


@dataclass(frozen=True)
class RunSummary:
    """A run. available: training samples that the data set has. majority: accuracy of naming the commonest class."""

    spec: NetworkSpec
    channels: int
    available: int
    notes: tuple[str, ...]
    plan: RunPlan
    learned: bool
    """Whether it was meant to learn, and could."""
    outcome: RunOutcome
    device: DeviceFigures
    majority: float | None
    findings: tuple[Finding, ...]
    neurobench: NeuroBench | None = None
    """None where there are no test samples, or the state would come over a line."""

    def json(self) -> dict[str, object]:
        """The contract's keys; what is not known is null."""
        return {**self._accuracies(), **self._costs(), "seed": self.spec.seed}

    def _accuracies(self) -> dict[str, object]:
        outcome = self.outcome
        return {
            "network": self.spec.name,
            "target": self.device.info.target,
            "train_samples": outcome.train_samples,
            "test_samples": outcome.test_samples,
            "epochs": len(outcome.epochs),
            "online_accuracy": outcome.online_accuracy(self.learned),
            "accuracy_before": outcome.accuracy_before,
            "test_accuracy": outcome.test_accuracy,
            "majority_accuracy": self.majority,
            "notes": list(self.notes),
            "warnings": [asdict(finding) for finding in self.findings],
            "learning_curve": [
                {"online_accuracy": epoch.online_accuracy, "test_accuracy": epoch.test_accuracy}
                for epoch in outcome.epochs
            ],
            "online_curve": curve_json(outcome.curve),
            "segments": [
                {"name": segment.name, "samples": segment.samples, "accuracy": segment.accuracy}
                for segment in outcome.segments
            ],
            "learned_share": outcome.tally.learned_share,
            "mean_ticks": outcome.mean_ticks,
            "labels": self._labels(),
        }

    def _labels(self) -> dict[str, int] | None:
        """How many labels the device asked for, or samples had by chance, and of how many samples; None where it got all."""
        if not self.outcome.tally.withheld:
            return None
        given, of = self._labels_given()
        return {"given": given, "of": of}

    def _labels_given(self) -> tuple[int, int]:
        """Of samples that a device could ask for, or had by chance. Where training samples of a stream all have theirs, these do not count."""
        tally, outcome = self.outcome.tally, self.outcome
        if self.plan.labels >= 1.0:
            return tally.asked, tally.withheld
        shown = sum(segment.samples for segment in outcome.segments) or outcome.train_samples * len(outcome.epochs)
        return shown - tally.withheld, shown

    def _costs(self) -> dict[str, object]:
        outcome, device, cycles = self.outcome, self.device, self.outcome.cycles
        return {
            "state_crc32": f"{device.state_crc:08x}",
            "saturations": dict(device.saturations),
            "seconds": outcome.seconds,
            "samples_per_second": outcome.samples_per_second,
            "ram_bytes": ram_json(device.info.ram),
            "flash_bytes": device.info.flash_bytes,
            "cycles": {"mean": cycles.mean, "min": cycles.least, "max": cycles.most, "kind": device.cycle_kind},
            "line": None if device.line is None else asdict(device.line),
            "persistence": None if device.keeping is None else device.keeping.json(),
            "model_hash": device.info.model_hash,
            "neurobench": None if self.neurobench is None else self.neurobench.json(),
        }

    @property
    def stream_mean(self) -> float | None:
        """Mean accuracy of the segments; None where there are none."""
        segments = self.outcome.segments
        return sum(segment.accuracy for segment in segments) / len(segments) if segments else None

    def lines(self, console: Console | None) -> Iterator[Said]:
        """For a person; console: whose width and letters a curve is drawn for, None to leave it out."""
        spec, outcome = self.spec, self.outcome
        sizes = "-".join(str(size) for size in (self.channels, *spec.layer_sizes))
        yield (
            f"{spec.name} on {self.device.info.target}: {sizes}, {spec.weight_bits}-bit weights, "
            f"rule {spec.learning.rule}, seed {spec.seed}"
        )
        yield from self.notes
        yield from self._passes()
        if outcome.curve and console is not None:
            yield f"right so far while learning: {curve_text(console, outcome.curve)}"
        yield from self._stream()
        yield f"test accuracy {per_cent(outcome.test_accuracy)} of {outcome.test_samples} samples"
        yield from self._left_out()
        yield from self._device()
        yield from (f"warning: {finding.message}" for finding in self.findings)

    def _passes(self) -> Iterator[Said]:
        outcome = self.outcome
        if not outcome.epochs:
            return
        rows = [("before", "", per_cent(outcome.accuracy_before))]
        rows += [
            (f"pass {number}", per_cent(epoch.online_accuracy), per_cent(epoch.test_accuracy))
            for number, epoch in enumerate(outcome.epochs, 1)
        ]
        title = f"{self.available if self.plan.train is None else outcome.train_samples} training samples"
        yield Rows(title, ("", "while learning" if outcome.train_samples else "predicted", "test"), tuple(rows))

    def _stream(self) -> Iterator[Said]:
        segments = self.outcome.segments
        if not segments:
            return
        rows = [(segment.name, str(segment.samples), per_cent(segment.accuracy)) for segment in segments]
        rows.append(("mean", "", per_cent(self.stream_mean)))
        title = "stream, each sample predicted, then learned" if self.plan.learn else "stream, predicted only"
        yield Rows(title, ("segment", "samples", "accuracy"), tuple(rows))

    def _left_out(self) -> Iterator[Said]:
        """Samples that were known, ticks after a decision, labels that nobody asked for."""
        tally, mean_ticks, ticks = self.outcome.tally, self.outcome.mean_ticks, self.spec.encoding.ticks
        if tally.learned < tally.labelled:
            yield (
                f"learned {tally.learned} of {tally.labelled} labelled samples "
                f"({per_cent(tally.learned_share)}); the others were known"
            )
        if mean_ticks is not None and mean_ticks < ticks:
            yield f"decided after {mean_ticks:.1f} of {ticks} ticks on average"
        if tally.withheld:
            given, of = self._labels_given()
            what = "labels asked for" if self.plan.labels >= 1.0 else "labels by chance"
            yield f"{what}: {given} of {of} samples ({per_cent(given / of)})"

    def _device(self) -> Iterator[Said]:
        outcome, device = self.outcome, self.device
        counted = ", ".join(f"{name} {count}" for name, count in device.saturations.items() if count)
        if counted:
            yield f"saturations: {counted}"
        ram = device.info.ram
        if ram is not None:
            yield f"RAM {kilobytes(ram.total)}: weights {kilobytes(ram.weights)}, learning {kilobytes(ram.learning)}"
        if device.line is not None:
            yield from device.line.lines()
        yield from () if device.keeping is None else device.keeping.lines()
        if self.neurobench is not None:
            found = self.neurobench
            silent = (
                ""
                if found.activation_sparsity is None
                else f", {found.activation_sparsity:.1%} of neurons and ticks without a spike"
            )
            yield f"NeuroBench: footprint {found.footprint:,} bytes, {found.connection_sparsity:.1%} of the weights are 0{silent}"
            yield (
                f"operations of a prediction: {found.effective_acs:,.0f} additions and {found.effective_macs:,.0f} products of weights "
                f"(dense {found.dense:,.0f}), {found.membrane_updates:,.0f} membrane updates"
            )
        rate = outcome.samples_per_second
        seconds = f"{outcome.seconds:.1f}" if outcome.seconds >= 1 else f"{outcome.seconds:.2g}"
        yield f"{outcome.streamed} samples in {seconds} s" + (f", {rate:.0f} a second" if rate else "")
        yield f"state CRC-32 {device.state_crc:08x}"
