"""rclpy nodes: messages in, one library call, messages out."""
