"""A backend of joblib over the tasks of a cluster, Dask's or Ray's, which hands over each result as it comes.

Those that come with joblib and Ray do not do for a job that must keep what is finished and survive its workers. Ray's stands
on a pool that cannot hand over results one by one (`supports_return_generator` is False there). Dask's (joblib 1.6) does not
call back when a worker is lost, so that the loss is seen when the patience ends; and with one worker left it does the work
in the driver.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from trimtab.desk.sweep_packages import package

_Parallel: Any = package("joblib.parallel").ParallelBackendBase
Call = Callable[[], Any]


class ClusterTasks(_Parallel):  # type: ignore[misc]
    """Each call is one task. `send(call)` gives its future, and `cancel(future)` ends it, running or not."""

    supports_retrieve_callback = True

    def __init__(self, *, send: Callable[[Call], Any], cancel: Callable[[Any], None], **settings: Any) -> None:
        super().__init__(**settings)
        self._send, self._cancel, self._sent = send, cancel, dict[int, Any]()

    def effective_n_jobs(self, n_jobs: int) -> int:
        """As asked, and never 1: joblib would then do the work in this very process."""
        return max(2, n_jobs)

    def submit(self, func: Call, callback: Callable[[Any], None] | None = None) -> Any:
        """Send one call; `callback` hears of its future, be it a result or a loss."""
        future = self._send(func)
        self._sent[id(future)] = future
        future.add_done_callback(lambda done: self._heard(future, done, callback))
        return future

    def _heard(self, future: Any, done: Any, callback: Callable[[Any], None] | None) -> None:
        if self._sent.pop(id(future), None) is not None and callback is not None:
            callback(done)

    def retrieve_result_callback(self, out: Any) -> Any:
        """What the call gave, or the error of its worker."""
        return out.result()

    def abort_everything(self, ensure_ready: bool = True) -> None:
        """End what is under way."""
        for future in [self._sent.pop(key) for key in list(self._sent)]:
            self._cancel(future)
