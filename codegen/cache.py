"""Where what is made once is kept: compiled libraries and images, simulators, fitted models of cycles."""

from pathlib import Path

from platformdirs import user_cache_dir


def cache_folder() -> Path:
    """The user's cache of this project."""
    return Path(user_cache_dir("sfdfa-codegen"))
