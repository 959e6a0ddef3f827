"""One thread that keeps one store true: it drives the reflector over the transport and tells its subscribers.

The store, and telling its subscribers, is the ``Publisher``'s; what comes next after what happened, the reflector's.
"""

from __future__ import annotations

import logging
import random
import re
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from kdesk.kube.engine import reflector
from kdesk.kube.engine.oddities import Oddities
from kdesk.kube.engine.publisher import Publisher
from kdesk.kube.engine.reflector import (
    Effect,
    Elapsed,
    Ended,
    Failed,
    List,
    Opened,
    Paged,
    Park,
    Received,
    Wait,
    Watch,
)
from kdesk.kube.engine.subscription import Status, Subscription, WatchState
from kdesk.kube.errors import ApiError, ConnectionLost, KubeError, Silent, Stopped, Throttled, Unauthorized
from kdesk.kube.gvk import Resource
from kdesk.kube.stop import Stop
from kdesk.kube.table.extraction import Extraction, Wanted
from kdesk.kube.table.projection import Events, Projection
from kdesk.kube.table.rows import Column, Row
from kdesk.kube.wire.transport import JSON, Transport

_log = logging.getLogger(__name__)

#: Bookmarks come about once a minute; a watch that had one and is silent for longer than this is dead.
SILENCE_SECONDS = 70.0
_HEADER_SECONDS = 30.0
_LIST_SECONDS = 60.0
_WATCH_SECONDS = (300, 600)
_METADATA = f"{JSON};as=PartialObjectMetadata;v=v1;g=meta.k8s.io,{JSON}"
#: Whatever goes wrong, and in whatever mix: no more requests than this in that many seconds (2, and some for the way).
MOST_REQUESTS, WITHIN_SECONDS = 4, 2.5


@dataclass(frozen=True, slots=True)
class WatchSpec:
    """What to watch; equal specs share one informer. ``namespace`` "" is all; ``whole`` keeps whole objects.

    ``values``: the rows' cells are these of each object, not what the server shows of it.
    """

    resource: Resource
    namespace: str = ""
    label_selector: str = ""
    field_selector: str = ""
    whole: bool = False
    values: tuple[Wanted, ...] = ()

    @property
    def selector(self) -> str:
        """Labels and fields as they are written for kubectl; "" where everything is watched."""
        fields = f"--field-selector {self.field_selector}" if self.field_selector else ""
        labels = f"-l {self.label_selector}" if self.label_selector else ""
        return f"{labels} {fields}".strip()

    @property
    def selecting(self) -> bool:
        """Whether an object may leave the selection without being deleted: what its name selects cannot."""
        return bool(self.label_selector) or not re.fullmatch(r"(metadata\.name=[^,]*)?", self.field_selector)


@dataclass(frozen=True, slots=True)
class InformerReport:
    """An informer in figures. ``events``: watch events received; ``age_s``: seconds since the server last spoke.

    ``whole``: it keeps whole objects, not rows; ``selector``: what the server selects by, "" for nothing.
    ``odd``: how much came that made no sense and was left out, ``last_odd`` the last of it in words.
    """

    resource: str
    namespace: str
    state: WatchState
    objects: int
    resource_version: str
    events: int
    lists: int
    relists: int
    last_error: str
    age_s: float | None
    odd: int = 0
    last_odd: str = ""
    whole: bool = False
    selector: str = ""


