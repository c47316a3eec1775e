"""What `/metrics` tells a Prometheus: requests by route and status, how long they took, jobs, and the state of the desk."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class Metrics:
    """Counters of one server; each server has its own registry."""

    __slots__ = ("_requests", "_seconds", "registry")

    def __init__(self) -> None:
        from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector

        self.registry: CollectorRegistry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        labels = ("method", "route", "status")
        self._requests = Counter("trimtab_requests", "Requests answered", labels, registry=self.registry)
        name, text = "trimtab_request_seconds", "Seconds until the answer was sent"
        self._seconds = Histogram(name, text, ("route",), registry=self.registry, buckets=_SECONDS)

    def request(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count one request."""
        self._requests.labels(method, route, str(status)).inc()
        self._seconds.labels(route).observe(seconds)

    def text(self) -> bytes:
        """Everything, in the text format of Prometheus."""
        from prometheus_client import generate_latest

        return generate_latest(self.registry)
