"""Data sets that nobody tuned anything for: what scikit-learn ships and makes, and signals of shapes that classifiers of series are tried on."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from sklearn import datasets as sk

Floats = NDArray[np.float64]
Labels = NDArray[np.int64]
Made = tuple[Floats, Labels]


@dataclass(frozen=True)
class OwnSet:
    """train, test: samples. make: draws (samples, features) and their classes with a generator. chosen_on: whether defaults were chosen on it."""

    name: str
    train: int
    test: int
    make: Callable[[int, np.random.Generator], Made]
    chosen_on: bool = True

    def draw(self, seed: int) -> tuple[Made, Made]:
        """Training and test set. Each class is in both."""
        rng = np.random.default_rng([seed, *self.name.encode()])
        values, labels = self.make(self.train + self.test, rng)
        order = rng.permutation(len(labels))
        test = min(self.test, len(labels) - self.train) if self.train < len(labels) else len(labels) // 3
        return (values[order[test:]], labels[order[test:]]), (values[order[:test]], labels[order[:test]])


def _seed(rng: np.random.Generator) -> int:
    return int(rng.integers(2**31))


def _made(maker: Callable[..., Any], **settings: Any) -> Callable[[int, np.random.Generator], Made]:
    def make(samples: int, rng: np.random.Generator) -> Made:
        values, labels = maker(n_samples=samples, random_state=_seed(rng), **settings)
        return values, np.unique(labels, return_inverse=True)[1].astype(np.int64)

    return make


def _table(
    features: int, informative: int, classes: int = 2, **more: Any
) -> Callable[[int, np.random.Generator], Made]:
    return _made(
        sk.make_classification,
        n_features=features,
        n_informative=informative,
        n_classes=classes,
        **({"n_redundant": 0} | more),
    )


def _shipped(loader: Callable[..., Any]) -> Callable[[int, np.random.Generator], Made]:
    def make(_samples: int, _rng: np.random.Generator) -> Made:
        values, labels = loader(return_X_y=True)
        return np.asarray(values, dtype=np.float64), labels.astype(np.int64)

    return make


def _changed(
    base: Callable[[int, np.random.Generator], Made], change: Callable[[Floats, np.random.Generator], Floats]
) -> Callable[[int, np.random.Generator], Made]:
    def make(samples: int, rng: np.random.Generator) -> Made:
        values, labels = base(samples, rng)
        return change(values, rng), labels

    return make


def _scales(values: Floats, rng: np.random.Generator) -> Floats:
    """Units from a millionth to a million, and zeros elsewhere."""
    return np.asarray(
        values * 10.0 ** rng.uniform(-6, 6, values.shape[1]) + 10.0 ** rng.uniform(-3, 3, values.shape[1])
    )


def _skewed(values: Floats, _rng: np.random.Generator) -> Floats:
    return np.asarray(np.exp(1.5 * values / values.std(axis=0)))


def _mostly_zero(values: Floats, _rng: np.random.Generator) -> Floats:
    return np.maximum(0, values - np.quantile(values, 0.7, axis=0))


def _heavy(values: Floats, rng: np.random.Generator) -> Floats:
    """Noise with far outliers on every column."""
    return values + 0.5 * rng.standard_t(1.5, values.shape)


def _codes(values: Floats, rng: np.random.Generator) -> Floats:
    """Each column in five numbered kinds, whose numbers mean nothing."""
    edges = np.quantile(values, (0.2, 0.4, 0.6, 0.8), axis=0)
    kinds = (values[None] > edges[:, None]).sum(axis=0)
    names = np.stack([rng.permutation(5) for _ in range(values.shape[1])])
    return np.asarray(names[np.arange(values.shape[1]), kinds], dtype=np.float64)


def _one_hot(values: Floats, rng: np.random.Generator) -> Floats:
    kinds = (_codes(values, rng)[:, :, None] == np.arange(5)).reshape(len(values), -1)
    return np.column_stack((kinds, values[:, :2]))


def _whole(values: Floats, _rng: np.random.Generator) -> Floats:
    """0 to 15, as the letters of the UCI have them."""
    low, high = np.quantile(values, (0.01, 0.99), axis=0)
    return np.asarray(np.clip(np.rint(15 * (values - low) / (high - low)), 0, 15))


def _xor(samples: int, rng: np.random.Generator) -> Made:
    values = rng.uniform(-1, 1, (samples, 6))
    return values, (values[:, 0] * values[:, 1] > 0).astype(np.int64)


def _spirals(samples: int, rng: np.random.Generator) -> Made:
    labels = rng.integers(0, 2, samples)
    angle = 3 * np.pi * np.sqrt(rng.random(samples))
    around = angle + np.pi * labels
    return np.stack([angle * np.cos(around), angle * np.sin(around)], axis=1) + rng.normal(0, 0.4, (samples, 2)), labels


def _friedman(samples: int, rng: np.random.Generator) -> Made:
    values, target = sk.make_friedman1(n_samples=samples, noise=1.0, random_state=_seed(rng))
    return values, np.digitize(target, np.quantile(target, (1 / 3, 2 / 3))).astype(np.int64)


def _sensor(samples: int, rng: np.random.Generator) -> Made:
    """Eight sensors in parts per million, all moved by temperature, four gases."""
    labels = rng.integers(0, 4, samples)
    gain = np.random.default_rng(7).normal(0, 0.6, (4, 8))
    strength = rng.uniform(0.5, 3, (samples, 1))
    warm = rng.normal(20, 5, (samples, 1))
    values = 100 * np.exp(gain[labels] * strength + 0.02 * (warm - 20) + rng.normal(0, 0.15, (samples, 8)))
    return np.concatenate([values, warm], axis=1), labels


def _cbf(samples: int, rng: np.random.Generator) -> Made:
    """Cylinder, bell, funnel."""
    labels, time = rng.integers(0, 3, samples), np.arange(128)
    start = rng.integers(16, 33, (samples, 1))
    end = start + rng.integers(32, 97, (samples, 1))
    inside, share = (time >= start) & (time <= end), (time - start) / (end - start)
    shape = np.stack([np.ones_like(share), share, 1 - share])[labels, np.arange(samples)]
    return (6 + rng.normal(0, 1, (samples, 1))) * inside * shape + rng.normal(0, 1, (samples, 128)), labels


def _control(samples: int, rng: np.random.Generator) -> Made:
    """Control charts: level, cycles, trends up and down, shifts up and down."""
    labels, time = rng.integers(0, 6, samples), np.arange(60)
    one = rng.uniform(0, 1, (samples, 4, 1))
    cycles = (10 + 5 * one[:, 0]) * np.sin(2 * np.pi * time / (10 + 5 * one[:, 1]))
    trend, shift = (0.2 + 0.3 * one[:, 2]) * time, (7.5 + 12.5 * one[:, 0]) * (time >= 20 + 20 * one[:, 3])
    shapes = np.stack([np.zeros((samples, 60)), cycles, trend, -trend, shift, -shift])
    return 30 + rng.normal(0, 2, (samples, 60)) + shapes[labels, np.arange(samples)], labels


def _transients(samples: int, rng: np.random.Generator) -> Made:
    """As the four classes of Trace: a step early or late, with or without a swing after it."""
    labels, time = rng.integers(0, 4, samples), np.arange(200)
    at = np.where(labels % 2, 110, 70)[:, None] + rng.normal(0, 10, (samples, 1))
    step = 1 / (1 + np.exp(-(time - at) / 3))
    swing = np.exp(-np.maximum(0, time - at) / 25) * np.sin((time - at) / 4) * (time > at)
    return step + (labels >= 2)[:, None] * swing + rng.normal(0, 0.05, (samples, 200)) + rng.normal(
        0, 0.2, (samples, 1)
    ), labels


def _beats(samples: int, rng: np.random.Generator) -> Made:
    """Heartbeats: normal, wide and early ones, and such with a low last wave."""
    labels, time = rng.integers(0, 4, samples), np.linspace(0, 1, 96)

    def wave(at: Floats, width: Floats, height: Floats) -> Floats:
        return np.asarray(height[:, None] * np.exp(-(((time - at[:, None]) / width[:, None]) ** 2)))

    def about(value: float, spread: float) -> Floats:
        return rng.normal(value, spread, samples)

    moved = about(0, 0.02) - 0.07 * (labels == 2)
    first = wave(0.2 + moved + about(0, 0.01), np.abs(about(0.04, 0.005)), about(0.2, 0.05) * (labels != 2))
    main = wave(0.4 + moved, np.abs(about(0.02, 0.003)) * (1 + 1.0 * (labels == 1)), about(1, 0.15))
    last = wave(
        0.7 + moved + about(0, 0.02), np.abs(about(0.07, 0.01)), about(0.35, 0.08) * np.where(labels == 3, 0.3, 1)
    )
    return first + main + last + rng.normal(0, 0.05, (samples, 96)), labels


def _outlines(samples: int, rng: np.random.Generator) -> Made:
    """Outlines of three kinds of arrow heads: distance from the middle along the rim; they differ in notches, and vary in length."""
    labels, time = rng.integers(0, 3, samples), np.linspace(0, 1, 251)
    bent = (
        time
        + rng.normal(0, 0.012, (samples, 1)) * np.sin(2 * np.pi * time)
        + rng.normal(0, 0.006, (samples, 1)) * np.sin(4 * np.pi * time)
    )

    def bump(at: float, width: float) -> Floats:
        return np.asarray(np.exp(-(((bent - at) / width) ** 2)))

    notch = np.array([0.0, 0.35, 0.15])[labels][:, None] + rng.normal(0, 0.06, (samples, 1))
    barb = np.array([0.5, 0.5, 0.8])[labels][:, None] + rng.normal(0, 0.1, (samples, 1))
    length = rng.normal(2, 0.4, (samples, 1))
    rim = (
        length * (bump(0.0, 0.12) + bump(1.0, 0.12))
        + barb * (bump(0.4, 0.04) + bump(0.6, 0.04))
        - notch * bump(0.5, 0.05)
    )
    rim = rim + 0.04 * np.cumsum(rng.normal(0, 0.1, (samples, 251)), axis=1)
    return (rim - rim.mean(axis=1, keepdims=True)) / rim.std(axis=1, keepdims=True), labels


def _chirps(samples: int, rng: np.random.Generator) -> Made:
    """Rising, falling and steady tones of any phase."""
    labels, time = rng.integers(0, 3, samples), np.linspace(0, 1, 100)
    rise = np.array([6.0, -6.0, 0.0])[labels][:, None] * rng.uniform(0.7, 1.3, (samples, 1))
    start = 9 - rise / 2
    phase = rng.uniform(0, 0.7, (samples, 1)) * np.pi
    return np.sin(2 * np.pi * (start * time + rise * time**2 / 2) + phase) + rng.normal(0, 0.2, (samples, 100)), labels


def _demand(samples: int, rng: np.random.Generator) -> Made:
    """24 hours of use, in summer or in winter."""
    labels, hour = rng.integers(0, 2, samples), np.arange(24)
    evening = np.where(labels, 19, 20.5)[:, None] + rng.normal(0, 0.7, (samples, 1))
    noon = np.where(labels, 0.5, 0.9)[:, None] + rng.normal(0, 0.15, (samples, 1))
    day = (
        np.exp(-(((hour - 9) / 2.5) ** 2))
        + noon * np.exp(-(((hour - 13) / 3) ** 2))
        + np.exp(-(((hour - evening) / 2.5) ** 2))
    )
    use = day + rng.normal(0, 0.1, (samples, 24))
    return (use - use.mean(axis=1, keepdims=True)) / use.std(axis=1, keepdims=True), labels


def _rings(samples: int, rng: np.random.Generator) -> Made:
    """Three rings about one middle, of as many dimensions as three."""
    labels = rng.integers(0, 3, samples)
    way = rng.normal(0, 1, (samples, 3))
    way /= np.linalg.norm(way, axis=1, keepdims=True)
    return way * (1 + labels + rng.normal(0, 0.2, samples))[:, None], labels


def _ellipsoid(samples: int, rng: np.random.Generator) -> Made:
    """Whether a weighted sum of squares of eight even columns is large, with one label in twenty wrong."""
    values = rng.uniform(-1, 1, (samples, 8))
    total = (values**2) @ np.linspace(0.5, 2, 8)
    return values, ((total > np.median(total)) ^ (rng.random(samples) < 0.05)).astype(np.int64)


def _checkerboard(samples: int, rng: np.random.Generator) -> Made:
    """Four by four squares."""
    values = rng.uniform(0, 4, (samples, 2))
    return values, np.floor(values).sum(axis=1).astype(np.int64) % 2


def _parity(samples: int, rng: np.random.Generator) -> Made:
    """Of the signs of three columns among five."""
    values = rng.normal(0, 1, (samples, 5))
    return values, (values[:, :3] > 0).sum(axis=1).astype(np.int64) % 2


def _impedance(samples: int, rng: np.random.Generator) -> Made:
    """Friedman's second function, in four classes: columns of very different sizes."""
    values, target = sk.make_friedman2(n_samples=samples, random_state=_seed(rng))
    return values, np.digitize(target, np.quantile(target, (0.25, 0.5, 0.75))).astype(np.int64)


