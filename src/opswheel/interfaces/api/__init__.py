"""The REST API: the stations' own functions under `/api/v1`, with the names the commands have."""

from fastapi import APIRouter

router = APIRouter()
