"""What learning and predicting cost on the device: cycles of the Pico's model and instructions of Cortex-M cores, by what they go for.

    python benchmarks/device_speed.py [--network NETWORK] [--samples N] [--passes N] [--json FILE]

The first training samples of a network, mnist-128 with outputs that spike where none is named, from its initial weights or, with --passes, after so many passes over all of them. Cycles of the Pico are those of rp2040js, which knows no
misses of the flash cache; instructions are counted by Unicorn, that is by QEMU's translator, and take the cycles of Arm's tables (instruction_times.py) in the estimate.
"""

import bisect
import json
import subprocess
import tempfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import click
import numpy as np
from elftools.elf.elffile import ELFFile
from sfdfa_codegen.codegen.board import Board, boards
from sfdfa_codegen.codegen.firmware import compile_firmware_sources, firmware_sources
from sfdfa_codegen.codegen.integer_network import IntegerNetwork, starting_from
from sfdfa_codegen.codegen.toolchain.images import image_bytes
from sfdfa_codegen.codegen.toolchain.instruction_times import TIMES, read_times
from sfdfa_codegen.emulator.network_emulator import Emulator
from sfdfa_codegen.host.data.spikes import SpikeDataset
from sfdfa_codegen.host.devices.native import NativeDevice
from sfdfa_codegen.host.prepare import Prepared, load_spec, prepare
from sfdfa_codegen.host.simulators.rp2040js import rp2040js_module

PRESET: Final = str(Path(__file__).resolve().parent.parent / "host/experiments/counts/mnist-128-counts.toml")
"""Outputs that spike."""
HERE: Final = Path(__file__).parent
CORES: Final = ("m0", "m3", "m4", "m7", "m33")
TOLD: Final = ("pico", "unicorn-cortex-m4")
"""Boards of which the parts are printed."""
OUTSIDE: Final = {"main", "sfdfa_reset", "sfdfa_start_up", "sfdfa_state_crc", "sfdfa_crc32", "bench_done"}
"""Functions that are no part of a sample."""
CYCLES: Final = "cycles (model)"
ESTIMATE: Final = "cycles (estimate)"
INSTRUCTIONS: Final = "instructions"
Cost = dict[int, float]
"""By address."""
PARTS: Final = {
    "sums of inputs": ("sfdfa_m0_sum", "sfdfa_m0_add_tick", "sfdfa_m4_sum", "sfdfa_m4_add_tick"),
    "neurons": ("sfdfa_m0_integrate", "sfdfa_m4_integrate"),
    "spikes, grades, outputs": (
        "step_neurons",
        "sfdfa_forward_tick",
        "sfdfa_m0_begin_coasting",
        "sfdfa_m0_fire",
        "sfdfa_m4_list_coasting",
        "sfdfa_m0_remember",
        "sfdfa_m4_remember",
        "sfdfa_m4_add_grades",
        "sfdfa_eligibility_spikes",
        "sfdfa_eligibility_inputs",
    ),
    "events": ("sfdfa_event", "begin_tick", "sfdfa_sample"),
    "walk: weights": ("sfdfa_m0_walk", "sfdfa_m4_walk"),
    "walk: spikes, lists": ("sfdfa_eligibility", "meet_spike", "sfdfa_m0_list"),
    "errors, steps, feedback": ("learn_", "sfdfa_learn", "sfdfa_m0_find_spiked", "sfdfa_m0_learn"),
}
"""What the names of their functions begin with. Finer than the phases of `codegen.toolchain.code_phases`, of which every line has one: loops in assembly stand alone."""


@dataclass(frozen=True)
class Counts:
    """What the samples hold, on average: the counts that the costs are divided by."""

    hidden_synapses: float
    """Events times neurons of the first layer."""
    forward_synapses: float
    """The same of all layers."""
    neuron_ticks: float


def counts(network: IntegerNetwork, samples: SpikeDataset) -> Counts:
    emulator, found = Emulator(network), 0
    for sample in (samples[index] for index in range(len(samples))):
        work = emulator.run_sample(sample.ticks, sample.channels, sample.label, learn=True, count=True).work
        assert work is not None
        pairs = zip(work.layers, network.spiking_layers, strict=True)
        found += sum(layer.inputs.size * constants.neurons for layer, constants in pairs)
    events = float(samples.events_per_sample.mean())
    neurons = sum(layer.neurons for layer in network.spiking_layers)
    return Counts(events * network.layers[0].neurons, found / len(samples.labels), float(network.ticks * neurons))


