"""What every service is: an aiohttp process with health, readiness, metrics, one credential and a graceful end."""

from okno.service.client import ServiceClient, ServiceDown, ServiceRefused
from okno.service.service import Service

__all__ = ["Service", "ServiceClient", "ServiceDown", "ServiceRefused"]
