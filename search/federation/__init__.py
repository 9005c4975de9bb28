"""Federation: what other sources say to the same question, beside the articles."""
