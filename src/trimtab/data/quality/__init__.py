"""What is wrong with data: found, said, and repaired only where the repair is certain."""
