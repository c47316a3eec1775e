"""Which weights follow from beliefs, limits and costs?"""
