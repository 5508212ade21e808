"""What goes on before the network, from samples of a sensor to events: a model of cycles for each phase."""

from dataclasses import dataclass

from sfdfa_codegen.codegen.integer_network import IntegerNetwork
from sfdfa_codegen.emulator.counting.cycle_model import CycleModel, Predictions
from sfdfa_codegen.host.cycles import encoding_model, frontend_model
from sfdfa_codegen.host.cycles.encoding_model import predict_encoding
from sfdfa_codegen.host.cycles.frontend_model import predict_frontend
from sfdfa_codegen.host.data.spikes import SpikeDataset


@dataclass(frozen=True)
class SensingModels:
    """encoding: of readings to events. frontend: of recordings to readings, in messages of at most `max_payload` bytes; None where readings are given."""

    encoding: CycleModel
    frontend: CycleModel | None = None
    max_payload: int = 0

    def predict(self, network: IntegerNetwork, samples: SpikeDataset) -> dict[str, Predictions]:
        """By the names of the phases; of samples that have readings, and recordings where there is a model for them."""
        assert samples.readings is not None
        found = {encoding_model.PHASE: predict_encoding(network, self.encoding, samples.readings)}
        if self.frontend is not None:
            assert samples.recordings is not None
            found[frontend_model.PHASE] = predict_frontend(network, self.frontend, samples.recordings, self.max_payload)
        return found
