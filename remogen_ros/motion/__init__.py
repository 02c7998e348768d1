"""What a body is: skeleton, rotations, kinematics, canonical frames, features, resampling.

Conventions (REP-103): metres, radians, x forward, y left, z up; quaternions are xyzw.
"""
