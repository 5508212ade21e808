"""Samples a second that the generated C and libraries of spiking networks learn on this machine.

    python benchmarks/peers.py [--environment FOLDER] [--peer NAME] [--samples N] [--json FILE]

snnTorch, Norse, SpikingJelly and sinabs are installed, each at the version below, into an environment of their own, with PyTorch for the processor; it is made where there is none and
kept for the next run. Every one learns MNIST's first images in a network 784-128-10 over as many ticks, the images as single spikes as our encoder makes them, with the cross-entropy of
the outputs' summed membranes or spikes, backpropagation through time and Adam: what its documentation shows. At batch 1 a step follows each sample, as on a device; at 128 each 128. Ours
learns one sample at a time. One thread each. Time is processor time, which other programs on the machine disturb less, the best of three; what is loaded and made before is not in it. Accuracy is not compared here.
"""

import json
import subprocess
import sys
import tempfile
import time
import venv
from pathlib import Path
from typing import Any, Final

import click
import numpy as np
from sfdfa_codegen.host.data.spikes import SpikeDataset
from sfdfa_codegen.host.devices.native import NativeDevice
from sfdfa_codegen.host.prepare import load_spec, prepare

PRESET: Final = "mnist-128"
TORCH: Final = "torch==2.13.0"
PEERS: Final = {
    "snnTorch": "snntorch==1.0.0",
    "Norse": "norse==1.1.0",
    "SpikingJelly": "spikingjelly==2.0.0",
    "sinabs": "sinabs==3.1.3",
}
ENVIRONMENT: Final = Path.home() / ".cache/sfdfa-codegen/peers"
LOOP: Final = Path(__file__).with_name("peer_loops.py")
BATCHES: Final = (1, 128)
REPEATS: Final = 3
NATIVE_SAMPLES: Final = 2000


def make_environment(folder: Path) -> Path:
    """Python of the environment, with all peers. Raises click.ClickException if pip cannot install one."""
    python = folder / "bin/python"
    ready = folder / "peers.json"
    wanted = json.dumps([TORCH, *PEERS.values()])
    if ready.is_file() and ready.read_text(encoding="utf-8") == wanted:
        return python
    click.echo(f"installing PyTorch and {', '.join(PEERS)} into {folder}", err=True)
    venv.create(folder, with_pip=True, clear=True)
    for package in ("numpy", *PEERS.values()):
        # PyTorch stands in each command, so that none brings another one.
        words = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", TORCH, package]
        if subprocess.run(words, check=False).returncode:
            raise click.ClickException(f"pip could not install {package} into {folder}; is there a network?")
    ready.write_text(wanted, encoding="utf-8")
    return python


def write_spikes(samples: SpikeDataset, ticks: int, channels: int, file: Path) -> None:
    """The samples as (samples, ticks, channels) of 0 and 1, and their labels."""
    spikes = np.zeros((len(samples), ticks, channels), np.uint8)
    owners = np.repeat(np.arange(len(samples)), np.diff(samples.offsets))
    spikes[owners, samples.ticks, samples.channels] = 1
    np.savez_compressed(file, spikes=spikes, labels=np.asarray(samples.labels, np.int64))


def native_rate(network: Any, samples: SpikeDataset) -> float:
    """Learned samples a second in the generated C."""
    best = float("inf")
    with NativeDevice(network) as native:
        for _ in range(REPEATS):
            native.reset()
            started = time.process_time()
            native.run_samples(samples, learn=True)
            best = min(best, time.process_time() - started)
    return len(samples) / best


def peer_rate(python: Path, name: str, batch: int, spikes: Path) -> float | str:
    """Learned samples a second of a peer, or the last line of what it said when it failed."""
    words = [str(python), str(LOOP), name, str(batch), str(spikes), str(REPEATS)]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode:
        return (done.stderr.strip().splitlines() or ["it failed"])[-1]
    return float(done.stdout.split()[-1])


@click.command(help=(__doc__ or "").partition("\n")[0])
@click.option("--environment", type=click.Path(path_type=Path), default=ENVIRONMENT, show_default=True)
@click.option("--peer", "chosen", type=click.Choice(list(PEERS)), multiple=True, help="Only this one; may be repeated.")
@click.option("--samples", default=512, show_default=True, help="That each peer learns.")
@click.option("--json", "json_file", type=click.Path(path_type=Path))
def main(environment: Path, chosen: tuple[str, ...], samples: int, json_file: Path | None) -> None:
    """Print the table, and write it as JSON."""
    prepared = prepare(load_spec(PRESET))
    network, train = prepared.integer_network, prepared.data.train
    python = make_environment(environment)
    rates: dict[str, dict[str, float | str]] = {"native": {"1": native_rate(network, train.head(NATIVE_SAMPLES))}}
    click.echo(f"{'native, generated C':20} batch   1 {rates['native']['1']:12,.0f} samples a second")
    with tempfile.TemporaryDirectory() as folder:
        spikes = Path(folder) / "spikes.npz"
        write_spikes(train.head(samples), network.ticks, network.channels, spikes)
        for name in chosen or PEERS:
            rates[name] = {}
            for batch in BATCHES:
                found = rates[name][str(batch)] = peer_rate(python, name, batch, spikes)
                told = f"{found:12,.0f} samples a second" if isinstance(found, float) else f"failed: {found}"
                click.echo(f"{name:20} batch {batch:3} {told}")
    if json_file:
        json_file.write_text(json.dumps({"preset": PRESET, "packages": PEERS, "rates": rates}, indent=2) + "\n")
    if any(isinstance(rate, str) for of_peer in rates.values() for rate in of_peer.values()):
        sys.exit(1)


if __name__ == "__main__":
    main()
