"""Data sets: finding, reading and encoding them. `load_data` is all that most callers need."""

from sfdfa_codegen.host.data.load import load_data

__all__ = ["load_data"]
