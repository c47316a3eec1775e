"""What can be asked from the command line?"""
