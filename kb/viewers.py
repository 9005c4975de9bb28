"""Viewers: whoever asks, with audiences, portal and languages. Every read starts from one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

PUBLIC, CUSTOMER, AGENT = "public", "customer", "agent"
BUILT_IN_AUDIENCES = (PUBLIC, CUSTOMER, AGENT)


@dataclass(frozen=True, slots=True)
class Ground:
    """Where something is done: the topics that an article is placed in, and a language; None for all languages."""

    topic_ids: frozenset[int] = frozenset()
    language: str | None = None


@dataclass(frozen=True, slots=True)
class Limit:
    """Where a role may be used; None for everywhere.

    Args:
        topic_ids: ids of topics with all below them.
        languages: language codes.
    """

    topic_ids: frozenset[int] | None = None
    languages: frozenset[str] | None = None

    def covers(self, ground: Ground) -> bool:
        """Whether the role may be used there: in one of the topics, and in the language.

        >>> Limit(languages=frozenset({"hu"})).covers(Ground(language="hu"))
        True
        >>> Limit(topic_ids=frozenset({1, 2})).covers(Ground(frozenset({3})))
        False
        """
        in_topic = self.topic_ids is None or not self.topic_ids.isdisjoint(ground.topic_ids)
        in_language = self.languages is None or ground.language in self.languages
        return in_topic and in_language


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
        limits: role -> where it may be used; roles that are not in it, everywhere.
        hides_stale: whether the portal leaves out translations that say something else than their source.
    """

    person_id: int | None = None
    name: str = ""
    roles: frozenset[str] = frozenset()
    audiences: frozenset[str] = frozenset({PUBLIC})
    languages: tuple[str, ...] = ()
    portal_languages: frozenset[str] | None = None
    topic_ids: frozenset[int] | None = None
    scopes: frozenset[str] = field(default=frozenset())
    limits: Mapping[str, Limit] = field(default_factory=dict, hash=False)
    hides_stale: bool = False

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

    def may(self, roles: Iterable[str], ground: Ground) -> bool:
        """Whether this viewer holds one of the roles, and may use it there."""
        held = self.roles.intersection(roles)
        return self.has() or any(role not in self.limits or self.limits[role].covers(ground) for role in held)

    def within(
        self,
        *,
        audiences: Iterable[str],
        languages: Iterable[str],
        topic_ids: frozenset[int] | None,
        hides_stale: bool = False,
    ) -> Viewer:
        """This viewer as seen by a portal: it sees no more than the portal shows."""
        return replace(
            self,
            audiences=self.audiences & frozenset(audiences),
            portal_languages=frozenset(languages),
            topic_ids=topic_ids,
            hides_stale=hides_stale,
        )


ANONYMOUS = Viewer()
