"""Networks in NeuroBench's harness (extra `neurobench`): `Model`, a NeuroBenchModel of its own."""

from sfdfa_codegen.host.harness.neurobench_model import Model

__all__ = ["Model"]
