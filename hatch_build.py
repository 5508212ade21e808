"""Build hook: let an editable install see the top-level folders under one import name."""

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

FOLDERS = ("host", "codegen", "emulator", "firmware_templates")


class EditableLinks(BuildHookInterface):
    """Make `.editable/sfdfa_codegen/<folder>` symbolic links; a wheel needs none of them."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if version != "editable":
            return
        package = Path(self.root) / ".editable" / "sfdfa_codegen"
        package.mkdir(parents=True, exist_ok=True)
        for folder in FOLDERS:
            link = package / folder
            if not link.is_symlink():
                link.symlink_to(Path("..") / ".." / folder, target_is_directory=True)
