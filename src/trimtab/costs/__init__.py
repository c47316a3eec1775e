"""Costs: what trading and holding cost. A cost above zero takes money."""
