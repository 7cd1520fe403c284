"""Arithmetic for models: what stands in an expression is read, never executed, and cannot grow without bounds."""

import ast
import math
import operator
import re
from collections.abc import Callable
from typing import Any, Final

from agent_runner.errors import ToolRefused

LONGEST_EXPRESSION: Final = 500
MOST_BITS: Final = 4096
"""Of every whole number on the way: some 1,200 digits."""

MOST_DIGITS: Final = 100
"""To which something is rounded."""

Number = int | float

_PLAIN: Final = re.compile(
    r"(?:\s|(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?(?![\w.])|[a-z]+|\*\*|//|[-+*/%(),])+", re.ASCII
)
"""Made of nothing but numbers, names and signs: Python's reader has warnings for what else looks like them."""


def _power(base: Number, exponent: Number) -> Number:
    if isinstance(base, int) and isinstance(exponent, int) and (base.bit_length() - 1) * abs(exponent) > MOST_BITS:
        raise ToolRefused("the power is too large to be calculated")
    return base**exponent


def _rounded(number: Number, digits: Number = 0) -> Number:
    if not isinstance(digits, int) or abs(digits) > MOST_DIGITS:
        raise ToolRefused(f"a number is rounded to at most {MOST_DIGITS} digits")
    return round(number, digits) if digits else round(number)


def _divided(dividend: Number, divisor: Number) -> Number:
    return dividend / divisor


def _divided_down(dividend: Number, divisor: Number) -> Number:
    return dividend // divisor


BINARY: Final[dict[type[ast.operator], Callable[[Number, Number], Number]]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: _divided,
    ast.FloorDiv: _divided_down,
    ast.Mod: operator.mod,
    ast.Pow: _power,
}
UNARY: Final[dict[type[ast.unaryop], Callable[[Number], Number]]] = {ast.UAdd: operator.pos, ast.USub: operator.neg}
FUNCTIONS: Final[dict[str, Callable[..., Any]]] = {
    "abs": abs,
    "round": _rounded,
    "min": min,
    "max": max,
    "sqrt": math.sqrt,
    "log": math.log,
    "exp": math.exp,
    "sin": math.sin,
    "cos": math.cos,
    "tan": math.tan,
}
CONSTANTS: Final[dict[str, Number]] = {"pi": math.pi, "e": math.e}


async def calculate(expression: str) -> str:
    """Calculate the value of an arithmetic expression.

    Args:
        expression: Numbers with + - * / // % ** and parentheses, pi, e, abs, round, min, max, sqrt, log, exp, sin, cos.
    """
    if len(expression) > LONGEST_EXPRESSION:
        raise ToolRefused(f"the expression has {len(expression)} characters, more than {LONGEST_EXPRESSION}")
    if not _PLAIN.fullmatch(expression):
        raise ToolRefused(f"{expression!r} is no arithmetic expression", next_step=f"use only {', '.join(FUNCTIONS)}")
    try:
        return str(_value(ast.parse(expression.strip(), mode="eval").body))
    except SyntaxError as error:
        raise ToolRefused(f"{expression!r} is no arithmetic expression: {error.msg}") from error
    except (ArithmeticError, ValueError, TypeError, RecursionError, MemoryError) as error:
        raise ToolRefused(f"{expression!r} cannot be calculated: {error}") from error


def _value(node: ast.expr) -> Number:
    match node:
        case ast.Constant(value=bool()):
            value = None
        case ast.Constant(value=int() | float() as number):
            value = number
        case ast.Name(id=name) if name in CONSTANTS:
            value = CONSTANTS[name]
        case ast.UnaryOp(op=sign, operand=operand) if type(sign) in UNARY:
            value = UNARY[type(sign)](_value(operand))
        case ast.BinOp(left=left, op=how, right=right) if type(how) in BINARY:
            value = BINARY[type(how)](_value(left), _value(right))
        case ast.Call(func=ast.Name(id=name), args=arguments, keywords=[]) if name in FUNCTIONS:
            value = FUNCTIONS[name](*map(_value, arguments))
        case _:
            value = None
    if value is None:
        raise ToolRefused(f"{ast.unparse(node)!r:.100} is no arithmetic")
    return _bounded(value)


def _bounded(value: Number) -> Number:
    if isinstance(value, int):
        if value.bit_length() > MOST_BITS:
            raise ToolRefused("a number on the way is too large")
    elif not math.isfinite(value):
        raise ToolRefused("a number on the way is no real number")
    return value
