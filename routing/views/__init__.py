"""The pages of the routing core for those who direct it."""
