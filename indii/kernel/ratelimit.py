"""Fixed-window counters in Redis: how often somebody may try."""

from typing import Protocol, cast

from redis import Redis
from redis.exceptions import RedisError

from indii.kernel.errors import TooManyAttempts
from indii.kernel.logging import log


class RateLimiter(Protocol):
    """Counts attempts under a key."""

    def hit(self, key: str, *, limit: int, per_s: int) -> None:
        """Count one attempt.

        Raises:
            TooManyAttempts: this is more than `limit` within `per_s` seconds.
        """


class RedisRateLimiter:
    """The counters of a real installation.

    Fails open: with Redis gone nobody can use the site anyway, and a limiter must not be what
    keeps an operator out.
    """

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    def hit(self, key: str, *, limit: int, per_s: int) -> None:
        """Count one attempt, see `RateLimiter.hit`."""
        name = f"indii:rate:{key}"
        try:
            with self._redis.pipeline() as pipe:
                pipe.set(name, 0, ex=per_s, nx=True)
                pipe.incr(name)
                pipe.ttl(name)
                _, count, ttl = cast("tuple[object, int, int]", tuple(pipe.execute()))
        except RedisError:
            log.warning("rate_limiter_unreachable", key=key.partition(":")[0])
            return
        if count > limit:
            raise _too_many(max(int(ttl), 1))


class MemoryRateLimiter:
    """Counters of one process, without expiry: for tests."""

    def __init__(self) -> None:
        self._counts: dict[str, int] = {}

    def hit(self, key: str, *, limit: int, per_s: int) -> None:
        """Count one attempt, see `RateLimiter.hit`."""
        self._counts[key] = self._counts.get(key, 0) + 1
        if self._counts[key] > limit:
            raise _too_many(per_s)


def _too_many(wait_s: int) -> TooManyAttempts:
    wait = f"{wait_s} seconds" if wait_s < 120 else f"{wait_s // 60 + 1} minutes"
    return TooManyAttempts(
        f"Too many attempts. Please wait {wait} and try again.", retry_after_s=wait_s
    )
