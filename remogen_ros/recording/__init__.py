"""Recordings: bags read and written without ROS, and the demonstration recording's making."""
