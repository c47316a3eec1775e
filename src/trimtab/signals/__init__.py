"""Signals: a number per asset and date, in words and with what flips it; and how they become one score."""
