"""One peer learns: peers.py runs this with the Python that has them.

    python peer_loops.py PEER BATCH SPIKES.npz REPEATS

Prints samples a second of processor time, the best of the repeats.
"""

# mypy: ignore-errors
# The peers are in an environment of their own, which type checkers do not see.

import sys
import time

import numpy as np
import torch

HIDDEN, OUTPUTS = 128, 10
DECAY_MEMBRANE, DECAY_SYNAPSE = 0.95, 0.9
WEIGHT_MEAN, WEIGHT_DEVIATION = 0.02, 0.3
"""Of the hidden layer at first: PyTorch's own are so small that few of these neurons ever spike."""


class SnnTorch(torch.nn.Module):
    def __init__(self, inputs):
        super().__init__()
        import snntorch

        self.hidden = torch.nn.Linear(inputs, HIDDEN, bias=False)
        self.spiking = snntorch.Synaptic(alpha=DECAY_SYNAPSE, beta=DECAY_MEMBRANE)
        self.outputs = torch.nn.Linear(HIDDEN, OUTPUTS, bias=False)
        self.leaking = snntorch.Leaky(beta=DECAY_MEMBRANE, reset_mechanism="none")

    def forward(self, spikes):
        synapse, membrane = self.spiking.init_synaptic()
        output, total = self.leaking.init_leaky(), 0
        for tick in spikes:
            spike, synapse, membrane = self.spiking(self.hidden(tick), synapse, membrane)
            _, output = self.leaking(self.outputs(spike), output)
            total = total + output
        return total


class Norse(torch.nn.Module):
    def __init__(self, inputs):
        super().__init__()
        import norse.torch as norse

        self.hidden = torch.nn.Linear(inputs, HIDDEN, bias=False)
        self.spiking = norse.LIFCell()
        self.outputs = torch.nn.Linear(HIDDEN, OUTPUTS, bias=False)
        self.leaking = norse.LICell()

    def forward(self, spikes):
        state = readout = None
        total = 0
        for tick in spikes:
            spike, state = self.spiking(self.hidden(tick), state)
            output, readout = self.leaking(self.outputs(spike), readout)
            total = total + output
        return total


class SpikingJelly(torch.nn.Module):
    def __init__(self, inputs):
        super().__init__()
        from spikingjelly.activation_based import functional, layer, neuron

        self.reset = functional.reset_net
        self.layers = torch.nn.Sequential(
            layer.Linear(inputs, HIDDEN, bias=False),
            neuron.LIFNode(tau=1 / (1 - DECAY_MEMBRANE), decay_input=False),
            layer.Linear(HIDDEN, OUTPUTS, bias=False),
        )
        functional.set_step_mode(self.layers, "m")

    def forward(self, spikes):
        self.reset(self.layers)
        return self.layers(spikes).sum(0)


class Sinabs(torch.nn.Module):
    def __init__(self, inputs):
        super().__init__()
        import sinabs.layers

        self.hidden = torch.nn.Linear(inputs, HIDDEN, bias=False)
        self.spiking = sinabs.layers.LIF(tau_mem=20.0, norm_input=False)
        self.outputs = torch.nn.Linear(HIDDEN, OUTPUTS, bias=False)

    def forward(self, spikes):
        self.spiking.reset_states()
        batches = self.hidden(spikes).transpose(0, 1)  # sinabs wants (batch, ticks, neurons)
        return self.outputs(self.spiking(batches)).sum(1)


PEERS = {"snnTorch": SnnTorch, "Norse": Norse, "SpikingJelly": SpikingJelly, "sinabs": Sinabs}


def learn(model, optimiser, spikes, labels, batch):
    """Once over all samples; spikes is (samples, ticks, channels)."""
    for first in range(0, len(labels), batch):
        optimiser.zero_grad()
        activity = model(spikes[first : first + batch].transpose(0, 1))
        loss = torch.nn.functional.cross_entropy(activity, labels[first : first + batch])
        loss.backward()
        optimiser.step()
    return float(loss.detach())


def main():
    name, batch, file, repeats = sys.argv[1], int(sys.argv[2]), sys.argv[3], int(sys.argv[4])
    torch.set_num_threads(1)
    torch.manual_seed(1)
    with np.load(file) as arrays:
        spikes = torch.from_numpy(arrays["spikes"]).float()
        labels = torch.from_numpy(arrays["labels"])
    model = PEERS[name](spikes.shape[2])
    torch.nn.init.normal_(next(iter(model.parameters())), WEIGHT_MEAN, WEIGHT_DEVIATION)
    optimiser = torch.optim.Adam(model.parameters(), lr=1e-3)
    matrices = [weight for weight in model.parameters() if weight.ndim == 2]
    before = [weight.detach().clone() for weight in matrices]
    learn(model, optimiser, spikes[:batch], labels[:batch], batch)
    best = float("inf")
    for _ in range(repeats):
        started = time.process_time()
        loss = learn(model, optimiser, spikes, labels, batch)
        best = min(best, time.process_time() - started)
    if not np.isfinite(loss) or any(torch.equal(old, new) for old, new in zip(before, matrices, strict=True)):
        sys.exit("weights of a layer have not changed: no gradient reaches them")
    print(len(labels) / best)


if __name__ == "__main__":
    main()
