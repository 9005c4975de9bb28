"""Help inside of other sites' pages: a loader, a panel in a shadow root, and the parts that it shows."""
