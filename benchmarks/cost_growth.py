"""How the cost of a sample grows with hidden neurons, events, ticks and hidden layers, on the Pico's model and on a Cortex-M4.

    python benchmarks/cost_growth.py [--samples N] [--svg FILE] [--json FILE]

Synthetic networks that differ from a middle one in one thing at a time; their events are drawn at random, some channels more often than others in each class. Thresholds are calibrated and the image
is compiled anew for each. Cycles are those of rp2040js, instructions are counted by Unicorn; both must end with the same state. Prints a table in Markdown and draws the figure of docs/PERFORMANCE.md.
"""

import json
import sys
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Final

import click
import numpy as np
from device_speed import CYCLES, INSTRUCTIONS, PARTS, build, by_function, parts, run_pico, run_unicorn
from numpy.typing import NDArray
from sfdfa_codegen.codegen.board import boards
from sfdfa_codegen.codegen.errors import DeviceError, SfdfaError
from sfdfa_codegen.codegen.integer_network import IntegerNetwork
from sfdfa_codegen.emulator.counting.sample_counts import SampleCounter
from sfdfa_codegen.emulator.network_emulator import Emulator
from sfdfa_codegen.host.data.spikes import SpikeDataset
from sfdfa_codegen.host.experiments.plots import COLOURS, check_plots
from sfdfa_codegen.host.outputs import check_writable, write_whole
from sfdfa_codegen.host.prepare import load_spec, prepare
from sfdfa_codegen.host.report import Report, progress_bar

FIGURE: Final = Path(__file__).parents[1] / "docs" / "images" / "cost_growth.svg"
CHANNELS: Final = 512
CLASSES: Final = 10
CLASS_CHANNELS: Final = 51
"""Channels that are seen PREFERENCE times as often as others in samples of one class."""
PREFERENCE: Final = 6
TAU_SHARE: Final = 0.65
"""Synaptic time constant in parts of the sample, as in the presets."""
CALIBRATION_SAMPLES: Final = 200
SEED: Final = 5
WORKERS: Final = 2
UNITS: Final = {"pico": "cycles", "unicorn-cortex-m4": "instructions"}
CORES: Final = {"pico": "Cortex-M0+ (Pico), cycles", "unicorn-cortex-m4": "Cortex-M4, instructions"}
MARKS: Final[dict[str, Any]] = {"linewidth": 1.6, "marker": "o", "markersize": 4}
LINES: Final = {"pico": "blue", "unicorn-cortex-m4": "orange"}


@dataclass(frozen=True)
class Shape:
    """What a network and its samples are like. neurons: of each hidden layer; events: of a sample; layers: hidden ones."""

    neurons: int = 128
    events: int = 150
    ticks: int = 32
    layers: int = 1


SWEEPS: Final[dict[str, tuple[int, ...]]] = {
    "neurons": (32, 64, 128, 192, 256),
    "events": (25, 50, 100, 200, 300, 400),
    "ticks": (8, 16, 32, 64),
    "layers": (1, 2, 3),
}
LABELS: Final = {
    "neurons": "hidden neurons",
    "events": "events a sample",
    "ticks": "ticks a sample",
    "layers": "hidden layers",
}


@dataclass(frozen=True)
class Cost:
    """Of a sample, on average. by_part: of a learned one."""

    learned: float
    predicted: float
    by_part: dict[str, float]


@dataclass(frozen=True)
class Point:
    """hidden_spikes: of a learned sample, on average. listed: whether the inputs of each layer found room in the list that the walk makes of them. costs: by board."""

    shape: Shape
    hidden_spikes: float
    listed: bool
    costs: dict[str, Cost]


