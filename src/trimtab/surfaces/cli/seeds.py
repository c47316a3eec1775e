"""The option `--seed` of verbs that draw."""

from __future__ import annotations

import argparse


def seed(text: str) -> int:
    """A whole number from 0 on."""
    try:
        number = int(text)
    except ValueError:
        number = -1
    if number < 0:
        raise argparse.ArgumentTypeError(f"{text!r} is no seed: give a whole number from 0 on, such as 1")
    return number
