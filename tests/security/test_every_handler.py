"""Every handler of the site, called over the raw socket by everybody, with good and bad payloads.

What an attempt did is judged by comparing all tables before and after, and by reading all that was
sent back. Who calls what is whole in every run; of the bad payloads each run sends a sample.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any

import pytest

from indii.shell.guard import FRAMEWORK_HANDLERS
from indii.ui.state import Policy
from tests.extent import some
from tests.security.payloads import arguments, odd, refusable, wired
from tests.security.sampling import Sample, collected
from tests.security.socket import MALFORMED, ROOT_STATE, Tab
from tests.security.tables import Tables
from tests.security.world import CALLERS, World
from tests.serving import Site

pytestmark = pytest.mark.slow
# How many payloads of a kind each caller sends to each handler; `make test-all` sends all.
REFUSED, ODD = 6, 4
REFUSALS = {MALFORMED, "Your account may not do this.", "Sign in to do this."}
SAMPLES = collected()
BUG = "Something went wrong on our side"


@pytest.fixture(scope="session")
def names(handlers: dict[str, Any]) -> dict[str, str]:
    """`State.handler` to the name on the wire; two of the same short name would hide each other."""
    pairs = [
        (f"{entry.states[0].__name__}.{name.rpartition('.')[2]}", name)
        for name, entry in handlers.items()
        if entry.states[0].__module__.startswith("indii.") and not name.endswith(".setvar")
    ]
    assert len(dict(pairs)) == len(pairs)
    return dict(pairs)


def folder(module: str) -> str:
    """The room and the feature of a state: `indii.store.checkout.state` is `store.checkout`."""
    return module.removeprefix("indii.").removesuffix(".state")


def sample_folder(name: str) -> str:
    """The room and the feature that a sample stands for."""
    return SAMPLES[name].__module__.removeprefix("tests.security.samples.")


def test_every_handler_has_a_policy_and_a_sample(
    handlers: dict[str, Any], names: dict[str, str]
) -> None:
    without_policy = [
        name
        for name, wire in names.items()
        if not isinstance(getattr(handlers[wire].handler.fn, "_policy", None), Policy)
    ]
    assert not without_policy
    assert set(names) - set(SAMPLES) == set(), "these need a valid sample in samples/"
    assert set(SAMPLES) - set(names) == set(), "these samples call nothing any more"
    elsewhere = {
        name: place
        for name, wire in names.items()
        if (place := folder(handlers[wire].states[0].__module__)) != sample_folder(name)
    }
    assert elsewhere == {}, "these samples lie in another folder than their states"
    print(f"\n{len(names)} handlers of ours, {len(handlers) - len(names)} of the framework")


def test_every_argument_is_of_a_kind_the_attacks_know(
    handlers: dict[str, Any], names: dict[str, str]
) -> None:
    for name, wire in names.items():
        handler = handlers[wire].handler.fn
        assert len(list(refusable(handler, dict.fromkeys(arguments(handler))))) >= 3, name


@dataclass
class Attack:
    """One handler under attack by one caller."""

    world: World
    tables: Tables
    name: str
    wire: str
    handler: Any
    sample: Sample
    caller: str
    tab: Tab
    names: Mapping[str, str]

    @property
    def is_allowed(self) -> bool:
        """Whether the policy lets this caller in."""
        person = (self.sample.people or self.world.people).get(self.caller)
        policy: Policy = self.handler.fn._policy
        return policy.allows(person.actor) if person else not (policy.signed_in or policy.role)

    @property
    def who(self) -> str:
        """For messages."""
        return f"{self.name} as {self.caller}"

    async def prepare(self) -> None:
        """Do what the tab did before."""
        for name, payload in self.sample.before:
            await self.tab.ask((self.names[name], payload), fences=2)

    async def refused(self) -> int:
        """Send what no handler may take; each must be refused, none may do anything."""
        every = list(refusable(self.handler.fn, self.sample.payload))
        payloads = some(every, REFUSED, f"refused {self.who}")
        first = len(self.tab.updates)
        for _, payload in payloads:
            await self.tab.send(self.wire, payload)
        await self.tab.until(lambda: len(self.tab.said("serial", first)) >= len(payloads))
        said = self.tab.notices(first)
        assert len(said) == len(payloads), self.who
        expected = {MALFORMED} if self.is_allowed else REFUSALS - {MALFORMED}
        assert set(said) <= expected, f"{self.who}: {set(said)}"
        return len(payloads)

    async def valid(self) -> None:
        """Send the valid payload and wait for the end of its work."""
        before = self._runs()
        first = len(self.tab.updates)
        await self.tab.send(self.wire, wired(self.handler.fn, self.sample.payload))
        if self.sample.lingers_s:
            return
        if not self.is_allowed:
            await self.tab.until(lambda: REFUSALS & set(self.tab.notices(first)))
        elif self.handler.is_background:
            while self._runs() == before:
                await self.tab.idle(0.05)
        # twice: a handler's own events come before the second fence
        await self.tab.ask(fences=2)
        assert MALFORMED not in self.tab.notices(first), f"{self.who}: the sample is not valid"

    def _runs(self) -> float:
        if not self.handler.is_background or self.sample.lingers_s or not self.is_allowed:
            return 0
        label = f'indii_event_seconds_count{{handler="{self.handler.fn.__qualname__}"}}'
        return self.world.site.series("indii_event_seconds_count").get(label, 0)

    async def odd(self) -> int:
        """Send what is of the right type but absurd."""
        every = list(odd(self.handler.fn, self.sample.payload))
        payloads = some(every, ODD, f"odd {self.who}")
        for payload in payloads:
            await self.tab.send(self.wire, payload)
        await self.tab.ask(fences=2)
        return len(payloads)

    def check_what_was_sent(self) -> None:
        """Nothing private, no bug."""
        frames = self.tab.frames
        leaks = self.world.leaks(self.caller, frames, self.sample.people)
        assert not leaks, f"{self.who} was sent {leaks}"
        assert not any(BUG in frame for frame in frames), f"{self.who}: a bug"


def order(sample: Sample) -> list[str]:
    """Strangers first, so that what they attack is still whole; then the proof."""
    others = [caller for caller in CALLERS if caller not in sample.may]
    return [*others, *sorted(sample.may, key=lambda caller: caller != sample.proof)]


@pytest.mark.parametrize("name", SAMPLES)
async def test_handler(
    name: str,
    site: Site,
    world: World,
    tables: Tables,
    handlers: dict[str, Any],
    names: dict[str, str],
) -> None:
    if name not in names:
        pytest.fail("no such handler")
    wire = names[name]
    sample = SAMPLES[name](world)
    sent = 0
    async with AsyncExitStack() as stack:
        attacks = []
        for caller in order(sample):
            cookie = world.cookie(caller, sample.people)
            tab = await stack.enter_async_context(Tab(site.url, cookie=cookie, at=sample.at))
            attack = Attack(
                world, tables, name, wire, handlers[wire].handler, sample, caller, tab, names
            )
            attacks.append(attack)
            sent += await _attack(attack)
        if sample.lingers_s:
            await asyncio.gather(*(attack.tab.idle(sample.lingers_s) for attack in attacks))
        for attack in attacks:
            attack.check_what_was_sent()
    print(f"{name}: {sent} events, {len(arguments(handlers[wire].handler.fn))} arguments")


async def _attack(attack: Attack) -> int:
    sample, caller, tables = attack.sample, attack.caller, attack.tables
    await attack.prepare()
    with tables.watched() as nothing:
        sent = await attack.refused()
    assert not nothing.tables, f"{attack.who}, bad payloads: {nothing.tables} changed"

    with tables.watched() as changes:
        await attack.valid()
    if caller not in sample.may:
        assert not changes.tables, f"{attack.who}: {changes.tables} changed"
    elif caller == sample.proof:
        assert changes.tables == sample.changes, f"{attack.who}: not what a valid call does"
    else:
        assert changes.tables <= sample.changes, f"{attack.who}: {changes.tables} changed"
    if caller in sample.shown_to:
        assert any(sample.shows in frame for frame in attack.tab.frames), f"{attack.who}: not shown"
    _check_named(attack, changes.named)

    if attack.is_allowed:
        with tables.watched() as changes:
            sent += await attack.odd()
        if caller not in sample.may:
            assert not changes.tables, f"{attack.who}, odd payloads: {changes.tables} changed"
        _check_named(attack, changes.named)
    return sent + 1 + len(sample.before)


def _check_named(attack: Attack, named: set[str]) -> None:
    """A stranger changes nothing that names A, whatever else they may do."""
    if attack.caller in {"a", "admin"}:
        return
    assert named <= attack.sample.about_a, f"{attack.who} changed A's rows in {named}"


# ------------------------------------------------------------------ the framework's own handlers


def test_only_known_handlers_of_the_framework_are_open(handlers: dict[str, Any]) -> None:
    theirs = {
        name
        for name, entry in handlers.items()
        if not entry.states[0].__module__.startswith("indii.") or name.endswith(".setvar")
    }
    assert set(handlers) >= FRAMEWORK_HANDLERS
    assert {name for name in theirs if name.endswith(".setvar")}.isdisjoint(FRAMEWORK_HANDLERS)
    setters = {n for n in handlers if n.rpartition(".")[2].startswith("set_")} - FRAMEWORK_HANDLERS
    unwritten = [n for n in setters if not hasattr(handlers[n].handler.fn, "_policy")]
    assert not unwritten, "a setter nobody wrote"


async def test_no_variable_can_be_set_from_outside(
    site: Site, world: World, tables: Tables, handlers: dict[str, Any]
) -> None:
    """setvar, set_<name> and update_vars_internal leave every variable as it was."""
    states = {e.states[0] for n, e in handlers.items() if n.endswith(".setvar")}
    wanted = {
        state: [name for name in state.base_vars if state.__module__.startswith("indii.")]
        for state in states
    }
    count = 0
    with tables.watched() as nothing:
        for state, variables in wanted.items():
            full = state.get_full_name()
            async with Tab(site.url, cookie=world.fan.cookie) as tab:
                for name in [*variables, "_account_id", "_watch", "router", "is_hydrated"]:
                    await tab.send(f"{full}.setvar", {"var_name": name, "value": "hacked-1"})
                    await tab.send(f"{full}.set_{name}", {"value": "hacked-2"})
                    count += 2
                for vars_ in (
                    {f"{full}.{name}": "hacked-3" for name in variables},
                    {f"{full}.{name}_rx_state_": "hacked-4" for name in variables},
                    {f"{full}._account_id": str(world.a.actor.account_id)},
                ):
                    await tab.send(
                        f"{ROOT_STATE}.reflex___state____update_vars_internal_state"
                        ".update_vars_internal",
                        {"vars": vars_},
                    )
                    count += 1
                await tab.ask((f"{ROOT_STATE}.hydrate", {}), fences=2)
                sent = "".join(tab.frames)
                assert "hacked" not in sent, full
    assert not nothing.tables
    print(f"\n{len(wanted)} states, {count} attempts")


@pytest.mark.parametrize(
    "name",
    [
        "", "hydrate", "state.hydrate", f"{ROOT_STATE}.nothing", f"{ROOT_STATE}._redirect",
        f"{ROOT_STATE}.get_state", f"{ROOT_STATE}.reset", f"{ROOT_STATE}.router", "__class__",
        f"{ROOT_STATE}.indii___ui___state____notice_state._show", None, 5, True, ["a"], {"a": "b"},
        "x" * 100_000, "a\x00b", "\ud800",
    ],
)  # fmt: skip
async def test_unknown_events_end_nothing(
    name: Any, site: Site, world: World, tables: Tables
) -> None:
    with tables.watched() as nothing:
        async with Tab(site.url, cookie=world.a.cookie) as tab:
            await tab.send(name, {})
        async with Tab(site.url, cookie=world.a.cookie) as tab:
            await tab.ask()
    assert not nothing.tables


@pytest.mark.parametrize(
    "packet",
    [
        "42/_event,", "42/_event,[]", "42/_event,{}", '42/_event,["event"]', "42", "4", "", "9",
        '42/_event,["event",null]', '42/_event,["event",[]]', '42/_event,["event","{"]',
        '42/_event,["event",{"name":"x"}]', '42/_event,["event",{"payload":{}}]',
        '42/_event,["event",{"name":"x","payload":[],"router_data":5}]',
        '42/_event,["disconnect",{}]', '42/_event,["connect",{}]', '42/_event,["on_event",{}]',
        '42/_event,["client_error",{"error_type":"x","message":"\\u001b[31m"}]',
        '42/_event,["link_token_to_sid","someone"]', '42/other,["event",{}]', "40/other,", "41",
        '451-/_event,["event",{"_placeholder":true,"num":0}]', "b" + "A" * 100,
        "42/_event," + "[" * 5000,
        '42/_event,["event",' + "[" * 900 + "]" * 900 + "]",
    ],
)  # fmt: skip
async def test_malformed_packets_end_nothing(
    packet: str, site: Site, world: World, tables: Tables
) -> None:
    with tables.watched() as nothing:
        async with Tab(site.url, cookie=world.a.cookie) as tab:
            await tab.send_raw(packet)
            await tab.idle(0.02)
        async with Tab(site.url) as tab:
            await tab.ask()
    assert not nothing.tables
