"""How do people and programs ask the desk, and read its answers?"""
