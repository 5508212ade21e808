"""Cells of a study on the workers of a dask cluster, on this machine or others (extra `cluster`)."""

import importlib
from collections.abc import Iterator
from functools import partial
from typing import Any, Final

from sfdfa_codegen.codegen.errors import ConfigError, DeviceError, ToolMissingError
from sfdfa_codegen.codegen.render import tool_version
from sfdfa_codegen.host.experiments.outcomes import Cell, Outcome
from sfdfa_codegen.host.experiments.runner import Run, run_cell
from sfdfa_codegen.host.experiments.study import Study

CONNECT_S: Final = 5


def check_cluster() -> Any:
    """The package `distributed`. Raises ToolMissingError without it."""
    try:
        return importlib.import_module("distributed")
    except ImportError as error:
        raise ToolMissingError(f"--dask needs dask: pip install 'sfdfa-codegen[cluster]' ({error})") from error


def on_cluster(address: str) -> Run:
    """What runs cells on the cluster whose scheduler is at `address`, such as tcp://HOST:8786."""
    return partial(_run_on_cluster, check_cluster(), address)


def _run_on_cluster(
    distributed: Any, address: str, study: Study, cells: list[Cell], left: list[int]
) -> Iterator[tuple[int, Outcome]]:
    """A cell whose worker was lost is run by another one. Raises ConfigError where nobody answers or a worker has another version."""
    try:
        client = distributed.Client(address, timeout=CONNECT_S, set_as_default=False)
    except (OSError, ValueError, TypeError) as error:
        raise ConfigError(
            f"no dask scheduler answers at {address}; start one with `dask scheduler`, and `dask worker ADDRESS` where there is work to be done"
        ) from error
    with client:
        _check_versions(client)
        waiting = {client.submit(run_named, study.name, cells[index], pure=False): index for index in left}
        try:
            for future in distributed.as_completed(list(waiting), loop=client.loop):
                yield waiting[future], _result(distributed, future)
        except BaseException:
            client.cancel(list(waiting))
            raise


def _check_versions(client: Any) -> None:
    found = client.run(tool_version)
    if not found:
        raise ConfigError("the dask scheduler has no worker; start some with `dask worker ADDRESS`")
    other = {place: version for place, version in found.items() if version != tool_version()}
    if other:
        place, version = next(iter(other.items()))
        raise ConfigError(
            f"the worker {place} has sfdfa-codegen {version}, and this is {tool_version()}: install the same"
        )


def _result(distributed: Any, future: Any) -> Outcome:
    try:
        outcome = future.result()
    except distributed.KilledWorker as error:
        raise DeviceError(
            f"workers were lost again and again over one cell: have they memory enough? ({error})"
        ) from error
    assert isinstance(outcome, Outcome)
    return outcome


def run_named(name: str, cell: Cell) -> Outcome:
    """On a worker: a cell of the study of that name."""
    from sfdfa_codegen.host.experiments.studies import STUDIES

    return run_cell(STUDIES[name], cell)
