"""The demo clinic: invented operators whose phones are SIPp, invented patients who call by SIPp.

Nothing here runs for a real clinic: `okno up --demo` and the tests start it, nobody else.
"""
