"""What a build came to, for a program and for a person."""

from collections.abc import Iterator
from dataclasses import dataclass

from sfdfa_codegen.codegen.integer_network import IntegerNetwork, initial_state
from sfdfa_codegen.host.build.folder import BuildOutcome
from sfdfa_codegen.host.build.kinds import SOURCE_TARGET
from sfdfa_codegen.host.cycles.figures import SampleFigures
from sfdfa_codegen.host.report import Rows, Said, kilobytes, ram_json
from sfdfa_codegen.host.runs.neurobench import StaticNumbers, static_numbers
from sfdfa_codegen.host.summaries.keeping import Keeping


def unfit_json(network: str, target: str, out: str, model_hash: str | None) -> dict[str, object]:
    """Of a network that does not fit: nothing was built. model_hash: None where not even the integers fit."""
    unknown = dict.fromkeys(("artefact", "flash_bytes", "stack_bytes", "cycles", "persistence", "neurobench"))
    known = {"network": network, "target": target, "out": out, "model_hash": model_hash}
    return {**known, **unknown, "files": [], "ram_bytes": ram_json(None), "fits": False}


@dataclass(frozen=True)
class BuildSummary:
    """A build. checked: whether there were samples for the emulator's self-check. figures: what a sample costs on the board, if it is one."""

    network: IntegerNetwork
    target: str
    outcome: BuildOutcome
    checked: bool
    figures: SampleFigures | None
    keeping: Keeping | None = None
    """What the image keeps without power."""

    def json(self) -> dict[str, object]:
        """The contract's keys; what is not known is null."""
        built, out = self.outcome.built, self.outcome.out
        return {
            "network": self.network.name,
            "target": self.target,
            "out": str(out),
            "model_hash": self.network.model_hash,
            "files": list(self.outcome.files),
            "artefact": None if built.artefact is None else str(out / built.artefact),
            "ram_bytes": ram_json(built.ram),
            "flash_bytes": built.flash_bytes,
            "stack_bytes": built.stack_bytes,
            "fits": True,
            "cycles": None if self.figures is None else self.figures.json(),
            "persistence": None if self.keeping is None else self.keeping.json(),
            "neurobench": self._static.json(),
        }

    def lines(self) -> Iterator[Said]:
        """For a person."""
        network, built = self.network, self.outcome.built
        sizes = "-".join(str(size) for size in (network.channels, *(layer.neurons for layer in network.layers)))
        yield f"{network.name}: {sizes}, {network.weight_bits}-bit weights, rule {network.rule}"
        artefact = f", {built.artefact} among them" if built.artefact else ""
        yield f"{len(self.outcome.files)} files in {self.outcome.out}{artefact}"
        yield from self._mesh()
        yield from self._bytes()
        yield self._static.line
        if self.target in ("emu", SOURCE_TARGET):
            no = "no samples here: no self-check of the emulator"
            yield "self-check of the emulator passed" if self.checked else no
        yield f"model hash {network.model_hash[:16]}"
        yield from () if self.figures is None else self.figures.lines()
        yield from () if self.keeping is None else self.keeping.lines()

    @property
    def _static(self) -> StaticNumbers:
        return static_numbers(self.network, initial_state(self.network))

    def _mesh(self) -> Iterator[Said]:
        table = self.outcome.built.table
        if table:
            title = f"{self.network.name}: neurons of each layer (l0, ...), bytes, and operations a sample, by core"
            yield Rows(title, tuple(table[0]), tuple(map(tuple, table[1:])))

    def _bytes(self) -> Iterator[Said]:
        built = self.outcome.built
        if built.ram is not None:
            ram = built.ram
            yield f"RAM {kilobytes(ram.total)}: weights {kilobytes(ram.weights)}, learning {kilobytes(ram.learning)}"
            if built.stack_bytes is not None:
                yield f"{ram.total} bytes of RAM and at most {built.stack_bytes} of stack"
        if built.flash_bytes is not None:
            yield f"flash {kilobytes(built.flash_bytes)}"
