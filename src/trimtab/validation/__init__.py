"""Is the result real, or luck, leakage or too many trials?"""
