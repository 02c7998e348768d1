"""What the composers of pairs and of rooms share: clips joined, held, and turned."""
