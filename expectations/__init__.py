"""The gates: is a delivery fit to transform, and are the marts fit to read?

A suite is a list of rules. From a rule come its count, its expectation in Great Expectations and
its example keys.
"""
