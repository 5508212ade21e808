"""Cycles of a learning step: measured, modelled and compared."""
