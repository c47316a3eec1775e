"""Orders as text for people and other systems: pure functions of standings, with a reader for each form."""
