"""Which encoding a network has whose file does not say, and how often it sees the training set: of a few, what learns best, by folds of the training set."""

import hashlib
import json
import math
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
from sfdfa_codegen.codegen.cache import cache_folder, content_key, made_once
from sfdfa_codegen.codegen.errors import DataError, DoesNotFitError
from sfdfa_codegen.codegen.integer_network import ARITHMETIC_VERSION
from sfdfa_codegen.codegen.render import tool_version
from sfdfa_codegen.host.choice.folds import FOLDS, fold_numbers
from sfdfa_codegen.host.choice.trial import right_in_folds
from sfdfa_codegen.host.data.feature_coder import fit_coder
from sfdfa_codegen.host.data.fit_encoder import MOST_BY_POPULATION, is_open
from sfdfa_codegen.host.data.load import encode_features
from sfdfa_codegen.host.data.order import mixed_order
from sfdfa_codegen.host.data.raw import Features, RawData
from sfdfa_codegen.host.network.learning_rate import passes_over
from sfdfa_codegen.host.network.spec import EncodingKind, EncodingSpec, NetworkSpec

FIELDS: Final = (3, 4, 6)
"""Of the populations that are tried."""
LEAST_SAMPLES: Final = 16
"""In a training set: with fewer the folds say nothing."""
FEW_SAMPLES: Final = 2000
"""A training set of so many is tried in all of its folds; of a larger one so many folds are held out that these are predicted, which costs the same."""
MOST_SAMPLES: Final = 8000
"""Of a training set that are tried, drawn from all of it."""
SHOWN: Final = 30_000
"""A network learns in a fold as often as in a run, but not many more samples than these where a file has more passes than the rule."""
FEWER_PASSES: Final = (4, 16)
"""A quarter and a 16th of the passes are tried too: where labels are noise in part, more of them are learned by heart."""
SEED: Final = NetworkSpec.seed
"""Of the networks that are tried: the choice is the data's, whatever seed a run has."""
METHOD: Final = 8
"""Part of the name under which a choice is kept. One more whenever another encoding could come out."""

Progress = Callable[[int, int], None]
"""Called with the folds done and in all."""


@dataclass(frozen=True)
class Tried:
    """An encoding and how many of the samples it got right in the passes that the rule gives it; None where the network did not fit its integers.

    fewer: the same in fewer passes, in pairs of those passes and samples.
    """

    kind: EncodingKind
    fields: int
    right: int | None
    fewer: tuple[tuple[int, int], ...] = ()

    @property
    def name(self) -> str:
        return f"population of {self.fields}" if self.kind == "population" else self.kind

    @property
    def most(self) -> int:
        """The most that it got right, -1 where it did not fit."""
        return max((-1 if self.right is None else self.right, *(right for _, right in self.fewer)))

    @property
    def passes(self) -> int | None:
        """Those in which it got most right; None for what the rule gives, also where fewer are as good."""
        if self.right == self.most:
            return None
        return next((passes for passes, right in self.fewer if right == self.most), None)


@dataclass(frozen=True)
class EncodingChoice:
    """What was tried in the order that decides between equals, on how many samples in how many folds, and so what was chosen."""

    samples: int
    tried: tuple[Tried, ...]
    folds: int = FOLDS

    @property
    def best(self) -> Tried:
        """The one with the most right; if that is a population, the first where it is within the error of that: of several that are as good the one with the most was lucky."""
        most = max(self.tried, key=lambda tried: tried.most)
        if most.kind != "population":
            return most
        share = max(0.0, most.most / self.samples)
        error = math.sqrt(self.samples * share * (1.0 - share))
        return self.tried[0] if self.tried[0].most >= most.most - error else most

    @property
    def note(self) -> str:
        """A sentence for the user."""
        shares = ", ".join(f"{tried.name} {self._share(tried)}" for tried in self.tried)
        passes = self.best.passes
        often = "" if passes is None else f" in {passes} pass{'es' * (passes > 1)}, as more are learned by heart"
        near = (
            "" if self.best.most == max(tried.most for tried in self.tried) else ", which is as good within their error"
        )
        folds = f"{self.folds} of " * (self.folds < FOLDS) + f"{FOLDS} folds"
        return f"encoding chosen by {folds} of the training set: {self.best.name}{often}{near} ({shares})"

    def _share(self, tried: Tried) -> str:
        return "does not fit" if tried.right is None else f"{100 * tried.most / self.samples:.1f} %"


