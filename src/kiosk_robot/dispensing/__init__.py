"""The dispenser of water and candy, without device access.

The register map, the decoded state of the board, and the state machine of one job.
"""
