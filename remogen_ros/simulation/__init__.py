"""A robot in MuJoCo that does what it is told: joints held by servos, feet that touch the floor.

No ROS in here: the node `simulator` hands commands in and states out.
"""
