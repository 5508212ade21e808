"""What training in float came to, for a program and for a person."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sfdfa_codegen.host.floats.learning import TrainingRule
from sfdfa_codegen.host.floats.training import TrainingResult
from sfdfa_codegen.host.report import Rows, Said, per_cent


@dataclass(frozen=True)
class TrainSummary:
    """Epochs of Adam. train_samples and test_samples: of each epoch. written: whether the weights are in `out`."""

    network: str
    seed: int
    rule: TrainingRule
    result: TrainingResult
    train_samples: int
    test_samples: int
    out: Path
    written: bool

    def json(self) -> dict[str, object]:
        """The contract's keys."""
        result = self.result
        return {
            "network": self.network,
            "rule": self.rule,
            "engine": result.engine,
            "epochs": len(result.epochs),
            "train_samples": self.train_samples,
            "test_samples": self.test_samples,
            "test_accuracy": result.epochs[-1].test_accuracy,
            "learning_curve": [
                {
                    "online_accuracy": epoch.train_accuracy,
                    "test_accuracy": epoch.test_accuracy,
                    "seconds": epoch.seconds,
                }
                for epoch in result.epochs
            ],
            "seconds": sum(epoch.seconds for epoch in result.epochs),
            "seed": self.seed,
            "out": str(self.out),
        }

    def lines(self) -> Iterator[Said]:
        """For a person."""
        result = self.result
        rows = tuple(
            (f"pass {number}", per_cent(epoch.train_accuracy), per_cent(epoch.test_accuracy), f"{epoch.seconds:.1f}")
            for number, epoch in enumerate(result.epochs, 1)
        )
        title = f"{self.network}, rule {self.rule}, seed {self.seed}: {self.train_samples} training samples"
        yield Rows(title, ("", "while learning", "test", "seconds"), rows)
        yield "computed in C, compiled here" if result.engine == "c" else f"computed in numpy: {result.reason}"
        if self.written:
            yield f"weights in {self.out}"
