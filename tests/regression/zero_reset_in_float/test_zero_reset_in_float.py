"""The float reference of a layer that resets to zero broke off where neurons had spiked before, but not in the last tick.

What a spike takes off is a number for each neuron that fires in a tick; that of an earlier tick was taken off in the last one too.
"""

import numpy as np
import pytest
from sfdfa_codegen.codegen.kinds import Reset
from sfdfa_codegen.host.floats.clock_driven import run_layer
from sfdfa_codegen.host.floats.dynamics import Dynamics


@pytest.mark.parametrize("reset", ["subtract", "zero"])
@pytest.mark.parametrize("quiet", [0, 1, 12], ids=lambda neurons: f"{neurons} without a spike at the end")
def test_neurons_may_be_silent_in_the_last_tick(reset: Reset, quiet: int) -> None:
    dynamics = Dynamics(ticks=24, tick_s=0.001, tau_s=0.004, reset=reset)
    currents = np.full((2, 1, 12), 3.0)  # of the first tick, and of one near the end, which only some neurons get
    currents[1, 0, :quiet] = 0.0
    record = run_layer(np.array([0, 20]), currents, 0.5, dynamics)
    assert (record.counts > 0).all()
    below = record.potentials[-1] < 0.5
    assert below[0, :quiet].all()
    assert np.array_equal(record.final_potentials[below], record.potentials[-1][below])
    assert (record.final_potentials < 0.5).all()
