"""One open cluster: a context, its credential, its connections, what it serves and what is watched of it."""

from __future__ import annotations

import functools
import logging
import random
import threading
import time
from collections.abc import Callable
from enum import StrEnum
from typing import Any

from kdesk.kube.api import discovery
from kdesk.kube.api.discovery import Catalogue
from kdesk.kube.api.objects import whole_object
from kdesk.kube.api.remembered import CatalogueCache, identity
from kdesk.kube.config.connection import ConnectionInfo
from kdesk.kube.config.kubeconfig import Context
from kdesk.kube.engine.history_feed import HistoryFeed
from kdesk.kube.engine.informer import Informer, InformerReport, WatchSpec
from kdesk.kube.engine.reaper import Helper, Reaper
from kdesk.kube.engine.subscription import Subscription, WatchState
from kdesk.kube.errors import CredentialError, KubeconfigError, KubeError, Stopped, Unauthorized
from kdesk.kube.gvk import Resource
from kdesk.kube.history.book import RevisionBook
from kdesk.kube.login.credentials import Credentials
from kdesk.kube.stop import Stop
from kdesk.kube.table.rows import Row
from kdesk.kube.wire.transport import Transport

_log = logging.getLogger(__name__)
#: How long an informer outlives its last view, for whoever closed it by mistake. Its memory is back soon after that.
LINGER_SECONDS = 1.0
_REDISCOVER_SECONDS = 2.0
#: Watches of one cluster come back spread over this long,
SPREAD_SECONDS = 1.5
#: and the success of one of them ends the others' waiting only this often: where one fares better than another, the
#: back-off must not come to nothing.
_HURRY_SECONDS = 3.0


class SessionState(StrEnum):
    IDLE = "IDLE"  # to be opened: made just now, or its credential was renewed
    OPENING = "OPENING"
    OPEN = "OPEN"
    FAILED = "FAILED"
    UNAUTHORIZED = "UNAUTHORIZED"
    RETIRED = "RETIRED"


class Lease:
    """A share in an informer. Give it back with ``release`` (idempotent)."""

    def __init__(self, session: ClusterSession, informer: Informer) -> None:
        self._session = session
        self._informer = informer
        self._subscriptions: list[Subscription] = []
        self._released = False

    @property
    def spec(self) -> WatchSpec:
        return self._informer.spec

    @property
    def informer(self) -> Informer:
        return self._informer

    def subscribe(self, subscription: Subscription) -> None:
        self._subscriptions.append(subscription)
        self._informer.subscribe(subscription)

    def unsubscribe(self, subscription: Subscription) -> None:
        self._informer.unsubscribe(subscription)
        self._subscriptions = [other for other in self._subscriptions if other is not subscription]

    def resync(self) -> None:
        """Tell this lease's subscriptions all there is once more: a ``Latest`` a reset, a ``Stream`` each object.

        No request is sent. For a view that lost the thread, as after a ``Stream`` had to drop.
        """
        self._informer.resync(*self._subscriptions)

    def rows_in(self, namespace: str) -> list[Row]:
        """The rows of a namespace at one moment; from any thread."""
        return self._informer.rows_in(namespace)

    def owned_by(self, uid: str) -> list[Row]:
        """The rows whose controlling owner has this uid, at one moment; from any thread."""
        return self._informer.owned_by(uid)

    def release(self) -> None:
        if self._released:
            return
        self._released = True
        for subscription in self._subscriptions:
            self._informer.unsubscribe(subscription)
        self._subscriptions.clear()
        self._session._give_back(self._informer)


