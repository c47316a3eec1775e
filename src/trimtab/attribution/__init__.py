"""Where did the result come from, in parts that add up to the whole?"""
