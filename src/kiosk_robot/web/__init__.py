"""The robot's screens over HTTP and WebSocket. Knows nothing of ROS: the gateway node feeds it."""
