"""The slips of which mutants are made: what may stand in the place of one node of a syntax tree."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from copy import copy
from functools import reduce
from typing import Any

Change = tuple[str, ast.AST]

_COMPARED: Mapping[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.GtE), ast.LtE: (ast.Lt, ast.Gt), ast.Gt: (ast.GtE, ast.LtE), ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,), ast.NotEq: (ast.Eq,), ast.Is: (ast.IsNot,), ast.IsNot: (ast.Is,), ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}  # fmt: skip
_WORKED: Mapping[type[ast.AST], type[ast.AST]] = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.FloorDiv: ast.Mult, ast.Mod: ast.FloorDiv,
    ast.Pow: ast.Mult, ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd, ast.BitXor: ast.BitAnd, ast.LShift: ast.RShift,
    ast.RShift: ast.LShift, ast.MatMult: ast.Mult, ast.And: ast.Or, ast.Or: ast.And,
}  # fmt: skip
_SIGNS: Mapping[type[ast.AST], str] = {
    ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.Eq: "==", ast.NotEq: "!=", ast.Is: "is", ast.IsNot: "is not",
    ast.In: "in", ast.NotIn: "not in", ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.FloorDiv: "//",
    ast.Mod: "%",
    ast.Pow: "**", ast.BitAnd: "&", ast.BitOr: "|", ast.BitXor: "^", ast.LShift: "<<", ast.RShift: ">>", ast.MatMult: "@",
    ast.And: "and", ast.Or: "or",
}  # fmt: skip
_OTHER_NAME = {"min": "max", "max": "min", "any": "all", "all": "any", "minimum": "maximum", "maximum": "minimum"}
_OTHER_TEXT = {"left": "right", "right": "left"}
_TESTED = ast.If | ast.IfExp | ast.While


def replacements(node: ast.AST, holder: ast.AST, place: str, again: frozenset[str]) -> Iterator[Change]:
    """What may stand for `node`, which is the field `place` of `holder`; `again` are names that had a value before."""
    if (isinstance(holder, _TESTED) and place == "test") or (isinstance(holder, ast.comprehension) and place == "ifs"):
        yield from _forced(node, holder)
    match node:
        case ast.Compare():
            yield from _compared(node)
        case ast.BinOp() | ast.AugAssign() | ast.BoolOp():
            yield from _worked(node, holder, place)
        case ast.UnaryOp(op=ast.Not() | ast.USub() | ast.Invert()):
            yield _change(node, node.operand)[0] + _within(holder, place), node.operand
        case ast.Constant():
            yield from _constant(node, _within(holder, place))
        case ast.Name() | ast.Attribute() | ast.Call():
            yield from _named(node, holder, place)
    if isinstance(node, ast.stmt):
        yield from _statement(node, again)


def _named(node: ast.expr, holder: ast.AST, place: str) -> Iterator[Change]:
    match node:
        case ast.Name(id=name, ctx=ast.Load()) if name in _OTHER_NAME:
            yield f"{name} -> {_OTHER_NAME[name]}{_within(holder, place)}", ast.Name(_OTHER_NAME[name], ast.Load())
        case ast.Attribute(attr=name, ctx=ast.Load()) if name in _OTHER_NAME:
            yield _change(node, ast.Attribute(node.value, _OTHER_NAME[name], ast.Load()))
        case ast.Call(func=ast.Name(id="abs"), args=[inner]):
            yield _change(node, inner)


def _signed(node: ast.AST, old: ast.AST, new: ast.AST) -> str:
    return f"{_SIGNS[type(old)]} -> {_SIGNS[type(new)]} in {_read(node)}"


def _change(old: ast.AST, new: ast.AST) -> Change:
    return f"{_read(old)} -> {_read(new)}", new


def _read(node: ast.AST) -> str:
    return ast.unparse(ast.fix_missing_locations(copy(node))).splitlines()[0]


def _forced(node: ast.AST, holder: ast.AST) -> Iterator[Change]:
    for value in (True, False):
        if not isinstance(holder, ast.While) or not value:  # one that never ends tells nothing that another does not
            yield f"if {_read(node)} -> if {value}", ast.Constant(value)


def _compared(node: ast.Compare) -> Iterator[Change]:
    for at, op in enumerate(node.ops):
        for kind in _COMPARED[type(op)]:
            other = copy(node)
            other.ops = [*node.ops[:at], kind(), *node.ops[at + 1 :]]
            yield _signed(node, op, other.ops[at]), other


def _worked(node: ast.BinOp | ast.AugAssign | ast.BoolOp, holder: ast.AST, place: str) -> Iterator[Change]:
    if isinstance(node, ast.BinOp) and isinstance(holder, ast.Call) and place == "args" and _asks_for_a_type(holder):
        kinds = _kinds(node)
        for at in range(len(kinds)):  # A | B | C: one kind less
            yield _change(node, _union([*kinds[:at], *kinds[at + 1 :]]))
        return
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr) and isinstance(holder, ast.BinOp):
        return  # a part of the same union
    other: Any = copy(node)
    other.op = _WORKED[type(node.op)]()
    yield _signed(node, node.op, other.op), other


def _kinds(node: ast.AST) -> list[ast.expr]:
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        return [*_kinds(node.left), *_kinds(node.right)]
    assert isinstance(node, ast.expr)
    return [node]


def _union(kinds: list[ast.expr]) -> ast.expr:
    return reduce(lambda left, right: ast.BinOp(left, ast.BitOr(), right), kinds)


def _asks_for_a_type(call: ast.Call) -> bool:
    return isinstance(call.func, ast.Name) and call.func.id in ("isinstance", "issubclass")


def _within(holder: ast.AST, place: str) -> str:
    """What a small change stands in, so that it can be told from others."""
    told = isinstance(holder, ast.expr | ast.Assign | ast.AnnAssign | ast.AugAssign | ast.keyword)
    return f" in {_read(holder)}" if told and place != "test" else ""


def _constant(node: ast.Constant, where: str) -> Iterator[Change]:
    match node.value:
        case bool(value):
            new = ast.Constant(not value)
        case int(value) | float(value):
            new = ast.Constant(value + 1)
        case str(value):
            new = ast.Constant(_OTHER_TEXT.get(value, "XX" + value))
        case _:
            return
    yield _change(node, new)[0] + where, new


def _statement(node: ast.stmt, again: frozenset[str]) -> Iterator[Change]:
    match node:
        case ast.Return(value=ast.expr() as value) if not (isinstance(value, ast.Constant) and value.value is None):
            yield _change(node, ast.Return(ast.Constant(None)))
        case ast.Continue():
            yield _change(node, ast.Break())
        case ast.Break():
            yield _change(node, ast.Continue())
        case ast.Raise() | ast.AugAssign() | ast.Delete() | ast.Expr(value=ast.Call()):
            yield _change(node, ast.Pass())
        case ast.Assign(targets=targets) if any(_state(target, again) for target in targets):
            yield _change(node, ast.Pass())


def _state(target: ast.AST, again: frozenset[str]) -> bool:
    """Whether what is assigned to was there before, or outlives the function."""
    if isinstance(target, ast.Tuple):
        return all(_state(one, again) for one in target.elts)
    return isinstance(target, ast.Attribute | ast.Subscript) or (isinstance(target, ast.Name) and target.id in again)
