"""How many people are needed when, by formula and by playing it out."""