def _words(samples: int, rng: np.random.Generator) -> Made:
    """How often each of 120 words stands in a text of 40, in four subjects that share most of them."""
    labels = rng.integers(0, 4, samples)
    common = np.random.default_rng(11).dirichlet(np.full(120, 0.3), 5)
    often = 0.7 * common[4] + 0.3 * common[labels]
    return np.stack([rng.multinomial(40, row / row.sum()) for row in often]).astype(np.float64), labels


def _processes(samples: int, rng: np.random.Generator) -> Made:
    """Noise with a memory: three autoregressive processes, told apart by nothing but how neighbours agree."""
    labels = rng.integers(0, 3, samples)
    memory = np.array([0.9, 0.0, -0.9])[labels]
    values = np.zeros((samples, 64))
    for step in range(64):
        values[:, step] = (memory * values[:, step - 1] if step else 0.0) + rng.normal(0, 1, samples)
    return values, labels


def _machine(samples: int, rng: np.random.Generator) -> Made:
    """Six readings of a machine that fails where two of them, of three kinds of settings, do not suit each other."""
    values = np.column_stack((rng.integers(0, 5, (samples, 3)), rng.lognormal(0, 0.6, (samples, 3)))).astype(np.float64)
    fails = (values[:, 0] > values[:, 1]) & (values[:, 3] > 0.8) | (values[:, 3] * values[:, 4] > 2.5)
    return values, fails.astype(np.int64)


