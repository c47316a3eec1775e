"""What holds for every test: hypothesis sets no time limit, since on two busy cores that would be a coin toss."""

from hypothesis import settings

settings.register_profile("trimtab", deadline=None, print_blob=True)
settings.load_profile("trimtab")
