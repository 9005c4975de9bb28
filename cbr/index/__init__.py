"""The index of a case base: columns of small codes, and the search of the nearest in them."""
