"""The surfaces: the agent panel and the wall."""