SETS: Final = (
    OwnSet("iris", 105, 45, _shipped(sk.load_iris)),
    OwnSet("moons", 200, 2000, _made(sk.make_moons, noise=0.25)),
    OwnSet("circles", 300, 2000, _made(sk.make_circles, noise=0.12, factor=0.5)),
    OwnSet("blobs-5", 150, 2000, _made(sk.make_blobs, n_features=8, centers=5, cluster_std=4.0)),
    OwnSet("table-20", 700, 2000, _table(20, 10, 3)),
    OwnSet("table-20-redundant", 500, 2000, _table(20, 5, 2, n_redundant=10)),
    OwnSet("table-100", 800, 2000, _table(100, 15, 4)),
    OwnSet("table-500", 200, 2000, _table(500, 20, 2, class_sep=2.0)),
    OwnSet("table-60-samples", 60, 2000, _table(10, 5, 2, class_sep=1.5)),
    OwnSet("imbalanced", 1000, 3000, _table(12, 6, 2, weights=(0.93,), class_sep=1.2)),
    OwnSet("hastie", 2000, 3000, _made(sk.make_hastie_10_2)),
    OwnSet("quantiles-3", 600, 2000, _made(sk.make_gaussian_quantiles, n_features=4, n_classes=3)),
    OwnSet("letters-like", 4000, 2000, _changed(_table(16, 12, 26, class_sep=2.0, n_clusters_per_class=1), _whole)),
    OwnSet("scales", 600, 2000, _changed(_table(15, 8, 3, class_sep=1.5), _scales)),
    OwnSet("skewed", 600, 2000, _changed(_table(10, 6, 2, class_sep=1.3), _skewed)),
    OwnSet("mostly-zero", 800, 2000, _changed(_table(40, 15, 4, class_sep=2.0), _mostly_zero)),
    OwnSet("codes", 800, 2000, _changed(_table(10, 5, 2, class_sep=1.5), _codes)),
    OwnSet("one-hot", 800, 2000, _changed(_table(10, 5, 2, class_sep=1.5), _one_hot)),
    OwnSet("cbf", 60, 1000, _cbf),
    OwnSet("control", 300, 1000, _control),
    OwnSet("beats", 100, 1500, _beats),
    OwnSet("outlines", 36, 1000, _outlines),
    OwnSet("chirps", 300, 1500, _chirps),
    OwnSet("xor", 800, 2000, _xor),
    OwnSet("table-20000", 20_000, 4000, _table(12, 8, 5)),
    OwnSet("table-12000", 12_000, 4000, _table(16, 10, 4, n_redundant=4)),
    OwnSet("table-6000", 6000, 4000, _table(20, 12, 3, n_clusters_per_class=3)),
    OwnSet("friedman-10000", 10_000, 4000, _friedman),
    OwnSet("spirals", 600, 2000, _spirals, chosen_on=False),
    OwnSet("friedman", 900, 2000, _friedman),
    OwnSet("sensor", 300, 2000, _sensor),
    OwnSet("transients", 100, 1000, _transients, chosen_on=False),
    OwnSet("demand", 67, 1500, _demand),
    OwnSet("blobs-tight", 80, 2000, _made(sk.make_blobs, n_features=3, centers=4, cluster_std=2.5), chosen_on=False),
    OwnSet("table-200", 300, 2000, _table(200, 20, 3, class_sep=2.0), chosen_on=False),
    OwnSet("heavy-tails", 800, 2000, _changed(_table(12, 6, 3, class_sep=1.5), _heavy)),
    OwnSet("scales-30", 1000, 2000, _changed(_table(30, 12, 2), _scales), chosen_on=False),
    OwnSet("quantiles-10", 1500, 2000, _made(sk.make_gaussian_quantiles, n_features=10, n_classes=2)),
    OwnSet("rings", 400, 2000, _rings, chosen_on=False),
    OwnSet("ellipsoid", 1200, 2000, _ellipsoid, chosen_on=False),
    OwnSet("checkerboard", 800, 2000, _checkerboard, chosen_on=False),
    OwnSet("parity", 1000, 2000, _parity, chosen_on=False),
    OwnSet("impedance", 500, 2000, _impedance, chosen_on=False),
    OwnSet("words", 300, 1500, _words, chosen_on=False),
    OwnSet("processes", 600, 1500, _processes, chosen_on=False),
    OwnSet("machine", 700, 2000, _machine, chosen_on=False),
    OwnSet("rare", 1000, 3000, _table(10, 6, 2, weights=(0.95,), class_sep=1.5), chosen_on=False),
    OwnSet("few", 50, 1000, _table(300, 30, 2, class_sep=3.0), chosen_on=False),
)
