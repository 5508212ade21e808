"""From raw readings to spikes and learned state: the emulator beside the generated C on every kind of core, for every preset with features, over all test samples.

    python benchmarks/readings_everywhere.py [--preset NAME]... [--target TARGET]... [--minutes N] [--json FILE]

Each row learns the test samples of a preset once, given as readings. Prediction and output counts are compared after each sample, and the CRC of the state every 500 samples and at the end. A row whose
minutes are over stops there and says how many samples it had. Where a row differs, `sfdfa-codegen compare` with its preset and target says where first. --json adds to a file of earlier rows, and what that
has of a preset and target with all samples is not run again. Stops with 1 where anything differs. Data as the presets want it (SFDFA_DATA).
"""

import json
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

import click
from sfdfa_codegen.codegen.errors import DoesNotFitError, SfdfaError
from sfdfa_codegen.host.devices.targets import find_target
from sfdfa_codegen.host.network.learning_rate import rate_scale
from sfdfa_codegen.host.prepare import Prepared, load_spec, prepare
from sfdfa_codegen.host.report import Report, progress_bar

PRESETS: Final = (
    "digits",
    "digits-uno",
    "digits-counts",
    "watch",
    "fsdd-mel",
    "gas-drift",
    "mnist-128",
    "mnist-256",
    "mnist-256kb",
    "fashion-256kb",
    "fashion-400-400",
    "emnist47-800",
)
"""All whose data are features, small ones first."""
TARGETS: Final = (
    "native",
    "unicorn-cortex-m0",
    "unicorn-cortex-m4",
    "simavr-atmega328p",
    "simavr-atmega1284p",
    "rtl-picorv32",
)
REFERENCE: Final = "emu"
CRC_EVERY: Final = 500
"""Samples."""
COLUMNS: Final = ("preset", "target", "samples", "of", "CRC-32", "")


@dataclass(frozen=True)
class Row:
    """What became of a preset on a target. samples: how many were compared, of so many test samples. crc: of the emulator's state then. found: equal, DIFFERS, or does not fit."""

    preset: str
    target: str
    samples: int
    of: int
    crc: int
    found: str

    @property
    def whole(self) -> bool:
        return self.found == "does not fit" or (self.found == "equal" and self.samples == self.of)

    def cells(self) -> tuple[str, ...]:
        return (self.preset, self.target, str(self.samples), str(self.of), f"{self.crc:08x}", self.found)


def run_row(preset: str, prepared: Prepared, target: str, seconds: float | None) -> Row:
    """Learn the test samples on the emulator and a target until they differ, or the time is over, that of building not counted."""
    samples, network, learning = prepared.data.test, prepared.integer_network, prepared.spec.learning
    try:
        opened = find_target(target).open(network)
    except DoesNotFitError:
        return Row(preset, target, 0, len(samples), 0, "does not fit")
    with find_target(REFERENCE).open(network) as reference, opened as device, progress_bar() as bar:
        task = bar.add_task(f"{preset}, {target}", total=len(samples), note="")
        pair, scale, equal, done = (reference, device), -1, True, 0
        for each in pair:
            each.take("readings")
            each.reset()
        until = None if seconds is None else time.monotonic() + seconds
        while equal and done < len(samples) and (until is None or time.monotonic() < until):
            wanted = rate_scale(learning, 0, done, 1, len(samples))
            if wanted != scale:
                reference.set_rate_scale(wanted)
                device.set_rate_scale(wanted)
                scale = wanted
            sample = samples[done]
            equal = reference.run_sample(sample, True) == device.run_sample(sample, True)
            done += 1
            if done % CRC_EVERY == 0:
                equal = equal and reference.state_crc() == device.state_crc()
            bar.update(task, completed=done)
        crc = reference.state_crc()
        equal = equal and device.state_crc() == crc
    return Row(preset, target, done, len(samples), crc, "equal" if equal else "DIFFERS")


def _earlier(file: str | None) -> list[Row]:
    """The rows of a JSON file, none where it is not there yet."""
    if file is None or file == "-" or not Path(file).exists():
        return []
    return [Row(**row) for row in json.loads(Path(file).read_text(encoding="utf-8"))["rows"]]


def run_rows(presets: tuple[str, ...], targets: tuple[str, ...], seconds: float | None, file: str | None) -> list[Row]:
    """All rows of these presets and targets, those of the file among them; the file has each as soon as it is there."""
    rows = {(row.preset, row.target): row for row in _earlier(file)}
    for preset in presets:
        left = [target for target in targets if (preset, target) not in rows or not rows[preset, target].whole]
        prepared = prepare(load_spec(preset)) if left else None
        for target in left:
            assert prepared is not None
            rows[preset, target] = run_row(preset, prepared, target, seconds)
            if file not in (None, "-"):
                Path(str(file)).write_text(json.dumps({"rows": [asdict(row) for row in rows.values()]}), "utf-8")
    order = {name: place for place, name in enumerate((*PRESETS, *TARGETS))}
    return sorted(rows.values(), key=lambda row: (order.get(row.preset, -1), order.get(row.target, -1)))


@click.command()
@click.option("--preset", "presets", multiple=True, help="Or a network file. Left out: every preset with features.")
@click.option("--target", "targets", multiple=True, help=f"Left out: {', '.join(TARGETS)}.")
@click.option("--minutes", type=click.FloatRange(min=0), help="Longest time of a row. Left out: all test samples.")
@click.option("--json", "json_file", metavar="FILE", help="Add the rows to a file as JSON; - for standard output.")
def main(presets: tuple[str, ...], targets: tuple[str, ...], minutes: float | None, json_file: str | None) -> None:
    """Compare presets on the emulator and on targets, from readings."""
    report = Report(json_file)
    try:
        rows = run_rows(presets or PRESETS, targets or TARGETS, None if minutes is None else minutes * 60, json_file)
        report.table("Test samples learned from readings, beside the emulator", COLUMNS, [row.cells() for row in rows])
        report.finish({"rows": [asdict(row) for row in rows]})
    except SfdfaError as error:
        click.echo(f"Error: {error}", err=True)
        sys.exit(error.exit_status)
    sys.exit(1 if any(row.found == "DIFFERS" for row in rows) else 0)


if __name__ == "__main__":
    main()
