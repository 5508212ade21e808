"""Maps of networks to cores: balanced by counted work, told in bytes, refused where they do not fit."""

import itertools
import json
import os
import xml.etree.ElementTree as ET
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from networks import make_integrator, make_network, make_samples
from sfdfa_codegen.codegen.errors import ConfigError, DoesNotFitError
from sfdfa_codegen.codegen.integer_network import IntegerNetwork
from sfdfa_codegen.codegen.mesh.core_memory import memory_of
from sfdfa_codegen.codegen.mesh.mesh_map import MeshMap, check_map, even_map
from sfdfa_codegen.host.cli import main
from sfdfa_codegen.host.mesh.load import Load, core_work, equal_load, measured_load
from sfdfa_codegen.host.mesh.map_file import read_map
from sfdfa_codegen.host.mesh.mapping import balanced_map, best_map, estimated_time, fitting_map, maps_by_time


def status_of(*arguments: str) -> int:
    with pytest.raises(SystemExit) as stopped:
        main(list(arguments))
    assert isinstance(stopped.value.code, int)
    return stopped.value.code


def test_work_by_hand() -> None:
    """A neuron counts each input, each tick, and each input up to its last spike, which is what the walk back updates."""
    network = make_network(2, 1, 1, ticks=4, max_events=8)
    network = replace(network, weights=(np.array([[127], [127]], dtype=np.int32), np.array([[0]], dtype=np.int32)))
    samples = make_samples(network, 1, density=1.0)
    events = len(samples[0].ticks)
    hidden, output = measured_load(network, samples).work
    assert events == 8 and 8 + 4 < hidden[0] <= 8 + 4 + 8
    assert output[0] >= 4


def test_ranges_follow_the_work_and_not_the_number_of_neurons() -> None:
    work = [np.array([8.0, 1, 1, 1, 1, 1, 1, 1, 1]), np.array([1.0, 1, 1, 1])]
    assert balanced_map(work, 2).edges == ((0, 1, 9), (0, 2, 4))
    assert balanced_map(work, 4).edges[1] == (0, 1, 2, 3, 4)


@pytest.mark.parametrize("network", [make_network(10, 9, 7, 4), make_integrator(10, 9, 7, 4), make_integrator(9, 4)])
def test_measured_maps_are_maps_of_the_network(network: IntegerNetwork) -> None:
    work = measured_load(network, make_samples(network, 3, density=0.3)).work
    for cores in (1, 3, 16):
        mesh = balanced_map(work, cores)
        check_map(network, mesh)
        assert sum(core_work(mesh, work)) > 0


def test_memory_of_all_cores_holds_every_weight_once() -> None:
    network = make_network(10, 8, 6, 4)
    weights = [sum(core.weights for core in memory_of(network, even_map(network, cores))) for cores in (1, 2)]
    assert weights[0] == weights[1] == 10 * 8 + 8 * 6 + 6 * 4 + (8 + 6) * 4
    one, three = (memory_of(network, even_map(network, cores)) for cores in (1, 3))
    assert max(core.total for core in three) < one[0].total


def test_traces_take_four_bytes_a_weight() -> None:
    replayed, traced = (make_network(40, 30, 4, eligibility=kind) for kind in ("replay", "trace"))
    mesh, weights = even_map(traced, 2), 40 * 30 + 30 * 4
    more, fewer = (sum(core.lists for core in memory_of(network, mesh)) for network in (traced, replayed))
    assert 4 * weights < more < 5.5 * weights and more > fewer + 2 * weights


def test_the_fewest_cores_that_fit() -> None:
    network = make_network(40, 30, 4)
    load = equal_load(network)
    needed = {cores: max(c.total for c in memory_of(network, balanced_map(load.work, cores))) for cores in (1, 2, 3)}
    assert fitting_map(network, load, None, needed[2]).cores == 2
    assert fitting_map(network, load, None, needed[1]).cores == 1
    with pytest.raises(DoesNotFitError, match=r"tiny does not fit 2 cores of 3000 bytes: core 0 needs \d+ \(weights"):
        fitting_map(network, load, 2, 3000)
    with pytest.raises(
        DoesNotFitError, match=r"does not fit 256 cores of 100 bytes: .*and 252 more; take larger cores"
    ):
        fitting_map(network, load, None, 100)


def test_a_layer_that_hears_spikes_is_on_the_cores_that_have_least_else() -> None:
    load = Load([np.full(64, 200.0), np.full(10, 400.0)], [np.full(64, 60.0), np.full(10, 200.0)], (400.0,), 32)
    for cores in (4, 8, 16):
        mesh = best_map(load, cores)
        hidden, outputs = np.diff(mesh.edges)
        assert 0 < np.count_nonzero(outputs) < cores
        assert hidden[outputs > 0].sum() < 0.5 * 64 * np.count_nonzero(outputs) / cores
        assert estimated_time(load, mesh) < 0.9 * estimated_time(load, balanced_map(load.work, cores))


@pytest.mark.parametrize("network", [make_network(10, 9, 7, 4), make_integrator(10, 9, 7, 4), make_integrator(9, 4)])
def test_every_map_that_is_tried_is_one_of_the_network(network: IntegerNetwork) -> None:
    load = measured_load(network, make_samples(network, 3, density=0.3))
    assert len(load.spikes) == max(0, len(network.spiking_layers) - 1)
    for cores in (1, 3, 16):
        tried = maps_by_time(load, cores)
        assert balanced_map(load.work, cores) in tried
        times = [estimated_time(load, mesh) for mesh in tried]
        assert times == sorted(times)
        for mesh in tried:
            check_map(network, mesh)


def test_build_writes_a_map_and_draws_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out, result = tmp_path / "out", tmp_path / "built.json"
    assert (
        status_of("build", "digits", "--target", "mesh", "--cores", "3", "--out", str(out), "--json", str(result)) == 0
    )
    found = json.loads((out / "mesh.json").read_text(encoding="utf-8"))
    mesh = MeshMap(tuple(tuple(edges) for edges in found["edges"]))
    assert mesh.cores == found["cores"] == 3
    assert [core["total"] for core in found["bytes"]] == [
        sum(value for name, value in core.items() if name != "total") for core in found["bytes"]
    ]
    assert all(a <= b for edges in mesh.edges for a, b in itertools.pairwise(edges))
    drawing = ET.parse(out / "mesh.svg").getroot()
    assert len(drawing.findall("{http://www.w3.org/2000/svg}rect")) == 6
    assert "operations a sample, by core" in " ".join(capsys.readouterr().out.split())
    assert sorted(path.name for path in out.iterdir()) == ["manifest.json", "mesh.json", "mesh.svg"]


def test_build_refuses_cores_that_are_too_small(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out"
    arguments = ("build", "digits", "--target", "mesh", "--cores", "2", "--core-memory", "3000", "--out", str(out))
    assert status_of(*arguments) == 1
    assert "digits does not fit 2 cores of 3000 bytes: core 0 needs" in capsys.readouterr().err
    assert not out.exists()


def test_a_pipe_in_the_place_of_a_map_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "map.json")
    with pytest.raises(ConfigError, match="no regular file"):
        read_map(tmp_path / "map.json", make_network(6, 4, 3))
