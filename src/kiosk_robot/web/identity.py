"""Whose pages these are: the name, the address and the colour of the site."""

from fastapi import APIRouter, Response

from kiosk_robot.site import Site


def identity_routes(site: Site) -> APIRouter:
    """The routes every page is dressed by."""
    router = APIRouter()

    @router.get("/identity.css", include_in_schema=False)
    async def identity() -> Response:
        """The colour of the ward, for design.css."""
        return Response(f":root {{ --ward: {site.identity.accent}; }}\n", media_type="text/css")

    @router.get("/api/site")
    async def names() -> dict[str, str]:
        """What the service point is called, and where it is."""
        return {"name": site.name, "short_name": site.short_name, "address": site.address}

    return router
