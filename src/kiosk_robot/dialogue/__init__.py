"""What the robot says and does in a visit: politeness, prompts and whole answers."""
