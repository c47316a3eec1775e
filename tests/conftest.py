"""What holds for every test: hypothesis repeats itself, and sets no time limit.

Two busy cores would make a time limit a coin toss. `make test` tries the same examples each time; `make soak` sets
TRIMTAB_SOAK_SEED and tries others, which its log can repeat.
"""

import os

from hypothesis import settings

SOAKING = "TRIMTAB_SOAK_SEED" in os.environ

settings.register_profile("trimtab", deadline=None, print_blob=True, derandomize=not SOAKING)
settings.load_profile("trimtab")
