"""The rival: an integer perceptron trained by backpropagation, beside the spiking network of the same size.

    python benchmarks/integer_mlp.py [--epochs N] [--network NETWORK] [--learn-below P] [--board BOARD] [--seed N] [--json FILE]

integer_mlp.c takes the place of the runtime behind sfdfa.h, so both learn the same samples of mnist-128 with outputs that spike in the same order, with the same
falling rate, in the same number of 8-bit weights, and cost is counted alike: cycles of the Pico's model, and instructions of a Cortex-M4 and the estimate of their cycles, a mean
over the first training samples, once from the initial weights and once from those that were learned. RAM is that of the library, of the perceptron weights, events and what it keeps beside them.
"""

import dataclasses
import json
import tempfile
from pathlib import Path
from typing import Any, Final

import click
import device_speed
import numpy as np
from elftools.elf.elffile import ELFFile
from sfdfa_codegen.codegen.board import boards
from sfdfa_codegen.codegen.firmware import firmware_sources
from sfdfa_codegen.codegen.integer_network import RATE_SCALE_ONE, IntegerNetwork, starting_from
from sfdfa_codegen.codegen.native_library import compile_library, native_sources
from sfdfa_codegen.codegen.source_files import write_sources
from sfdfa_codegen.codegen.toolchain.compilers import find_host_compiler
from sfdfa_codegen.codegen.toolchain.size_table import network_parts
from sfdfa_codegen.host.data.spikes import SpikeDataset
from sfdfa_codegen.host.devices.native import NativeDevice
from sfdfa_codegen.host.prepare import Prepared, load_spec, prepare

PRESET: Final = str(Path(__file__).resolve().parent.parent / "host/experiments/counts/mnist-128-counts.toml")
"""Outputs that spike."""
SOURCE: Final = Path(__file__).with_name("integer_mlp.c")
RATE: Final = 100
"""In 1/4096; the best of 40, 60, 100, 200 and 400."""
INITIAL_RANGES: Final = (20, 24)
"""Of the weights of each layer, in their units."""
LEARN_BELOW: Final = 257
"""In 1/256: what is known is learned too, if nothing else is asked for."""
KEPT: Final = (
    "cortex_m0/sfdfa_cortex_m0.S",
    "cortex_m4/sfdfa_cortex_m4.S",
    "core/sfdfa_crc.c",
    "core/sfdfa_encode.c",
    "core/sfdfa_state.c",
    "store/sfdfa_slot.c",
    "store/sfdfa_store.c",
)
"""Files of the runtime that both use."""
RATE_STEPS: Final = 100
"""In a pass the rate falls in so many steps."""
BOARDS: Final = ("pico", "unicorn-cortex-m4")


def rival_network(network: IntegerNetwork) -> IntegerNetwork:
    """The same network with the perceptron's initial weights, and nothing of SFDFA's state to start from."""
    rng = np.random.default_rng(network.seed)
    ranges = zip(INITIAL_RANGES, network.weights, strict=True)
    weights = tuple(rng.integers(-limit, limit + 1, layer.shape, dtype=np.int32) for limit, layer in ranges)
    return dataclasses.replace(network, weights=weights)


@dataclasses.dataclass(frozen=True)
class Rival:
    """The perceptron. window: ticks in which there are inputs. learn_below: in 1/256, the probability from which on a sample is known."""

    window: int
    learn_below: int = LEARN_BELOW


def rival_sources(sources: dict[str, str], rival: Rival) -> dict[str, str]:
    """Sources of a library or an image with the perceptron in place of the runtime."""
    empty = {name: "#include <stdint.h>\n" if name.endswith(".c") else "\n" for name in _runtime_files(sources)}
    config = (
        f"#define MLP_WINDOW {rival.window}\n#define MLP_RATE {RATE}\n#define MLP_LEARN_BELOW {rival.learn_below}\n"
    )
    own = {"core/sfdfa.c": SOURCE.read_text(encoding="utf-8"), "integer_mlp_config.h": config}
    return {**sources, **empty, **own}


def _runtime_files(sources: dict[str, str]) -> list[str]:
    """What the compiler is given of the runtime, but for what any network has."""
    return [path for path in sources if "/" in path and path.endswith((".c", ".S")) and path not in KEPT]


def rival_device(network: IntegerNetwork, rival: Rival, folder: Path) -> NativeDevice:
    """The perceptron as a library of this machine."""
    write_sources(rival_sources(native_sources(network), rival), folder)
    return NativeDevice(network, compile_library(folder, find_host_compiler()))


def learn(device: NativeDevice, train: SpikeDataset, epochs: int) -> None:
    """All samples `epochs` times over, the rate falling to 0."""
    parts = np.array_split(np.arange(len(train)), RATE_STEPS)
    for step in range(epochs * RATE_STEPS):
        device.set_rate_scale(round(RATE_SCALE_ONE * (1 - step / (epochs * RATE_STEPS))))
        device.run_samples(train.take(parts[step % RATE_STEPS]), True)
    device.set_rate_scale(RATE_SCALE_ONE)


