"""Cycle models in the user's cache, by the image that they are of."""

from collections.abc import Callable

from sfdfa_codegen.codegen.board import Board
from sfdfa_codegen.codegen.cache import cache_folder, content_key, made_once
from sfdfa_codegen.codegen.integer_network import IntegerNetwork
from sfdfa_codegen.codegen.render import tool_version
from sfdfa_codegen.emulator.counting.cycle_model import CycleModel
from sfdfa_codegen.host.cycles.model_file import load_model, save_model
from sfdfa_codegen.host.devices.boards import cached_image


def kept_model(
    network: IntegerNetwork, board: Board, names: tuple[str, ...], calibrated: Callable[[], CycleModel]
) -> CycleModel:
    """From the cache, or made now and kept there. names: of the counts that the cycles depend on. Raises as `made_once`."""
    key = content_key(cached_image(network, board).read_bytes(), names, tool_version())
    path = cache_folder() / "cycles" / f"{board.name}-{key}.json"
    return load_model(made_once(path, lambda target: save_model(target, calibrated())))
