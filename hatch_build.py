"""Build hooks: an editable install sees the top-level folders under one import name, and the README is fit to be read elsewhere."""

import re
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface
from hatchling.metadata.plugin.interface import MetadataHookInterface

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


class PublicPage(MetadataHookInterface):
    """The page of an index of packages: the README with links that lead somewhere, and the project's own.

    They are made of one setting, `repository` of the hook: the address of a forge that shows files below /blob/BRANCH and gives them below /raw/BRANCH. While it is
    empty, links into the repository are their words, pictures are left out, and the project has no URLs.
    """

    PLUGIN_NAME = "custom"

    def update(self, metadata: dict[str, Any]) -> None:
        repository = str(self.config.get("repository", "")).rstrip("/")
        branch = str(self.config.get("branch", "main"))
        text = (Path(self.root) / "README.md").read_text(encoding="utf-8")
        metadata["readme"] = {"content-type": "text/markdown", "text": with_public_links(text, repository, branch)}
        if repository:
            metadata["urls"] = {
                "Homepage": repository,
                "Documentation": f"{repository}/blob/{branch}/docs/GUIDE.md",
                "Changelog": f"{repository}/blob/{branch}/CHANGELOG.md",
                "Issues": f"{repository}/issues",
            }


LINK = re.compile(r"(?P<picture>!?)\[(?P<words>[^\]]*)\]\((?P<place>[^)\s]+)\)")
ELSEWHERE = ("https:", "http:", "#")


def with_public_links(text: str, repository: str, branch: str) -> str:
    """Markdown whose relative links are made absolute, or without an address plain words."""

    def public(found: re.Match[str]) -> str:
        picture, words, place = found["picture"], found["words"], found["place"]
        if place.startswith(ELSEWHERE):
            return found[0]
        if not repository:
            return "" if picture else words
        return f"{picture}[{words}]({repository}/{'raw' if picture else 'blob'}/{branch}/{place})"

    return LINK.sub(public, text)
