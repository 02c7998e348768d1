"""What is started, with which arguments: one description for `launch/` and for `./remogen up`.

Pure data, without rclpy and without launch. `launch/*.launch.py` turns a `Bringup` into launch
actions; `cli/processes.py` runs the same one as processes where there is no launch.
"""
