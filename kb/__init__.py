"""The knowledge base: articles, topics, portals, people, the journal and the app factory."""
