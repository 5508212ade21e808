"""Networks that snnTorch trained on handwritten digits and exported, and what their neurons did: the files beside this one.

python tests/nir_files/make.py        in an environment with torch, snntorch 1.0.0, nir 1.0.8 and scikit-learn
"""

from pathlib import Path
from typing import Any

import nir
import numpy as np
import snntorch
import torch
from sklearn.datasets import load_digits
from snntorch.export_nir import export_to_nir
from torch import nn

FOLDER = Path(__file__).parent
STEPS, TRAINED, KEPT = 25, 1437, 40
NEURONS = {
    "synaptic": (snntorch.Synaptic, {"alpha": 0.7, "beta": 0.9, "threshold": 1.0}, "subtract"),
    "leaky": (snntorch.Leaky, {"beta": 0.9, "threshold": 1.0}, "subtract"),
    "leaky-zero": (snntorch.Leaky, {"beta": 0.9, "threshold": 1.0}, "zero"),
}


def layer(kind: Any, constants: dict[str, float], reset: str, neurons: int) -> Any:
    """Neurons whose constants are vectors, as the export wants them."""
    vectors = {name: value * torch.ones(neurons) for name, value in constants.items()}
    return kind(**vectors, init_hidden=True, reset_mechanism=reset, spike_grad=snntorch.surrogate.fast_sigmoid())


def stepped(net: Any, rasters: Any) -> tuple[Any, Any]:
    """The spikes of both layers, (samples, steps, neurons)."""
    first, hidden, second, outputs = net
    for neurons in (hidden, outputs):
        neurons.reset_mem()
    trains = []
    for step in range(rasters.shape[1]):
        spikes = hidden(first(rasters[:, step]))
        trains.append((spikes, outputs(second(spikes))))
    return tuple(torch.stack(train, 1) for train in zip(*trains, strict=True))


def main() -> None:
    torch.manual_seed(1)
    digits = load_digits()
    drawn = np.random.default_rng(3).random((len(digits.target), STEPS, 64))
    rasters = torch.tensor(drawn < digits.data[:, None] / 16 * 0.6, dtype=torch.float32)
    labels = torch.tensor(digits.target)
    for name, (kind, constants, reset) in NEURONS.items():
        net = nn.Sequential(
            nn.Linear(64, 16), layer(kind, constants, reset, 16), nn.Linear(16, 10), layer(kind, constants, reset, 10)
        )
        optimiser = torch.optim.Adam(net.parameters(), 2e-3)
        for _ in range(15):
            for batch in torch.randperm(TRAINED).split(64):
                loss = nn.functional.cross_entropy(stepped(net, rasters[batch])[1].sum(1), labels[batch])
                optimiser.zero_grad()
                loss.backward()
                optimiser.step()
        kept = rasters[TRAINED : TRAINED + KEPT]
        with torch.no_grad():
            hidden, outputs = stepped(net, kept)
        for neurons in (net[1], net[3]):
            neurons.reset_mem()
        nir.write(FOLDER / f"{name}.nir", export_to_nir(net, rasters[0, 0]))
        arrays = {"inputs": kept, "hidden": hidden, "outputs": outputs}
        np.savez_compressed(
            FOLDER / f"{name}.npz", **{key: value.numpy().astype(bool) for key, value in arrays.items()}
        )


if __name__ == "__main__":
    main()
