"""The kinds of readouts, rules and resets, by the names that network files have for them."""

from typing import Literal

Readout = Literal["integrator", "counts"]
Rule = Literal["sfdfa", "dfa", "weights", "none"]
Gradient = Literal["sfdfa", "exact"]
Eligibility = Literal["replay", "trace"]
Reset = Literal["subtract", "zero"]
ErrorKind = Literal["one-sided", "count"]
