"""Files of brokers and of other programs, as entries of a book."""
