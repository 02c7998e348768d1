"""Pictures of bodies and rooms: stills without a display, and a live view in the browser."""
