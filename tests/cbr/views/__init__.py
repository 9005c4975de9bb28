"""Pages of cases for staff."""
