"""Sensor messages and NumPy: the part of sensor_msgs_py that remogen_ros uses."""
