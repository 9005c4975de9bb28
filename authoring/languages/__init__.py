"""Languages: passages and their facts, translations and what they fell behind, files for translators."""
