"""The pages of cases for staff: case types, cases, what was measured of them."""
