"""Hearing and speaking: what is understood, how soon the robot answers, what hours leave behind."""
