"""The composed corpus of people in furnished rooms."""
