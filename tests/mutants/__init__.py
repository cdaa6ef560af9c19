"""What would break the marts, one rule at a time, and that it is noticed: `make mutants`."""
