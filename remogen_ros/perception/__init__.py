"""From what a tracker and a depth camera publish to what the ego perceives. No ROS in here.

Messages are read by attribute, so that rclpy messages and messages read from a bag serve alike.
"""
