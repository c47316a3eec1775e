"""The words: values, roles, money, time and errors that every room shares. Imports nothing of ours."""
