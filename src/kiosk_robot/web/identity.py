"""Whose pages these are: the name and the address of the site, and the files in its colour."""

from fastapi import APIRouter

from kiosk_robot.site import Site
from kiosk_robot.web.files import page_files


def identity_routes(site: Site) -> APIRouter:
    """The routes every page is dressed by."""
    router = APIRouter()

    router.include_router(page_files(site))

    @router.get("/api/site")
    async def names() -> dict[str, str]:
        """What the service point is called, and where it is."""
        return {"name": site.name, "short_name": site.short_name, "address": site.address}

    return router
