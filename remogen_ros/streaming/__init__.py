"""The online generator: an Observation in, a Frame out, once per tick. No ROS in here."""
