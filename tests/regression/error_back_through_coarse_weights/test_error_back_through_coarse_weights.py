"""With the rule "weights" and few fraction bits the error on its way back left 32 bits: the bound forgot that it comes in 1/64, and its gain.

The emulator, which has 64 bits, counted nine clamped updates where the C of a processor counted three. Random networks found it.
"""

import pytest
from networks import make_integrator, with_layer
from sfdfa_codegen.codegen.bounds import check_bounds
from sfdfa_codegen.codegen.errors import DoesNotFitError
from sfdfa_codegen.codegen.integer_network import IntegerNetwork


def network(weight_bits: int, fraction_bits: int, outputs: int = 19, error_gain: int = 32) -> IntegerNetwork:
    whole = make_integrator(8, 8, outputs, rule="weights", weight_bits=weight_bits, error_gain=error_gain)
    return with_layer(whole, 1, weight_fraction_bits=fraction_bits)


@pytest.mark.parametrize(("weight_bits", "fraction_bits"), [(16, 14), (16, 8), (8, 6), (8, 2), (4, 2)])
def test_usual_networks_are_within_the_bound(weight_bits: int, fraction_bits: int) -> None:
    check_bounds(network(weight_bits, fraction_bits))


@pytest.mark.parametrize(
    ("coarse", "what"),
    [
        (network(16, 2), "error times the output weights, in 1/64"),
        (network(16, 6), "error projected on a hidden neuron"),
        (network(8, 2, error_gain=255), "error projected on a hidden neuron"),
    ],
)
def test_what_leaves_32_bits_is_refused(coarse: IntegerNetwork, what: str) -> None:
    with pytest.raises(DoesNotFitError, match=what):
        check_bounds(coarse)
