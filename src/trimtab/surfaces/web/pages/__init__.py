"""The pages, a module each: what it asks of the desk, and the values that its template shows."""
