"""The sequence of the warehouse, plain Python, over every other part."""
