"""What do we own, what did it cost, and what is it worth?"""
