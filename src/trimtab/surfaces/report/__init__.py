"""What does the report show, and how is it drawn?"""
