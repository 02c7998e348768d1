"""From generated poses to what a robot or an avatar understands: joints, URDF, TF, messages.

No ROS import in here: messages are filled by attribute, so that the same code serves a live
node and a bag reader.
"""
