"""What may leave? One control a file: how large, at which price, how old, how many, how often, when."""

from trimtab.execution.controls.defaults import DEFAULTS

__all__ = ["DEFAULTS"]
