"""A state that was learned with one window was taken by a network with another, whose events mean something else.

The encoder lay outside of the network and of its hash.
"""

from dataclasses import replace

import numpy as np
from networks import make_network
from sfdfa_codegen.host.data.fit_encoder import fit_encoder, units_of
from sfdfa_codegen.host.network.spec import EncodingSpec


def model_hash(window: int) -> str:
    train = np.arange(12, dtype=np.uint8).reshape(4, 3)
    encoder = fit_encoder(units_of(train), train, EncodingSpec("ttfs", window=window), None, None)
    return replace(make_network(), channels=encoder.channels, encoder=encoder).model_hash


def test_another_window_is_another_network() -> None:
    assert model_hash(10) != model_hash(16)
