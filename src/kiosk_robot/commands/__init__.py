"""The `kiosk` command, one module an area; each adds its sub-commands in `add`.

An area imports what it runs only when it runs, so that every command starts at once.
"""
