"""The desk behind an API: /api/v1, described by OpenAPI 3.1. Thin: it asks the verbs of the command line and answers."""
