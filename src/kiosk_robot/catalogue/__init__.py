"""The procedures of the ward: records, their loader and checks, importer of official exports."""

from kiosk_robot.catalogue.catalogue import Catalogue, CatalogueError, UnknownProcedureError
from kiosk_robot.catalogue.model import (
    Confusion,
    CounterGroup,
    Duration,
    Fee,
    PaperCase,
    Procedure,
)

__all__ = [
    "Catalogue",
    "CatalogueError",
    "Confusion",
    "CounterGroup",
    "Duration",
    "Fee",
    "PaperCase",
    "Procedure",
    "UnknownProcedureError",
]
