"""How do weights become orders, and orders fills?"""
