"""The sketch answered -3 for ever where a network has more channels than a sample has room for events.

It made an event of each input; a dense sample was refused as a whole. It now takes as many as there is room for.
"""

from pathlib import Path

from networks import make_network
from sketches import DENSE, library, said, sketch


def test_a_dense_sample_is_answered(tmp_path: Path) -> None:
    network = make_network(40, 6, 3, max_events=9)
    assert said(sketch(library(network, tmp_path), DENSE), "")[0] in "012"
