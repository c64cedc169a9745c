"""Who hears whom: those in one bridge, and those in bridges that the two halves of a Local channel tie together."""

from engine.calls.naming import is_local, is_nobody
from engine.world import Channel, View


def other_half(world: View, half: Channel) -> Channel | None:
    """The other half of a Local pair, while both live."""
    if not half.local_key:
        return None
    return next((one for one in world.by(Channel, "local_key", half.local_key) if one.key != half.key), None)


def hearing(world: View, member: Channel) -> list[Channel]:
    """Everybody who hears this channel, itself included; halves of Local pairs only carry the sound."""
    if not member.bridge:
        return []
    bridges, people = [member.bridge_key], []
    for bridge in bridges:
        for one in world.by(Channel, "bridge_key", bridge):
            if not is_local(one.name):
                people.append(one)
                continue
            other = other_half(world, one)
            if other is not None and other.bridge and other.bridge_key not in bridges:
                bridges.append(other.bridge_key)
    return [one for one in people if not is_nobody(one.name)]


def hearing_through(world: View, half: Channel) -> list[Channel]:
    """Everybody a Local pair leads to, on both of its sides."""
    other = other_half(world, half)
    if half.bridge:
        return hearing(world, half)
    return hearing(world, other) if other is not None else []