def draw_events(shape: Shape, samples: int, rng: np.random.Generator, part: str) -> dict[str, NDArray[Any]]:
    """Arrays of one part of the npz layout for events; all events lie in the first half of the sample."""
    labels = np.arange(samples) % CLASSES
    window = shape.ticks // 2 + 1
    drawn = []
    for label in labels:
        weights = np.ones((window, CHANNELS))
        weights[:, label * CLASS_CHANNELS : (label + 1) * CLASS_CHANNELS] = PREFERENCE
        chances = weights.ravel() / weights.sum()
        drawn.append(np.sort(rng.choice(chances.size, shape.events, replace=False, p=chances)))
    positions = np.concatenate(drawn)
    offsets = np.arange(samples + 1) * shape.events
    values = {"t": positions // CHANNELS, "i": positions % CHANNELS, "offsets": offsets, "y": labels}
    return {f"{part}_{name}": array for name, array in values.items()}


def make_network(shape: Shape, folder: Path) -> tuple[IntegerNetwork, SpikeDataset]:
    """The network, and its training samples."""
    rng = np.random.default_rng(SEED)
    arrays: Any = draw_events(shape, CALIBRATION_SAMPLES, rng, "train") | draw_events(shape, CLASSES, rng, "test")
    np.savez(folder / "events.npz", **arrays)
    layers = "".join(f"[[layer]]\nneurons = {neurons}\n" for neurons in (*[shape.neurons] * shape.layers, CLASSES))
    (folder / "network.toml").write_text(
        f'name = "growth"\n[data]\nsource = "npz"\npath = "events.npz"\nchannels = {CHANNELS}\n'
        f'[encoding]\nkind = "events"\nticks = {shape.ticks}\nmax_events = {shape.events}\n'
        f"[neuron]\ntau_s_ticks = {TAU_SHARE * shape.ticks}\n{layers}",
        encoding="utf-8",
    )
    prepared = prepare(load_spec(str(folder / "network.toml")))
    return prepared.integer_network, prepared.data.train


def measure(
    network: IntegerNetwork, data: SpikeDataset, board_name: str, learn: bool, folder: Path
) -> dict[str, float]:
    """Cost a sample of each function. Raises DeviceError if the board does not learn what the emulator does."""
    board = boards()[board_name]
    image = build(network, data, board, learn, folder)
    crc, costs = run_pico(image, folder) if board_name == "pico" else run_unicorn(image, board, board.core[-2:])
    cost = costs[CYCLES if board_name == "pico" else INSTRUCTIONS]
    return by_function(image, cost, len(data.labels)) | {"crc": float(crc)}


def measure_point(shape: Shape, samples: int) -> Point:
    """All costs of one shape."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        network, train = make_network(shape, folder)
        data = train.head(samples)
        emulator = Emulator(network)
        works = [
            work
            for sample in (data[index] for index in range(samples))
            if (work := emulator.run_sample(sample.ticks, sample.channels, sample.label, learn=True, count=True).work)
        ]
        counts = SampleCounter(network).count_by_name(works)
        hidden = range(shape.layers)
        spikes = sum(sum(counts[f"spikes[{layer}]"]) for layer in hidden)
        listed = all(min(counts[f"listed walk[{layer}]"]) for layer in hidden)
        costs = {}
        for board in UNITS:
            learned, predicted = (measure(network, data, board, learn, folder) for learn in (True, False))
            if learned.pop("crc") != emulator.state_crc():
                raise DeviceError(
                    f"{board} has learned something else than the emulator; the figures would mean nothing"
                )
            del predicted["crc"]
            costs[board] = Cost(sum(learned.values()), sum(predicted.values()), parts(learned))
        return Point(shape, spikes / samples, listed, costs)


def measure_sweeps(samples: int) -> dict[str, list[Point]]:
    """Each sweep in order; shapes that several have are measured once."""
    shapes = {name: [replace(Shape(), **{name: value}) for value in values] for name, values in SWEEPS.items()}
    wanted = list(dict.fromkeys(shape for some in shapes.values() for shape in some))
    with progress_bar() as bar, ThreadPoolExecutor(WORKERS) as pool:
        task = bar.add_task("measuring", total=len(wanted), note="")

        def run(shape: Shape) -> Point:
            point = measure_point(shape, samples)
            bar.advance(task)
            return point

        points = dict(zip(wanted, pool.map(run, wanted), strict=True))
    return {name: [points[shape] for shape in some] for name, some in shapes.items()}


def line(name: str, points: list[Point], value: Callable[[Point], float]) -> tuple[float, float]:
    """Slope of the straight line nearest to the values of points with listed inputs over what is varied, and how far off it they are at most, as a part of the largest."""
    x, values = zip(*((getattr(point.shape, name), value(point)) for point in points if point.listed), strict=True)
    slope, start = np.polyfit(x, values, 1)
    off = np.abs(np.polyval((slope, start), x) - values).max() / max(values)
    return float(slope), float(off)


def tables(sweeps: dict[str, list[Point]]) -> Iterator[str]:
    """Markdown: slopes of the totals, then those of a learned sample's parts on the Pico."""
    titles = [f"{board.replace('unicorn-', '')}, {kind}" for board in UNITS for kind in ("learned", "predicted")]
    yield f"| one more | {' | '.join(titles)} | off the line by |\n|---|{'---|' * (len(titles) + 1)}"
    for name, points in sweeps.items():
        lines = [
            line(name, points, lambda point, board=board, kind=kind: getattr(point.costs[board], kind))  # type: ignore[misc]
            for board in UNITS
            for kind in ("learned", "predicted")
        ]
        cells = [f"{slope:,.0f}" for slope, _ in lines]
        yield f"| {LABELS[name].split(' a ')[0].removesuffix('s')} | {' | '.join(cells)} | {100 * max(off for _, off in lines):.0f} % |"
    yield f"\n| learned on the Pico, cycles for one more | {' | '.join(SWEEPS)} |\n|---|{'---|' * len(SWEEPS)}"
    for part in (*PARTS, "the rest"):
        cells = [
            f"{line(name, points, lambda point, part=part: point.costs['pico'].by_part[part])[0]:,.0f}"  # type: ignore[misc]
            for name, points in sweeps.items()
        ]
        yield f"| {part} | {' | '.join(cells)} |"


def draw(sweeps: dict[str, list[Point]], path: Path) -> None:
    """Four panels; a hollow mark where the inputs are not listed."""
    import io

    import matplotlib
    from matplotlib.figure import Figure

    style: Any = {
        "font.size": 9,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "svg.fonttype": "none",
        "svg.hashsalt": "sfdfa",
    }
    with matplotlib.rc_context(style):
        canvas = Figure(figsize=(7.6, 5.2), layout="constrained")
        for axis, (name, points) in zip(canvas.subplots(2, 2).flat, sweeps.items(), strict=True):
            x = [getattr(point.shape, name) for point in points]
            for board, colour in LINES.items():
                for kind, dash in (("learned", "-"), ("predicted", "--")):
                    y = [getattr(point.costs[board], kind) / 1000 for point in points]
                    axis.plot(x, y, dash, color=COLOURS[colour], label=f"{CORES[board]}, {kind}", **MARKS)
                    if kind == "learned":
                        unlisted = [place for place, point in enumerate(points) if not point.listed]
                        hollow = ([x[place] for place in unlisted], [y[place] for place in unlisted])
                        axis.plot(*hollow, "o", color=COLOURS[colour], markerfacecolor="white", markersize=4)
            axis.set_xlabel(LABELS[name])
            axis.set_ylabel("thousands a sample")
            axis.set_xticks(x)
            axis.set_ylim(bottom=0)
            axis.set_xlim(left=0)
        handles, labels = canvas.axes[0].get_legend_handles_labels()
        canvas.legend(handles, labels, loc="outside upper center", ncols=2, frameon=False)
        svg = io.BytesIO()
        canvas.savefig(svg, format="svg", metadata={"Date": None, "Creator": None})
    write_whole(path, svg.getvalue())


@click.command(help=(__doc__ or "").partition("\n")[0])
@click.option(
    "--samples",
    default=12,
    show_default=True,
    type=click.IntRange(1, CALIBRATION_SAMPLES),
    help="Learned, and predicted, at each point.",
)
@click.option(
    "--svg",
    type=click.Path(path_type=Path, dir_okay=False),
    default=FIGURE,
    help="Where to draw; left out, docs/images.",
)
@click.option("--json", "json_file", metavar="FILE", help="Write the figures as JSON too; - for standard output.")
def main(samples: int, svg: Path, json_file: str | None) -> None:
    try:
        report = Report(json_file)
        check_plots()
        check_writable(svg)
        sweeps = measure_sweeps(samples)
        draw(sweeps, svg)
    except SfdfaError as error:
        click.echo(f"Error: {error}", err=True)
        sys.exit(error.exit_status)
    for row in tables(sweeps):
        report.line(row)
    for name, points in sweeps.items():
        for point in points:
            if not point.listed:
                costs = (f"{point.costs[board].learned:,.0f} {unit}" for board, unit in UNITS.items())
                report.line(
                    f"not on the line, since the inputs find no room in the list: {getattr(point.shape, name)} {LABELS[name]}, {' and '.join(costs)} to learn"
                )
    report.line(f"\nmiddle: {CHANNELS}-{Shape().neurons}-{CLASSES}, {json.dumps(asdict(Shape()))}; drawn into {svg}")
    values = {name: [asdict(point) for point in points] for name, points in sweeps.items()}
    report.finish({"samples": samples, "units": UNITS, "sweeps": values})


if __name__ == "__main__":
    main()
