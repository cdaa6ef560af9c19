"""What things cost, measured: run by hand, read as ratios of one run. Never a test."""
