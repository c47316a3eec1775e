"""Brokers: venues that take stamped orders and answer with reports."""