class Informer:
    """Start it once; ``stop`` returns at once, from any thread; nothing is delivered after that."""

    def __init__(
        self,
        spec: WatchSpec,
        transport: Transport,
        *,
        on_served: Callable[[], None] | None = None,
        on_back: Callable[[], None] | None = None,
        rand: Callable[[], float] = random.random,
    ) -> None:
        self.spec = spec
        label = f"{spec.resource.label} {spec.namespace}".rstrip()
        self._publisher = Publisher(f"informer {label}")
        self._oddities = Oddities(f"informer {label}")
        self.store, self.history = self._publisher.store, self._publisher.history
        self.last_proof = 0.0
        self._transport = transport
        self._on_served = on_served  # called when the kind is gone, and when it is back
        self._on_back = on_back  # called when a lost server has answered
        self._rand = rand
        self.extraction = Extraction(spec.resource, spec.values) if spec.values else None
        self._projection = self.extraction or Projection(spec.resource, whole=spec.whole)
        self._path = spec.resource.path(spec.namespace)
        self._stop = Stop()
        self._poke = threading.Event()
        self._operation_lock = threading.Lock()
        self._operation: Stop | None = None  # the request under way
        self._version = ""
        self._events = self._lists = 0
        self._asked: deque[float] = deque(maxlen=MOST_REQUESTS)  # when requests were sent (monotonic)
        self._last_error = ""
        self._renewals = 0  # watches in a row that were replaced for their silence
        self._lost = False  # no connection was had
        self._doubted = False  # it is asked for, and no answer has come yet
        self._thread = threading.Thread(target=self._run, name=f"informer {label}", daemon=True)

    # What anyone may ask, from any thread.

    @property
    def status(self) -> Status:
        return self._publisher.status

    @property
    def columns(self) -> tuple[Column, ...]:
        return self._publisher.columns

    @property
    def lost(self) -> bool:
        """Whether there may be no connection: the last attempt found none, or nothing came since ``reconnect``."""
        return self._lost or self._doubted

    def report(self) -> InformerReport:
        return InformerReport(
            self.spec.resource.label,
            self.spec.namespace,
            self.status.state,
            len(self.store),
            self._version,
            self._events,
            self._lists,
            max(0, self._publisher.commits - 1),
            self._last_error,
            time.time() - self.last_proof if self.last_proof else None,
            self._oddities.count,
            self._oddities.last,
            self.spec.whole,
            self.spec.selector,
        )

    def start(self) -> None:
        self._thread.start()

    def subscribe(self, subscription: Subscription) -> None:
        """Tell it everything there is, then every change."""
        self._publisher.subscribe(subscription)

    def unsubscribe(self, subscription: Subscription) -> None:
        """Nothing is delivered to it after this returns."""
        self._publisher.unsubscribe(subscription)

    def resync(self, *subscriptions: Subscription) -> None:
        """Tell those of these that are subscribed all there is once more, in its place among the changes.

        Out of the store: nothing is asked of the server.
        """
        self._publisher.resync(subscriptions)

    def rows_in(self, namespace: str) -> list[Row]:
        """The rows of a namespace. The first call makes the index, which is kept from then on."""
        return self._publisher.rows_in(namespace)

    def owned_by(self, uid: str) -> list[Row]:
        """The rows whose controlling owner has this uid. The first call makes the index, which is kept from then on."""
        return self._publisher.owned_by(uid)

    def reconnect(self) -> None:
        """Try now: ends a wait, and replaces a watch that may be dead by a new one."""
        self._doubted = True
        self._poke.set()
        with self._operation_lock:
            operation = self._operation
        if operation is not None:
            operation.set()

    def stop(self) -> None:
        """Idempotent and prompt. Subscribers hear STOPPED, and then nothing."""
        self._stop.set()
        self._poke.set()
        self._publisher.mute()

    def join(self, seconds: float) -> bool:
        """Wait for the thread; True when it has ended."""
        if self._thread.ident is not None:
            self._thread.join(seconds)
        return not self._thread.is_alive()

    def purge(self) -> Iterable[None]:
        """Drop all rows, a slice at a time. Only after the thread has ended."""
        self._projection.forget()
        return self._publisher.purge()

    # The informer's own thread, from here on.

    def _run(self) -> None:
        state, effects = reflector.start(watchable=self.spec.resource.watchable)
        try:
            self._enter(state, effects)
            while not self._stop.is_set():
                match state.action:
                    case List():
                        event = self._list(state.action)
                        state = self._step(state, event)
                    case Watch():
                        state = self._watch(state, state.action)
                    case Wait():
                        state = self._step(state, self._sleep(state.action.seconds))
                    case Park():
                        state = self._step(state, self._sleep(None))
        except Stopped:
            _log.debug("stopped: %s", self._thread.name)
        except Exception:  # noqa: BLE001 (a fault of ours must not look like live data)
            _log.exception("the informer for %s failed", self.spec.resource.label)
            self._publisher.say(WatchState.BACKOFF, "kdesk failed here: the log file has the details", 0.0)

    def _step(self, state: reflector.State, event: reflector.Input) -> reflector.State:
        after, effects = reflector.step(state, event, self._rand())
        self._enter(after, effects)
        turned = (after.shown is WatchState.GONE) != (state.shown is WatchState.GONE)
        if turned and self._on_served is not None:
            self._on_served()
        if isinstance(event, (Opened, Paged, Failed)):
            self._doubted = False
        if state.lost and isinstance(event, (Opened, Paged)) and self._on_back is not None:
            self._on_back()
        return after

    def _enter(self, state: reflector.State, effects: tuple[Effect, ...]) -> None:
        for effect in effects:
            match effect:
                case Effect.BEGIN:
                    self._publisher.begin()
                case Effect.COMMIT:
                    self._publisher.commit()
                case Effect.CLEAR:
                    self._publisher.clear()
        self._version = state.version
        self._lost = state.lost
        retry_at = time.time() + state.action.seconds if isinstance(state.action, Wait) else 0.0
        if state.error:
            self._last_error = state.error
        self._publisher.say(state.shown, state.error, retry_at)

    def _list(self, action: List) -> reflector.Input:
        query = {"limit": str(action.limit or ""), "continue": action.token} | self._selectors()
        self._lists += not action.token
        if not action.token:  # further pages are progress, not repetition
            self._pace()
        operation, asked = self._begin_operation(), time.monotonic()
        try:
            answer = self._transport.get(
                self._path, query, stop=operation, accept=self._projection.accept, timeout=_LIST_SECONDS
            )
            page = self._projection.page(answer.body)
        except Stopped:
            self._stop.check()
            return Failed(ConnectionLost("trying again"))
        except KubeError as error:
            self._oddities.failed(error)
            return Failed(error)
        finally:
            self._end_operation()
        self.last_proof = time.time()
        if page.odd:
            self._oddities.note("an object in a list that has no name or cannot be read", page.odd)
        self._publisher.page(page)
        return Paged(page.version, page.token, time.monotonic() - asked)

    def _watch(self, state: reflector.State, action: Watch) -> reflector.State:
        seconds = _WATCH_SECONDS[0] + self._rand() * (_WATCH_SECONDS[1] - _WATCH_SECONDS[0])
        query = {
            "watch": "true",
            "resourceVersion": action.version,
            "allowWatchBookmarks": "true",
            "timeoutSeconds": str(int(seconds)),
        } | self._selectors()
        self._pace()
        operation = self._begin_operation()
        opened = time.monotonic()
        received = quiet = False  # quiet: answered, and no bookmark yet
        event: reflector.Input
        try:
            if action.check:
                self._check_version(action.version, operation)
                opened = time.monotonic()
            answer = self._transport.stream(
                self._path, query, stop=operation, accept=self._projection.accept, timeout=_HEADER_SECONDS
            )
            with answer as stream, self._oddities.noting(stream):
                opened = time.monotonic()
                self.last_proof = time.time()
                state = self._step(state, Opened())
                quiet = True
                stream.set_timeout(min(SILENCE_SECONDS * 2**self._renewals, seconds + SILENCE_SECONDS))
                while lines := stream.read():
                    self.last_proof = time.time()
                    batch = self._projection.events(lines)
                    received = received or bool(batch.events or batch.bookmarks)
                    if batch.bookmarks:
                        quiet, self._renewals = False, 0
                        stream.set_timeout(SILENCE_SECONDS)
                    self._receive(batch)
                    if batch.error is not None:
                        raise batch.error
        except Stopped:
            self._stop.check()
            event = Ended(reflector.SHORT_WATCH, received)  # poked: a new watch, at once
        except KubeError as error:
            self._oddities.failed(error)
            event = Failed(error, time.monotonic() - opened)
            if quiet and isinstance(error, Silent):
                # Perhaps there is nothing to say: of a kind that did not change since the server started come no
                # bookmarks. A new watch finds out whether anybody is there; each time later where that was needless.
                self._renewals += 1
                event = Ended(max(time.monotonic() - opened, reflector.SHORT_WATCH), received)
        else:
            event = Ended(time.monotonic() - opened, received)
        finally:
            self._end_operation()
        # Bursts of events change nothing but the version: one step for all of them.
        state, _ = reflector.step(state, Received(self._version), 0.0)
        return self._step(state, event)

    def _receive(self, batch: Events) -> None:
        """Into the store, and out to the subscribers. Raises Stopped."""
        if batch.odd:
            self._oddities.note(batch.oddity, batch.odd)
        self._events += len(batch.events)
        self._publisher.events(batch)
        self._version = batch.version or self._version

    def _check_version(self, version: str, operation: Stop) -> None:
        """Raises VersionTooLarge when the server has not reached ``version``, and when it cannot be asked, why.

        Asked of one object, by its metadata alone: unlike a watch, a GET from a version that lies ahead is refused.
        """
        resource = self.spec.resource
        # One that is there by what was seen, for the sake of audit logs; any other gives the same answer.
        key = next((row.key for row in self.store.snapshot()), f"{self.spec.namespace or 'default'}/none")
        namespace, _, name = key.partition("/")
        path = resource.path(namespace if resource.namespaced else "", name)
        query = {"resourceVersion": version}
        try:
            self._transport.get(path, query, stop=operation, accept=_METADATA, timeout=_HEADER_SECONDS)
        except ApiError as error:
            if (
                isinstance(error, (Unauthorized, Throttled)) or error.status >= 500
            ):  # VersionTooLarge is a 504
                raise
            _log.debug("%s: the version cannot be checked: %s", self._thread.name, error)
        self._pace()

    def _sleep(self, seconds: float | None) -> Elapsed:
        poked = self._poke.wait(seconds)
        self._stop.check()
        self._poke.clear()
        return Elapsed(poked)

    def _pace(self) -> None:
        """Hold the next request back where too many were sent just now. Raises Stopped."""
        if len(self._asked) == MOST_REQUESTS:
            wait = self._asked[0] + WITHIN_SECONDS - time.monotonic()
            if wait > 0 and self._stop.wait(wait):
                raise Stopped("stopped")
        self._asked.append(time.monotonic())

    def _begin_operation(self) -> Stop:
        operation = Stop(self._stop)
        with self._operation_lock:
            self._operation = operation
        self._poke.clear()
        return operation

    def _end_operation(self) -> None:
        with self._operation_lock:
            operation, self._operation = self._operation, None
        if operation is not None:
            operation.release()

    def _selectors(self) -> dict[str, str]:
        return {"labelSelector": self.spec.label_selector, "fieldSelector": self.spec.field_selector}
