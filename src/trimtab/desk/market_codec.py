"""A market as bytes, and back without running anything that the bytes say: no pickles.

The layout is a mark, the length of a header, the header as JSON, and then every array as it lies in memory, at multiples
of 64 bytes, so that a mapped file is read without a copy. The fields are those of the dataclasses themselves: one that is
added later is shipped as well, and bytes of another version are refused. Same market, same bytes.
"""

from __future__ import annotations

import json
import types
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from functools import cache
from math import isfinite, prod
from typing import Any, Union, get_args, get_origin, get_type_hints

import numpy as np

from trimtab.core.arrays import frozen
from trimtab.core.errors import DataError
from trimtab.data.market import Market

_MARK = b"TRIMTAB\x01"
_STEP = 64
_DTYPES = frozenset("bfiuM")  # kinds of numbers; never objects


def pack(market: Market) -> bytes:
    """The market as bytes. Raises DataError for a value that has no place in one."""
    arrays: list[np.ndarray[Any, Any]] = []
    plain = _plain(market, arrays)
    places, offset = [], 0
    for array in arrays:
        places.append([array.dtype.str, list(array.shape), offset])
        offset += _rounded(array.nbytes)
    header = json.dumps({"market": plain, "arrays": places}, allow_nan=False, separators=(",", ":")).encode()
    start = len(_MARK) + 8 + len(header)
    pieces = [_MARK, len(header).to_bytes(8, "little"), header, bytes(_rounded(start) - start)]
    for array in arrays:
        pieces += [array.tobytes(), bytes(_rounded(array.nbytes) - array.nbytes)]
    return b"".join(pieces)


def unpack(packed: Any) -> Market:
    """The market in a buffer (bytes, a mapped file); its arrays are views of the buffer. Raises DataError for other bytes."""
    view = memoryview(packed)
    try:
        header, body = _opened(view)
        arrays = [_array(body, *place) for place in header["arrays"]]
        market: Market = _typed(Market, header["market"], arrays)
    except (ValueError, KeyError, TypeError, IndexError, AttributeError, RecursionError) as error:
        remedy = "Ship the market again, with the version of Trimtab that the workers run."
        raise DataError(f"these bytes are no market ({error})", remedy=remedy) from error
    return market


def _opened(view: memoryview) -> tuple[Any, memoryview]:
    """The header, and where the arrays begin."""
    if bytes(view[: len(_MARK)]) != _MARK:
        raise ValueError("the mark of this version is missing")
    start = len(_MARK) + 8
    end = start + int.from_bytes(view[len(_MARK) : start], "little")
    return json.loads(bytes(view[start:end])), view[_rounded(end) :]


def _rounded(size: int) -> int:
    return -(-size // _STEP) * _STEP


def _array(body: memoryview, dtype: str, shape: list[int], offset: int) -> np.ndarray[Any, Any]:
    kind = np.dtype(dtype)
    if kind.kind not in _DTYPES or min([offset, *shape]) < 0:
        raise ValueError(f"an array of {dtype} {shape}")
    return frozen(np.frombuffer(body, kind, prod(shape), offset).reshape(shape))


def _plain(value: Any, arrays: list[np.ndarray[Any, Any]]) -> Any:
    """A value as JSON holds it; arrays go to the list, and their number stays."""
    if isinstance(value, np.ndarray):
        if value.dtype.kind not in _DTYPES:
            raise DataError(f"an array of {value.dtype} cannot be shipped", remedy="A market holds numbers and dates.")
        arrays.append(np.ascontiguousarray(value).reshape(value.shape))
        return len(arrays) - 1
    if is_dataclass(value):
        return {one.name: _plain(getattr(value, one.name), arrays) for one in fields(value) if one.init}
    if isinstance(value, Mapping):
        return [[_plain(key, arrays), _plain(part, arrays)] for key, part in value.items()]
    if isinstance(value, tuple):
        return [_plain(part, arrays) for part in value]
    return _atom(value)


def _atom(value: Any) -> Any:
    if isinstance(value, Enum):
        return _atom(value.value)
    if isinstance(value, np.datetime64):
        return [str(value), np.datetime_data(value.dtype)[0]]
    if value is None or isinstance(value, (bool, str)):
        return value
    if isinstance(value, (np.bool_, np.integer)):
        return value.item()
    if isinstance(value, (float, np.floating)):
        return float(value) if isfinite(value) else str(float(value))
    if isinstance(value, int):
        return value
    raise DataError(f"a {type(value).__name__} cannot be shipped", remedy="A market holds numbers, dates and texts.")


def _typed(kind: Any, plain: Any, arrays: list[np.ndarray[Any, Any]]) -> Any:
    """The value that stands as `plain` where a `kind` is due."""
    origin, within = get_origin(kind), get_args(kind)
    if origin in (Union, types.UnionType):
        if plain is None:
            return None
        (kind,) = (one for one in within if one is not type(None))
        return _typed(kind, plain, arrays)
    if origin is np.ndarray:
        return arrays[plain]
    if origin is tuple:
        return tuple(_typed(within[0], part, arrays) for part in plain)
    if origin is not None and issubclass(origin, Mapping):
        return {_typed(within[0], key, arrays): _typed(within[1], part, arrays) for key, part in plain}
    if is_dataclass(kind):
        return _made(kind, plain, arrays)
    return kind(plain) if kind in _SIMPLE or issubclass(kind, Enum) else _MADE[kind](plain)


_SIMPLE = (str, int, float, bool)
_MADE: dict[Any, Callable[[Any], Any]] = {np.datetime64: lambda pair: np.datetime64(pair[0], pair[1])}


def _made(kind: Any, plain: Mapping[str, Any], arrays: list[np.ndarray[Any, Any]]) -> Any:
    hints = _hints(kind)
    if set(plain) != set(hints):
        raise ValueError(f"the fields of a {kind.__name__} are those of another version")
    return kind(**{name: _typed(hints[name], part, arrays) for name, part in plain.items()})


@cache
def _hints(kind: Any) -> dict[str, Any]:
    hints = get_type_hints(kind)
    return {one.name: hints[one.name] for one in fields(kind) if one.init}
