"""Arrays as values: read-only, with their shapes checked once."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from trimtab.core.errors import InvariantError

Array = npt.NDArray[np.float64]
Dates = npt.NDArray[np.datetime64]
Instants = npt.NDArray[np.datetime64]
Index = npt.NDArray[np.intp]
Mask = npt.NDArray[np.bool_]


def frozen(array: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """The same array, read-only. A view of a writeable array becomes read-only itself; its base is left as it is."""
    if array.flags.writeable:
        array = array.view()
        array.flags.writeable = False
    return array


def require_shape(name: str, array: npt.NDArray[Any], shape: tuple[int | None, ...]) -> None:
    """Stop where `array` has another shape; None in `shape` matches any length."""
    if array.shape == shape:
        return
    matches = len(array.shape) == len(shape) and all(
        want is None or want == got for want, got in zip(shape, array.shape, strict=True)
    )
    if not matches:
        raise InvariantError(f"{name} has shape {array.shape}, expected {shape}")
