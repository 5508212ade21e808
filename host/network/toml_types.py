"""Checks a TOML value against a type annotation: the few kinds that the network file's dataclasses use."""

import math
import types
import typing
from typing import Any, Literal, Union


class NotAllowedError(Exception):
    """The value is of another type. The text says what is allowed."""


def convert(value: Any, hint: Any) -> Any:
    """`value` as the annotated type; a whole number is accepted as a float, a bool never as a number.

    Raises NotAllowedError. None in a union is ignored, as TOML has no null.
    """
    origin = typing.get_origin(hint)
    if origin in (Union, types.UnionType):
        return _convert_union(value, [arm for arm in typing.get_args(hint) if arm is not type(None)])
    if origin is Literal:
        return _convert_literal(value, typing.get_args(hint))
    if origin is tuple:
        return _convert_list(value, typing.get_args(hint)[0])
    return _convert_scalar(value, hint)


def _convert_union(value: Any, arms: list[Any]) -> Any:
    allowed = []
    for arm in arms:
        try:
            return convert(value, arm)
        except NotAllowedError as error:
            allowed.append(str(error))
    raise NotAllowedError(" or ".join(allowed))


def _convert_literal(value: Any, choices: tuple[Any, ...]) -> Any:
    for choice in choices:
        if type(value) is type(choice) and value == choice:
            return choice
    shown = ", ".join(f'"{choice}"' if isinstance(choice, str) else str(choice) for choice in choices)
    raise NotAllowedError(shown if len(choices) == 1 else f"one of {shown}")


def _convert_list(value: Any, item_hint: Any) -> tuple[Any, ...]:
    if not isinstance(value, list):
        raise NotAllowedError("a list of texts in quotes" if item_hint is str else "a list of numbers")
    return tuple(convert(item, item_hint) for item in value)


def _convert_scalar(value: Any, hint: type) -> Any:
    if hint is float and type(value) in (int, float):
        return _convert_float(value)
    if type(value) is not hint:
        names = {bool: "true or false", int: "a whole number", float: "a number", str: "a text in quotes"}
        raise NotAllowedError(names[hint])
    return value


def _convert_float(value: float) -> float:
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise NotAllowedError("a finite number")
    return number
