"""docs/REFERENCE.md: the public names of the package, from their docstrings. `python -m sfdfa_codegen.host.classifier.reference > docs/REFERENCE.md`"""

import importlib
import inspect
from collections.abc import Iterator
from types import FunctionType
from typing import Any, Final

from sfdfa_codegen.host.classifier.board import FittedBoard
from sfdfa_codegen.host.classifier.estimator import SpikingClassifier
from sfdfa_codegen.host.classifier.parameters import ParameterError
from sfdfa_codegen.host.classifier.samples import SampleError

COMMAND: Final = "python -m sfdfa_codegen.host.classifier.reference > docs/REFERENCE.md"
CLASSES: Final = (SpikingClassifier, FittedBoard)
ERRORS: Final = (SampleError, ParameterError)


def reference() -> str:
    """The page, in Markdown."""
    package = importlib.import_module("sfdfa_codegen")
    head = [
        "# Reference",
        f"Made from the docstrings: `{COMMAND}`. What is not here may change.",
        "## `sfdfa_codegen`",
        _text(package),
        f"Names: {', '.join(f'`{name}`' for name in sorted(package.__all__))}.",
    ]
    parts = [part for one in CLASSES for part in _class(one)]
    errors = ["## Errors", *(f"**`{one.__name__}`** {_bases(one)}: {_text(one)}" for one in ERRORS)]
    return "\n\n".join([*head, *parts, *errors]) + "\n"


def _class(one: type) -> Iterator[str]:
    made_by_users = one is not FittedBoard
    yield f"## `{one.__name__}{_signature(one) if made_by_users else ''}`"
    yield _text(one)
    for name, member in _members(one):
        if isinstance(member, property):
            yield f"### `{name}`"
        else:
            yield f"### `{name}{_signature(member)}`"
        yield _text(member)


def _members(one: type) -> Iterator[tuple[str, Any]]:
    """Public methods and properties that have a docstring, those of parents before them, each where it was first named."""
    found: dict[str, Any] = {}
    for parent in reversed(one.__mro__[:-1]):
        found |= {name: member for name, member in vars(parent).items() if not name.startswith("_")}
    for name, member in found.items():
        if isinstance(member, FunctionType | property) and member.__doc__:
            yield name, member


def _signature(member: Any) -> str:
    """With defaults, and without the types, which the text gives where they are not plain."""
    signature = inspect.signature(member)
    kept = [
        parameter.replace(annotation=inspect.Parameter.empty)
        for parameter in signature.parameters.values()
        if parameter.name != "self"
    ]
    return str(signature.replace(parameters=kept, return_annotation=inspect.Signature.empty))


def _bases(one: type) -> str:
    return f"({', '.join(f'`{base.__name__}`' for base in one.__bases__)})"


def _text(one: Any) -> str:
    return inspect.getdoc(one) or ""


if __name__ == "__main__":
    print(reference(), end="")