def _array(kind: str, name: str, values: Any) -> str:
    return f"static const {kind} {name}[] = {{{', '.join(map(str, values.tolist()))}}};\n"


def build(
    network: IntegerNetwork,
    samples: SpikeDataset,
    board: Board,
    learn: bool,
    folder: Path,
    firmware: dict[str, str] | None = None,
) -> Path:
    """An image that runs the samples and halts. firmware: what to run them in, if not the network's own."""
    header = f"#include <stdint.h>\n\n#define BENCH_SAMPLES {len(samples.labels)}\n#define BENCH_LEARN {int(learn)}\n"
    header += _array("uint32_t", "bench_offsets", samples.offsets) + _array("uint8_t", "bench_ticks", samples.ticks)
    header += _array("uint16_t", "bench_channels", samples.channels) + _array("int8_t", "bench_labels", samples.labels)
    sources = (firmware or firmware_sources(network, board, apart=True)) | {"device_samples.h": header}
    sources["sfdfa_main.c"] = (HERE / "device_main.c").read_text(encoding="utf-8")
    return compile_firmware_sources(network, sources, board, folder)


def symbols(image: Path) -> dict[str, int]:
    with image.open("rb") as file:
        table: Any = ELFFile(file).get_section_by_name(".symtab")
        kinds = ("STT_FUNC", "STT_OBJECT")
        return {s.name: s["st_value"] & ~1 for s in table.iter_symbols() if s["st_info"]["type"] in kinds}


def by_function(image: Path, cost: Cost, samples: int) -> dict[str, float]:
    """Cost a sample of each function, from the cost of each address."""
    names = sorted((address, name) for name, address in symbols(image).items())
    addresses = [address for address, _ in names]
    sums: Counter[str] = Counter()
    for address, value in cost.items():
        sums[names[bisect.bisect_right(addresses, address) - 1][1]] += value / samples  # type: ignore[assignment]
    return {
        name: float(value)
        for name, value in sums.most_common()
        if name not in OUTSIDE and not name.startswith("sfdfa_init")
    }


def run_pico(image: Path, folder: Path) -> tuple[int, dict[str, Cost]]:
    """CRC of the state and cycles."""
    flash, out, names = folder / "flash.bin", folder / "out.json", symbols(image)
    flash.write_bytes(image_bytes(image, "bin"))
    words = ["node", HERE / "pico_profile.mjs", rp2040js_module(), flash, hex(names["bench_done"])]
    subprocess.run([*map(str, words), hex(names["bench_crc"]), str(out)], check=True)
    result = json.loads(out.read_text(encoding="utf-8"))
    return int(result["crc"]), {CYCLES: {int(address): float(cycles) for address, cycles in result["cycles"]}}


def run_unicorn(image: Path, board: Board, core: str) -> tuple[int, dict[str, Cost]]:
    """CRC of the state, instructions and their cycles by the core's table."""
    from unicorn import UC_ARCH_ARM, UC_HOOK_BLOCK, UC_MODE_MCLASS, UC_MODE_THUMB, Uc, arm_const

    names = symbols(image)
    machine: Any = Uc(UC_ARCH_ARM, UC_MODE_THUMB | UC_MODE_MCLASS)
    machine.ctl_set_cpu_model(getattr(arm_const, f"UC_CPU_ARM_CORTEX_{core.upper()}"))
    for memory in (board.flash, board.ram):
        machine.mem_map(memory.origin, memory.size)
    machine.mem_write(board.flash.origin, image_bytes(image, "bin"))
    stack, reset = np.frombuffer(bytes(machine.mem_read(board.flash.origin, 8)), "<u4")
    machine.reg_write(arm_const.UC_ARM_REG_SP, int(stack))
    times, refill = read_times(image, TIMES[board.core]), TIMES[board.core].refill
    blocks: Counter[tuple[int, int]] = Counter()
    jumps: Counter[tuple[int, int]] = Counter()
    end = 0

    def watch(_uc: Any, address: int, size: int, _data: Any) -> None:
        nonlocal end
        blocks[address, size] += 1
        if address != end:
            jumps[end, address] += 1
        end = address + size

    machine.hook_add(UC_HOOK_BLOCK, watch)
    machine.emu_start(int(reset), names["bench_done"])
    instructions: Counter[int] = Counter()
    for (address, size), number in blocks.items():
        instructions.update(
            dict.fromkeys((place for place in range(address, address + size, 2) if place in times), number)
        )
    cycles: Counter[int] = Counter(
        {address: number * times[address].in_line for address, number in instructions.items()}
    )
    for (origin, target), number in jumps.items():
        cycles[origin - 1] += number * refill
        cycles[target] += number * (times[target].after_jump - times[target].in_line)
    crc = int.from_bytes(machine.mem_read(names["bench_crc"], 4), "little")
    return crc, {
        INSTRUCTIONS: {a: float(n) for a, n in instructions.items()},
        ESTIMATE: {a: float(n) for a, n in cycles.items()},
    }


