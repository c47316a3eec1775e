"""Which mathematics do several stages need, as arrays in and arrays out?"""
