"""What Tab completes in a shell, besides commands, options and files."""

from collections.abc import Callable, Iterable

import click
from click.shell_completion import CompletionItem
from sfdfa_codegen.host.network.file import preset_names


def completed(names: Callable[[], Iterable[str]], files: bool = False) -> Callable[..., list[CompletionItem]]:
    """For `shell_complete`: those of `names` that begin as the word does. files: or, where none does, files."""

    def complete(ctx: click.Context, parameter: click.Parameter, begun: str) -> list[CompletionItem]:
        found = [CompletionItem(name) for name in names() if name.startswith(begun)]
        return found or ([CompletionItem(begun, type="file")] if files else [])

    return complete


completed_network = completed(preset_names, files=True)
