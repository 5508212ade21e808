"""Spiking networks that go on learning on a microcontroller: SFDFA in generated fixed-point C, with an emulator that agrees to the last bit.

`SpikingClassifier` is a classifier by the conventions of scikit-learn that learns in the integers of the device. Everything else is the command
`sfdfa-codegen` and the modules below this package, which may change.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sfdfa_codegen.host.classifier.estimator import SpikingClassifier

    __version__: str

__all__ = ["SpikingClassifier", "__version__"]


def __getattr__(name: str) -> Any:
    """What is public, loaded when it is first asked for: importing the package costs nothing."""
    if name == "SpikingClassifier":
        from sfdfa_codegen.host.classifier.estimator import SpikingClassifier

        return SpikingClassifier
    if name == "__version__":
        from importlib import metadata

        return metadata.version("sfdfa-codegen")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
