"""The goods that the demo's analyzers test: before each test a sample is registered at the station, as its staff would
do. Stalls, suppliers and lots are invented."""

import time
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from random import Random
from uuid import uuid4

import structlog

from edge.samples.client import AgentAwayError, AgentClient, AskRefusedError
from firmware_adapters.contract import Specimen

log = structlog.get_logger()

_SUPPLIERS = ("示范合作社", "北环批发三区", "河西种植基地", "滨江水产批发", "城南冷链配送")
_ORIGINS = ("山东寿光", "浙江杭州", "江苏盐城", "福建漳州", "云南昆明")
_DEADLINE_S = 2.0
# Whoever registered a sample and went away holds the clerk up for so long.
_PATIENCE_S = 1800.0


@dataclass(slots=True)
class Goods:
    """Clerk who registers samples at the agents of a demo, and names nobody as the one who did it. Without an agent
    nothing is registered, and the test goes on."""

    rng: Random
    _clients: dict[Path, AgentClient] = field(default_factory=dict)

    def client(self, socket: Path) -> AgentClient:
        """Return the connection to the agent with this socket."""
        return self._clients.setdefault(socket, AgentClient(socket, deadline_s=_DEADLINE_S))

    def register(self, socket: Path, specimen: Specimen, today: date) -> bool:
        """Register the sample that is tested next at the station with this socket. Returns False where somebody's own
        sample waits for the same item: the result would be taken for that one's."""
        agent = self.client(socket)
        stall = f"{self.rng.choice('ABC')}-{self.rng.randint(1, 40)}"
        try:
            if self._let_go(agent, specimen.item):
                return False
            agent.ask(
                "register",
                request=uuid4(),
                commodity=specimen.commodity,
                stall=stall,
                vendor=f"{stall} 号摊",
                supplier=self.rng.choice(_SUPPLIERS),
                origin_place=self.rng.choice(_ORIGINS),
                lot=f"L{today:%m%d}{self.rng.randint(1, 99):02d}",
                purchased_on=today.isoformat(),
                quantity=self.rng.randint(1, 40) / 2,
                unit="kg",
                way="send_in" if self.rng.random() < 0.05 else "sampling",
                items=[specimen.item],
            )
        except (AgentAwayError, AskRefusedError) as exc:
            log.debug("demo_sample_not_registered", reason=str(exc))
        return True

    def close(self) -> None:
        for client in self._clients.values():
            client.close()

    @staticmethod
    def _let_go(agent: AgentClient, item: str) -> bool:
        """Let samples of ours wait no more that a lost test has left: of two that wait none would be found. Returns
        True where somebody else's waits."""
        waiting = [row for row in agent.ask("samples", waiting=True, limit=50) if item in row["awaited"]]
        for row in waiting:
            if not row.get("registrar"):
                agent.ask("amend", sample=row["key"], revision=row["revision"], items=[])
        oldest_ms = (time.time() - _PATIENCE_S) * 1000
        return any(row.get("registrar") and row["registered_ms"] > oldest_ms for row in waiting)
