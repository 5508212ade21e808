"""The demo, chapter by chapter. Each tells the terminal what it does and returns its part of the JSON."""

import itertools
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from rich.text import Text
from sfdfa_codegen.host.data.raw import Features, RawData
from sfdfa_codegen.host.data.spikes import SpikeDataset
from sfdfa_codegen.host.demo.drift import MONTHS, AgeingSensor
from sfdfa_codegen.host.demo.pictures import BOLD, DIM, RIGHT, WRONG, bar, print_captions, print_digits, says, spark
from sfdfa_codegen.host.devices.device import Device, RamBytes
from sfdfa_codegen.host.devices.targets import TARGETS
from sfdfa_codegen.host.network.learning_rate import STEP_SAMPLES, passes_over, rate_scale, stream_rate_scale
from sfdfa_codegen.host.prepare import Prepared
from sfdfa_codegen.host.report import Report, kilobytes, per_cent, ram_json
from sfdfa_codegen.host.runs.lockstep import run_lockstep

SHOWN_DIGITS: Final = 4
BAR_WIDTH: Final = 30
TEXT_WIDTH: Final = 100
LOCKSTEP_SAMPLES: Final = 200
SHOWN_CRCS: Final = (1, 2, 5, 10, 20, 50, 100, LOCKSTEP_SAMPLES)
EMULATOR_EPOCHS: Final = 5
"""The emulator is slower than the C: it shows fewer passes."""

Values = dict[str, Any]


@dataclass
class Stage:
    """Everything the chapters share."""

    report: Report
    prepared: Prepared
    raw: RawData[Features]
    target: str

    def open(self) -> Device:
        """A device in its initial state."""
        return TARGETS[self.target].open(self.prepared.integer_network)

    def say(self, text: str) -> None:
        """A paragraph, broken where the terminal is narrow."""
        console = self.report.console
        console.print(Text(text), width=min(console.width, TEXT_WIDTH))

    def title(self, text: str) -> None:
        """A chapter begins."""
        self.report.console.print()
        self.report.console.rule(Text(text, BOLD), align="left", style=DIM)

    def shown(self) -> NDArray[np.int64]:
        """Test samples to draw: the first of each of a few classes."""
        labels = self.raw.test.labels
        firsts = [int(np.flatnonzero(labels == label)[0]) for label in np.unique(labels)]
        return np.array(sorted(firsts)[:SHOWN_DIGITS], np.int64)


def accuracy(device: Device, samples: SpikeDataset, learn: bool) -> float:
    """Fraction predicted rightly, before any learning of the sample."""
    return float((device.run_samples(samples, learn).predictions == samples.labels).mean())


def show_network(stage: Stage) -> Values:
    """Chapter 1: what the network is and what it sees."""
    report, network = stage.report, stage.prepared.integer_network
    spec, data = stage.prepared.spec, stage.prepared.data
    sizes = [network.channels, *spec.layer_sizes]
    weights = sum(before * after for before, after in itertools.pairwise(sizes))
    stage.title("1  A small spiking network")
    stage.say(f"{sizes[0]} pixels, {sizes[1]} hidden spiking neurons, {sizes[2]} outputs, one for each digit:")
    stage.say(
        f"{weights} weights of {network.weight_bits} bits, {kilobytes(weights * network.weight_bits // 8)} in all, and integers everywhere.\n"
    )
    images = stage.raw.test.values[stage.shown()]
    print_digits(report.console, list(images), [Text("")] * len(images))
    first = data.test[int(stage.shown()[0])]
    counts = np.bincount(first.ticks, minlength=network.ticks)
    stage.say("The brighter a pixel, the sooner it sends its one spike; a black one sends none.")
    stage.say(f"The first digit as spikes, over {network.ticks} ticks:  {spark(report.console, counts)}")
    return {"sizes": sizes, "weight_bits": network.weight_bits}


def learn(stage: Stage, device: Device) -> Values:
    """Chapter 2: accuracy before, while and after learning."""
    data, learning = stage.prepared.data, stage.prepared.spec.learning
    where = "the generated C, compiled for this machine" if stage.target == "native" else "the Python emulator"
    epochs = passes_over(learning, len(data.train)) if stage.target == "native" else EMULATOR_EPOCHS
    stage.title("2  It learns, one image at a time")
    stage.say(
        f"In {where}: {epochs} passes over {len(data.train)} images, each seen, guessed, learned and forgotten; "
        f"the bars are its accuracy on {len(data.test)} others.\n"
    )
    stage.say("Its guesses for the digits above before it has learned anything:")
    print_captions(stage.report.console, _guesses(stage, device))
    stage.say("")
    before = accuracy(device, data.test, False)
    _accuracy_line(stage, "before", None, before)
    curve = []
    for epoch in range(epochs):
        online = _learn_pass(stage, device, epoch, epochs)
        test = accuracy(device, data.test, False)
        curve.append({"online_accuracy": online, "test_accuracy": test})
        _accuracy_line(stage, f"pass {epoch + 1}", online, test)
    stage.say("")
    print_digits(stage.report.console, list(stage.raw.test.values[stage.shown()]), _guesses(stage, device))
    return {"accuracy_before": before, "learning_curve": curve, "test_accuracy": curve[-1]["test_accuracy"]}


def _learn_pass(stage: Stage, device: Device, epoch: int, epochs: int) -> float:
    """One pass over the training samples, as `run` makes it; the fraction predicted rightly on the way."""
    train, right = stage.prepared.data.train, 0.0
    for start in range(0, len(train), STEP_SAMPLES):
        device.set_rate_scale(rate_scale(stage.prepared.spec.learning, epoch, start, epochs, len(train)))
        block = train.take(np.arange(start, min(start + STEP_SAMPLES, len(train)), dtype=np.int64))
        right += accuracy(device, block, True) * len(block)
    return right / len(train)


