"""The names of everything the chat keeps in Redis.

Every key begins with its owner, so that an id of somebody else's leads nowhere, and the owner is the hash tag, so that
one script may change several keys of a Redis Cluster. `services/chat/README.md` lists the layout for operators.
"""

from dataclasses import dataclass
from urllib.parse import quote

from services.runtime.auth import Identity


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """Whose sessions and replies: a user of a workspace."""

    workspace_id: str
    user_id: str

    @classmethod
    def of(cls, identity: Identity) -> "Owner":
        """The owner that a verified caller is."""
        return cls(workspace_id=identity.workspace_id, user_id=identity.user_id)

    def turns(self, session_id: str) -> str:
        """List of the session's last turns, one JSON each, oldest first."""
        return f"{self._prefix}:session:{session_id}:turns"

    def filters(self, session_id: str) -> str:
        """JSON of the question in force in the session."""
        return f"{self._prefix}:session:{session_id}:filters"

    def notes(self, session_id: str) -> str:
        """JSON of what the session remembers beside its turns."""
        return f"{self._prefix}:session:{session_id}:notes"

    def version(self, session_id: str) -> str:
        """How often what the session remembers had to be written anew; whoever has read it before may not write it."""
        return f"{self._prefix}:session:{session_id}:version"

    def meanings(self, session_id: str) -> str:
        """Hash from the number of a turn before the window to its JSON with its embedding."""
        return f"{self._prefix}:session:{session_id}:meanings"

    def open_reply(self, session_id: str) -> str:
        """Id of the session's reply that has not reached the archive yet."""
        return f"{self._prefix}:session:{session_id}:open"

    def lease(self, session_id: str) -> str:
        """Id of the session's running reply; expires unless its process renews it."""
        return f"{self._prefix}:session:{session_id}:lease"

    def queue(self, session_id: str) -> str:
        """Sorted set of replies that wait for the session, by the time they came."""
        return f"{self._prefix}:session:{session_id}:queue"

    def queue_beats(self, session_id: str) -> str:
        """Hash from a waiting reply to the time until which it counts as alive."""
        return f"{self._prefix}:session:{session_id}:queue-beats"

    def state(self, reply_id: str) -> str:
        """Hash about a reply: its session, process, beginning, and whether it has ended."""
        return f"{self._prefix}:reply:{reply_id}:state"

    def events(self, reply_id: str) -> str:
        """Stream of a reply's events."""
        return f"{self._prefix}:reply:{reply_id}:events"

    def begun(self) -> str:
        """Sorted set of the replies begun in the last minute, by their time."""
        return f"{self._prefix}:begun"

    def tokens(self, day: str) -> str:
        """Tokens of language models used on a day (ISO, UTC)."""
        return f"{self._prefix}:tokens:{day}"

    def request(self, request_id: str) -> str:
        """The reply that a request id stands for."""
        return f"{self._prefix}:request:{request_id}"

    @property
    def _prefix(self) -> str:
        return f"earshot:chat:{{{quote(self.workspace_id, safe='')}:{quote(self.user_id, safe='')}}}"


def cancel_channel(replica_id: str) -> str:
    """Channel on which a process hears which of its replies to stop."""
    return f"earshot:chat:cancel:{replica_id}"
