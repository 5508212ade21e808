"""What the cores of a mesh take, in the user's cache, by the image and all else that it was found with."""

import json
from collections.abc import Sequence
from importlib import resources
from pathlib import Path
from typing import Any, Final

from sfdfa_codegen.codegen.cache import cache_folder, content_key, made_once
from sfdfa_codegen.codegen.errors import DataError
from sfdfa_codegen.codegen.integer_network import IntegerNetwork
from sfdfa_codegen.codegen.mesh.mesh_map import MeshMap
from sfdfa_codegen.codegen.render import tool_version
from sfdfa_codegen.emulator.counting.cycle_model import CycleModel
from sfdfa_codegen.emulator.counting.sample_work import Mode
from sfdfa_codegen.emulator.mesh.timing.core_model import CoreModel, WorkModel
from sfdfa_codegen.host.cycles.mesh_calibration import Progress, calibrate_mesh
from sfdfa_codegen.host.cycles.model_file import model_from_json, model_to_json
from sfdfa_codegen.host.data.spikes import SpikeSample
from sfdfa_codegen.host.devices.mesh_rtl import core_image
from sfdfa_codegen.host.kept_file import read_json
from sfdfa_codegen.host.outputs import write_whole
from sfdfa_codegen.host.simulators.verilated import MESH, verilated

MODES: Final[dict[bool, Mode]] = {False: "predict", True: "learn"}
PHASES: Final = ("core",)
COUNTING: Final = ("mesh", "mesh.notes", "mesh.timing")
"""Packages of the emulator that say what is counted."""


def kept_mesh_models(
    network: IntegerNetwork,
    mesh: MeshMap,
    progress: Progress = lambda visited, found: None,
    data: Sequence[SpikeSample] = (),
) -> list[CoreModel]:
    """As `calibrate_mesh`, from the cache, or made now and kept there."""
    image, library = core_image(network, mesh, None), verilated(MESH)
    samples = [(sample.ticks.tobytes(), sample.channels.tobytes(), sample.label) for sample in data]
    key = content_key(
        image.read_bytes(), library.read_bytes(), mesh.edges, network.learns, samples, tool_version(), _counting()
    )
    path = cache_folder() / "cycles" / f"mesh-{key}.json"
    return load_models(
        made_once(path, lambda made: save_models(made, calibrate_mesh(network, mesh, None, progress, data)))
    )


def _counting() -> list[str]:
    """The sources that say what is counted, which change more often than the version."""
    folders = [resources.files(f"sfdfa_codegen.emulator.{package}") for package in COUNTING]
    files = [file for folder in folders for file in folder.iterdir() if file.name.endswith(".py")]
    return [file.read_text() for file in sorted(files, key=str)]


def save_models(path: Path, models: list[CoreModel]) -> None:
    """Models that cores share are written once. Raises ConfigError if the file cannot be written."""
    shared = list({id(model.models): model.models for model in models}.values())
    values = {
        "shares": [{MODES[learns]: _to_json(learns, work) for learns, work in share.items()} for share in shared],
        "cores": [
            {"take": model.take_cycles, "share": next(n for n, share in enumerate(shared) if share is model.models)}
            for model in models
        ],
    }
    write_whole(path, (json.dumps(values, indent=1) + "\n").encode())


def load_models(path: Path) -> list[CoreModel]:
    """Raises DataError for a file that has none."""
    try:
        values = read_json(path)
        shares = [
            {learns: _from_json(learns, share[mode]) for learns, mode in MODES.items() if mode in share}
            for share in values["shares"]
        ]
        return [CoreModel(int(core["take"]), shares[core["share"]]) for core in values["cores"]]
    except (OSError, ValueError, KeyError, IndexError, TypeError, AttributeError, ArithmeticError) as error:
        raise DataError(f"{path} has no models of cores: {error}; remove it and run cycles again") from error


def _to_json(learns: bool, work: WorkModel) -> dict[str, object]:
    values = {"inexact": work.inexact, **model_to_json(CycleModel(work.names, PHASES, {MODES[learns]: work.model}))}
    if work.nearest is not None:
        values["nearest"] = model_to_json(CycleModel(work.names, PHASES, {MODES[learns]: work.nearest}))
    return values


def _from_json(learns: bool, values: dict[str, Any]) -> WorkModel:
    model = model_from_json(values)
    nearest = model_from_json(values["nearest"]).modes[MODES[learns]] if "nearest" in values else None
    return WorkModel(model.names, model.modes[MODES[learns]], int(values["inexact"]), nearest)
