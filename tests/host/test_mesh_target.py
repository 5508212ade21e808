"""`--target mesh --cores N`: one network on many cores, from the command line."""

import json
from pathlib import Path

import pytest
from networks import make_network, make_samples
from sfdfa_codegen.codegen.errors import ConfigError, DataError, DeviceError
from sfdfa_codegen.codegen.integer_network import initial_state
from sfdfa_codegen.host.cli import main
from sfdfa_codegen.host.devices.emu import EmuDevice
from sfdfa_codegen.host.devices.mesh import MeshDevice


def status_of(*arguments: str) -> int:
    with pytest.raises(SystemExit) as stopped:
        main(list(arguments))
    assert isinstance(stopped.value.code, int)
    return stopped.value.code


def test_compare_finds_the_mesh_identical_to_one_core(tmp_path: Path) -> None:
    file = tmp_path / "compared.json"
    targets = ("--target", "emu", "--target", "mesh", "--cores", "3")
    assert status_of("compare", "digits", *targets, "--samples", "3", "--json", str(file)) == 0
    found = json.loads(file.read_text(encoding="utf-8"))
    assert found["identical"] and found["targets"] == ["emu", "mesh"]


def test_cores_without_a_mesh_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    for command in ("run", "compare"):
        assert status_of(command, "digits", "--cores", "3") == 2
        assert (
            "--cores is for --target mesh, mesh-native, rtl-mesh, spinnaker1: leave it out" in capsys.readouterr().err
        )


def test_a_number_of_cores_that_no_mesh_has_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert status_of("run", "digits", "--target", "mesh", "--cores", "300") == 2
    assert "300 is not in the range 1<=x<=256" in capsys.readouterr().err
    with pytest.raises(ConfigError, match="--cores: 0 cores, possible are 1 to 256"):
        MeshDevice(make_network(), 0)


def test_cores_are_as_many_as_their_memory_wants(capsys: pytest.CaptureFixture[str]) -> None:
    few = ("--train", "2", "--test", "2", "--epochs", "1")
    assert status_of("run", "digits", "--target", "mesh", "--core-memory", "5000", *few) == 0
    capsys.readouterr()
    assert status_of("run", "digits", "--target", "mesh", "--cores", "2", "--core-memory", "3000", *few) == 1
    assert "digits does not fit 2 cores of 3000 bytes: core 0 needs" in capsys.readouterr().err
    network = make_network(30, 20, 4)
    with MeshDevice(network, None, core_bytes=1 << 20) as one, MeshDevice(network, None, core_bytes=4400) as some:
        assert one._mesh.mesh.cores == 1
        assert some._mesh.mesh.cores > 1


def test_the_device_does_what_the_emulator_does() -> None:
    network = make_network()
    samples = make_samples(network, 4, density=0.3)
    with EmuDevice(network) as one, MeshDevice(network, 2) as many:
        for device in (one, many):
            device.set_rate_scale(2048)
            device.run_samples(samples, learn=True)
        assert many.state_crc() == one.state_crc()
        assert many.saturations() == one.saturations()
        state = many.read_state()
        many.reset()
        many.write_state(state)
        assert many.state_crc() == one.state_crc()
        assert many.record_sample(samples[0], learn=False) is None


def test_what_the_mesh_refuses() -> None:
    network = make_network()
    with MeshDevice(network, 2) as many:
        with pytest.raises(DeviceError, match="the mesh refused the rate scale: rate_scale 5000"):
            many.set_rate_scale(5000)
        with pytest.raises(DeviceError, match="the mesh refused the state"):
            many.write_state(initial_state(make_network(6, 4, 3)))
        with pytest.raises(DataError, match="the mesh refused a label: age 0 of a sample, the ring holds 0"):
            many.give_label(0, 1)


def test_a_measured_map_is_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    few = ("--train", "2", "--test", "2", "--epochs", "1")
    assert status_of("build", "digits", "--target", "mesh", "--cores", "3", "--out", str(tmp_path / "built")) == 0
    path = tmp_path / "built" / "mesh.json"
    assert status_of("run", "digits", "--target", "mesh", "--map", str(path), *few) == 0
    capsys.readouterr()
    told = json.loads(path.read_text(encoding="utf-8"))
    for changes, message in (
        ({"edges": []}, "is no map: it has no edges"),
        ({"edges": [[0, "a"]]}, "is no map: it has no edges"),
        ({"edges": [[0, 64], [0, 32, 64]]}, "edges must rise from 0"),
        ({"model_hash": "0"}, "is a map of another network than 'digits'"),
    ):
        path.write_text(json.dumps({**told, **changes}), encoding="utf-8")
        assert status_of("run", "digits", "--target", "mesh", "--map", str(path), *few) == 2
        assert message in capsys.readouterr().err
    path.write_text("[", encoding="utf-8")
    assert status_of("run", "digits", "--target", "mesh", "--map", str(path), *few) == 2
    assert "cannot read the map" in capsys.readouterr().err
    assert status_of("run", "digits", "--target", "mesh", "--map", str(path), "--cores", "2") == 2
    assert "leave --cores and --core-memory out" in capsys.readouterr().err
    assert status_of("run", "digits", "--target", "emu", "--map", str(path)) == 2
    assert "--map is for --target mesh" in capsys.readouterr().err
