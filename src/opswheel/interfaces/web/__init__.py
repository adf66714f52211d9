"""The app: pages rendered on the server, small and fast, that work without any outside network."""

from fastapi import APIRouter

router = APIRouter(include_in_schema=False)