def accuracy(device: NativeDevice, test: SpikeDataset) -> float:
    """The fraction predicted rightly."""
    return float((device.run_samples(test, False).predictions == test.labels).mean())


def cost(
    network: IntegerNetwork, samples: SpikeDataset, board_name: str, rival: Rival | None, learns: bool
) -> dict[str, float]:
    """By unit, what a sample costs on a board, and bytes of RAM; of the perceptron if there is one. Raises click.ClickException if the board does not learn what
    the host does."""
    board = boards()[board_name]
    sources = firmware_sources(network, board, apart=True)
    if rival is not None:
        sources = rival_sources(sources, rival)
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        image = device_speed.build(network, samples, board, learns, folder, sources)
        if board_name == "pico":
            crc, spent = device_speed.run_pico(image, folder)
        else:
            crc, spent = device_speed.run_unicorn(image, board, board_name.rsplit("-", 1)[-1])
        if crc != host_crc(network, samples, rival, learns):
            raise click.ClickException(f"{board_name} has learned something else than the host")
        costs = {
            unit: sum(device_speed.by_function(image, each, len(samples)).values()) for unit, each in spent.items()
        }
        return costs | {"bytes of RAM": float(ram(image, network, rival is not None))}


def host_crc(network: IntegerNetwork, samples: SpikeDataset, rival: Rival | None, learns: bool) -> int:
    """Of the state that the same samples leave on this machine."""
    with (
        tempfile.TemporaryDirectory() as scratch,
        NativeDevice(network) if rival is None else rival_device(network, rival, Path(scratch)) as device,
    ):
        device.run_samples(samples, learns)
        return device.state_crc()


def ram(image: Path, network: IntegerNetwork, is_rival: bool) -> int:
    """Of the library; the perceptron uses nothing of the network's structure but weights and events."""
    sizes = {part.name: part.bytes for part in network_parts(image)}
    if not is_rival:
        return sum(sizes.values())
    with image.open("rb") as file:
        table: Any = ELFFile(file).get_section_by_name(".symtab")
        own = next(int(symbol["st_size"]) for symbol in table.iter_symbols() if symbol.name == "mlp")
    index_bytes = 1 if network.channels <= 256 else 2
    return sizes["learned.weights"] + network.max_events * index_bytes + own


def compare(
    name: str,
    device: NativeDevice,
    prepared: Prepared,
    epochs: int,
    samples: int,
    chosen: tuple[str, ...],
    rival: Rival | None,
) -> dict[str, object]:
    """Train, and measure before and after on the chosen boards."""
    data, network = prepared.data, device.network
    few = data.train.head(samples)
    row: dict[str, object] = {"name": name}
    learn(device, data.train, epochs)
    row["test_accuracy"] = accuracy(device, data.test)
    learned = starting_from(network, device.read_state())
    for board in chosen:
        runs = (("initial", network, True), ("learned", learned, True), ("predicting", learned, False))
        for stage, each, learns in runs:
            for unit, value in cost(each, few, board, rival, learns).items():
                row[f"{board}, {stage}, {unit}"] = value
    return row


@click.command(help=(__doc__ or "").partition("\n")[0])
@click.option("--epochs", default=10, show_default=True)
@click.option("--samples", default=200, show_default=True, help="Whose cost is counted.")
@click.option(
    "--learn-below",
    default=LEARN_BELOW,
    show_default=True,
    help="Of the perceptron: the probability, in 1/256, from which on a sample is only predicted.",
)
@click.option("--board", "chosen", multiple=True, type=click.Choice(BOARDS), help="Only this one; may be repeated.")
@click.option("--seed", type=int, help="Left out, the network file's.")
@click.option("--network", default=PRESET, show_default=True, help="One of two layers, and its data.")
@click.option("--json", "json_file", type=click.Path(path_type=Path), help="Write the figures as JSON too.")
def main(
    epochs: int,
    samples: int,
    learn_below: int,
    chosen: tuple[str, ...],
    seed: int | None,
    network: str,
    json_file: Path | None,
) -> None:
    prepared = prepare(load_spec(network, seed))
    integers, rival = prepared.integer_network, Rival(prepared.spec.encoding.last_input_tick, learn_below)
    with (
        tempfile.TemporaryDirectory() as scratch,
        NativeDevice(integers) as spiking,
        rival_device(rival_network(integers), rival, Path(scratch)) as perceptron,
    ):
        rows = [
            compare("SFDFA", spiking, prepared, epochs, samples, chosen or BOARDS, None),
            compare("perceptron", perceptron, prepared, epochs, samples, chosen or BOARDS, rival),
        ]
    for row in rows:
        click.echo(f"{row['name']}: {100 * float(str(row['test_accuracy'])):.2f} % after {epochs} passes")
        for key, value in row.items():
            if key not in ("name", "test_accuracy"):
                click.echo(f"    {float(str(value)):12,.0f}  {key}")
    if json_file:
        json_file.write_text(
            json.dumps({"network": prepared.spec.name, "epochs": epochs, "samples": samples, "rows": rows}, indent=2)
            + "\n"
        )


if __name__ == "__main__":
    main()
