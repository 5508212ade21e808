"""Settings and fixtures for every test."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

TESTS = Path(__file__).parent
SLOW = (
    "codegen/test_compilers.py",
    "emulator/test_call_counts.py",
    "emulator/test_emulator_against_oracle.py",
    "emulator/test_integrator_against_oracle.py",
    "emulator/test_mesh.py",
    "firmware",
    "host/test_asking_runs.py",
    "host/test_choice.py",
    "host/test_classifier.py",
    "host/test_classifier_conventions.py",
    "host/test_cli_json.py",
    "host/test_cluster.py",
    "host/test_cycles.py",
    "host/test_cycles_of_boards.py",
    "host/test_datasets_real.py",
    "host/test_datasets_tonic_real.py",
    "host/test_demo.py",
    "host/test_encoder_cycles.py",
    "host/test_experiments.py",
    "host/test_findings.py",
    "host/test_fleet.py",
    "host/test_float_engine.py",
    "host/test_frontend_cycles.py",
    "host/test_init_recordings.py",
    "host/test_keeping_device.py",
    "host/test_keeping_native.py",
    "host/test_link_checkpoints.py",
    "host/test_link_faults.py",
    "host/test_link_labels.py",
    "host/test_link_readings.py",
    "host/test_link_recordings.py",
    "host/test_link_ring.py",
    "host/test_listen.py",
    "host/test_lockstep.py",
    "host/test_mesh_map.py",
    "host/test_mesh_target.py",
    "host/test_nir.py",
    "host/test_outputs.py",
    "host/test_own_board.py",
    "host/test_own_files.py",
    "host/test_pages.py",
    "host/test_power_study.py",
    "host/test_reference_integrator.py",
    "host/test_rivals.py",
    "host/test_run_seeds.py",
    "host/test_sound_studies.py",
    "host/test_store.py",
    "host/test_temporal_study.py",
    "host/test_training.py",
    "host/test_tuning.py",
    "host/test_wav.py",
    "host/test_whole_passes.py",
    "host/test_windows.py",
    "regression/certain_after_rehearsal",
    "regression/dsp_without_parallel_bytes",
    "regression/exact_gradient_on_cortex_m4",
    "regression/interrupt_enabled_late",
    "regression/line_end_taken_for_a_label",
    "regression/more_channels_than_events",
    "regression/rehearsal_of_sound",
    "regression/rule_none_on_cortex_m0",
    "regression/slot_of_one_frame",
    "regression/sums_of_samples_in_16_bits",
    "test_benchmarks.py",
    "test_built_in_state.py",
    "test_emulator_against_native.py",
    "test_guide.py",
    "test_integrator_against_native.py",
    "test_library_examples.py",
    "test_notebooks.py",
    "test_packaging.py",
    "test_readings_against_native.py",
    "test_readme.py",
    "test_sample_sketches.py",
    "test_samples_against_native.py",
    "test_shapes_against_native.py",
    "test_sizes.py",
    "test_user_links.py",
)
"""Folders and files that take seconds: whole runs, training, cross compilers, simulators. `pytest -m "not slow"` leaves them out."""

settings.register_profile(
    "repeatable",
    derandomize=True,
    deadline=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
settings.load_profile("repeatable")


if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # As of a shell's job in the background; a test that interrupts a command of its own wants what a terminal has.
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="Write the golden files anew instead of comparing.")


def folder_of_all_processes(factory: pytest.TempPathFactory, name: str) -> Path:
    """One that the processes of a session share, so that what one has compiled serves all."""
    base = factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / name
    folder.mkdir(exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def compile_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for the native libraries of this session."""
    return folder_of_all_processes(tmp_path_factory, "libraries")


@pytest.fixture(scope="session", autouse=True)
def user_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A user cache for this session, so that no test writes to that of the person who runs it."""
    folder = folder_of_all_processes(tmp_path_factory, "user-cache")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(folder))
        yield folder


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what `SLOW` names. Raises UsageError if a name there is none."""
    missing = [name for name in SLOW if not (TESTS / name).exists()]
    if missing:
        raise pytest.UsageError(f"tests/conftest.py: SLOW names what is not there: {', '.join(missing)}")
    slow = [TESTS / name for name in SLOW]
    for item in items:
        if any(item.path.is_relative_to(path) for path in slow):
            item.add_marker(pytest.mark.slow)
