"""Whether SpiNNaker's front end is installed, asked without loading it."""

from importlib.util import find_spec
from typing import Final

from sfdfa_codegen.codegen.errors import ToolMissingError

PACKAGE: Final = "spinnaker_graph_front_end"


def check_front_end() -> None:
    """Raises ToolMissingError where SpiNNaker's front end is not installed."""
    if find_spec(PACKAGE) is None:
        raise ToolMissingError(
            "SpiNNaker's front end is missing; install it with pip install 'sfdfa-codegen[spinnaker]', "
            "or only write the C, with build --target spinnaker1"
        )
