"""How do the stages work together, in a backtest as on a live day?"""
