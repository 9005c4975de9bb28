"""What an agent cannot solve: the way up to supervisors and specialists, and who is told when time runs out."""
