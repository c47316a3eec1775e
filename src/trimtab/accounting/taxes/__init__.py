"""What the tax office takes of it."""
