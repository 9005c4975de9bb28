"""The one box: what a person types, the index that answers it, and what follows the journal into the index."""
