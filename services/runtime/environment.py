"""What every variable of Earshot begins with. A room of its own: the command line reads it without loading gRPC."""

from typing import Final

ENV_PREFIX: Final = "EARSHOT_"
