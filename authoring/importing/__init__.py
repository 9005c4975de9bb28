"""Import: what other systems hold becomes articles."""
