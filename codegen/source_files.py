"""Sources on their way to a compiler."""

from pathlib import Path

from sfdfa_codegen.codegen.errors import ConfigError


def write_sources(sources: dict[str, str], folder: Path) -> None:
    """Write files by name, or path below `folder`. Raises ConfigError if the folder cannot be written."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in sources.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text, encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"cannot write to {folder}: {error.strerror}; choose another folder") from error
