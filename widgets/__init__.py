"""The surfaces: agent panel, self-service, telephone menus."""
