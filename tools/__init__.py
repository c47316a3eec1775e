"""What the project is checked and made with; each runs from the root, as `python -m tools.NAME`."""
