"""The study loihi-neuron with Lava itself as the judge: the bit-accurate model of Loihi's neuron in lava-nc, stepped by a Python of its own.

    python benchmarks/loihi_lava.py --lava PYTHON [--network NAME] [--learned N] [--samples N] [--seed N]

PYTHON is one of 3.10 with lava-nc 0.10.0, as `python3.10 -m venv lava && lava/bin/pip install lava-nc==0.10.0` makes it. Of Lava only the model is used (`PyLifModelBitAcc`), without its processes and messages: inputs
come a tick later, as its synapses send them. Prints how its first spikes compare with ours, and stops with 1 where they differ from those of host/experiments/loihi_lif.py. Data as the preset wants it (SFDFA_DATA).
"""

import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

import click
import numpy as np
from sfdfa_codegen.codegen.errors import SfdfaError, ToolMissingError
from sfdfa_codegen.host.experiments.loihi_lif import Int64, LoihiNeuron, first_spikes
from sfdfa_codegen.host.experiments.loihi_neuron import compared, prepared

STEPS: Final = """
import sys
import numpy as np
from lava.proc.lif.models import PyLifModelBitAcc

given = np.load(sys.argv[1])
model = PyLifModelBitAcc({})
model.du, model.dv, model.vth = (int(value) for value in given["neuron"])
found = []
for sums in given["sums"]:
    neurons = sums.shape[1]
    model.bias_mant = model.bias_exp = np.zeros(neurons, np.int32)
    model.u, model.v = np.zeros(neurons, np.int32), np.zeros(neurons, np.int32)
    model.scale_bias()
    model.scale_threshold()
    first = np.full(neurons, -1)
    for tick, arrived in enumerate([np.zeros_like(sums[0]), *sums[:-1]]):
        model.subthr_dynamics(arrived.astype(np.int32))
        spikes = model.spiking_activation()
        first[spikes & (first == -1)] = tick
        model.reset_voltage(spikes)
    found.append(first)
np.save(sys.argv[2], np.array(found))
"""


def lava_first_spikes(python: str, neuron: LoihiNeuron, sums: Int64) -> Int64:
    """As `first_spikes`, of many images. Raises ToolMissingError where Lava does not run."""
    with tempfile.TemporaryDirectory() as folder:
        given, found = Path(folder) / "given.npz", Path(folder) / "found.npy"
        np.savez(given, neuron=[neuron.du, neuron.dv, neuron.vth], sums=sums)
        done = subprocess.run(
            [python, "-c", STEPS, str(given), str(found)], capture_output=True, text=True, check=False
        )
        if done.returncode != 0:
            last = done.stderr.strip().splitlines()[-1:]
            raise ToolMissingError(
                f"{python} cannot step Lava's neuron: {' '.join(last)}; install lava-nc==0.10.0 there"
            )
        first: Int64 = np.load(found)
        return first


@click.command()
@click.option("--lava", "python", required=True, metavar="PYTHON", help="Has lava-nc.")
@click.option("--network", default="mnist-128", show_default=True, help="A preset.")
@click.option("--learned", type=click.IntRange(min=0), default=6000, show_default=True, help="Samples before.")
@click.option("--samples", type=click.IntRange(min=1), default=200, show_default=True, help="Images.")
@click.option("--seed", default=1, show_default=True)
def main(python: str, network: str, learned: int, samples: int, seed: int) -> None:
    """Compare our first spikes with Lava's."""
    try:
        ours = prepared({"network": network, "learned": learned, "samples": samples}, seed)
        theirs = lava_first_spikes(python, ours.neuron, ours.sums)
    except SfdfaError as error:
        click.echo(f"Error: {error}", err=True)
        sys.exit(error.exit_status)
    found = compared(ours.own, theirs)
    click.echo(
        f"{network}, {samples} images, {found['spiking']:,} first spikes: {found['same']:.2%} in the same tick, {found['within']:.2%} within one, "
        f"{found['alone']:.2%} in one only, {found['furthest']} ticks apart at most"
    )
    same = all(
        np.array_equal(first_spikes(ours.neuron, sums), first) for sums, first in zip(ours.sums, theirs, strict=True)
    )
    click.echo(f"Lava and its equations in loihi_lif.py: {'equal' if same else 'DIFFERENT'}")
    sys.exit(0 if same else 1)


if __name__ == "__main__":
    main()
