"""Core of the Cửa Nam service-point robot. Nothing here imports ROS: it runs on any laptop."""
