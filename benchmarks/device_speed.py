"""What learning and predicting cost on the device: cycles of the Pico's model by function, instructions of Cortex-M cores, cycles of PicoRV32.

    python benchmarks/device_speed.py [--samples N] [--passes N] [--json FILE]

The first training samples of the preset mnist-128, from its initial weights or, with --passes, after so many passes over all of them. Cycles of the Pico are those of rp2040js, which knows no
misses of the flash cache; instructions are counted by Unicorn, that is by QEMU's translator; PicoRV32 is its real Verilog.
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
from sfdfa_codegen.codegen.images import image_bytes
from sfdfa_codegen.codegen.integer_network import IntegerNetwork, starting_from
from sfdfa_codegen.emulator.network_emulator import Emulator
from sfdfa_codegen.host.devices.native import NativeDevice
from sfdfa_codegen.host.prepare import Prepared, load_spec, prepare
from sfdfa_codegen.host.simulators.rp2040js import rp2040js_module
from sfdfa_codegen.host.spikes import SpikeDataset

PRESET: Final = "mnist-128"
HERE: Final = Path(__file__).parent
CORES: Final = ("m0", "m3", "m4", "m7", "m33")
OUTSIDE: Final = {"main", "sfdfa_init", "sfdfa_reset", "sfdfa_state_crc", "sfdfa_crc32", "bench_done"}
"""Functions that are no part of a sample."""
PHASES: Final = {
    "sums of inputs": ("sfdfa_m0_sum",),
    "neurons": ("sfdfa_m0_integrate",),
    "spikes, grades, outputs": (
        "step_neurons",
        "sfdfa_forward_tick",
        "sfdfa_m0_begin_coasting",
        "sfdfa_m0_remember",
        "sfdfa_eligibility_spikes",
        "sfdfa_eligibility_inputs",
    ),
    "events": ("sfdfa_event", "sfdfa_sample"),
    "walk: weights": ("sfdfa_m0_walk",),
    "walk: spikes, lists": ("sfdfa_eligibility", "meet_spike", "sfdfa_m0_list"),
    "errors, steps, feedback": ("learn_", "sfdfa_learn", "sfdfa_m0_find_spiked", "sfdfa_m0_learn"),
}


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
    for sample in samples:
        work = emulator.run_sample(sample.ticks, sample.channels, sample.label, learn=True, count=True).work
        assert work is not None
        pairs = zip(work.layers, network.layers, strict=True)
        found += sum(layer.inputs.size * constants.neurons for layer, constants in pairs)
    events = float(samples.events_per_sample.mean())
    neurons = sum(layer.neurons for layer in network.layers)
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
    sources = (firmware or firmware_sources(network, board)) | {"device_samples.h": header}
    sources["sfdfa_main.c"] = (HERE / "device_main.c").read_text(encoding="utf-8")
    return compile_firmware_sources(network, sources, board, folder)


def symbols(image: Path) -> dict[str, int]:
    with image.open("rb") as file:
        table: Any = ELFFile(file).get_section_by_name(".symtab")
        kinds = ("STT_FUNC", "STT_OBJECT")
        return {s.name: s["st_value"] & ~1 for s in table.iter_symbols() if s["st_info"]["type"] in kinds}


def by_function(image: Path, cost: dict[int, float], samples: int) -> dict[str, float]:
    """Cost a sample of each function, from the cost of each address."""
    names = sorted((address, name) for name, address in symbols(image).items())
    addresses = [address for address, _ in names]
    sums: Counter[str] = Counter()
    for address, value in cost.items():
        sums[names[bisect.bisect_right(addresses, address) - 1][1]] += value / samples  # type: ignore[assignment]
    return {name: float(value) for name, value in sums.most_common() if name not in OUTSIDE}


def run_pico(image: Path, folder: Path) -> tuple[int, dict[int, float]]:
    """CRC of the state and cycles of each address."""
    flash, out, names = folder / "flash.bin", folder / "out.json", symbols(image)
    flash.write_bytes(image_bytes(image, "bin"))
    words = ["node", HERE / "pico_profile.mjs", rp2040js_module(), flash, hex(names["bench_done"])]
    subprocess.run([*map(str, words), hex(names["bench_crc"]), str(out)], check=True)
    result = json.loads(out.read_text(encoding="utf-8"))
    return int(result["crc"]), {int(address): float(cycles) for address, cycles in result["cycles"]}


def run_unicorn(image: Path, board: Board, core: str) -> tuple[int, dict[int, float]]:
    """CRC of the state and instructions of each address where a block of them begins."""
    from unicorn import UC_ARCH_ARM, UC_HOOK_BLOCK, UC_MODE_MCLASS, UC_MODE_THUMB, Uc, arm_const

    names = symbols(image)
    machine: Any = Uc(UC_ARCH_ARM, UC_MODE_THUMB | UC_MODE_MCLASS)
    machine.ctl_set_cpu_model(getattr(arm_const, f"UC_CPU_ARM_CORTEX_{core.upper()}"))
    for memory in (board.flash, board.ram):
        machine.mem_map(memory.origin, memory.size)
    machine.mem_write(board.flash.origin, image_bytes(image, "bin"))
    stack, reset = np.frombuffer(bytes(machine.mem_read(board.flash.origin, 8)), "<u4")
    machine.reg_write(arm_const.UC_ARM_REG_SP, int(stack))
    blocks: Counter[tuple[int, int]] = Counter()
    machine.hook_add(UC_HOOK_BLOCK, lambda uc, address, size, data: blocks.update(((address, size),)))
    machine.emu_start(int(reset), names["bench_done"])
    cost: dict[int, float] = {}
    for (address, size), times in blocks.items():
        halves = np.frombuffer(bytes(machine.mem_read(address, size)), "<u2")
        cost[address] = cost.get(address, 0.0) + times * _instructions(halves.tolist())
    return int.from_bytes(machine.mem_read(names["bench_crc"], 4), "little"), cost


def _instructions(halves: list[int]) -> int:
    """How many instructions some half-words of Thumb code are."""
    place = found = 0
    while place < len(halves):
        place += 2 if halves[place] >> 11 >= 0b11101 else 1
        found += 1
    return found


def measure(network: IntegerNetwork, data: SpikeDataset, board_name: str, learn: bool) -> dict[str, float]:
    """Cost a sample of each function on a board. Raises click.ClickException if the board does not learn what the host does."""
    board = boards()[board_name]
    with tempfile.TemporaryDirectory() as scratch, NativeDevice(network) as native:
        folder = Path(scratch)
        image = build(network, data, board, learn, folder)
        core = board_name.rsplit("-", 1)[-1]
        crc, cost = run_pico(image, folder) if board_name == "pico" else run_unicorn(image, board, core)
        native.run_samples(data, learn)
        if crc != native.state_crc():
            raise click.ClickException(f"{board_name} has learned something else than the host")
        return by_function(image, cost, len(data.labels))


def phases(functions: dict[str, float]) -> dict[str, float]:
    sums = dict.fromkeys((*PHASES, "the rest"), 0.0)
    for name, cost in functions.items():
        found = [phase for phase, starts in PHASES.items() if name.startswith(starts)]
        # A name can begin as two phases do; the later one is the more general.
        sums[found[0] if found else "the rest"] += cost
    return sums


def trained(prepared: Prepared, passes: int) -> IntegerNetwork:
    """The network as it is after some passes over the training samples."""
    network = prepared.integer_network
    with NativeDevice(network) as native:
        for _ in range(passes):
            native.run_samples(prepared.data.train, learn=True)
        return starting_from(network, native.read_state()) if passes else network


@click.command()
@click.option("--passes", default=0, show_default=True, help="over the training samples, before.")
@click.option("--samples", default=200, show_default=True)
@click.option("--json", "json_file", type=click.Path(path_type=Path))
def main(samples: int, passes: int, json_file: Path | None) -> None:
    """Print the costs, and write them as JSON."""
    prepared = prepare(load_spec(PRESET))
    network, data = trained(prepared, passes), prepared.data.train.head(samples)
    totals: dict[str, dict[str, float]] = {}
    for board in ("pico", *(f"unicorn-cortex-{core}" for core in CORES)):
        learned, predicted = (measure(network, data, board, learn) for learn in (True, False))
        totals[board] = {"learned": sum(learned.values()), "predicted": sum(predicted.values())}
        unit = "cycles (model)" if board == "pico" else "instructions"
        click.echo(
            f"{board:22} {totals[board]['learned']:10,.0f} learned {totals[board]['predicted']:10,.0f} predicted  {unit}"
        )
        if board == "pico":
            pico = phases(learned)
            divisors = counts(network, data)
            per = {
                "forward synaptic operation": pico["sums of inputs"] / divisors.forward_synapses,
                "neuron and tick": pico["neurons"] / divisors.neuron_ticks,
                "weight update, by event and neuron": (pico["walk: weights"] + pico["walk: spikes, lists"])
                / divisors.hidden_synapses,
            }
            for name, cost in pico.items():
                click.echo(f"    {cost:10,.0f}  {name}")
            for name, cost in per.items():
                click.echo(f"    {cost:10.2f}  cycles a {name}")
            totals[board] |= pico | per
    if json_file:
        json_file.write_text(
            json.dumps({"samples": samples, "passes": passes, "network": PRESET, "targets": totals}, indent=2) + "\n"
        )


if __name__ == "__main__":
    main()
