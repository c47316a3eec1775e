"""May we do it, did we do it, and can we show it?"""
