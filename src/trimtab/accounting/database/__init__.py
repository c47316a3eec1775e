"""The book of record on disk: SQLite, or PostgreSQL by address."""