class ClusterSession:
    """Everything of one context in one epoch; ``retire`` ends all of it at once.

    ``on_change(session)`` is called from any thread when ``state`` or ``catalogue`` changed.
    """

    def __init__(
        self,
        context: Context,
        epoch: int,
        reaper: Reaper,
        *,
        on_change: Callable[[ClusterSession], None] | None = None,
        credentials: Callable[[ConnectionInfo], Credentials] = Credentials,
        cache: CatalogueCache | None = None,
    ) -> None:
        """Raises KubeconfigError when the context cannot be used."""
        if context.connection is None:
            raise KubeconfigError(context.problem or f"the context {context.name} cannot be used")
        self.context = context
        self.name = context.name
        self.epoch = epoch
        self.state = SessionState.IDLE
        self.error = ""
        self.catalogue: Catalogue | None = None
        #: When it last told what it serves, or something to a watch that has ended since; epoch seconds, 0 never.
        self.answered = 0.0
        #: Every revision seen of what is watched whole; empty once the session is retired.
        self.book = RevisionBook(context.name)
        self._helpers: list[Helper] = [self.book]
        self._reaper = reaper
        self._on_change = on_change
        self._stop = Stop()
        self._cache = cache
        self._connection = context.connection
        self._credentials = credentials(context.connection)
        self._transport = Transport(context.connection, self._credentials)
        self._lock = threading.Lock()
        self._informers: dict[WatchSpec, Informer] = {}
        self._shares: dict[WatchSpec, int] = {}
        self._rediscovering = False
        self._hurried = -_HURRY_SECONDS
        self._hurry_due = False

    @property
    def transport(self) -> Transport:
        """For one-shot requests; give each a Stop of ``child_stop``."""
        return self._transport

    def child_stop(self) -> Stop:
        """A Stop that is set when the session retires."""
        return Stop(self._stop)

    def open(self) -> Catalogue:
        """Discover what the cluster serves (blocking). May be called again to refresh or retry. Raises KubeError.

        Until it has answered, ``catalogue`` is what it served before (not ``checked``), where that is known.
        """
        key = identity(self.context, self._connection) if self._cache is not None else ""
        if (
            self._cache is not None and self.state is SessionState.IDLE
        ):  # later attempts would have it come and go
            self.catalogue = self._cache.recall(key)
        self._become(self.state if self.discovered else SessionState.OPENING, "")
        try:
            catalogue = discovery.discover(self._transport, self._stop)
        except KubeError as error:
            if not self.discovered:
                self.catalogue = None
            if isinstance(error, Stopped):
                raise
            login = isinstance(error, (Unauthorized, CredentialError))
            self._become(SessionState.UNAUTHORIZED if login else SessionState.FAILED, str(error))
            raise
        if self._cache is not None:
            catalogue = self._cache.keep(key, catalogue)
        self._stop.check()
        self.catalogue, self.answered = catalogue, time.time()
        self._become(SessionState.OPEN, "")
        return catalogue

    @property
    def discovered(self) -> bool:
        """Whether ``catalogue`` is what the cluster itself said in this session."""
        return self.catalogue is not None and self.catalogue.checked

    def watch(self, spec: WatchSpec, subscription: Subscription | None = None) -> Lease:
        """Share the informer for ``spec``, starting it when nobody watches that yet. Prompt. Raises Stopped.

        A ``subscription`` given here is told everything from the informer's very first state on.
        """
        with self._lock:
            self._stop.check()
            informer = self._informers.get(spec)
            fresh = informer is None
            if informer is None:
                informer = Informer(spec, self._transport, on_served=self._rediscover, on_back=self._hurry)
                self._informers[spec] = informer
                self._shares[spec] = 0
            self._shares[spec] += 1
            lease = Lease(self, informer)
            if subscription is not None:
                lease.subscribe(subscription)
            if fresh:
                if spec.whole:
                    informer.subscribe(HistoryFeed(self.book.feed(spec.resource, selecting=spec.selecting)))
                informer.start()
        return lease

    def get(self, resource: Resource, namespace: str, name: str) -> dict[str, Any]:
        """One whole object (blocking), kind and apiVersion restored, without managedFields. Raises KubeError."""
        stop = self.child_stop()
        try:
            body = self._transport.get(resource.path(namespace, name), stop=stop).body
        finally:
            stop.release()
        return whole_object(body, resource)

    def log_in_again(self) -> None:
        """Forget that the credential was refused, and let everything that waits for it try once more. Prompt."""
        self._credentials.reset()
        for informer in self.informers():
            if informer.status.state is WatchState.UNAUTHORIZED:
                informer.reconnect()

    def renew(self) -> None:
        """Log in again by itself where the files of a refused credential were rewritten. Blocking: reads them."""
        failed = self.state is SessionState.UNAUTHORIZED
        if not failed and all(i.status.state is not WatchState.UNAUTHORIZED for i in self.informers()):
            return
        if not self._credentials.renewed(self._stop):
            return
        _log.info("%s: the files of the refused credential were rewritten", self.name)
        self.log_in_again()
        if failed and self.catalogue is None:
            self._become(SessionState.IDLE, "")
        elif failed:
            self._rediscover()

    @property
    def peer(self) -> tuple[str, int] | None:
        """The address (of the server or its proxy) last connected to; None before the first connection."""
        return self._transport.peer

    @property
    def lost(self) -> bool:
        """Whether there may be no connection: a watch has none, or the other side of one owes an acknowledgement."""
        return self.unanswered or any(informer.lost for informer in self.informers())

    @property
    def unanswered(self) -> bool:
        """Whether the other side of a connection owes an acknowledgement."""
        return self._transport.unanswered

    def reconnect(self, within: float = 0.0) -> None:
        """Check every watch (the machine slept, the network changed), spread over ``within`` seconds. Prompt."""
        self._transport.drop_idle()  # they may be as dead
        for informer in self.informers():
            if within:
                self._reaper.later(random.random() * within, informer.reconnect)
            else:
                informer.reconnect()

    def scout(self) -> None:
        """Where no watch has a connection, have the one try that would wait longest. Prompt.

        Its success ends the others' waiting: however long the server was away, it is found soon after its return.
        """
        informers = self.informers()
        if not all(informer.lost for informer in informers):
            return
        waiting = [informer for informer in informers if informer.status.retry_at > time.time()]
        if waiting:
            max(waiting, key=lambda informer: informer.status.retry_at).reconnect()

    def informers(self) -> list[Informer]:
        """Those that run now. Subscribing to one without a lease does not keep it alive: it may hear STOPPED."""
        with self._lock:
            return list(self._informers.values())

    def reports(self) -> list[InformerReport]:
        return [informer.report() for informer in self.informers()]

    def adopt(self, helper: Helper) -> None:
        """Something that ends with the session at the latest. Raises Stopped when that has ended."""
        with self._lock:
            self._stop.check()
            self._helpers.append(helper)

    def dismiss(self, helper: Helper) -> None:
        """End it now. Prompt, and idempotent."""
        with self._lock:
            if helper not in self._helpers:
                return
            self._helpers.remove(helper)
        helper.stop()
        self._reaper.bury([helper])

    def retire(self) -> None:
        """Stop everything, at once and for good; threads are joined and stores purged by the reaper."""
        with self._lock:
            if self._stop.is_set():
                return
            self._stop.set()
            informers = list(self._informers.values())
            self._informers.clear()
            self._shares.clear()
            helpers, self._helpers = self._helpers, []
        for one in (*informers, *helpers):
            one.stop()
        self.state = SessionState.RETIRED
        self.catalogue = None
        self._reaper.bury([*informers, *helpers], self._forget)

    def _forget(self) -> None:
        self._transport.close()
        self._credentials.forget()

    def _give_back(self, informer: Informer) -> None:
        spec = informer.spec
        with self._lock:
            if self._informers.get(spec) is not informer:
                return  # retired meanwhile
            self._shares[spec] -= 1
            if self._shares[spec] > 0:
                return
        self._reaper.later(LINGER_SECONDS, lambda: self._end_if_unused(informer))

    def _end_if_unused(self, informer: Informer) -> None:
        spec = informer.spec
        with self._lock:
            if self._informers.get(spec) is not informer or self._shares[spec] > 0:
                return
            del self._informers[spec], self._shares[spec]
        self.answered = max(self.answered, informer.last_proof)
        informer.stop()
        self._reaper.bury([informer])

    def _become(self, state: SessionState, error: str) -> None:
        if self._stop.is_set():
            return
        self.state, self.error = state, error
        if self._on_change is not None:
            self._on_change(self)

    def _hurry(self) -> None:
        """A watch that was lost has its answer: the others need not wait for the end of their back-off."""
        now = time.monotonic()
        with self._lock:
            wait = self._hurried + _HURRY_SECONDS - now
            if self._hurry_due or self._stop.is_set():
                return
            if wait > 0:  # the server came back twice: once more, then
                self._hurry_due = True
            else:
                self._hurried = now
        if wait > 0:
            self._reaper.later(wait, self._hurry_now)
            return

        def retry(informer: Informer) -> None:
            if informer.lost:
                informer.reconnect()

        for informer in self.informers():
            if informer.lost:
                self._reaper.later(random.random() * SPREAD_SECONDS, functools.partial(retry, informer))

    def _hurry_now(self) -> None:
        with self._lock:
            self._hurry_due = False
        self._hurry()

    def _rediscover(self) -> None:
        """A kind vanished or came back: ask again what there is, once for all who noticed, off their threads."""
        with self._lock:
            if self._rediscovering or self._stop.is_set():
                return
            self._rediscovering = True

        def ask() -> None:
            try:
                if self._stop.wait(
                    _REDISCOVER_SECONDS
                ):  # a definition that goes takes a moment to be gone everywhere
                    return
                self.open()
            except KubeError as error:
                _log.info("%s: discovery failed: %s", self.name, error)
            finally:
                self._rediscovering = False

        threading.Thread(target=ask, name=f"discovery {self.name}", daemon=True).start()
