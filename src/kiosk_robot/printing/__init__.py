"""The ticket as the citizen sees it, and what the printer's status bytes mean.

Pure: no device is opened here. The printer itself is in `kiosk_robot.drivers.escpos_printer`.
"""
