"""The folder that `build` writes: sources, artefact and manifest, whole or not at all."""

import json
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sfdfa_codegen.codegen.compilers import find_host_compiler
from sfdfa_codegen.codegen.errors import ConfigError, DeviceError
from sfdfa_codegen.codegen.integer_network import ARITHMETIC_VERSION, IntegerNetwork
from sfdfa_codegen.codegen.native_library import compile_library, native_sources, write_sources
from sfdfa_codegen.codegen.render import folder_sources, render_network, tool_version
from sfdfa_codegen.host.devices.device import RamBytes
from sfdfa_codegen.host.devices.emu import EmuDevice
from sfdfa_codegen.host.devices.native import NativeDevice
from sfdfa_codegen.host.spikes import EncodedData

MANIFEST = "manifest.json"
SELF_CHECK_SAMPLES = 8


@dataclass(frozen=True)
class BuildOutcome:
    """What was built. Paths in `files` and `artefact` are relative to `out`."""

    out: Path
    files: tuple[str, ...]
    artefact: str | None
    ram: RamBytes | None


def build(network: IntegerNetwork, data: EncodedData, target: str, out: Path) -> BuildOutcome:
    """Build `network` for `target` into the folder `out`, replacing an earlier build of the same network and target.

    Raises ConfigError if `out` holds anything else or cannot be written; then nothing is changed.
    """
    _check_folder(out, network, target)
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=out.parent, prefix=f".{out.name}-") as scratch:
            folder = Path(scratch) / "build"
            artefact, ram = _BUILDERS[target](network, data, folder)
            files = (*sorted(path.name for path in folder.iterdir()), MANIFEST)
            manifest = _manifest(network, target, files, artefact)
            (folder / MANIFEST).write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")
            _replace(folder, out)
    except OSError as error:
        raise ConfigError(
            f"cannot write the build folder {out}: {error.strerror}; choose another with --out"
        ) from error
    return BuildOutcome(out, files, artefact, ram)


def _manifest(network: IntegerNetwork, target: str, files: tuple[str, ...], artefact: str | None) -> dict[str, object]:
    return {
        "network": network.name,
        "target": target,
        "model_hash": network.model_hash,
        "arithmetic_version": ARITHMETIC_VERSION,
        "tool_version": tool_version(),
        "artefact": artefact,
        "files": list(files),
        "constants": network.constants,
    }


def _check_folder(out: Path, network: IntegerNetwork, target: str) -> None:
    """Raise ConfigError unless `out` is free, empty, or a build of the same network and target by this version."""
    if not out.exists():
        return
    if not out.is_dir():
        raise ConfigError(f"{out} is a file; choose another folder with --out")
    if not any(out.iterdir()):
        return
    try:
        manifest = json.loads((out / MANIFEST).read_text(encoding="utf-8"))
        found = {key: str(manifest[key]) for key in ("network", "target", "tool_version")}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ConfigError(
            f"{out} is not empty and not a build folder (no readable {MANIFEST}); choose another with --out"
        ) from error
    wanted = {"network": network.name, "target": target, "tool_version": tool_version()}
    for key, value in wanted.items():
        if found[key] != value:
            raise ConfigError(
                f"{out} holds a build of another {key.replace('_', ' ')} ('{found[key]}', not '{value}'); "
                "remove it or choose another with --out"
            )


def _replace(folder: Path, out: Path) -> None:
    if out.exists():
        old = folder.with_name("old")
        out.rename(old)
        try:
            folder.rename(out)
        except OSError:
            old.rename(out)
            raise
        shutil.rmtree(old)
    else:
        folder.rename(out)


def _build_emu(network: IntegerNetwork, data: EncodedData, folder: Path) -> tuple[str | None, RamBytes | None]:
    write_sources({**folder_sources("runtime"), **render_network(network)}, folder)
    check_emulator(network, data)
    return None, None


def _build_native(network: IntegerNetwork, data: EncodedData, folder: Path) -> tuple[str | None, RamBytes | None]:
    write_sources(native_sources(network), folder)
    library = compile_library(folder, find_host_compiler())
    with NativeDevice(network, library) as device:
        return library.name, device.hello().ram


_Builder = Callable[[IntegerNetwork, EncodedData, Path], tuple[str | None, RamBytes | None]]
_BUILDERS: dict[str, _Builder] = {"emu": _build_emu, "native": _build_native}


def check_emulator(network: IntegerNetwork, data: EncodedData) -> None:
    """Learn a few samples twice and predict them one by one and together; raise DeviceError if anything is not repeatable."""
    samples = data.train.head(SELF_CHECK_SAMPLES)
    device = EmuDevice(network)
    first = device.run_samples(samples, True)
    first_crc = device.state_crc()
    device.reset()
    second = device.run_samples(samples, True)
    together = device.run_samples(samples, False)
    one_by_one = [device.run_sample(samples[index], False).counts for index in range(len(samples))]
    if first_crc != device.state_crc() or (first.counts != second.counts).any():
        raise DeviceError("the emulator's self-check failed: the same samples gave another state")
    if one_by_one != [tuple(counts) for counts in together.counts.tolist()]:
        raise DeviceError("the emulator's self-check failed: samples give other counts together than one by one")
