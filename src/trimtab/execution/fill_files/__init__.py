"""Fills as brokers and people send them in files, as reports on our orders: nothing is guessed, nothing left out in silence."""
