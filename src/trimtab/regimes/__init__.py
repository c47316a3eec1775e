"""Regimes: probabilities of market states."""