def _accuracy_line(stage: Stage, what: str, online: float | None, test: float) -> None:
    console = stage.report.console
    line = Text(f"  {what:<8}").append_text(bar(console, test, BAR_WIDTH, RIGHT)).append(f"{per_cent(test):>9}", BOLD)
    if online is not None:
        line.append(f"   while learning {per_cent(online):>8}", DIM)
    console.print(line, no_wrap=True)


def _guesses(stage: Stage, device: Device) -> list[Text]:
    """Captions for the digits that are drawn."""
    samples = stage.prepared.data.test.take(stage.shown())
    predictions = device.run_samples(samples, False).predictions
    return [says(int(guess), int(label)) for guess, label in zip(predictions, samples.labels, strict=True)]


def agree(stage: Stage) -> Values:
    """Chapter 3: the C and the emulator, written apart from each other, hold the same bits."""
    report, network = stage.report, stage.prepared.integer_network
    stage.title("3  Two implementations, the same bits")
    if stage.target != "native":
        stage.say("There is no C compiler here, so there is nothing to compare the emulator with.")
        return {"identical": None, "samples_compared": 0, "state_crc32": {}}
    stage.say(
        "The C and a Python emulator were written apart from each other, from one specification. Both now learn the same "
        "images from the start, and everything that they have learned is compared after each one:"
    )
    rows: list[tuple[str, ...]] = []
    with TARGETS["native"].open(network) as native, TARGETS["emu"].open(network) as emulator:

        def note(done: int, _: int) -> None:
            if done in SHOWN_CRCS:
                rows.append((str(done), f"{native.state_crc():08x}", f"{emulator.state_crc():08x}"))

        samples = stage.prepared.data.train.head(LOCKSTEP_SAMPLES)
        outcome = run_lockstep({"native": native, "emu": emulator}, samples, note)
    report.table("", ("after image", "CRC-32 in C", "in the emulator"), rows)
    identical = outcome.divergence is None
    stage.say(
        f"{'Identical' if identical else 'DIFFERENT'}, to the last bit of every weight, over {outcome.samples} images."
    )
    crcs = {name: f"{crc:08x}" for name, crc in outcome.state_crcs.items()}
    return {"identical": identical, "samples_compared": outcome.samples, "state_crc32": crcs}


def count_bytes(stage: Stage, ram: RamBytes | None) -> Values:
    """Chapter 4: what it takes in RAM."""
    report, network = stage.report, stage.prepared.integer_network
    stage.title("4  Bytes of RAM")
    if ram is None:
        stage.say("They are counted in the compiled C; there is no C compiler here.")
        return {"ram_bytes": ram_json(ram)}
    parts = (
        ("weights", ram.weights),
        ("running it", ram.total - ram.weights - ram.learning),
        ("learning", ram.learning),
    )
    for name, size in (*parts, ("in all", ram.total)):
        line = Text(f"  {name:<12}{size:>6} B  ")
        report.console.print(line.append_text(bar(report.console, size / ram.total, BAR_WIDTH, RIGHT)))
    traces = 4 * sum(layer.inputs * layer.neurons for layer in network.layers)
    stage.say(
        f"\nLearning keeps nothing per synapse, where traces would take {traces} B: what it needs grows with neurons and "
        "spikes, so in a larger network its share is small. An Arduino Mega has 8 KB of RAM, a Raspberry Pi Pico 264 KB."
    )
    return {"ram_bytes": ram_json(ram)}


def drift(stage: Stage, device: Device) -> Values:
    """Chapter 5: the sensor ages. One copy goes on learning, the other is frozen."""
    report, spec = stage.report, stage.prepared.spec
    sensor = AgeingSensor(stage.raw, spec.encoding.last_input_tick)
    stage.title("5  The sensor drifts")
    stage.say(
        "A synthetic drift, made from the digits: every pixel loses sensitivity at a pace of its own, month by month."
    )
    stage.say("The same digit as the sensor sees it:\n")
    image, shown_months = stage.raw.test.take(stage.shown()[:1]), (0, 2, 4, MONTHS)
    seen = [sensor.images(image, month).values[0] for month in shown_months]
    print_digits(report.console, seen, [Text(f"month {month}", DIM) for month in shown_months])
    stage.say("\nTwo copies of the trained network: one goes on learning, one pass a month; the other is frozen.")
    report.console.print(Text(f"\n  month     {'goes on learning':<{BAR_WIDTH + 5}}frozen", DIM))
    months = []
    device.set_rate_scale(stream_rate_scale(spec.learning))
    with stage.open() as frozen:
        frozen.write_state(device.read_state())
        for month in range(MONTHS + 1):
            if month > 0:
                device.run_samples(sensor.spikes(stage.raw.train, month), True)
            test = sensor.spikes(stage.raw.test, month)
            months.append(
                {"month": month, "learning": accuracy(device, test, False), "frozen": accuracy(frozen, test, False)}
            )
            _drift_line(stage, months[-1])
    return {"drift": months}


def _drift_line(stage: Stage, month: Values) -> None:
    console, width = stage.report.console, BAR_WIDTH - 8
    line = Text(f"  {month['month']:>5}     ")
    line.append_text(bar(console, month["learning"], width, RIGHT)).append(
        f"{per_cent(month['learning']):>9}    ", BOLD
    )
    line.append_text(bar(console, month["frozen"], width, WRONG)).append(f"{per_cent(month['frozen']):>9}", BOLD)
    console.print(line, no_wrap=True)
