"""The AMI adapter: what an Asterisk says becomes facts, what the engine orders becomes actions. It decides nothing.

wire       bytes of the protocol, pure          protocol   panoramisk's protocol made safe
client     one login that reconnects for ever   link       one PBX: two logins, snapshot, replay, live
translate  AMI event -> Fact                    snapshot   the state of a PBX as it is now
replay     recorded bytes -> facts              metrics    what an administrator can see of it
audit      a slow look whether we still agree with the PBX
commands   `okno check`
"""
