"""The command line that is running, to be run again."""

import shlex
from collections.abc import Iterator

import click
from click.core import ParameterSource


def words_given(context: click.Context, without: tuple[str, ...] = ()) -> Iterator[str]:
    """Arguments and options that were given, as words. without: names of parameters to leave out."""
    for parameter in context.command.params:
        name = parameter.name or ""
        if name not in without and context.get_parameter_source(name) is ParameterSource.COMMANDLINE:
            yield from _words(parameter, context.params[name])


def command_given(context: click.Context, without: tuple[str, ...] = (), more: tuple[str, ...] = ()) -> str:
    """The command in one line, as a shell takes it. more: words to put at its end."""
    name = context.info_name or context.command.name or ""
    return shlex.join(["sfdfa-codegen", name, *words_given(context, without), *more])


def _words(parameter: click.Parameter, value: object) -> Iterator[str]:
    if not isinstance(parameter, click.Option):
        yield str(value)
    elif parameter.is_flag:
        yield parameter.opts[0] if value else parameter.secondary_opts[0]
    else:
        for one in value if isinstance(value, tuple) else (value,):
            yield parameter.opts[0]
            yield str(one)
