"""What the ego perceives, as numbers: partners, room, goal, each in the ego's canonical frame."""