def candidates(features: int, samples: int) -> tuple[tuple[EncodingKind, int], ...]:
    """Kinds and fields that are tried, those with fewer channels first; where samples are many, also levels by number."""
    fields = FIELDS if features <= MOST_BY_POPULATION else FIELDS[:1]
    populations: tuple[tuple[EncodingKind, int], ...] = tuple(("population", count) for count in fields)
    counted: tuple[tuple[EncodingKind, int], ...] = (("signed-rate", EncodingSpec.fields),)
    return (("signed-ttfs", EncodingSpec.fields), *populations, *(counted if samples > FEW_SAMPLES else ()))


def chosen_spec(
    spec: NetworkSpec, raw: RawData[Any], progress: Progress | None = None
) -> tuple[NetworkSpec, EncodingChoice | None]:
    """The network with its encoding and passes, and how they were chosen; None where there was nothing to choose.

    A choice is kept in the cache, under a name that depends on all samples and keys that it depends on.
    """
    if not is_open(raw, spec.encoding) or len(raw.train.labels) < LEAST_SAMPLES:
        return spec, None
    choice = _kept_choice(spec, raw, progress)
    encoding = replace(spec.encoding, kind=choice.best.kind, fields=choice.best.fields)
    passes = spec.learning.epochs if choice.best.passes is None else choice.best.passes
    return replace(spec, encoding=encoding, learning=replace(spec.learning, epochs=passes)), choice


def _kept_choice(spec: NetworkSpec, raw: RawData[Features], progress: Progress | None) -> EncodingChoice:
    def make(target: Path) -> None:
        target.write_text(json.dumps(asdict(choose_encoding(spec, raw, progress))), encoding="utf-8")

    path = made_once(cache_folder() / "encodings" / f"{_key(spec, raw)}.json", make)
    values = json.loads(path.read_bytes())
    tried = (replace(Tried(**one), fewer=tuple(map(tuple, one["fewer"]))) for one in values["tried"])
    return EncodingChoice(values["samples"], tuple(tried), values["folds"])


def _key(spec: NetworkSpec, raw: RawData[Features]) -> str:
    digest = hashlib.sha256()
    limits = () if raw.limits is None else raw.limits
    groups = () if raw.train_groups is None else (raw.train_groups,)
    for array in (raw.train.values, raw.train.labels.astype(np.int64), *limits, *groups):
        digest.update(repr((array.dtype.str, array.shape)).encode())
        digest.update(np.ascontiguousarray(array).tobytes())
    keys = (spec.layers, spec.encoding, spec.neuron, spec.learning, spec.fixed_point)
    return content_key(METHOD, tool_version(), ARITHMETIC_VERSION, digest.hexdigest(), keys)


def choose_encoding(spec: NetworkSpec, raw: RawData[Features], progress: Progress | None = None) -> EncodingChoice:
    """Try every encoding on folds of the training set."""
    samples = len(raw.train.labels)
    rows = np.sort(mixed_order(samples)[:MOST_SAMPLES])
    train = raw.train.take(rows)
    groups = None if raw.train_groups is None else raw.train_groups[rows]
    folds = fold_numbers(train.labels, groups)
    held_out = np.unique(folds)[: -(-FOLDS * FEW_SAMPLES // len(rows))].tolist()
    kinds = candidates(train.values.shape[1], samples)
    done = 0

    def after_fold() -> None:
        nonlocal done
        done += 1
        if progress is not None:
            progress(done, len(held_out) * len(kinds))

    alone = replace(raw, train=train, test=train, segments=())
    passes, *fewer = passes_to_try(spec, samples)

    def try_one(kind: EncodingKind, fields: int) -> Tried:
        encoding = replace(spec.encoding, kind=kind, fields=fields)
        tried = replace(spec, encoding=encoding, seed=SEED)
        try:
            data = encode_features(alone, tried, fit_coder(alone, encoding))
            right, *less = right_in_folds(tried, data, folds, held_out, (passes, *fewer), after_fold)
        except (DoesNotFitError, DataError):
            return Tried(kind, fields, None)
        return Tried(kind, fields, right, tuple(zip(fewer, less, strict=True)))

    predicted = int(np.isin(folds, held_out).sum())
    return EncodingChoice(predicted, tuple(try_one(kind, fields) for kind, fields in kinds), len(held_out))


def passes_to_try(spec: NetworkSpec, samples: int) -> tuple[int, ...]:
    """Those of a run over a training set of so many samples; where the rule gives these, and all samples are tried, also fewer, falling."""
    rule = passes_over(spec.learning, samples)
    if spec.learning.epochs is not None:
        return (min(rule, -(-SHOWN // min(samples, FEW_SAMPLES))),)
    if samples > FEW_SAMPLES:
        return (rule,)
    found = dict.fromkeys(max(1, round(rule / share)) for share in (1, *FEWER_PASSES))
    return tuple(found)
