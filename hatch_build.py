"""Build hook: let an editable install see the top-level folders under one import name."""

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

FOLDERS = ("host", "codegen", "emulator", "firmware_templates")
ROOT_FILES = ("__init__.py", "neurobench.py", "py.typed")
"""In `package/`: what lies in the root of the import package."""


class EditableLinks(BuildHookInterface[Any]):
    """Make `.editable/sfdfa_codegen/`: symbolic links to the folders and to the files of `package/`; a wheel needs none of them."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if version != "editable":
            return
        package = Path(self.root) / ".editable" / "sfdfa_codegen"
        package.mkdir(parents=True, exist_ok=True)
        for name, target in (
            *((folder, folder) for folder in FOLDERS),
            *((file, f"package/{file}") for file in ROOT_FILES),
        ):
            link = package / name
            if not link.is_symlink():
                link.symlink_to(Path("..") / ".." / target, target_is_directory=name in FOLDERS)
