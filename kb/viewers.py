"""Viewers: whoever asks, with audiences, portal and languages. Every read starts from one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

PUBLIC, CUSTOMER, AGENT = "public", "customer", "agent"
BUILT_IN_AUDIENCES = (PUBLIC, CUSTOMER, AGENT)


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who asks.

    Args:
        person_id: None for anonymous viewers and machines.
        name: shown in the page's header and in the audit log.
        roles: role names.
        audiences: keys of the audiences this viewer belongs to, inside the portal when there is one.
        languages: the viewer's own languages, best first.
        portal_languages: languages that the portal shows; None for no limit.
        topic_ids: ids of topics that the portal shows; None for no limit.
        scopes: what a machine's key allows; empty for people.
    """

    person_id: int | None = None
    name: str = ""
    roles: frozenset[str] = frozenset()
    audiences: frozenset[str] = frozenset({PUBLIC})
    languages: tuple[str, ...] = ()
    portal_languages: frozenset[str] | None = None
    topic_ids: frozenset[int] | None = None
    scopes: frozenset[str] = field(default=frozenset())

    @property
    def is_anonymous(self) -> bool:
        """Whether nobody is logged in and no machine's key was shown."""
        return self.person_id is None and not self.scopes

    @property
    def is_staff(self) -> bool:
        """Whether this person holds any role."""
        return bool(self.roles)

    def has(self, *roles: str) -> bool:
        """Whether this viewer holds one of the roles; an admin holds them all."""
        return "admin" in self.roles or not self.roles.isdisjoint(roles)

    def within(
        self, *, audiences: Iterable[str], languages: Iterable[str], topic_ids: frozenset[int] | None
    ) -> Viewer:
        """This viewer as seen by a portal: it sees no more than the portal shows."""
        return replace(
            self,
            audiences=self.audiences & frozenset(audiences),
            portal_languages=frozenset(languages),
            topic_ids=topic_ids,
        )


ANONYMOUS = Viewer()
