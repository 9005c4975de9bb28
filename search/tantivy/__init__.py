"""The search engine over tantivy."""
