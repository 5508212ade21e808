"""What learning takes in this version and in an earlier one, both measured in one run.

    python benchmarks/earlier_version.py [--commit COMMIT] [--what host] [--what device] [--json FILE]

The earlier version is taken out of the repository into a folder of its own. Left out, it is the last one before outputs that integrate (arithmetic version 2), whose presets have
outputs that spike. Each version learns with its own files:

- host: ten passes over mnist-128 in the generated C on this machine, at the rates of `run`, by turns, three times each; samples a second of processor time, the best of them, and
  the accuracy on the test set after them. Needs SFDFA_DATA.
- device: the first whole pass over the digits on an ATmega2560 (simavr) and a PicoRV32 (Verilog), in cycles a learning call.
"""

import io
import json
import os
import subprocess
import sys
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import click

HERE: Final = Path(__file__).resolve().parent.parent
BEFORE: Final = "e292a3f"
"""The last commit before arithmetic version 2."""
FOLDERS: Final = ("host", "codegen", "emulator", "firmware_templates")
COMMAND: Final = "from sfdfa_codegen.host.cli import main; main()"
LEARN: Final = """
import json, sys, time
import numpy
from sfdfa_codegen.host.devices.native import NativeDevice
from sfdfa_codegen.host.network.learning_rate import rate_scale
from sfdfa_codegen.host.prepare import load_spec, prepare
prepared, passes = prepare(load_spec(sys.argv[1])), int(sys.argv[2])
train, test, learning = prepared.data.train, prepared.data.test, prepared.spec.learning
blocks = [(start, train.take(numpy.arange(start, min(start + 1000, len(train))))) for start in range(0, len(train), 1000)]
with NativeDevice(prepared.integer_network) as native:
    started = time.process_time()
    for epoch in range(passes):
        for start, block in blocks:
            native.set_rate_scale(rate_scale(learning, epoch, start, passes, len(train)))
            native.run_samples(block, True)
    seconds = time.process_time() - started
    right = native.run_samples(test, False).predictions == test.labels
print(json.dumps({"rate": passes * len(train) / seconds, "accuracy": float(right.mean())}))
"""
"""Python of either version."""
PASSES: Final = 10
DIGITS: Final = 1437
"""Training samples: a whole pass."""
CORES: Final = ("simavr-atmega2560", "rtl-picorv32")
HOST_FILES: Final = ("mnist-128", str(HERE / "examples/mnist-128-fast-ten.toml"))
DEVICE_FILES: Final = ("digits", str(HERE / "examples/digits-fast.toml"))
"""Of this version; the earlier one has the presets only."""


@dataclass(frozen=True)
class Version:
    """A version of the package. path: what holds it as sfdfa_codegen."""

    name: str
    path: Path

    def json(self, *words: str) -> dict[str, Any]:
        """What a command of this version writes as JSON. Raises click.ClickException with its message if it fails."""
        return self.python(COMMAND, *words, "--json", "-")

    def python(self, program: str, *words: str) -> dict[str, Any]:
        """What a program writes as JSON, with this version as its sfdfa_codegen. Raises as `json`."""
        environment = {**os.environ, "PYTHONPATH": str(self.path)}
        command = [sys.executable, "-c", program, *words]
        done = subprocess.run(command, env=environment, cwd=self.path, capture_output=True, text=True, check=False)
        if done.returncode:
            raise click.ClickException(f"{self.name}: {' '.join(words)}: {done.stderr.strip()}")
        result: dict[str, Any] = json.loads(done.stdout)
        return result


def take_out(commit: str, folder: Path) -> Version:
    """A commit of this repository in a folder. Raises click.ClickException if there is none."""
    done = subprocess.run(["git", "-C", str(HERE), "archive", commit, *FOLDERS], capture_output=True, check=False)
    if done.returncode:
        raise click.ClickException(f"there is no commit {commit}: {done.stderr.decode(errors='replace').strip()}")
    package = folder / "sfdfa_codegen"
    package.mkdir()
    with tarfile.open(fileobj=io.BytesIO(done.stdout)) as archive:
        archive.extractall(package, filter="data")
    (package / "__init__.py").touch()
    return Version(commit, folder)


def this_version(folder: Path) -> Version:
    """The working tree, seen as a package."""
    package = folder / "sfdfa_codegen"
    package.mkdir()
    for name in FOLDERS:
        (package / name).symlink_to(HERE / name, target_is_directory=True)
    (package / "__init__.py").symlink_to(HERE / "package/__init__.py")
    return Version("this version", folder)


def measure_host(versions: list[tuple[Version, str]], rounds: int) -> list[dict[str, Any]]:
    """By turns, for what else the machine does falls on all alike."""
    rates = [0.0] * len(versions)
    accuracies = [0.0] * len(versions)
    for _ in range(rounds):
        for place, (version, network) in enumerate(versions):
            found = version.python(LEARN, network, str(PASSES))
            rates[place], accuracies[place] = max(rates[place], found["rate"]), found["accuracy"]
    rows = []
    for (version, network), rate, accuracy in zip(versions, rates, accuracies, strict=True):
        rows.append({"version": version.name, "network": Path(network).stem, "rate": rate, "accuracy": accuracy})
        click.echo(
            f"{version.name:14} {Path(network).stem:20} {rate:10,.0f} samples a second, {rate / rates[0]:.2f} times; "
            f"{100 * accuracy:.2f} %"
        )
    return rows


def pass_cycles(version: Version, network: str, target: str) -> float:
    """Cycles of a learning call over the first pass, all of which run on the simulator."""
    found = version.json("cycles", network, "--target", target, "--samples", str(DIGITS))
    return float(found["modes"]["learn"]["measured_mean"])


def measure_device(versions: list[tuple[Version, str]]) -> list[dict[str, Any]]:
    """One core after the other."""
    rows = []
    for target in CORES:
        first = 0.0
        for version, network in versions:
            cycles = pass_cycles(version, network, target)
            first = first or cycles
            rows.append({"version": version.name, "network": Path(network).stem, "target": target, "cycles": cycles})
            told = f"{target:20} {version.name:14} {Path(network).stem:14}"
            click.echo(f"{told} {cycles:12,.0f} cycles a learning call, {cycles / first:.2f} times")
    return rows


@click.command(help=(__doc__ or "").partition("\n")[0])
@click.option("--commit", default=BEFORE, show_default=True, help="The earlier version.")
@click.option("--what", type=click.Choice(("host", "device")), multiple=True, help="Only this; left out, both.")
@click.option("--rounds", default=3, show_default=True, help="Of the host.")
@click.option("--json", "json_file", type=click.Path(path_type=Path))
def main(commit: str, what: tuple[str, ...], rounds: int, json_file: Path | None) -> None:
    """Print the tables, and write them as JSON."""
    with tempfile.TemporaryDirectory() as scratch:
        folders = [Path(scratch) / name for name in ("before", "now")]
        for folder in folders:
            folder.mkdir()
        before, now = take_out(commit, folders[0]), this_version(folders[1])
        found = {}
        if "host" in (what or ("host",)):
            found["host"] = measure_host([(before, HOST_FILES[0]), *((now, file) for file in HOST_FILES)], rounds)
        if "device" in (what or ("device",)):
            found["device"] = measure_device([(before, DEVICE_FILES[0]), *((now, file) for file in DEVICE_FILES)])
    if json_file:
        json_file.write_text(json.dumps({"commit": commit, **found}, indent=2) + "\n")


if __name__ == "__main__":
    main()
