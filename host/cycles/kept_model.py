"""Cycle models in the user's cache, by the image that they are of."""

import hashlib
from collections.abc import Callable

from sfdfa_codegen.codegen.board import Board
from sfdfa_codegen.codegen.cache import cache_folder
from sfdfa_codegen.codegen.integer_network import IntegerNetwork
from sfdfa_codegen.emulator.counting.cycle_model import CycleModel
from sfdfa_codegen.emulator.counting.sample_counts import SampleCounter
from sfdfa_codegen.host.cycles.model_file import load_model, save_model
from sfdfa_codegen.host.devices.boards import cached_image


def kept_model(
    network: IntegerNetwork, board: Board, compact: bool, calibrated: Callable[[], CycleModel]
) -> CycleModel:
    """From the cache, or made now and kept there. compact: whether the image is built with SFDFA_COMPACT."""
    digest = hashlib.sha256(cached_image(network, board).read_bytes()).hexdigest()[:24]
    path = cache_folder() / "cycles" / f"{board.name}-{digest}.json"
    if path.exists():
        model = load_model(path)
        if model.names == SampleCounter(network, compact).names:
            return model
    model = calibrated()
    path.parent.mkdir(parents=True, exist_ok=True)
    save_model(path, model)
    return model