def measure(network: IntegerNetwork, data: SpikeDataset, board_name: str, learn: bool) -> dict[str, dict[str, float]]:
    """By unit, cost a sample of each function on a board. Raises click.ClickException if the board does not learn what the host does."""
    board = boards()[board_name]
    with tempfile.TemporaryDirectory() as scratch, NativeDevice(network) as native:
        folder = Path(scratch)
        image = build(network, data, board, learn, folder)
        core = board_name.rsplit("-", 1)[-1]
        crc, costs = run_pico(image, folder) if board_name == "pico" else run_unicorn(image, board, core)
        native.run_samples(data, learn)
        if crc != native.state_crc():
            raise click.ClickException(f"{board_name} has learned something else than the host")
        return {unit: by_function(image, cost, len(data.labels)) for unit, cost in costs.items()}


def parts(functions: dict[str, float]) -> dict[str, float]:
    """Sums over the functions of each part, and of the rest."""
    sums = dict.fromkeys((*PARTS, "the rest"), 0.0)
    for name, cost in functions.items():
        found = [part for part, starts in PARTS.items() if name.startswith(starts)]
        # A name can begin as two parts do; the later one is the more general.
        sums[found[0] if found else "the rest"] += cost
    return sums


def trained(prepared: Prepared, passes: int) -> IntegerNetwork:
    """The network as it is after some passes over the training samples."""
    network = prepared.integer_network
    with NativeDevice(network) as native:
        for _ in range(passes):
            native.run_samples(prepared.data.train, learn=True)
        return starting_from(network, native.read_state()) if passes else network


def tell_parts(functions: dict[str, float], unit: str, divisors: Counts) -> dict[str, float]:
    """Print what the parts cost, and what an operation does."""
    sums = parts(functions)
    per = {
        "forward synaptic operation": sums["sums of inputs"] / divisors.forward_synapses,
        "neuron and tick": sums["neurons"] / divisors.neuron_ticks,
        "weight update, by event and neuron": (sums["walk: weights"] + sums["walk: spikes, lists"])
        / divisors.hidden_synapses,
    }
    for name, cost in sums.items():
        click.echo(f"    {cost:10,.0f}  {name}")
    for name, cost in per.items():
        click.echo(f"    {cost:10.2f}  {unit} a {name}")
    return sums | per


@click.command()
@click.option("--board", "chosen", multiple=True, help="Only this one: pico or unicorn-cortex-m4; may be repeated.")
@click.option("--network", "name", default=PRESET, help="A preset or a network file.")
@click.option("--passes", default=0, show_default=True, help="over the training samples, before.")
@click.option("--samples", default=200, show_default=True)
@click.option("--json", "json_file", type=click.Path(path_type=Path))
def main(chosen: tuple[str, ...], name: str, samples: int, passes: int, json_file: Path | None) -> None:
    """Print the costs, and write them as JSON."""
    prepared = prepare(load_spec(name))
    network, data = trained(prepared, passes), prepared.data.train.head(samples)
    totals: dict[str, dict[str, dict[str, float]]] = {}
    for board in chosen or ("pico", *(f"unicorn-cortex-{core}" for core in CORES)):
        learned, predicted = (measure(network, data, board, learn) for learn in (True, False))
        totals[board] = {}
        for unit, functions in learned.items():
            found = {"learned": sum(functions.values()), "predicted": sum(predicted[unit].values())}
            click.echo(f"{board:22} {found['learned']:10,.0f} learned {found['predicted']:10,.0f} predicted  {unit}")
            if board in TOLD:
                found |= tell_parts(functions, unit, counts(network, data))
            totals[board][unit] = found
    if json_file:
        json_file.write_text(
            json.dumps({"samples": samples, "passes": passes, "network": Path(name).stem, "targets": totals}, indent=2)
            + "\n"
        )


if __name__ == "__main__":
    main()
