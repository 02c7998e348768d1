"""The composed corpus of pairs: a partner, and who reacts."""
