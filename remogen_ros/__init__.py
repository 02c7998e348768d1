"""A humanoid or avatar that reacts, live, to the people and the room around it (ReMoGen)."""

__version__ = "0.1.0"
